"""Suppression of small counts, and of further ones that would give them away.

A reader knows every number that is published, how the numbers hang together (:class:`System`), and of each one that is
not its bounds: a small one lies in 1 to least - 1, a withheld one is at least ``least``, and no larger than what is
left to see beside it (the smallest is withheld first). So each has a range of values that agree with all that is
published, over all tables at once: two linear programmes (Fischetti and Salazar, "Solving the cell suppression problem
on tabular data with linear constraints", Management Science 47, 2001). Counts are withheld, and rows left out where
that is not enough, until a reader who solves these can say no more of a small count than its mark does: it may be any
number from 1 to least - 1, and one in a row left out any of that many numbers.

Not covered is what a reader knows from elsewhere, or draws from texts being whole numbers (the tests found no such
case), and what differs between publications: of a file and the same file with more rows, or of one file with another
``least`` or with duplicates. Publish one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

LEAST = 3  # below, "fewer than least" would name the number
_DIGITS = 6  # that a solver gets right

Cell = tuple[str, ...]  # the last but one names its row within the table that the others name
Mark = Literal["small", "withheld", "left out"]


@dataclass(frozen=True, slots=True)
class System:
    """Counts and what a reader knows of how they hang together.

    ``counts`` are those that may be withheld, zeros included, and ``totals`` those that are published whatever they
    are. ``hidden`` numbers are in no table and only join those that are. Each of ``sums`` is (parts, whole), each of
    ``limits`` (part, whole that it cannot exceed).
    """

    counts: Mapping[Cell, int]
    totals: Mapping[Cell, int]
    sums: Sequence[tuple[Sequence[Cell], Cell]]
    limits: Sequence[tuple[Cell, Cell]] = ()
    hidden: Sequence[Cell] = field(default=())


def suppress(system: System, least: int) -> dict[Cell, Mark]:
    """Mark the cells not to be published."""
    return _Suppression(system, least).solve()


class _Suppression:
    """The marks of one system while they grow."""

    def __init__(self, system: System, least: int) -> None:
        self._system = system
        self._least = least
        self._small = {cell for cell, count in system.counts.items() if 0 < count < least}
        self._marks: dict[Cell, Mark] = dict.fromkeys(self._small, "small")
        self._beside: dict[Cell, tuple[Cell, ...]] = {}  # what a withheld count was the smallest of
        self._sums = self._neighbours((*parts, whole) for parts, whole in system.sums)
        self._relations = self._neighbours([*((*parts, whole) for parts, whole in system.sums), *system.limits])
        self._sums_of: dict[Cell, list[tuple[Sequence[Cell], Cell]]] = {}
        for each in system.sums:
            for part in each[0]:
                self._sums_of.setdefault(part, []).append(each)
        self._parts = {
            cell: ranges
            for part in _parts(system, self._sums)
            for ranges in [Ranges(part, self._small)]
            for cell in part.counts
        }
        self._ranges, self._widest = Ranges(system, self._small), Ranges(system, self._small)

    def solve(self) -> dict[Cell, Mark]:
        """Withhold until nothing can be worked out."""
        while exposed := self._exposed():
            touched: set[Cell] = set()
            for cell in exposed:
                if touched.isdisjoint(self._sums[cell]):
                    touched |= self._protect(cell)
        return self._marks

    def _exposed(self) -> list[Cell]:
        """Small counts of which a reader knows more than the mark says."""
        cells = [cell for cell in self._system.counts if cell in self._small]
        if plain := [cell for cell in cells if self._marks[cell] == "small" and self._is_plain(cell)]:
            return plain
        bounds = {cell: self._bounds(cell) for cell in self._marks}
        return [cell for cell in cells if not self._is_open(cell, bounds)]

    def _is_open(self, cell: Cell, bounds: Mapping[Cell, tuple[float, float]]) -> bool:
        """Whether the range is wide enough: in its part of the system all else being what it is, or in the whole."""
        wanted = self._wanted(cell)
        part = self._parts.get(cell)
        if part is not None and part.width(cell, bounds, wanted) >= wanted:
            return True
        return self._ranges.width(cell, bounds, wanted) >= wanted

    def _is_plain(self, cell: Cell) -> bool:
        """Whether one sum alone tells too much, which takes no solver to see."""
        low, high = self._bounds(cell)
        for parts, whole in self._sums_of.get(cell, ()):
            least, most = self._bounds(whole)
            others = [self._bounds(each) for each in parts if each != cell]
            low = max(low, least - sum(each[1] for each in others))
            high = min(high, most - sum(each[0] for each in others))
        return high - low < self._least - 2

    def _wanted(self, cell: Cell) -> float:
        """How wide the range must be: all that the mark leaves, or what is left where no table is published."""
        if self._marks[cell] == "small":
            return self._least - 2
        return self._widest.width(cell, dict.fromkeys(self._system.counts, (0.0, np.inf)), self._least - 2)

    def _protect(self, cell: Cell) -> set[Cell]:
        """Withhold the smallest of the nearest counts. Where there is none, leave out the row, then its table, then the
        rows of other tables that bear on it."""
        beside = [each for each in self._nearest(cell, self._sums) if self._system.counts[each]]
        if beside:
            smallest = min(beside, key=self._system.counts.__getitem__)
            self._marks[smallest] = "withheld"
            self._beside[smallest] = tuple(beside)
            return {smallest}
        row = [each for each in self._system.counts if each[:-1] == cell[:-1]]
        table = [each for each in self._system.counts if each[0] == cell[0]]
        near = {each[:-1] for each in self._nearest(cell, self._relations)[:1]}
        others = [each for each in self._system.counts if each[:-1] in near]
        for left_out in (row, table, others, list(self._system.counts)):
            if any(self._marks.get(each) != "left out" for each in left_out):
                self._marks |= dict.fromkeys(left_out, "left out")
                return set(left_out)
        raise RuntimeError(f"a count cannot be protected: {cell}")

    def _nearest(self, cell: Cell, neighbours: Mapping[Cell, Sequence[Cell]]) -> list[Cell]:
        """The published counts that are joined to the cell by the fewest others that are not published."""
        seen, edge = {cell}, [cell]
        while edge:
            beside = list(dict.fromkeys(each for one in edge for each in neighbours[one] if each not in seen))
            found = [each for each in beside if each in self._system.counts and each not in self._marks]
            if any(self._system.counts[each] for each in found):
                return found
            edge = [each for each in beside if each in self._marks or each not in self._system.counts]
            seen.update(beside)
        return []

    def _neighbours(self, lines: Iterable[Sequence[Cell]]) -> dict[Cell, list[Cell]]:
        """The cells that a relation joins to each; totals, which are published, join nothing."""
        joined: dict[Cell, list[Cell]] = {cell: [] for cell in (*self._system.counts, *self._system.hidden)}
        for line in lines:
            free = [each for each in line if each in joined]
            for each in free:
                joined[each] += free
        return joined

    def _bounds(self, cell: Cell) -> tuple[float, float]:
        """The least and the most a reader must think possible."""
        mark = self._marks.get(cell)
        if mark == "small":
            return 1, self._least - 1
        if mark == "left out":
            return 0, np.inf
        if mark == "withheld":
            beside = (self._system.counts[each] for each in self._beside[cell] if each not in self._marks)
            return self._least, min(beside, default=np.inf)
        known = self._system.counts.get(cell, self._system.totals.get(cell))
        return (0, np.inf) if known is None else (known, known)


def _parts(system: System, neighbours: Mapping[Cell, Sequence[Cell]]) -> Iterator[System]:
    """The parts of a system that sums hold together and that rest on known counts alone beyond them: small, so quick to
    solve, and what is possible in one is possible in the whole."""
    seen: set[Cell] = set()
    for cell in system.counts:
        if cell in seen:
            continue
        part, edge = {cell}, [cell]
        while edge:
            edge = list({each for one in edge for each in neighbours[one]} - part)
            part.update(edge)
        seen |= part
        limits = [limit for limit in system.limits if not part.isdisjoint(limit)]
        ends = {each for limit in limits for each in limit} - part
        if ends.isdisjoint(system.hidden):
            yield System(
                {each: count for each, count in system.counts.items() if each in part},
                {**system.totals, **{each: system.counts[each] for each in ends if each in system.counts}},
                [line for line in system.sums if not part.isdisjoint(line[0])],
                limits,
                [each for each in system.hidden if each in part],
            )


class Ranges:
    """The values that the numbers ``sought`` of a system can have for a reader who knows all others."""

    def __init__(self, system: System, sought: Iterable[Cell]) -> None:
        cells = [*system.counts, *system.totals, *system.hidden]
        self._places = {cell: place for place, cell in enumerate(cells)}
        self._open = system.counts.keys()
        known = [(count, count) for count in (*system.counts.values(), *system.totals.values())]
        self._known = np.array([*known, *[(0, np.inf)] * len(system.hidden)], dtype=float).reshape(-1, 2)
        self._sought = [self._places[cell] for cell in sought if cell in self._places]
        self._light = 0.1 / (1 + sum(system.totals.values()))
        relations = [[*((part, 1) for part in parts), (whole, -1)] for parts, whole in system.sums]
        relations += [[(part, 1), (whole, -1)] for part, whole in system.limits]
        lowest = [0.0] * len(system.sums) + [-np.inf] * len(system.limits)
        self._relations = LinearConstraint(self._matrix(relations), lowest, 0.0) if relations else ()
        # A solution stays one when more is withheld, so what was reached once need not be solved again.
        self._low, self._high = self._known[:, 0].copy(), self._known[:, 0].copy()

    def width(self, cell: Cell, bounds: Mapping[Cell, tuple[float, float]], enough: float) -> float:
        """How far apart the largest and the smallest value of a count are, up to ``enough``, where those of ``bounds``
        are unknown. These may only widen from one call to the next."""
        for sign in (1, -1):
            if self._reached(cell) < enough:
                self._solve(cell, sign, bounds)
        return min(enough, self._reached(cell))

    def _reached(self, cell: Cell) -> float:
        place = self._places[cell]
        return round(float(self._high[place] - self._low[place]), _DIGITS)

    def _solve(self, cell: Cell, sign: int, bounds: Mapping[Cell, tuple[float, float]]) -> None:
        """Find the smallest (sign 1) or largest value, and note what all others are with it."""
        limits, aim = self._known.copy(), np.zeros(len(self._known))
        for each in bounds.keys() & self._open:
            limits[self._places[each]] = bounds[each]
        # The others sought go the same way as far as they can, too lightly to hold this one back.
        aim[self._sought] = sign * self._light
        aim[self._places[cell]] = sign
        solved = milp(aim, bounds=Bounds(limits[:, 0], limits[:, 1]), constraints=self._relations)
        if solved.x is None:
            raise RuntimeError(f"the range of a count cannot be found: {solved.message}")
        self._low, self._high = np.minimum(self._low, solved.x), np.maximum(self._high, solved.x)

    def _matrix(self, relations: Sequence[Sequence[tuple[Cell, int]]]) -> csr_array:
        entries = [
            (row, self._places[cell], value) for row, relation in enumerate(relations) for cell, value in relation
        ]
        rows, places, values = zip(*entries, strict=True)
        return csr_array((values, (rows, places)), shape=(len(relations), len(self._places)))
