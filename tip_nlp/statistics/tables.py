"""Counts as tables fit to be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tip_nlp.errors import InputError
from tip_nlp.results.reading import read_results
from tip_nlp.statistics.counting import MULTIPLE, PARTITIONS, TWO_WAY, UNKNOWN, Counts, count
from tip_nlp.statistics.relations import Grid, system
from tip_nlp.statistics.suppression import LEAST, Cell, Mark, System, suppress
from tip_nlp.types import TIERS

OTHER = "other"  # classes whose own count is not published, together
TOTAL = "total"
WITHHELD = "withheld"  # a larger count that would give a small one away

Shown = int | str  # a count, "<10" or "withheld"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as published; ``cells`` by row and column, the column ``total`` among them. A one-way table has the one
    column ``texts``, and a row ``total`` where its classes sum up to all texts."""

    name: str
    cells: Mapping[tuple[str, str], Shown]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables; ``texts``, ``duplicates`` and ``failed`` are what was counted and what was left out."""

    least: int
    texts: Shown
    duplicates: Shown
    failed: Shown
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


def statistics(results_path: Path, *, least: int = 10, duplicates: bool = False) -> Tables:
    """Count the results of a scan (its JSONL), small counts suppressed.

    Each text counts once unless ``duplicates``. InputError: results that no scan wrote, or a ``least`` below 3.
    """
    if least < LEAST:
        raise InputError(f"counts below {least} cannot be hidden: got {least}, use {LEAST} or more")
    counts = count(read_results(results_path), duplicates=duplicates)
    return Tables(
        least,
        _shown(counts.documents, least),
        _shown(counts.duplicates, least),
        _shown(counts.failed, least),
        tuple(_notes(least, duplicates=duplicates)),
        tuple(_tables(counts, least)),
    )


def _notes(least: int, *, duplicates: bool) -> Iterator[str]:
    yield (
        "Rows that repeat an earlier text are counted as well."
        if duplicates
        else "Each text counts once; rows that repeat an earlier text are left out."
    )
    yield f"Counts of 1 to {least - 1} are shown as <{least}; larger ones are {WITHHELD} where they would tell one."
    yield "The tables protect one another; a second export of the same or of more rows may undo that, so publish one."
    yield f"In tables of two dimensions, classes whose count is not shown are left out or put together as {OTHER}."
    yield "A text may show several indicators, countries, places and routes, so these do not sum up to all texts."
    yield "A route is two countries named one after the other; the order of the words need not be that of a journey."
    yield "Counts are of texts that a program flagged, not of persons, cases or crimes, and not of what is usual."


def _tables(counts: Counts, least: int) -> Iterator[Table]:
    kept: dict[str, tuple[str, ...]] = {}
    for name in PARTITIONS:
        marks = _partition_marks(name, counts, least)
        kept[name] = tuple(each for each in _ordered(counts.single[name]) if each not in marks)
        yield _one_way(name, counts.single[name], marks, least, total=counts.documents)
    for name in MULTIPLE:
        marks = {each: "small" for each, number in counts.single[name].items() if number < least}
        kept[name] = tuple(each for each in _ordered(counts.single[name]) if each not in marks)
        yield _one_way(name, counts.single[name], marks, least)
    grids = [grid for names in TWO_WAY if _is_table(grid := _grid(counts, names, kept))]
    found = suppress(system(grids), least)
    yield from (_two_way(grid, found, least) for grid in grids)


def _partition_marks(name: str, counts: Counts, least: int) -> dict[str, Mark]:
    parts: dict[Cell, int] = {(name, TOTAL, each): number for each, number in counts.single[name].items()}
    whole: Cell = name, TOTAL
    if counts.documents < least:  # the total is not published either
        return dict.fromkeys(counts.single[name], "small")
    marks = suppress(System(parts, {whole: counts.documents}, [(list(parts), whole)]), least)
    return {each: mark for (_, _, each), mark in marks.items()}


def _one_way(
    name: str, counter: Counter[str], marks: Mapping[str, Mark], least: int, total: int | None = None
) -> Table:
    cells = {
        (each, "texts"): _marked(counter[each], marks.get(each), least)
        for each in _ordered(counter)
        if marks.get(each) != "left out"
    }
    return Table(name, cells if total is None else cells | {(TOTAL, "texts"): _shown(total, least)})


def _grid(counts: Counts, names: tuple[str, str], kept: Mapping[str, tuple[str, ...]]) -> Grid:
    """The counts of two dimensions, by classes that are published on their own; the others put together, or, where
    classes overlap, left out."""
    row, column = names
    cells: Counter[tuple[str, str]] = Counter()
    for (first, second), number in counts.double[names].items():
        if first in kept[row] or row in PARTITIONS:
            cells[_class(first, kept[row]), _class(second, kept[column])] += number
    totals: Counter[str] = Counter()
    for name, number in counts.single[column].items():
        totals[_class(name, kept[column])] += number
    rows = tuple(name for name in (*kept[row], OTHER) if any(name == first for first, _ in cells))
    columns = tuple(name for name in (*kept[column], OTHER) if name in totals)
    return Grid(names, rows, columns, {(each, other): cells[each, other] for each in rows for other in columns}, totals)


def _is_table(grid: Grid) -> bool:
    """Whether it tells more than the one-way tables do."""
    return len(grid.columns) > 1 and len(grid.rows) > (1 if grid.is_partition else 0)


def _class(name: str, kept: tuple[str, ...]) -> str:
    return name if name in kept else OTHER


def _two_way(grid: Grid, marks: Mapping[Cell, Mark], least: int) -> Table:
    cells: dict[tuple[str, str], Shown] = {}
    for row in grid.rows:
        for column in grid.columns:
            if (mark := marks.get(grid.cell(row, column))) != "left out":
                cells[row, column] = _marked(grid.counts[row, column], mark, least)
        cells[row, TOTAL] = _shown(grid.total(row), least)
    return Table(grid.name, cells)


def _marked(number: int, mark: Mark | None, least: int) -> Shown:
    return WITHHELD if mark == "withheld" else _shown(number, least)


def _shown(number: int, least: int) -> Shown:
    return f"<{least}" if 0 < number < least else number


def _ordered(counter: Counter[str]) -> list[str]:
    """Tiers from the lowest, months in time, all else by number: the order of what is suppressed must tell nothing."""
    return sorted(counter, key=lambda name: (TIERS.index(name) if name in TIERS else 0, name == UNKNOWN, name))
