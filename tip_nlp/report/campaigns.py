"""The campaigns worth a page: which they are, their rows, and the parts of their templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tip_nlp.report.counts import is_flagged
from tip_nlp.report.ranking import Order, order
from tip_nlp.results.result import Result

MOST_CAMPAIGNS = 25
MOST_ROWS = 1_000  # of a campaign are read to describe it


class Campaigns:
    """Notes the campaigns that have a row at tier watch or above."""

    def __init__(self) -> None:
        self._best: dict[str, Order] = {}
        self.sizes: Counter[str] = Counter()

    def add(self, result: Result) -> None:
        """Take in a row."""
        if result.campaign is None:
            return
        self.sizes[result.campaign] += 1
        if result.assessment is not None and is_flagged(result.assessment):
            here = order(result.assessment, len(self._best))
            self._best[result.campaign] = min(here, self._best.get(result.campaign, here))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._best)

    def first(self) -> list[str]:
        """Ids of those to show: the highest tier first, then the largest."""
        ids = sorted(self._best, key=lambda name: (self._best[name][0], -self.sizes[name], self._best[name]))
        return ids[:MOST_CAMPAIGNS]


def members(results: Iterable[Result], ids: Iterable[str]) -> dict[str, list[Result]]:
    """The first MOST_ROWS rows of each campaign, in the order of the file."""
    found: dict[str, list[Result]] = {name: [] for name in ids}
    for result in results:
        rows = found.get(result.campaign or "")
        if rows is not None and len(rows) < MOST_ROWS and result.assessment is not None:
            rows.append(result)
    return found
