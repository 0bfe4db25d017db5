"""Whether a scan's result is what its manifest says, and comes out the same again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import licences_sum, versions
from tip_nlp.errors import InputError
from tip_nlp.manifest import differences, gaps, locate, read_manifest
from tip_nlp.records import STANDARD, Columns, Layout, Record, Records
from tip_nlp.records.columns import to_record
from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result

_SEED = 20261121  # the same rows are drawn whoever verifies
# In fast arithmetic a text's score depends a little on the texts that stood in one batch with it (up to 0.003 seen)
# and on the processor (up to 0.02), and what lies on a threshold may fall to either side of it.
_SAME = {"fast": 0.03, "exact": 0.001}
_CLEAR = 0.6  # an indicator of this score is named whatever stood beside it


@dataclass(frozen=True, slots=True)
class Verification:
    """Files compared, rows compared with the inputs, rows assessed again, and as sentences every difference and what
    could not be compared at all.

    ``rows`` is None where the scan wrote no JSONL to compare the inputs with, or standard input is not at hand.
    """

    files: tuple[Path, ...]
    rows: int | None
    rescored: int
    differences: tuple[str, ...]
    gaps: tuple[str, ...] = ()


def verify_scan(analyzer: Analyzer, manifest: Path, rescore: int, standard: Path | None = None) -> Verification:
    """Compare files, versions and licences with the manifest and its JSONL output with the inputs, row by row, and
    assess ``rescore`` rows again. ``standard`` holds what was piped into the scan.

    InputError: the manifest itself is none, or was changed, or there is no such ``standard``.
    """
    facts = read_manifest(manifest)
    places = locate(facts, manifest.parent) | _piped(facts, standard)
    missed = tuple(gaps(facts, places))
    files = tuple(path for each in (*facts["inputs"], *facts["outputs"]) if (path := _compared(each, places)))
    found = [*differences(facts, places, versions(analyzer)), *_licence_difference(facts, analyzer)]
    path = next((places[each["path"]] for each in facts["outputs"] if each["path"].endswith(".jsonl")), None)
    if found or path is None:
        return Verification(files, None, 0, tuple(found), missed)
    is_whole = all(each["path"] != STANDARD or STANDARD in places for each in facts["inputs"])
    counts, records = facts["counts"], _read_again(facts, places)
    if not is_whole:
        # Which rows failed only when they were assessed, the result alone does not tell.
        counts, records = {name: counts[name] for name in ("rows", "failed")}, _read_result(facts, path)
    rows = _Rows(counts, rescore)
    found = list(rows.compare(records, read_results(path)))
    if not found:
        same = _SAME[facts["versions"].get("arithmetic", "fast")]
        found = [sentence for pair in rows.drawn if (sentence := _compare(analyzer, *pair, same))]
    return Verification(files, rows.count if is_whole else None, len(rows.drawn), tuple(found), missed)


def _piped(facts: dict[str, Any], standard: Path | None) -> dict[str, Path | None]:
    """Where what was piped lies, if that is known."""
    if standard is None:
        return {}
    if not standard.is_file():
        raise InputError(f"{standard}: no such file")
    if all(each["path"] != STANDARD for each in facts["inputs"]):
        raise InputError(f"{standard}: this scan did not read standard input; its inputs are found by their names")
    return {STANDARD: standard.resolve()}


def _compared(stated: dict[str, Any], places: dict[str, Path | None]) -> Path | None:
    return places.get(stated["path"]) if stated["sha256"] is not None else None


def _licence_difference(facts: dict[str, Any], analyzer: Analyzer) -> Iterator[str]:
    if facts["options"].get("licences") != licences_sum(analyzer):
        yield "the licence list here is not the one that the scan was made with"


def _read_again(facts: dict[str, Any], places: dict[str, Path | None]) -> Iterator[Record]:
    """The rows of the inputs, as the options say that they were read."""
    options = facts["options"]
    columns = Columns(tuple(options["columns"]["text"]), options["columns"]["id"], options.get("date_column"))
    layout = Layout(
        options["encoding"], options.get("delimiter"), bool(options.get("no_header")), options.get("format")
    )
    for each in facts["inputs"]:
        path = places.get(each["path"]) or Path(each["path"])
        if "error" in each:
            yield Record(each["path"], 1, {}, "", error=each["error"])
            continue
        try:
            with ExitStack() as stack:
                piped = stack.enter_context(path.open("rb")) if each["path"] == STANDARD else None
                name = STANDARD if piped else str(path)
                yield from stack.enter_context(Records([name], columns, options["kind"], layout, standard=piped))
        except InputError as error:  # a file of a folder that cannot be read is one row that says so
            yield Record(each["path"], 1, {}, "", error=str(error))


def _read_result(facts: dict[str, Any], path: Path) -> Iterator[Record]:
    """The rows as the result itself holds them, where the inputs are gone."""
    for result in read_results(path):
        stated = result.record
        columns, kind = Columns(stated.columns), facts["options"]["kind"]
        again = to_record(stated.source, stated.number, stated.row, stated.error, columns, kind)
        yield replace(again, id=stated.id)


class _Rows:
    """Compares rows as they come, and draws some of them: the file may be long."""

    def __init__(self, counts: dict[str, int], draw: int) -> None:
        self._counts = counts
        self._draw = draw
        self._rng = random.Random(_SEED)
        self.count = 0
        self.drawn: list[tuple[Record, Result]] = []

    def compare(self, records: Iterable[Record], results: Iterable[Result]) -> Iterator[str]:
        """The first row that is not what the inputs hold, or the counts that are not the manifest's."""
        texts = failed = readable = 0
        for record, result in zip_longest(records, results):
            if record is None or result is None:
                yield f"the inputs and the result differ in rows: one ends after {self.count}, the other goes on"
                return
            self.count += 1
            if not _is_of(result, record):
                yield f"line {self.count} of the result is not what row {record.number} of {record.source} gives"
                return
            failed += result.assessment is None
            if record.error is None:
                readable += 1
                texts += result.duplicate_of is None
                self._take(readable, (record, result))
        counted = {"rows": self.count, "failed": failed, "texts": texts, "done": texts}
        for name, number in counted.items():
            if self._counts.get(name, number) != number:
                yield f"the manifest counts {self._counts[name]} {name}, the result holds {number}"

    def _take(self, seen: int, pair: tuple[Record, Result]) -> None:
        """Reservoir sampling."""
        if len(self.drawn) < self._draw:
            self.drawn.append(pair)
        elif (place := self._rng.randrange(seen)) < self._draw:
            self.drawn[place] = pair


