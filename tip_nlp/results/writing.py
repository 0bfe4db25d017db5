"""Rows out as JSONL and CSV: every record as it came, with its assessment or the reason why there is none."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import Protocol, TextIO

from tip_nlp.records import Row
from tip_nlp.results.result import ADDED, Result, flatten

JSON_ADDED = ("record", "assessment", "error")


class Writer(Protocol):
    """Writes one output row for each result."""

    def write(self, result: Result) -> None:
        """Write a row."""


class JsonWriter:
    """One JSON object a line: the row, ``record`` (where it came from, its rank and links), and ``assessment`` or
    ``error``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, result: Result) -> None:
        """Write a line."""
        record = result.record
        origin = {"id": record.id, "source": record.source, "number": record.number, "columns": record.columns}
        links = {
            "rank": result.rank,
            "duplicate_of": result.duplicate_of,
            "campaign": result.campaign,
            "campaign_size": result.campaign_size,
        }
        added = {"error": record.error} if result.assessment is None else {"assessment": result.assessment}
        row = renamed(record.row, JSON_ADDED) | {"record": origin | links} | added
        line = json.dumps(row, ensure_ascii=False)
        self._stream.write((line if is_writable(line) else json.dumps(row)) + "\n")


class CsvWriter:
    """The input's columns and ADDED; what no column can take is kept as JSON in ``tip_extra``."""

    def __init__(self, stream: TextIO, header: Sequence[str]) -> None:
        names = list(renamed(dict.fromkeys(header), ADDED))
        self._known = frozenset(names)
        self._writer = csv.DictWriter(stream, [*names, *ADDED], restval="")
        self._writer.writeheader()

    def write(self, result: Result) -> None:
        """Write a row."""
        row = renamed(result.record.row, ADDED)
        cells = {name: cell(value) for name, value in row.items() if name in self._known}
        added = flatten(result) | {"tip_extra": extra_of(row, self._known)}
        self._writer.writerow(cells | {name: cell(no_formula(value)) for name, value in added.items()})


def renamed(row: Row, taken: Sequence[str]) -> Row:
    """Set aside the input's own columns that bear a name of ours (a result scanned again)."""
    return {f"input_{name}" if name in taken else name: value for name, value in row.items()}


def extra_of(row: Row, known: frozenset[str]) -> str:
    """What a row holds beyond the columns that are ``known``, as JSON; "" for nothing."""
    extra = {name: value for name, value in row.items() if name not in known}
    return json.dumps(extra) if extra else ""


def no_formula(value: str) -> str:
    """A spreadsheet would run a cell that begins so; the input's own columns are left as they came."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def cell(value: object) -> object:
    """A value as a table's cell: nested ones as JSON, what is no Unicode escaped."""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, str) and not is_writable(value):
        return unicode_only(value)
    return value


def unicode_only(text: str) -> str:
    """The text with whatever is no Unicode character written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_writable(text: str) -> bool:
    """Whether the text is Unicode, or bytes of the input kept as they were; a JSON escape can make neither."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
