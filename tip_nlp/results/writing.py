"""Rows out as JSONL and CSV: every record as it came, with its assessment or the reason why there is none."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from math import isfinite
from typing import Any, Protocol, TextIO

from tip_nlp.records import Record, Row
from tip_nlp.results.dates import posted
from tip_nlp.results.result import ADDED, Result, flatten

_ASIDE = "input_"
JSON_ADDED = ("record", "assessment", "error")
# Where a cell a spreadsheet would run begins (the list is that of OWASP); a signed number alone is only a number.
_FORMULA = re.compile(r"(?![+-]\d+(\.\d+)?\Z)[=+\-@\t\r\n＝＋－＠]")


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
        origin: Row = {"id": record.id, "source": record.source, "number": record.number, "columns": record.columns}
        source, number = result.first or (None, None)
        links = {
            "rank": result.rank,
            "duplicate_of": result.duplicate_of,
            "duplicate_of_source": source,
            "duplicate_of_number": number,
            "campaign": result.campaign,
            "campaign_size": result.campaign_size,
        }
        links |= result.history.to_dict("campaign_")
        origin |= _day(record)
        added = {"error": record.error} if result.assessment is None else {"assessment": result.assessment}
        row = renamed(record.row, JSON_ADDED) | {"record": origin | links} | added
        self._stream.write(as_json(row) + "\n")


def _day(record: Record) -> Row:
    """The day of a row, and the column that was named for it."""
    day, column = posted(record), record.date_column
    if column is None:
        return {"day": day.isoformat()} if day else {}
    return {"day": day.isoformat() if day else None, "date_column": column}


class CsvWriter:
    """The input's columns and ADDED; what no column can take is kept as JSON in ``tip_extra``.

    No cell can run as a formula; with ``raw`` those of the input, and its column names, are left as they came.
    """

    def __init__(self, stream: TextIO, header: Sequence[str], *, raw: bool = False) -> None:
        names = list(renamed(dict.fromkeys(header), ADDED))
        self._known = frozenset(names)
        self._raw = raw
        self._writer = csv.DictWriter(stream, [*names, *ADDED], restval="")
        self._writer.writerow({name: self._own(name) for name in names} | {name: name for name in ADDED})

    def write(self, result: Result) -> None:
        """Write a row."""
        row = renamed(result.record.row, ADDED)
        cells = {name: self._own(value) for name, value in row.items() if name in self._known}
        added = flatten(result) | {"tip_extra": extra_of(row, self._known)}
        self._writer.writerow(cells | {name: cell(no_formula(value)) for name, value in added.items()})

    def _own(self, value: object) -> object:
        """A cell of the input's."""
        value = cell(value)
        return no_formula(value) if isinstance(value, str) and not self._raw else value


def renamed(row: Row, taken: Sequence[str]) -> Row:
    """Set aside the input's own columns that bear a name of ours (a result scanned again), and those set aside before:
    each has one more ``input_`` than it came with, so that none hides another."""
    return {f"{_ASIDE}{name}" if _is_taken(name, taken) else name: value for name, value in row.items()}


def original(name: str, taken: Sequence[str]) -> str:
    """The name that a column had before :func:`renamed`."""
    return name.removeprefix(_ASIDE) if _is_taken(name.removeprefix(_ASIDE), taken) else name


def _is_taken(name: str, taken: Sequence[str]) -> bool:
    """Whether a name is one of ours, or one of ours set aside."""
    while name.startswith(_ASIDE):
        name = name.removeprefix(_ASIDE)
    return name in taken


def extra_of(row: Row, known: frozenset[str]) -> str:
    """What a row holds beyond the columns that are ``known``, as JSON; "" for nothing."""
    extra = {name: value for name, value in row.items() if name not in known}
    return as_json(extra) if extra else ""


def no_formula(value: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it."""
    return f"'{value}" if _FORMULA.match(value) else value


def cell(value: object) -> object:
    """A value as a table's cell: nested ones as JSON, what is no Unicode escaped, none for what is no number."""
    if isinstance(value, (dict, list)):
        return as_json(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return unicode_only(value) if isinstance(value, str) else value


def as_json(value: Row | list[Any]) -> str:
    """The value as JSON in Unicode: NaN and infinities as null, which JSON lacks, and what is no Unicode escaped."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        written = json.dumps(json.loads(json.dumps(value), parse_constant=lambda _: None), ensure_ascii=False)
    return unicode_only(written)


def unicode_only(text: str) -> str:
    """The text with whatever is no Unicode character written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
