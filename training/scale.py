"""Memory and time of a scan by its size: ``python -m training.scale [ROWS ...]`` writes reports/scale.md.

Planted ads (training.campaign_ads), 60 % of them exact duplicates, go through a whole scan of a CSV file: reading,
journal, entities, linking, ranks, a CSV and an XLSX output, errors file, manifest. Analyzer and model are loaded and
the first ads assessed with them; what they found then stands in for the assessments of the others, whose own entities
are looked for, because two processors would be at it for hours. training.sizing measures the assessing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import Request, Watcher, scan_files
from tip_nlp.entities.extraction import find_entities
from tip_nlp.journal import Text
from tip_nlp.normalize import normalize
from training.campaign_ads import plant
from training.config import ROOT

ROWS = (10_000, 100_000, 1_000_000)
DUPLICATES = 0.6
_ASSESSED = 256  # ads that the model really reads
_SEED = 1
_MEGABYTE = 1024  # KiB, in which the peak is told
_REPORT = ROOT / "training" / "reports" / "scale.md"


class Stages(Watcher):
    """Seconds on the clock by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "opening", time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[self._name] = now - self._since
        self._name, self._since = name, now


def main() -> None:
    """Measure each size in a process of its own, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("rows", type=int, nargs="*", default=ROWS)
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        print(json.dumps(scan(options.within)))
        return
    found = [measure(rows) for rows in options.rows]
    report = render(options.rows, found)
    print(report)
    if tuple(options.rows) == ROWS:
        _REPORT.write_text(report, encoding="utf-8")


def measure(rows: int) -> dict[str, Any]:
    """A scan of ``rows`` ads: seconds by stage, peak memory in MB, sizes in MB and the counts of the scan."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "ads.csv")
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "posted", "text")])
            csv.writer(stream).writerows(planted_rows(rows))
        # As where it is installed to serve: spaCy would load torch wherever it finds it.
        code = "import sys; sys.modules['torch'] = None; from training.scale import main; main()"
        command = [sys.executable, "-c", code, "--within", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        sizes = {path.name: path.stat().st_size / 1e6 for path in Path(folder).iterdir()}
        return json.loads(done.stdout.splitlines()[-1]) | {"sizes": sizes}


def planted_rows(count: int) -> Iterator[tuple[int, str, str]]:
    """Rows in random order, of which DUPLICATES repeat the text of an earlier one."""
    rng = random.Random(_SEED)
    fresh = plant(round(count * (1 - DUPLICATES)), _SEED)
    known: list[str] = []
    for number in range(count):
        if known and rng.random() < DUPLICATES:
            text = rng.choice(known)
        elif (ad := next(fresh, None)) is not None:
            text = ad.text
            known.append(text)
        else:
            text = rng.choice(known)
        yield number, f"2026-{1 + number % 12:02}-{1 + number % 28:02}", text


def scan(folder: Path) -> dict[str, Any]:
    """Scan the ads of ``folder`` in this process."""
    stages = Stages()
    analyzer = Analyzer.load()
    request = Request((str(folder / "ads.csv"),), (str(folder / "found.csv"), str(folder / "found.xlsx")))
    summary = scan_files(analyzer, stand_in(analyzer), request, watcher=stages)
    stages.stage("end")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    return {"seconds": stages.seconds, "peak": peak, "counts": summary.counts}


def stand_in(analyzer: Analyzer) -> Any:
    """An engine that assesses the first chunk and gives its findings, in turn, to the texts of the others."""

    def engine(chunks: Iterable[Sequence[Text]]) -> Iterator[tuple[Sequence[Text], list[dict[str, Any]]]]:
        shapes: list[dict[str, Any]] = []
        for chunk in chunks:
            if not shapes:
                read = [text.record.text for text in chunk[:_ASSESSED]]
                shapes = [found.to_dict() for found in analyzer.assess_batch(read)]
            yield chunk, [_outcome(shapes[text.number % len(shapes)], text) for text in chunk]

    def _outcome(shape: dict[str, Any], text: Text) -> dict[str, Any]:
        entities = [asdict(each) for each in find_entities(normalize(text.record.text), None, analyzer.today())]
        return shape | {"id": text.record.id, "entities": entities}

    return engine


def render(rows: Sequence[int], found: Sequence[dict[str, Any]]) -> str:
    """The report as Markdown."""
    stages = ("reading", "assessing", "linking", "writing")
    names = ("rows", "distinct texts", "peak MB", "input MB", "CSV MB", "XLSX MB", *(f"{name}, s" for name in stages))
    lines = [
        "# A scan by its size\n",
        _about(),
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}. Memory is the peak of "
        "the process, model and libraries included; seconds are by the clock of a machine that was not idle.\n",
        f"| {' | '.join(names)} |",
        f"|{' ---: |' * len(names)}",
    ]
    for count, each in zip(rows, found, strict=True):
        sizes = [each["sizes"][name] for name in ("ads.csv", "found.csv", "found.xlsx")]
        figures = [each["peak"], *sizes, *(each["seconds"][name] for name in stages)]
        cells = [f"{count:,}", f"{each['counts']['texts']:,}", *(f"{figure:,.0f}" for figure in figures)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _about() -> str:
    return (__doc__ or "").split("\n\n", 1)[1]


if __name__ == "__main__":
    main()
