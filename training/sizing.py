"""Ads per core-hour, measured here, and what a million and a billion ads would take, on paper:
``python -m training.sizing [--ads N] [--price P] [--cores N ...]``.

Planted ads (training.campaign_ads) of about 100 words go through a whole scan on one thread. What is counted is
processor time, which a busy machine distorts less than time on the clock; it still shares caches and threads.
"""

from __future__ import annotations

import argparse
import csv
import platform
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import Request, scan_files
from tip_nlp.scan import local_engine
from tip_nlp.settings import Settings
from training.campaign_ads import plant
from training.stages import StageTimes

WORDS = 100
SHARES = (0.0, 0.6)  # of exact duplicates
SCALES = {"million": 10**6, "billion": 10**9}
_SEED = 1
_WORDS = re.compile(rf"(?:\S+\s*){{1,{WORDS}}}")


@dataclass(frozen=True, slots=True)
class Cost:
    """Core-seconds an ad: ``spread`` is the assessing, which cores share; ``single`` is reading, linking and writing,
    which one process does."""

    share: float
    spread: float
    single: float


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("--ads", type=int, default=1_000, help="ads in each run")
    parser.add_argument("--price", type=float, help="what a core-hour costs you; left out, no cost is shown")
    parser.add_argument("--cores", type=int, nargs="+", default=[2, 16, 256])
    options = parser.parse_args()
    analyzer = Analyzer.load(Settings(threads=1))
    analyzer.assess("Driver wanted")  # warm
    costs = [measure(analyzer, options.ads, share) for share in SHARES]
    print(measured(costs, options.ads))
    print(on_paper(costs, options.cores, options.price))


def measure(analyzer: Analyzer, count: int, share: float) -> Cost:
    """Scan ``count`` ads, of which a ``share`` repeat another."""
    clock = StageTimes(time.process_time)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "ads.csv"), Path(folder, "found.jsonl")
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "text"), *enumerate(ads(count, share))])
        clock.stage("opening")
        scan_files(analyzer, local_engine(analyzer), Request((str(source),), (str(target),)), watcher=clock)
        clock.stage("end")
    spread = clock.seconds.pop("assessing")
    clock.seconds.pop("opening")
    return Cost(share, spread / count, sum(clock.seconds.values()) / count)


def ads(count: int, share: float) -> list[str]:
    """Ads of about WORDS words in random order, a ``share`` of them exact duplicates."""
    rng = random.Random(_SEED)
    fresh = round(count * (1 - share))
    planted = iter([ad.text for ad in plant(4 * fresh, _SEED)])
    distinct: dict[str, None] = {}
    while len(distinct) < fresh:
        parts = [next(planted)]
        while len(" ".join(parts).split()) < WORDS:
            parts.append(next(planted))
        distinct[_first_words("\n".join(parts))] = None
    found = list(distinct)
    found += rng.choices(found, k=count - fresh)
    rng.shuffle(found)
    return found


def _first_words(text: str) -> str:
    found = _WORDS.match(text)
    return found.group().strip() if found else text


def measured(costs: Sequence[Cost], count: int) -> str:
    """What was measured."""
    words = sum(len(ad.split()) for ad in ads(count, 0.0)) / count
    lines = [
        f"{count:,} ads of {words:.0f} words a run, one thread, {platform.machine()}, "
        f"Python {platform.python_version()}; processor time.\n",
        "| exact duplicates | core-ms an ad, assessing | core-ms an ad, the rest | ads per core-hour |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {cost.share:.0%} | {1000 * cost.spread:.1f} | {1000 * cost.single:.2f} | "
        f"{3600 / (cost.spread + cost.single):,.0f} |"
        for cost in costs
    ]
    return "\n".join(lines) + "\n"


def on_paper(costs: Sequence[Cost], cores: Sequence[int], price: float | None) -> str:
    """What it comes to for more ads and cores, if nothing but the assessing is shared and no core ever waits."""
    names = ["ads", "exact duplicates", "core-hours", *(f"hours on {n:,} cores" for n in cores)]
    if price is not None:
        names.append(f"cost at {price:g} a core-hour")
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    for scale, count in SCALES.items():
        for cost in costs:
            work = count * (cost.spread + cost.single) / 3600
            times = [count * (cost.spread / n + cost.single) / 3600 for n in cores]
            cells = [f"1 {scale}", f"{cost.share:.0%}", f"{work:,.0f}", *(f"{hours:,.1f}" for hours in times)]
            if price is not None:
                cells.append(f"{work * price:,.2f}")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
