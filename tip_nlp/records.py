"""Rows in: CSV, JSONL and plain text as streams of records that keep every column of the input."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from tip_nlp.errors import InputError
from tip_nlp.types import KINDS, Kind

STANDARD = "-"  # standard input or output, as JSONL
TEXT_COLUMNS = (
    "text", "body", "content", "message", "description", "desc", "ad", "post", "transcript", "caption",
    "job_description", "متن", "اشتہار", "پیغام",
)  # fmt: skip
ID_COLUMNS = ("id", "ad_id", "post_id", "message_id", "case_id", "url", "link")
_LOOK_AHEAD = 50  # rows that decide which column is the text, where no name says it
_FIELD_LIMIT = 16_000_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns to read; None: find out."""

    text: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One row: everything it held, and either a text to assess or the reason why there is none."""

    source: str
    number: int
    row: Row
    id: str
    text: str = ""
    kind: Kind | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file's column names, and its rows, each with the fault that makes it unusable or None."""

    header: tuple[str, ...]
    rows: Iterator[tuple[Row, str | None]]


class Records:
    """All rows of all inputs, in order; every input is opened and its columns are checked before the first row.

    Use as a context manager. ``header`` holds the columns of all inputs, in order of appearance.
    InputError: an input is missing, of an unknown format, or lacks a column that was named.
    """

    def __init__(self, paths: Sequence[str], columns: Columns, kind: Kind | None) -> None:
        self._stack = ExitStack()
        self._kind = kind
        self._inputs: list[tuple[str, _Parsed, Columns]] = []
        try:
            for path in paths:
                parsed, columns_found = _look_ahead(path, _parse(path, self._stack), columns)
                self._inputs.append((path, parsed, columns_found))
        except BaseException:
            self._stack.close()
            raise
        self.header = tuple(dict.fromkeys(name for _, parsed, _ in self._inputs for name in parsed.header))

    def __enter__(self) -> Records:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[Record]:
        for path, parsed, columns in self._inputs:
            for number, (row, fault) in enumerate(parsed.rows, 1):
                yield _record(path, number, row, fault, columns, self._kind)


def _parse(path: str, stack: ExitStack) -> _Parsed:
    suffix = ".jsonl" if path == STANDARD else Path(path).suffix.lower()
    parsers = {".csv": _parse_csv, ".jsonl": _parse_jsonl, ".ndjson": _parse_jsonl, ".txt": _parse_text}
    if suffix not in parsers:
        raise InputError(f"{path}: unknown format {suffix or '(none)'!r}; use .csv, .jsonl, .txt or - for JSONL")
    if path != STANDARD and not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    # surrogateescape keeps bytes that are not UTF-8, so that a row can be written back as it came.
    if path == STANDARD:
        stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape", newline="")
    else:
        opened = open(path, encoding="utf-8-sig", errors="surrogateescape", newline="")  # noqa: SIM115 - the stack closes it
        stream = stack.enter_context(opened)
    return parsers[suffix](stream)


def _parse_csv(stream: TextIO) -> _Parsed:
    csv.field_size_limit(_FIELD_LIMIT)
    first = stream.readline()
    while first and not first.strip():
        first = stream.readline()
    try:
        delimiter = csv.Sniffer().sniff(first, delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    reader = csv.reader(chain([first], stream), delimiter=delimiter)
    header = tuple(_distinct(next(reader, [])))
    return _Parsed(header, _csv_rows(reader, header))


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """Number repeated column names (text, text_2), so that none hides another."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _csv_rows(reader: Iterator[list[str]], header: Sequence[str]) -> Iterator[tuple[Row, str | None]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield {}, f"not readable as CSV: {error}"
            continue
        if not cells:
            continue
        row = dict(zip(header, cells, strict=False))
        if len(cells) == len(header):
            yield row, None
        else:
            surplus = {f"column_{n}": cell for n, cell in enumerate(cells[len(header) :], len(header) + 1)}
            yield row | surplus, f"has {len(cells)} cells, the header has {len(header)}"


def _parse_jsonl(stream: TextIO) -> _Parsed:
    return _Parsed((), _jsonl_rows(stream))


def _jsonl_rows(stream: TextIO) -> Iterator[tuple[Row, str | None]]:
    for line in stream:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            yield {"line": line.rstrip("\r\n")}, f"not JSON: {error}"
            continue
        if isinstance(row, dict):
            yield row, None
        else:
            yield {"line": line.rstrip("\r\n")}, f"expected a JSON object, got {type(row).__name__}"


def _parse_text(stream: TextIO) -> _Parsed:
    """A plain text is one document."""
    return _Parsed(("text",), iter([({"text": stream.read()}, None)]))


def _look_ahead(path: str, parsed: _Parsed, columns: Columns) -> tuple[_Parsed, Columns]:
    """Read the first rows to learn the columns, and put them back."""
    head = list(islice(parsed.rows, _LOOK_AHEAD))
    good = [row for row, fault in head if fault is None]
    header = parsed.header or tuple(dict.fromkeys(name for row in good for name in row))
    for wanted in (columns.text, columns.id):
        if wanted is not None and header and wanted not in header:
            raise InputError(f"{path}: no column {wanted!r}; it has {', '.join(header)}")
    text = columns.text or _first(header, TEXT_COLUMNS) or _longest(header, good)
    own_id = columns.id or _first(header, ID_COLUMNS)
    return _Parsed(header, chain(head, parsed.rows)), Columns(text, own_id)


def _first(names: Sequence[str], known: Sequence[str]) -> str | None:
    folded = {name.strip().casefold(): name for name in names}
    return next((folded[name] for name in known if name in folded), None)


def _longest(names: Sequence[str], rows: Sequence[Row]) -> str | None:
    """The column with the most text, where it looks like text at all."""
    totals = {name: sum(len(row[name]) for row in rows if isinstance(row.get(name), str)) for name in names}
    best = max(totals, key=totals.__getitem__, default=None)
    return best if best is not None and totals[best] >= 20 * len(rows) else None


def _record(path: str, number: int, row: Row, fault: str | None, columns: Columns, kind: Kind | None) -> Record:
    stated = None if columns.id is None else row.get(columns.id)
    # A made-up id names its file, so that it cannot pass for one of the input's own.
    own_id = f"{Path(path).name}:{number}" if stated in (None, "") else str(stated)
    if fault:
        return Record(path, number, row, own_id, error=fault)
    name = columns.text or next((known for known in TEXT_COLUMNS if known in row), None)
    if name is None or name not in row:
        wanted = "no column of text found; name it with --text-column" if name is None else f"has no {name!r}"
        return Record(path, number, row, own_id, error=wanted)
    text = row[name]
    if not isinstance(text, str) or not text.strip():
        got = "an empty text" if isinstance(text, str) or text is None else type(text).__name__
        return Record(path, number, row, own_id, error=f"expected a text in {name!r}, got {got}")
    own_kind = kind or next((known for known in KINDS if known == row.get("kind")), None)
    return Record(path, number, row, own_id, text, own_kind)
