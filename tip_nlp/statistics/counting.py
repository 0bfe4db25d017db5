"""Counts over a scan's results: how many texts by tier, language, month, indicator, country, place and route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result

# Every text is in exactly one class of these, so that classes sum up to all texts …
PARTITIONS = ("tier", "language", "month")
# … and in any number of classes of these.
MULTIPLE = ("indicator", "country", "place", "route")
# Rows and columns of the two-way tables. Columns are partitions: a row sums up to its total.
TWO_WAY = (
    ("language", "tier"),
    ("month", "tier"),
    ("indicator", "tier"),
    ("indicator", "language"),
    ("indicator", "month"),
    ("country", "tier"),
    ("route", "tier"),
)
UNKNOWN = "unknown"  # a text without a date

Classes = dict[str, tuple[str, ...]]  # classes of one text, by dimension


@dataclass(slots=True)
class Counts:
    """Numbers of texts: of all, of those in a class, and of those in a class of one dimension and of another.

    ``duplicates`` and ``failed`` are rows that were left out.
    """

    documents: int = 0
    duplicates: int = 0
    failed: int = 0
    single: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in PARTITIONS + MULTIPLE})
    double: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: {names: Counter() for names in TWO_WAY}
    )


def count(results: Iterable[Result], *, duplicates: bool) -> Counts:
    """Count in one pass; without ``duplicates`` each text once, however often it was posted."""
    counts = Counts()
    for result in results:
        if result.assessment is None:
            counts.failed += 1
        elif result.duplicate_of is not None and not duplicates:
            counts.duplicates += 1
        else:
            _add(counts, _classes(result, result.assessment))
    return counts


def _add(counts: Counts, classes: Classes) -> None:
    counts.documents += 1
    for name, found in classes.items():
        counts.single[name].update(found)
    for row, column in TWO_WAY:
        counts.double[row, column].update((first, second) for first in classes[row] for second in classes[column])


def _classes(result: Result, found: dict[str, Any]) -> Classes:
    day = posted(result.record)
    places = [each for each in found["entities"] if each["type"] == "place"]
    countries = [each["details"]["country"] for each in places if each["details"].get("country")]
    towns = [each["value"] for each in places if each["value"] != each["details"].get("country")]
    return {
        "tier": (found["tier"],),
        "language": (found["language"]["code"],),
        "month": (f"{day:%Y-%m}" if day else UNKNOWN,),
        "indicator": _distinct(each["id"] for each in found["indicators"]),
        "country": _distinct(countries),
        "place": _distinct(towns),
        "route": _distinct(_routes(countries)),
    }


def _routes(countries: Iterable[str]) -> Iterator[str]:
    """Countries named one after the other, as "PK > TR"; the order of the text, which need not be that of a journey."""
    return (f"{start} > {end}" for start, end in pairwise(country for country, _ in groupby(countries)))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
