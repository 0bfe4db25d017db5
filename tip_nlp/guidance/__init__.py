"""Guidance for a person on the hotline: what to ask next, and where to refer."""

from tip_nlp.guidance.advice import Guidance, Question, Referral, advise
from tip_nlp.guidance.catalogue import LANGUAGES

__all__ = ["LANGUAGES", "Guidance", "Question", "Referral", "advise"]
