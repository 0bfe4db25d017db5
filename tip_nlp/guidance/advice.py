"""From an assessment to the next questions of a call, and the bodies that its indicators call for.

A question is worth asking where the answer would change the picture: (1) what the score only guesses; (2) what was
asked or supposed and left open; (3) what would complete act, means and purpose; (4) what else is not known of a family
of which something is. Nothing is asked that the caller has told or denied. Where nothing is known, a few plain
questions open the talk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice, zip_longest
from typing import Any, Literal

from tip_nlp.guidance.catalogue import LANGUAGES, Body, Language, load_questions, load_referrals
from tip_nlp.taxonomy import Taxonomy, load_taxonomy
from tip_nlp.types import Assessment, Finding

Why = Literal["safety", "unsure", "left open", "act not known", "means not known", "purpose not known", "not known",
              "opening", "wish"]  # fmt: skip

_LIKELY = 0.5  # below it an indicator is a hint
_OPEN = ("question", "hypothetical")  # reasons of suppression that settle nothing
_HOME = "PK"
_ELEMENTS: tuple[tuple[Literal["act", "means", "purpose"], Why], ...] = (
    ("means", "means not known"),
    ("purpose", "purpose not known"),
    ("act", "act not known"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask, after which indicator (None: after none) and why."""

    indicator: str | None
    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Referral:
    """A body to refer to. ``contact`` may be empty; ``indicators`` are those of the call that speak for it; ``stale``:
    to be checked again before it is relied on."""

    id: str
    name_en: str
    name_ur: str
    contact: str
    does_en: str
    does_ur: str
    where: str
    indicators: tuple[str, ...]
    verified: str
    source: tuple[str, ...]
    as_of: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a person on the hotline may do next; nothing of it decides anything."""

    language: Language
    denied: tuple[str, ...]
    questions: tuple[Question, ...]
    referrals: tuple[Referral, ...]
    caution_en: str
    caution_ur: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape."""
        return asdict(self)


def advise(
    assessment: Assessment, *, language: Language | None = None, most: int = 5, today: date | None = None
) -> Guidance:
    """Guidance from one assessment: at most ``most`` questions after indicators, framed by one of safety and one of
    the caller's wish. Without a language: the text's own where there are questions in it, else Urdu.
    """
    spoken = language or _spoken(assessment)
    questions, caution = load_questions(), load_referrals().caution
    asked = [
        Question(indicator, why, questions.question[indicator].say(spoken))
        for indicator, why in islice(_worth_asking(assessment, load_taxonomy()), most)
    ]
    framed = (
        Question(None, "safety", questions.first.say(spoken)),
        *asked,
        Question(None, "wish", questions.last.say(spoken)),
    )
    referrals = tuple(_referrals(assessment, load_taxonomy(), today or date.today()))
    return Guidance(spoken, _denied(assessment), framed, referrals, caution.en, caution.ur)


def _spoken(assessment: Assessment) -> Language:
    return next((each for each in LANGUAGES if each == assessment.language.code), "ur")


def _denied(assessment: Assessment) -> tuple[str, ...]:
    """What the caller denied and nowhere told."""
    found = {finding.id for finding in assessment.indicators}
    denied = (each.id for each in assessment.suppressed if each.reason == "negated")
    return tuple(dict.fromkeys(each for each in denied if each not in found))


def _worth_asking(assessment: Assessment, taxonomy: Taxonomy) -> Iterator[tuple[str, Why]]:
    """Indicators to ask after, the most telling first, each once."""
    seen = {finding.id for finding in assessment.indicators if _is_likely(finding)} | set(_denied(assessment))
    for indicator, why in _candidates(assessment, taxonomy, seen):
        if indicator not in seen:
            seen.add(indicator)
            yield indicator, why


def _candidates(assessment: Assessment, taxonomy: Taxonomy, known: set[str]) -> Iterator[tuple[str, Why]]:
    """Every indicator that may be asked after, some twice; ``known`` grows as they are drawn."""
    hints = sorted((each for each in assessment.indicators if not _is_likely(each)), key=lambda each: -each.score)
    left_open = [each.id for each in assessment.suppressed if each.reason in _OPEN]
    yield from ((each.id, "unsure") for each in hints)
    yield from ((each, "left open") for each in left_open)
    general = load_questions().general
    families = {taxonomy[each.id].family for each in assessment.indicators}
    if not families:
        yield from ((each, "opening") for each in load_questions().opening)
    if "trafficking" in families:
        yield from _completing(assessment, taxonomy, [each for each in general["trafficking"] if each not in known])
    for together in zip_longest(*(general[family] for family in sorted(families))):
        yield from ((each, "not known") for each in together if each is not None)


def _completing(assessment: Assessment, taxonomy: Taxonomy, unknown: Sequence[str]) -> Iterator[tuple[str, Why]]:
    """For each element of the Palermo definition that is missing the first indicator of it."""
    for element, why in _ELEMENTS:
        if not getattr(assessment.elements, element):
            yield from islice(((each, why) for each in unknown if element in taxonomy[each].palermo), 1)


def _is_likely(finding: Finding) -> bool:
    return finding.score >= _LIKELY


def _referrals(assessment: Assessment, taxonomy: Taxonomy, today: date) -> Iterator[Referral]:
    catalogue = load_referrals()
    abroad = any(
        entity.type == "place" and entity.details.get("country", _HOME) != _HOME for entity in assessment.entities
    )
    # A danger that is told of matters here also where the score as a whole stays low.
    urgent = assessment.urgent or any(taxonomy[each.id].urgent for each in assessment.indicators if _is_likely(each))
    for body in catalogue.referral:
        speaking = _speaking(assessment, taxonomy, body)
        if speaking and (urgent or not body.urgent) and (abroad or not body.abroad):
            yield Referral(
                body.id,
                body.name_en,
                body.name_ur,
                body.contact,
                body.does_en,
                body.does_ur,
                body.where,
                speaking,
                body.verified,
                body.source,
                catalogue.as_of.isoformat(),
                today > catalogue.recheck_after,
            )


def _speaking(assessment: Assessment, taxonomy: Taxonomy, body: Body) -> tuple[str, ...]:
    """The indicators of the call that speak for a body."""
    return tuple(
        finding.id
        for finding in assessment.indicators
        if taxonomy[finding.id].family in body.families
        and (not body.indicators or finding.id in body.indicators)
        and (not body.urgent or taxonomy[finding.id].urgent)
    )