def _is_of(result: Result, record: Record) -> bool:
    """Whether the result is of this row of the inputs."""
    stated = result.record
    if (stated.number, _own_id(stated)) != (record.number, _own_id(record)):
        return False
    if record.error is not None or result.assessment is None:
        return result.assessment is None
    is_same_text = stated.text == record.text or not _is_unicode(record.text)  # such a text is not written as it came
    return is_same_text and stated.columns == record.columns and record.kind in (None, result.assessment["kind"])


def _own_id(record: Record) -> str | None:
    """The id that the row brought; one made up holds the file's name, which may be another now."""
    return None if not record.id or record.id == f"{Path(record.source).name}:{record.number}" else record.id


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _compare(analyzer: Analyzer, record: Record, result: Result, same: float) -> str | None:
    differs = f"row {record.number} of {record.source} ({record.id}) is assessed differently now"
    try:
        again = analyzer.assess(record.text, kind=record.kind, id=record.id).to_dict()
    except InputError:
        return None if result.assessment is None else differs
    stated = result.assessment
    if stated is None or stated["kind"] != again["kind"]:
        return differs
    # Below every tier a score depends on whether passages were read, which the batch can tip.
    is_told = {stated["tier"], again["tier"]} != {"none"}
    moved = max(abs(again["scores"][family] - score) for family, score in stated["scores"].items()) if is_told else 0.0
    is_same = moved <= same and _clear(stated) <= _named(again) and _clear(again) <= _named(stated)
    return None if is_same else differs


def _named(assessment: dict[str, Any]) -> set[str]:
    return {each["id"] for each in assessment["indicators"]}


def _clear(assessment: dict[str, Any]) -> set[str]:
    return {each["id"] for each in assessment["indicators"] if each["score"] >= _CLEAR}
