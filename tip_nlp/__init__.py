"""Indicators of human trafficking and migrant smuggling in job ads, messages and hotline transcripts."""

from tip_nlp._version import __version__
from tip_nlp.analyzer import Analyzer
from tip_nlp.errors import DataError, InputError, ModelError, TipNlpError
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Assessment, Evidence, Finding, Suppressed

__all__ = [
    "Analyzer",
    "Assessment",
    "DataError",
    "Evidence",
    "Finding",
    "InputError",
    "ModelError",
    "Settings",
    "Suppressed",
    "TipNlpError",
    "__version__",
    "load_taxonomy",
]
