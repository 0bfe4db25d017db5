"""Memory and time of a scan by its size: ``python -m training.scale [ROWS ...]`` writes reports/scale.md and .json.

Planted ads (training.campaign_ads), 60 % of them exact duplicates, go through a whole scan of a CSV file: reading,
journal, assessing, entities, linking, ranks, a CSV and an XLSX output (``--csv``: no XLSX, 0 MB of it in the table),
errors file, manifest. The model reads every distinct text, which takes two processors hours for a million rows: with
``--folder`` an interrupted run goes on where it was, with the greatest peak and the sum of the seconds of its parts.
``--stand-in`` assesses the first 256 ads only and gives their findings, in turn, to the others, whose own entities are
looked for.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import Request, scan_files
from tip_nlp.entities.extraction import find_entities
from tip_nlp.journal import Text
from tip_nlp.normalize import normalize
from tip_nlp.scan import Engine, Outcome, local_engine
from training.campaign_ads import plant
from training.config import ROOT
from training.stages import StageTimes

ROWS = (10_000, 100_000, 1_000_000)
DUPLICATES = 0.6
_READ_FIRST = 256  # ads that the model reads where assessments stand in
_SEED = 1
_STAGES = ("reading", "assessing", "linking", "writing")
_REPORTS = ROOT / "training" / "reports"


def main() -> None:
    """Measure each size in a process of its own, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("rows", type=int, nargs="*", default=ROWS)
    parser.add_argument("--stand-in", action="store_true", help="let the model read the first ads only")
    parser.add_argument("--folder", type=Path, help="work in this folder and go on from what is there (one size)")
    parser.add_argument("--csv", action="store_true", help="write no workbook")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        print(json.dumps(scan(options.folder, options.stand_in, options.csv)))
        return
    if options.folder and len(options.rows) != 1:
        parser.error(f"--folder holds the scan of one size, not of {len(options.rows)}; give one number of rows")
    place = _REPORTS / "scale.json"
    for rows in options.rows:
        with nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory() as folder:
            found = measure(rows, Path(folder), options.stand_in, options.csv)
        known = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else []
        same = (rows, options.stand_in)
        kept = [each for each in known if (each["rows"], each["stand_in"]) != same] + [found]
        kept.sort(key=lambda each: (each["stand_in"], each["rows"]))
        place.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (_REPORTS / "scale.md").write_text(render(kept), encoding="utf-8")
        print(render([found]))


def measure(rows: int, folder: Path, stand_in: bool, csv_only: bool) -> dict[str, Any]:
    """A scan of ``rows`` ads: seconds by stage, peak memory in MB, sizes in MB and the counts of the scan."""
    source = folder / "ads.csv"
    if not source.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with source.with_suffix(".part").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "posted", "text")])
            csv.writer(stream).writerows(planted_rows(rows))
        source.with_suffix(".part").rename(source)
    # As where it is installed to serve: spaCy would load torch wherever it finds it.
    code = "import sys; sys.modules['torch'] = None; from training.scale import main; main()"
    command = [sys.executable, "-c", code, "--within", "--folder", str(folder)]
    command += ["--stand-in"] if stand_in else []
    command += ["--csv"] if csv_only else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    sizes = {path.name: path.stat().st_size / 1e6 for path in folder.iterdir()}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"rows": rows, "stand_in": stand_in, **found, "sizes": sizes}


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


class Ledger(StageTimes):
    """Seconds by stage and peak memory in MB of all runs of one scan, kept in a file."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place
        self._before = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}

    def save(self) -> dict[str, Any]:
        """Write and return what the runs took so far."""
        self.stage(self._name)
        before = self._before.get("seconds", {})
        seconds = {name: before.get(name, 0.0) + self.seconds.get(name, 0.0) for name in before | self.seconds}
        found = {
            "runs": self._before.get("runs", 0) + 1,
            "peak": max(_peak(), self._before.get("peak", 0.0)),
            "seconds": seconds,
        }
        self._place.write_text(json.dumps(found), encoding="utf-8")
        return found

    def beside(self, engine: Engine) -> Engine:
        """The engine; saves after every chunk."""

        def run(chunks: Iterable[list[Text]]) -> Iterator[tuple[list[Text], list[Outcome]]]:
            for assessed in engine(chunks):
                yield assessed
                self.save()

        return run


def _peak() -> float:
    """Memory in MB that this process held at most. Not getrusage: after a fork it tells of the parent too."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if not found:
        raise SystemExit("/proc/self/status tells no VmHWM; memory is measured on Linux only")
    return int(found[1]) / 1024


def scan(folder: Path, stand_in: bool, csv_only: bool) -> dict[str, Any]:
    """Scan the ads of ``folder`` in this process, or go on with it."""
    ledger = Ledger(folder / "ledger.json")
    analyzer = Analyzer.load()
    output = folder / "found.csv"
    outputs = (str(output),) if csv_only else (str(output), str(folder / "found.xlsx"))
    request = Request((str(folder / "ads.csv"),), outputs)
    engine = _stand_in(analyzer) if stand_in else local_engine(analyzer)
    resume = Path(f"{output}.journal").is_file()
    summary = scan_files(analyzer, ledger.beside(engine), request, resume=resume, watcher=ledger)
    versions = {"model": str(analyzer.versions.model), "rules": str(analyzer.versions.rules)}
    return ledger.save() | {"counts": summary.counts, "versions": versions}


def _stand_in(analyzer: Analyzer) -> Engine:
    def engine(chunks: Iterable[list[Text]]) -> Iterator[tuple[list[Text], list[Outcome]]]:
        shapes: list[dict[str, Any]] = []
        for chunk in chunks:
            if not shapes:
                read = [text.record.text for text in chunk[:_READ_FIRST]]
                shapes = [found.to_dict() for found in analyzer.assess_batch(read)]
            yield chunk, [_outcome(shapes[text.number % len(shapes)], text) for text in chunk]

    def _outcome(shape: dict[str, Any], text: Text) -> dict[str, Any]:
        entities = [asdict(each) for each in find_entities(normalize(text.record.text), None, analyzer.today())]
        return shape | {"id": text.record.id, "entities": entities}

    return engine


def render(found: Sequence[Mapping[str, Any]]) -> str:
    """The report as Markdown."""
    names = ["rows", "distinct texts", "read by the model", "runs", "peak MB", "input MB", "CSV MB", "XLSX MB"]
    names += [f"{name}, s" for name in _STAGES]
    lines = [
        "# A scan by its size\n",
        (__doc__ or "").split("\n\n", 1)[1],
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}. Memory is the peak of "
        "the process, model and libraries included; seconds are by the clock of a machine that was not idle.\n",
        f"| {' | '.join(names)} |",
        f"|{' ---: |' * len(names)}",
    ]
    for each in found:
        texts = each["counts"]["texts"]
        figures = [each["rows"], texts, min(texts, _READ_FIRST) if each["stand_in"] else texts, each["runs"]]
        figures += [each["peak"], *(each["sizes"].get(name, 0) for name in ("ads.csv", "found.csv", "found.xlsx"))]
        figures += [each["seconds"][name] for name in _STAGES]
        lines.append(f"| {' | '.join(f'{figure:,.0f}' for figure in figures)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
