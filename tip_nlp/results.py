"""Rows out: every record as it came, with its assessment or the reason why there is none."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from tip_nlp.errors import InputError
from tip_nlp.records import STANDARD, Record, Row
from tip_nlp.types import Assessment

ADDED = (
    "tip_id", "tip_kind", "tip_language", "tip_tier", "tip_reason", "tip_urgent", "tip_trafficking", "tip_smuggling",
    "tip_indicators", "tip_evidence", "tip_dimensions", "tip_elements", "tip_suppressed", "tip_entities",
    "tip_warnings", "tip_error", "tip_extra",
)  # fmt: skip
_JSON_ADDED = ("assessment", "error")


class Writer(Protocol):
    """Writes one output row for each record."""

    def write(self, record: Record, outcome: Assessment | str) -> None:
        """``outcome`` is the assessment, or why there is none."""


@contextmanager
def open_writer(target: str, header: Sequence[str], inputs: Sequence[str]) -> Iterator[Writer]:
    """A writer for ``target`` (.csv, .jsonl or -); ``header`` are the input's columns.

    InputError: an unknown format, or a target that is one of the ``inputs`` still being read.
    """
    suffix = ".jsonl" if target == STANDARD else Path(target).suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise InputError(f"{target}: cannot write {suffix or '(none)'!r}; use .csv, .jsonl or -")
    if target == STANDARD:
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
        yield JsonWriter(sys.stdout)
        return
    if Path(target).resolve() in {Path(path).resolve() for path in inputs if path != STANDARD}:
        raise InputError(f"{target}: is also an input and would be destroyed; name another output")
    if not Path(target).resolve().parent.is_dir():
        raise InputError(f"{target}: there is no such folder; make it first")
    with Path(target).open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        yield CsvWriter(stream, header) if suffix == ".csv" else JsonWriter(stream)


class JsonWriter:
    """One JSON object a line: the row and ``assessment`` or ``error``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, record: Record, outcome: Assessment | str) -> None:
        """``outcome`` is the assessment, or why there is none."""
        added = {"error": outcome} if isinstance(outcome, str) else {"assessment": outcome.to_dict()}
        row = _renamed(record.row, _JSON_ADDED) | added
        line = json.dumps(row, ensure_ascii=False)
        self._stream.write((line if _is_writable(line) else json.dumps(row)) + "\n")


class CsvWriter:
    """The input's columns and ADDED; what no column can take is kept as JSON in ``tip_extra``."""

    def __init__(self, stream: TextIO, header: Sequence[str]) -> None:
        names = list(_renamed(dict.fromkeys(header), ADDED))
        self._known = frozenset(names)
        self._writer = csv.DictWriter(stream, [*names, *ADDED], restval="")
        self._writer.writeheader()

    def write(self, record: Record, outcome: Assessment | str) -> None:
        """``outcome`` is the assessment, or why there is none."""
        row = _renamed(record.row, ADDED)
        extra = {name: value for name, value in row.items() if name not in self._known}
        cells = {name: _cell(value) for name, value in row.items() if name in self._known}
        added = flatten(record, outcome) | {"tip_extra": json.dumps(extra) if extra else ""}
        self._writer.writerow(cells | {name: _cell(_no_formula(value)) for name, value in added.items()})


def flatten(record: Record, outcome: Assessment | str) -> Row:
    """The added columns of a CSV row."""
    if isinstance(outcome, str):
        return {"tip_id": record.id, "tip_error": outcome}
    return {
        "tip_id": outcome.id,
        "tip_kind": outcome.kind,
        "tip_language": outcome.language.code,
        "tip_tier": outcome.tier,
        "tip_reason": outcome.reason,
        "tip_urgent": str(outcome.urgent).lower(),
        "tip_trafficking": f"{outcome.scores['trafficking']:.4f}",
        "tip_smuggling": f"{outcome.scores['smuggling']:.4f}",
        "tip_indicators": "; ".join(f"{each.id} {each.score:.2f}" for each in outcome.indicators),
        "tip_evidence": " | ".join(
            f"{each.id}: “{' '.join(quote.quote.split())}”" for each in outcome.indicators for quote in each.evidence
        ),
        "tip_dimensions": "; ".join(each.id for each in outcome.dimensions if each.positive),
        "tip_elements": "; ".join(
            f"{name}: {', '.join(ids)}"
            for name in ("act", "means", "purpose")
            if (ids := getattr(outcome.elements, name))
        ),
        "tip_suppressed": "; ".join(f"{each.id} ({each.reason})" for each in outcome.suppressed),
        "tip_entities": "; ".join(f"{each.type} {each.value}" for each in outcome.entities),
        "tip_warnings": "; ".join(outcome.warnings),
        "tip_error": "",
    }


def _renamed(row: Row, taken: Sequence[str]) -> Row:
    """Set aside the input's own columns that bear a name of ours (a result scanned again)."""
    return {f"input_{name}" if name in taken else name: value for name, value in row.items()}


def _no_formula(value: str) -> str:
    """A spreadsheet would run a cell that begins so; the input's own columns are left as they came."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _cell(value: object) -> object:
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, str) and not _is_writable(value):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _is_writable(text: str) -> bool:
    """Whether the text is Unicode, or bytes of the input kept as they were; a JSON escape can make neither."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
