"""What a reader can work out of published figures, without the code that suppresses: the texts themselves are the
unknown, counted by tier, language and month, and so many of each show each indicator, country and route."""

from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

PARTITIONS = ("tier", "language", "month")
OTHER, TOTAL, UNLISTED = "other", "total", "unlisted"


class Reader:
    """Knows nothing but the tables."""

    def __init__(self, tables):
        self.least, self.texts = tables.least, tables.texts
        self.tables = {table.name: table.cells for table in tables.tables}
        self.classes = {name: self._classes(name) for name in PARTITIONS}
        self.kinds = list(product(*(self.classes[name] for name in PARTITIONS)))
        listed = {name: {row for row, _ in cells} for name, cells in self.tables.items()}
        self.shows = [
            (name, each) for name in ("indicator", "country", "route") for each in sorted(listed.get(name, ()))
        ]
        blocks = [None, *self.shows]
        self.places = {(block, kind): n for n, (block, kind) in enumerate((b, k) for b in blocks for k in self.kinds)}
        self.rows, self.low, self.high = [], [], []
        self._learn()

    def _classes(self, name):
        """Those published and, since a class may be left out, one more."""
        return [*(row for row, _ in self.tables[name] if row != TOTAL), UNLISTED]

    def _learn(self):
        for name, cells in self.tables.items():
            for (row, column), shown in cells.items():
                self._note(self.number(name, row, column), shown)
        for kind in self.kinds:
            for block in self.shows:
                self._at_most(block, None, kind)
                if block[0] == "route":
                    for country in block[1].split(" > "):
                        if ("country", country) in self.shows:
                            self._at_most(block, ("country", country), kind)

    def _at_most(self, part, whole, kind):
        row = np.zeros(len(self.places))
        row[self.places[part, kind]], row[self.places[whole, kind]] = 1, -1
        self._add(row, -np.inf, 0)

    def _note(self, row, shown):
        if shown == "withheld":
            self._add(row, self.least, np.inf)
        elif isinstance(shown, str):
            self._add(row, 1, self.least - 1)
        else:
            self._add(row, shown, shown)

    def _add(self, row, low, high):
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def number(self, name, row, column):
        """The unknowns that a published number counts."""
        first, _, second = name.partition(" by ")
        wanted = {first: row, second: column} if second else {first: row}
        block = next(((dimension, each) for dimension, each in wanted.items() if dimension not in PARTITIONS), None)
        return self._summed(block, {dimension: each for dimension, each in wanted.items() if dimension in PARTITIONS})

    def _summed(self, block, wanted):
        row = np.zeros(len(self.places))
        for kind in self.kinds:
            if all(self._is_of(*pair, wanted) for pair in zip(PARTITIONS, kind, strict=True)):
                row[self.places[block, kind]] = 1
        return row

    def _is_of(self, dimension, each, wanted):
        name = wanted.get(dimension, TOTAL)
        if name == OTHER:  # those whose own number is not told
            return not isinstance(self.tables[dimension].get((each, "texts")), int)
        return name in (TOTAL, each)

    def range(self, name, row, column):
        """The least and the most that a number can be."""
        ends = []
        for sign in (1, -1):
            solved = milp(
                sign * self.number(name, row, column),
                integrality=np.ones(len(self.places)),
                bounds=Bounds(0, np.inf),
                constraints=LinearConstraint(np.array(self.rows), self.low, self.high),
            )
            assert solved.x is not None or solved.status == 3, solved.message
            ends.append(np.inf if solved.x is None else round(sign * solved.fun))
        return tuple(ends)

    def small(self):
        """The numbers that are shown as small, but for those that no sum joins to another."""
        for name, cells in self.tables.items():
            if " by " in name or name in PARTITIONS:
                yield from ((name, *cell) for cell, shown in cells.items() if isinstance(shown, str) and "<" in shown)
