"""Indicators by language, as a table with shades."""

from __future__ import annotations

from dataclasses import dataclass

from tip_nlp.report.counts import Counts
from tip_nlp.taxonomy import Taxonomy

SHADES = 5


@dataclass(frozen=True, slots=True)
class HeatRow:
    """An indicator's count and shade (0 for none, up to SHADES) in each language, and its total."""

    indicator: str
    cells: tuple[tuple[int, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """``languages`` by how many rows they have, ``rows`` in the order of the taxonomy; none without a count."""

    languages: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def heat_map(counts: Counts, taxonomy: Taxonomy) -> HeatMap | None:
    """The table, or None where no indicator was found."""
    if not counts.indicators:
        return None
    languages = tuple(language for language, _ in counts.flagged_languages.most_common())
    most = max(counts.indicator_languages.values())
    ids = [each for each in taxonomy.ids if counts.indicators[each]]
    ids += [each for each in counts.indicators if each not in taxonomy]
    rows = []
    for indicator in ids:
        numbers = [counts.indicator_languages[indicator, language] for language in languages]
        cells = tuple((number, -(-number * SHADES // most)) for number in numbers)
        rows.append(HeatRow(indicator, cells, counts.indicators[indicator]))
    return HeatMap(languages, tuple(rows))
