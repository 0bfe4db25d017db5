"""Disjoint sets of members (union-find), dense and small: 8 bytes a member."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class DisjointSets:
    """Members 0..n-1 in sets named after their lowest member."""

    def __init__(self, parents: Iterable[int]) -> None:
        self._parents = array("q", parents)

    def find(self, member: int) -> int:
        """The lowest member of the set."""
        parents = self._parents
        while (parent := parents[member]) != member:
            parents[member] = parents[parent]
            member = parent
        return member

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        one, other = self.find(one), self.find(other)
        self._parents[max(one, other)] = min(one, other)

    def roots(self) -> NDArray[np.int64]:
        """The lowest member of each member's set, for all at once."""
        roots = np.array(self._parents, dtype=np.int64)
        while (roots != (above := roots[roots])).any():
            roots = above
        return roots
