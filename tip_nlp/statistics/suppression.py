"""Suppression of small counts, and of further ones that would give them away.

A reader knows the totals, and of each suppressed count its bounds: a small one lies in 1 to least - 1, a withheld one
is at least ``least``, and no larger than what is left to see beside it (the smallest is withheld first). So every
suppressed count has a range of values that agree with all that is published. The ranges are found by moving counts
round along closed paths, which leaves all totals as they are: a maximum-flow problem (Gusfield, "A graph theoretic
approach to statistical data security", SIAM Journal on Computing 17, 1988). Counts are withheld until each small one
could be one of several numbers, and a row that cannot be protected so is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import networkx as nx

LEAST = 3  # below, "fewer than least" would name the number

Cell = tuple[str, str]
Line = tuple[Literal["row", "column"], str]
Mark = Literal["small", "withheld", "left out"]


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts of a two-way table, zeros included, whose row totals are known.

    With ``column_totals`` those are known too and are the sums of the columns. Otherwise rows overlap, and ``caps`` are
    the numbers that no count of a column can exceed.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[Cell, int]
    column_totals: bool = False
    caps: Mapping[str, int] = field(default_factory=dict)

    def line(self, line: Line) -> Iterator[Cell]:
        """The cells of a row or column."""
        kind, name = line
        if kind == "row":
            return ((name, column) for column in self.columns)
        return ((row, name) for row in self.rows)


def suppress(grid: Grid, least: int) -> dict[Cell, Mark]:
    """Mark the cells not to be published."""
    if grid.column_totals:
        return _Suppression(grid, least).solve()
    marks: dict[Cell, Mark] = {}
    for row in grid.rows:  # rows do not bear on one another
        counts = {(row, column): grid.counts[row, column] for column in grid.columns}
        marks |= _Suppression(Grid((row,), grid.columns, counts, caps=grid.caps), least).solve()
    return marks


class _Suppression:
    """The marks of one grid while they grow."""

    def __init__(self, grid: Grid, least: int) -> None:
        self._grid = grid
        self._least = least
        # A small count must remain open to half of 1 … least - 1, a withheld one to two numbers.
        self._width: dict[Mark, int] = {"small": max(1, (least - 1) // 2), "withheld": 1, "left out": 1}
        self._marks: dict[Cell, Mark] = {cell: "small" for cell, count in grid.counts.items() if 0 < count < least}
        self._lines: dict[Cell, Line] = {}  # why a cell was withheld
        self._unbounded = sum(grid.counts.values()) + least

    def solve(self) -> dict[Cell, Mark]:
        """Withhold until nothing can be worked out."""
        while exposed := self._exposed():
            touched: set[Line] = set()
            for cell in exposed:
                line = self._line(cell)
                if line is None:
                    self._leave_out(cell[0])
                elif line not in touched:
                    touched.add(line)
                    self._withhold(line)
        return self._marks

    def _exposed(self) -> list[Cell]:
        """Suppressed cells whose range is too narrow; in a table left out altogether nothing more can be done."""
        if all(mark == "left out" for mark in self._marks.values()) and len(self._marks) == len(self._grid.counts):
            return []
        flow = self._flow()
        return [cell for cell, mark in self._marks.items() if not self._is_open(flow, cell, self._width[mark])]

    def _line(self, cell: Cell) -> Line | None:
        """Where to withhold one more count: the line through the cell with the fewest suppressed so far."""
        lines: list[Line] = [("row", cell[0])]
        if self._grid.column_totals:
            lines.append(("column", cell[1]))
        usable = [line for line in lines if any(True for _ in self._published(line))]
        return min(usable, key=lambda line: sum(each in self._marks for each in self._grid.line(line)), default=None)

    def _published(self, line: Line) -> Iterator[Cell]:
        return (cell for cell in self._grid.line(line) if cell not in self._marks and self._grid.counts[cell])

    def _withhold(self, line: Line) -> None:
        smallest = min(self._published(line), key=self._grid.counts.__getitem__, default=None)
        if smallest is not None:
            self._marks[smallest] = "withheld"
            self._lines[smallest] = line

    def _leave_out(self, row: str) -> None:
        """Leave out the row, or all rows where that one has gone already."""
        rows: Iterable[str] = (row,)
        if all(self._marks.get(cell) == "left out" for cell in self._grid.line(("row", row))):
            rows = self._grid.rows
        for each in rows:
            self._marks |= dict.fromkeys(self._grid.line(("row", each)), "left out")

    def _is_open(self, flow: nx.DiGraph[str], cell: Cell, width: int) -> bool:
        """Whether the count could be one of ``width`` other numbers at least."""
        count = self._grid.counts[cell]
        if self._marks[cell] == "left out" and not 0 < count < self._least:
            return True
        row, column = self._nodes(cell)
        low, high = self._bounds(cell)
        # Without the cell's own part in the flow, or it would balance itself.
        self._add(flow, cell, -1)
        up = min(high - count, self._movable(flow, column, row, width))
        down = min(count - low, self._movable(flow, row, column, width))
        self._add(flow, cell, 1)
        return up + down >= width

    def _movable(self, flow: nx.DiGraph[str], start: str, end: str, enough: int) -> int:
        if start not in flow or end not in flow:
            return 0
        moved = nx.algorithms.flow.edmonds_karp(flow, start, end, cutoff=enough, value_only=True)
        return int(moved.graph["flow_value"])

    def _flow(self) -> nx.DiGraph[str]:
        """How far suppressed counts can rise (row to column) and fall (column to row)."""
        flow: nx.DiGraph[str] = nx.DiGraph()
        for cell in self._marks:
            self._add(flow, cell, 1)
        return flow

    def _add(self, flow: nx.DiGraph[str], cell: Cell, sign: int) -> None:
        row, column = self._nodes(cell)
        count = self._grid.counts[cell]
        low, high = self._bounds(cell)
        for start, end, room in ((row, column, high - count), (column, row, count - low)):
            known = flow.edges[start, end]["capacity"] if flow.has_edge(start, end) else 0
            flow.add_edge(start, end, capacity=known + sign * room)

    def _nodes(self, cell: Cell) -> Cell:
        """The ends of a cell's edge; columns without totals are free, so one node stands for all."""
        return f"row {cell[0]}", f"column {cell[1]}" if self._grid.column_totals else "columns"

    def _bounds(self, cell: Cell) -> tuple[int, int]:
        """The least and the most a reader must think possible."""
        highest = self._grid.caps.get(cell[1], self._unbounded)
        mark = self._marks[cell]
        if mark == "small":
            return 1, self._least - 1
        if mark == "left out":
            return 0, highest
        beside = (self._grid.counts[each] for each in self._published(self._lines[cell]))
        return self._least, min((highest, *beside))
