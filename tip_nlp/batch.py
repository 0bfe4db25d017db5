"""A scan of files into files, in one call: journal, engine, links, ranks, outputs, errors file and manifest."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.campaigns.linking import link_texts
from tip_nlp.campaigns.workspace import check_workspace
from tip_nlp.errors import InputError
from tip_nlp.journal import Journal
from tip_nlp.manifest import SUFFIX, describe, write_manifest
from tip_nlp.records import STANDARD, Columns, Layout, Records
from tip_nlp.results.files import RESUME, check_target, write_results
from tip_nlp.results.result import Result
from tip_nlp.results.writing import no_formula
from tip_nlp.scan import CHUNK, Engine, fill
from tip_nlp.storage import complete
from tip_nlp.types import Kind, Tier

ERRORS_SUFFIX = ".errors.csv"
_JOURNAL_SUFFIX = ".journal"
_BESIDE = {"journal": _JOURNAL_SUFFIX, "errors file": ERRORS_SUFFIX, "manifest": SUFFIX}


@dataclass(frozen=True, slots=True)
class Request:
    """What to scan into what.

    ``workspace`` is the file that remembers campaigns from scan to scan; None: they are linked within this scan only.
    ``campaigns`` False leaves linking out. ``raw_cells`` leaves the input's cells in CSV as they came, also those that
    a spreadsheet would run as formulas.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    columns: Columns = Columns()
    kind: Kind | None = None
    layout: Layout = Layout()
    campaigns: bool = True
    workspace: Path | None = None
    raw_cells: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a scan did; ``tiers`` counts rows, the highest tier first, ``merged`` those campaigns that were several
    before; ``best`` are the first rows by rank, ``hints`` tell of inputs that look odd."""

    counts: dict[str, int]
    tiers: dict[Tier, int]
    campaigns: int
    merged: int
    best: tuple[Result, ...]
    manifest: Path
    errors: Path | None
    hints: tuple[str, ...] = ()


class Watcher:
    """Told how far a scan is; this one keeps it to itself."""

    def expect(self, texts: int, done: int) -> None:
        """``texts`` are to be assessed in all, of which ``done`` were before an interruption."""

    def advance(self, texts: int) -> None:
        """So many more were assessed."""

    def stage(self, name: str) -> None:
        """A stage begins: reading, assessing, linking, writing."""


def scan_files(
    analyzer: Analyzer,
    engine: Engine,
    request: Request,
    *,
    resume: bool = False,
    show: int = 0,
    watcher: Watcher | None = None,
) -> Summary:
    """Scan the inputs into every output. Killed at any moment and run again with ``resume``, it ends with the same
    outputs to the byte.

    InputError: an input or output that cannot be used, or nothing to resume; StorageError: no room left.
    """
    watcher = watcher or Watcher()
    started = _now()
    place = _journal_of(request)
    with _records(request) as records:
        _check(request, records, resume=resume)
        plan = _plan(analyzer, request, records)
        journal = Journal.resume(place, plan) if resume else Journal.begin(place, plan)
        with closing(journal), _on_its_day(journal, analyzer):
            if not journal.recall("taken_in"):
                watcher.stage("reading")
                journal.take_in(records)
                journal.remember("piped", records.piped())
            _assess_all(journal, engine, watcher)
            if request.campaigns and not journal.recall("linked"):
                watcher.stage("linking")
                today = analyzer.today()
                journal.link(link_texts(journal.assessed(), journal.sightings, request.workspace, today))
                journal.remember("linked", True)
            watcher.stage("writing")
            journal.rank()
            write_results(journal.results, request.outputs, records.header, raw_cells=request.raw_cells)
            errors = _write_errors(journal, Path(f"{request.outputs[0]}{ERRORS_SUFFIX}"))
            counts = journal.counts()
            tiers = journal.tiers()
            merged = [bool(history.merged_from) for history in journal.campaigns()]
            best = tuple(journal.results(best=show)) if show else ()
            manifest = Path(f"{request.outputs[0]}{SUFFIX}")
            plan["inputs"] = [_with_sum(each, journal.recall("piped")) for each in plan["inputs"]]
            write_manifest(manifest, _facts(plan, request, counts, errors, resumed=resume, started=started), RESUME)
            journal.discard()
    return Summary(counts, tiers, len(merged), sum(merged), best, manifest, errors, tuple(records.hints()))


def check_request(request: Request, *, resume: bool = False) -> None:
    """InputError: what :func:`scan_files` would refuse, said before a model is loaded. Standard input, which is read
    once, is not looked at."""
    if STANDARD not in request.inputs:
        with _records(request) as records:
            _check(request, records, resume=resume)


def versions(analyzer: Analyzer) -> dict[str, str]:
    """Everything that decides a score, by version and sum, and whether the digits are those of every processor."""
    arithmetic = "exact" if analyzer.classifier.exact else "fast"
    return asdict(analyzer.versions) | {"model_sums": analyzer.classifier.sums, "arithmetic": arithmetic}


def licences_sum(analyzer: Analyzer) -> str | None:
    """A sum of the licence list in use."""
    if analyzer.licences is None:
        return None
    listed = {number: asdict(licence) for number, licence in analyzer.licences.licences.items()}
    return sha256(json.dumps(listed, sort_keys=True, default=str).encode()).hexdigest()


def _records(request: Request) -> Records:
    return Records(request.inputs, request.columns, request.kind, request.layout, outputs=request.outputs)


def _journal_of(request: Request) -> Path:
    return Path(f"{request.outputs[0]}{_JOURNAL_SUFFIX}")


def _check(request: Request, records: Records, *, resume: bool) -> None:
    """InputError: an output cannot be written, or holds what must not be lost."""
    journal = _journal_of(request)
    if journal.is_file() and not resume:
        raise InputError(
            f"{journal}: an interrupted scan was left here; go on with --resume, or delete the file to scan anew"
        )
    for output in request.outputs:
        check_target(output, records.files)
    _check_places(request, records.files)
    if request.campaigns and request.workspace:
        check_workspace(request.workspace)


def _check_places(request: Request, inputs: Sequence[str]) -> None:
    """InputError: a file that is written is also an input, or is written twice."""
    first = request.outputs[0]
    written = [
        *((output, "an output") for output in request.outputs),
        *((f"{first}{suffix}", f"the {name} of {first}") for name, suffix in _BESIDE.items()),
        *([(str(request.workspace), "the workspace")] if request.workspace else []),
    ]
    taken = {Path(path).resolve(): "an input" for path in inputs if path != STANDARD}
    for path, role in written:
        if before := taken.get(Path(path).resolve()):
            raise InputError(f"{path}: is {role} and also {before}, one would destroy the other; name another file")
        taken[Path(path).resolve()] = role


def _plan(analyzer: Analyzer, request: Request, records: Records) -> dict[str, Any]:
    return {
        "inputs": [describe(path) for path in records.files_read()],
        "header": list(records.header),
        "columns": {"text": list(request.columns.text), "id": request.columns.id},
        "date_column": request.columns.date,
        "kind": request.kind,
        # Nothing rather than False: as in a journal of a version that did not know it.
        **{name: value or None for name, value in asdict(request.layout).items()},
        "campaigns": request.campaigns,
        "workspace": str(request.workspace) if request.workspace else None,
        "chunk": CHUNK,
        "licences": licences_sum(analyzer),
        "versions": versions(analyzer),
    }


def _with_sum(described: dict[str, Any], piped: dict[str, Any] | None) -> dict[str, Any]:
    """Standard input with what its bytes came to, once they were read."""
    return described | piped if piped and described["path"] == STANDARD else described


@contextmanager
def _on_its_day(journal: Journal, analyzer: Analyzer) -> Iterator[None]:
    """A scan resumed tomorrow judges licences as of the day it began."""
    day = journal.recall("today") or analyzer.today().isoformat()
    journal.remember("today", day)
    usual, analyzer.today = analyzer.today, lambda: date.fromisoformat(day)
    try:
        yield
    finally:
        analyzer.today = usual


def _assess_all(journal: Journal, engine: Engine, watcher: Watcher) -> None:
    counts = journal.counts()
    watcher.stage("assessing")
    watcher.expect(counts["texts"], counts["done"])
    fill(journal, engine, watcher.advance)


def _write_errors(journal: Journal, path: Path) -> Path | None:
    """The rows without an assessment, with the reason; no file where there is none."""
    path.unlink(missing_ok=True)
    if not journal.counts()["failed"]:
        return None
    with (
        complete(path, RESUME) as partial,
        partial.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(("source", "row", "id", "reason"))
        for result in journal.results(failed=True):
            record = result.record
            cells = (record.source, record.number, record.id, record.error or "")
            writer.writerow(no_formula(each) if isinstance(each, str) else each for each in cells)
    return path


def _facts(
    plan: dict[str, Any],
    request: Request,
    counts: dict[str, int],
    errors: Path | None,
    *,
    resumed: bool,
    started: str,
) -> dict[str, Any]:
    outputs = [*request.outputs, *([str(errors)] if errors else [])]
    beside = ("inputs", "header", "versions")  # these stand in the manifest themselves, or not at all
    options = {name: value for name, value in plan.items() if name not in beside}
    options |= {"raw_cells": request.raw_cells, "no_header": request.layout.no_header}
    return {
        "inputs": plan["inputs"],
        "outputs": [describe(path) for path in outputs],
        "versions": plan["versions"],
        "options": options,
        "counts": counts,
        "started": started,
        "finished": _now(),
        "resumed": resumed,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
