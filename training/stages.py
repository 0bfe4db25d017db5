"""How long the stages of a scan take."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

from tip_nlp.batch import Watcher


class StageTimes(Watcher):
    """Seconds by stage, told by ``clock``: on the wall or of the processor."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._clock = clock
        self._name, self._since = "opening", clock()

    def stage(self, name: str) -> None:
        now = self._clock()
        self.seconds[self._name] += now - self._since
        self._name, self._since = name, now
