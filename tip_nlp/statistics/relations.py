"""What a reader of the two-way tables knows of how their counts hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tip_nlp.statistics.counting import PARTITIONS
from tip_nlp.statistics.suppression import Cell, System


@dataclass(frozen=True, slots=True)
class Grid:
    """The counts of a two-way table, zeros included, by classes that are published on their own.

    Rows sum up to their totals; where every text is in exactly one row, columns do as well, and elsewhere no count
    exceeds the total of its column.
    """

    dimensions: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    column_totals: Mapping[str, int]

    @property
    def name(self) -> str:
        """As published."""
        return " by ".join(self.dimensions)

    @property
    def is_partition(self) -> bool:
        """Whether every text is in exactly one row."""
        return self.dimensions[0] in PARTITIONS

    def total(self, row: str) -> int:
        """Of a row."""
        return sum(self.counts[row, column] for column in self.columns)

    def cell(self, row: str, column: str) -> Cell:
        """The count in the system of all tables."""
        return self.name, row, column

    def line(self, row: str) -> list[Cell]:
        """The counts of a row."""
        return [self.cell(row, column) for column in self.columns]


def system(grids: Sequence[Grid]) -> System:
    """All tables as one system. Classes are the same in all of them."""
    by_name = {grid.dimensions: grid for grid in grids}
    sums: list[tuple[Sequence[Cell], Cell]] = []
    limits: list[tuple[Cell, Cell]] = list(_routes(by_name))
    totals: dict[Cell, int] = {}
    for grid in grids:
        first, second = grid.dimensions
        totals |= {(first, row): grid.total(row) for row in grid.rows}
        totals |= {(second, column): grid.column_totals[column] for column in grid.columns}
        sums += [(grid.line(row), (first, row)) for row in grid.rows]
        if grid.is_partition:
            sums += [([grid.cell(row, column) for row in grid.rows], (second, column)) for column in grid.columns]
        else:
            limits += [(grid.cell(row, column), (second, column)) for row in grid.rows for column in grid.columns]
    hidden: list[Cell] = []
    for joint in _joints(by_name):
        sums += joint.sums
        limits += joint.limits
        hidden += joint.hidden
    counts = {grid.cell(*names): count for grid in grids for names, count in grid.counts.items()}
    return System(counts, totals, sums, limits, hidden)


def _routes(grids: Mapping[tuple[str, str], Grid]) -> Iterator[tuple[Cell, Cell]]:
    """A text that names a route names both of its countries."""
    routes, countries = grids.get(("route", "tier")), grids.get(("country", "tier"))
    if routes and countries:
        for row in routes.rows:
            for country in set(row.split(" > ")) & set(countries.rows):
                for column in routes.columns:
                    yield routes.cell(row, column), countries.cell(country, column)


def _joints(grids: Mapping[tuple[str, str], Grid]) -> Iterator[System]:
    """Texts that show an indicator, by tier and a second dimension at once: in no table, but the sums of these are."""
    tiers = grids.get(("indicator", "tier"))
    for name in ("language", "month"):
        others, texts = grids.get(("indicator", name)), grids.get((name, "tier"))
        if tiers and others and texts:
            for row in tiers.rows:
                yield _joint(row, tiers, others, texts)


def _joint(row: str, tiers: Grid, others: Grid, texts: Grid) -> System:
    def cell(tier: str, other: str) -> Cell:
        return "hidden", others.name, row, tier, other

    sums = [([cell(tier, other) for other in others.columns], tiers.cell(row, tier)) for tier in tiers.columns]
    sums += [([cell(tier, other) for tier in tiers.columns], others.cell(row, other)) for other in others.columns]
    limits = [(cell(tier, other), texts.cell(other, tier)) for tier in tiers.columns for other in others.columns]
    return System({}, {}, sums, limits, [part for part, _ in limits])
