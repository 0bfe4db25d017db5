"""The rows to look at first, in memory that does not grow with the result."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tip_nlp.report.counts import is_flagged
from tip_nlp.results.result import Result, TextKey
from tip_nlp.types import TIERS

Order = tuple[int, bool, float, int]


def order(assessment: dict[str, Any], place: int) -> Order:
    """Sorts by tier, urgent first within it, then by the higher score; equals keep the order of the file."""
    return -TIERS.index(assessment["tier"]), not assessment["urgent"], -max(assessment["scores"].values()), place


class Ranking:
    """Keeps the ``limit`` highest texts at tier watch or above; repeats of a text are counted, not kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: list[tuple[Order, Result]] = []
        self._copies: Counter[TextKey] = Counter()
        self.texts = 0  # distinct texts at tier watch or above

    def add(self, result: Result) -> None:
        """Take in a row."""
        if result.assessment is None or not is_flagged(result.assessment):
            return
        if result.duplicate_of is not None:
            self._copies[result.text_key] += 1
            return
        self.texts += 1
        self._held.append((order(result.assessment, self.texts), result))
        if len(self._held) >= 4 * max(1, self._limit):
            self._trim()

    def best(self) -> list[Result]:
        """The highest, first to look at first."""
        self._trim()
        return [result for _, result in self._held]

    def copies(self, result: Result) -> int:
        """How many rows hold this text."""
        return 1 + self._copies[result.text_key]

    def _trim(self) -> None:
        self._held = sorted(self._held, key=lambda each: each[0])[: self._limit]
