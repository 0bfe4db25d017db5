"""One ranked text as the report shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tip_nlp.report.counts import family
from tip_nlp.report.labels import Labels
from tip_nlp.report.text import Run, mark
from tip_nlp.results.dates import dated
from tip_nlp.results.result import Result, TextKey

_ABOVE = re.compile(r"\w+ (>?\d\.\d+) is above the (\w+) threshold (\d\.\d+)")
_HELD = "the tier is held at elevated"
_MOST_ENTITIES = 40


@dataclass(frozen=True, slots=True)
class Card:
    """``number`` counts from 1 in the report; ``found`` is the assessment's JSON shape, ``finders`` tell by indicator
    whether a rule, the model or both found it, ``entities`` are (type, value) without repeats."""

    number: int
    key: TextKey
    id: str
    place: str
    found: dict[str, Any]
    family: str
    reason: str
    runs: tuple[Run, ...]
    finders: dict[str, str]
    others: frozenset[str]  # indicators said of another person
    entities: tuple[tuple[str, str], ...]
    campaign: str | None
    copies: int
    day: str


def make_cards(ranked: Sequence[tuple[Result, int]], labels: Labels) -> list[Card]:
    """Cards of (result, rows with its text), numbered in that order."""
    return [_card(number, result, copies, labels) for number, (result, copies) in enumerate(ranked, 1)]


def _card(number: int, result: Result, copies: int, labels: Labels) -> Card:
    found, record = result.assessment, result.record
    if found is None:
        raise ValueError("a ranked result has an assessment")
    indicators = found["indicators"]
    day = dated(record)
    entities = dict.fromkeys((each["type"], each["value"]) for each in found["entities"])
    return Card(
        number=number,
        key=result.text_key,
        id=record.id,
        place=f"{record.source} · {labels('page.row')} {record.number}",
        found=found,
        family=family(found),
        reason=explain(found, labels),
        runs=tuple(mark(record.text, indicators, found["suppressed"])),
        finders={each["id"]: _finder(each["evidence"]) for each in indicators},
        others=frozenset(each["id"] for each in indicators if _is_of_others(each["evidence"])),
        entities=tuple(entities)[:_MOST_ENTITIES],
        campaign=result.campaign,
        copies=copies,
        day=day[1].isoformat() if day else "",
    )


def _finder(evidence: Sequence[dict[str, Any]]) -> str:
    sources = {each["source"] for each in evidence}
    return "both" if len(sources) > 1 else next(iter(sources), "model")


def _is_of_others(evidence: Sequence[dict[str, Any]]) -> bool:
    return bool(evidence) and all(each["experiencer"] == "other" for each in evidence)


def explain(found: dict[str, Any], labels: Labels) -> str:
    """The assessment's reason, said in the page's language; as it stands where it says something unknown here."""
    passed = _ABOVE.match(found["reason"])
    if labels.language == "en" or passed is None:
        return str(found["reason"])
    score, tier, threshold = passed.groups()
    name = labels.term("family", family(found))
    parts = [labels("reason.above", family=name, score=score, tier=labels.term("tier", tier), threshold=threshold)]
    if _HELD in found["reason"]:
        parts.append(labels("reason.held"))
    for each in found["dimensions"]:
        if each["positive"]:
            items = " + ".join(
                f"{labels.indicator_names(item['indicator'])[0]} ({labels.term('strength', item['strength'])})"
                for item in each["items"]
            )
            parts.append(f"{labels('reason.positive', dimension=labels.term('dimension', each['id']))}: {items}")
    if found["elements"]["complete"]:
        parts.append(labels("reason.child" if found["elements"]["child"] else "reason.complete"))
    return "؛ ".join(parts) + "۔"
