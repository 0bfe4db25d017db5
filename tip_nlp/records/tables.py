"""The formats: each read as a header and a stream of rows."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, TextIO

import ijson
import openpyxl
import pyarrow
import pyarrow.parquet

from tip_nlp.errors import InputError
from tip_nlp.records.encoding import decoded
from tip_nlp.records.record import Row
from tip_nlp.records.sources import BUFFER, Stream

_FIELD_LIMIT = 16_000_000
_PARQUET_ROWS = 1_000
_OPEN_QUOTE = "a quote is opened here and not closed: mend it in the file and scan again"


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, where the format has a header, and the rows, each with the fault that makes it unusable or None."""

    header: tuple[str, ...]
    rows: Iterator[tuple[Row, str | None]]


Parser = Callable[[Stream, str | None], Table]


def parse_csv(stream: Stream, encoding: str | None) -> Table:
    """Any delimiter of ``, ; tab |``; a ragged row becomes an error row that keeps its cells."""
    csv.field_size_limit(_FIELD_LIMIT)
    text = decoded(stream, encoding)
    first = text.readline()
    while first and not first.strip():
        first = text.readline()
    try:
        delimiter = csv.Sniffer().sniff(first, delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    lines = _Lines(chain([first], text))
    try:
        header = tuple(_distinct(next(csv.reader(lines, delimiter=delimiter, strict=True), [])))
    except csv.Error as error:
        raise InputError(f"the header cannot be read ({error}): is a quote in it not closed?") from None
    return Table(header, _csv_rows(lines, delimiter, header))


class _Lines:
    """Lines that can be given back, as far as they were ``taken`` since that was last cleared."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.taken.append(line)
        return line

    def at_end(self) -> bool:
        """Whether no line is left."""
        if not self._ahead and (line := next(self._lines, None)) is not None:
            self._ahead.append(line)
        return not self._ahead

    def keep(self, count: int) -> list[str]:
        """The first ``count`` of the lines taken; the others are given back."""
        kept, back = self.taken[:count], self.taken[count:]
        self._ahead.extendleft(reversed(back))
        self.taken = []
        return kept


def _distinct(names: Iterable[object]) -> Iterator[str]:
    """Number repeated column names (text, text_2), so that none hides another."""
    seen: dict[str, int] = {}
    for given in names:
        name = "" if given is None else str(given)
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _csv_rows(lines: _Lines, delimiter: str, header: Sequence[str]) -> Iterator[tuple[Row, str | None]]:
    strict = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.taken.clear()
        try:
            cells = next(strict)
        except StopIteration:
            return
        except csv.Error:
            yield from _odd_row(lines, delimiter, header)
            strict = csv.reader(lines, delimiter=delimiter, strict=True)  # the old one is still inside the row
            continue
        if cells:
            yield _csv_row(cells, header)


def _odd_row(lines: _Lines, delimiter: str, header: Sequence[str]) -> Iterator[tuple[Row, str | None]]:
    """A row whose quotes do not add up. Where the line at which that showed is a row by itself, a quote was left open
    and rows were swallowed: it ends before the first line that is one. Otherwise it is read as well as can be."""
    if _is_row(lines.taken[-1], delimiter, header) and len(lines.taken) > 1:
        first = next(n for n, line in enumerate(lines.taken) if n and _is_row(line, delimiter, header))
        written = " ".join("".join(lines.keep(first)).splitlines())
        cells = written.split(delimiter, maxsplit=max(1, len(header) - 1))
        yield _csv_row(cells, header)[0], _OPEN_QUOTE
        return
    taken = len(lines.taken)
    lines.keep(0)
    try:
        row, fault = _csv_row(next(csv.reader(lines, delimiter=delimiter)), header)
    except csv.Error as error:
        yield {}, f"not readable as CSV: {error}"
        return
    # To the end of the file in one cell of many lines: nothing shows where it should have ended.
    yield row, fault or (_OPEN_QUOTE if 1 < taken == len(lines.taken) and lines.at_end() else None)


def _is_row(line: str, delimiter: str, header: Sequence[str]) -> bool:
    if len(header) < 2 or len(line) > _FIELD_LIMIT:
        return False
    return len(next(csv.reader([line], delimiter=delimiter), [])) == len(header)


def _csv_row(cells: Sequence[str], header: Sequence[str]) -> tuple[Row, str | None]:
    row = dict(zip(header, cells, strict=False))
    if len(cells) == len(header):
        return row, None
    surplus = {f"column_{n}": cell for n, cell in enumerate(cells[len(header) :], len(header) + 1)}
    return row | surplus, f"has {len(cells)} cells, the header has {len(header)}"


def parse_jsonl(stream: Stream, encoding: str | None) -> Table:
    """An object a line."""
    return Table((), _jsonl_rows(decoded(stream, encoding)))


def _jsonl_rows(lines: TextIO) -> Iterator[tuple[Row, str | None]]:
    for line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            yield {"line": line.rstrip("\r\n")}, f"not JSON: {error}"
            continue
        yield _object(row, line.rstrip("\r\n"))


def _object(value: object, written: str) -> tuple[Row, str | None]:
    if isinstance(value, dict):
        return value, None
    return {"line": written}, f"expected a JSON object, got {type(value).__name__}"


def parse_json(stream: Stream, encoding: str | None) -> Table:
    """An array of objects, or the first array inside an object; read as a stream. JSONL under this name is read too."""
    # The first bytes tell JSONL from an object over many lines; nothing is lost by looking.
    head = stream.peek(BUFFER).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{") and _is_whole(head.split(b"\n", 1)[0]):
        return parse_jsonl(stream, encoding)
    text = decoded(stream, encoding)
    prefix = "item"
    if head.startswith(b"{"):
        # Seekable by contract: the prefix of the first array is looked up, then the stream is read again.
        prefix = f"{_first_array(text)}.item"
        text.seek(0)
    return Table((), _json_rows(text, prefix))


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _first_array(text: TextIO) -> str:
    try:
        return next((prefix for prefix, event, _ in ijson.parse(_Bytes(text)) if event == "start_array"), "")
    except ijson.JSONError as error:
        raise InputError(f"not JSON: {error}") from None


def _json_rows(text: TextIO, prefix: str) -> Iterator[tuple[Row, str | None]]:
    try:
        for value in ijson.items(_Bytes(text), prefix, use_float=True):
            yield _object(value, json.dumps(value, default=str))
    except (ijson.JSONError, ValueError) as error:
        yield {}, f"the file cannot be read further: {error}"


class _Bytes:
    """A text as the bytes of UTF-8 that the JSON parser reads."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` characters, encoded."""
        return self._text.read(size).encode("utf-8", "surrogateescape")


def parse_text(stream: Stream, encoding: str | None) -> Table:
    """A plain text is one document."""
    return Table(("text",), iter([({"text": decoded(stream, encoding).read()}, None)]))


def parse_xlsx(stream: Stream, _: str | None) -> Table:
    """The rows of every sheet; the first filled row of a sheet names its columns."""
    book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    headers, rows = [], []
    for sheet in book.worksheets:
        cells = (row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row))
        header = tuple(_distinct(next(cells, ())))
        headers.append(header)
        rows.append(_xlsx_rows(cells, header, sheet.title if len(book.worksheets) > 1 else None))
    names = dict.fromkeys(name for header in headers for name in header if name)
    return Table((*names, *(["sheet"] if len(book.worksheets) > 1 else [])), chain.from_iterable(rows))


def _xlsx_rows(
    cells: Iterable[tuple[Any, ...]], header: Sequence[str], sheet: str | None
) -> Iterator[tuple[Row, str | None]]:
    for values in cells:
        row = {name: plain(value) for name, value in zip(header, values, strict=False) if name}
        yield (row if sheet is None else {**row, "sheet": sheet}), None


def parse_parquet(stream: Stream, _: str | None) -> Table:
    """Rows in small batches."""
    file = pyarrow.parquet.ParquetFile(stream)
    batches = file.iter_batches(_PARQUET_ROWS)
    rows = ((plain(row), None) for batch in batches for row in batch.to_pylist())
    return Table(tuple(file.schema_arrow.names), rows)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates as ISO 8601, decimals as text, bytes as text."""
    match value:
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta() | Decimal():
            return str(value)
        case bytes():
            return value.decode("utf-8", "surrogateescape")
    return value


PARSERS: dict[str, Parser] = {
    ".csv": parse_csv,
    ".tsv": parse_csv,
    ".jsonl": parse_jsonl,
    ".ndjson": parse_jsonl,
    ".json": parse_json,
    ".txt": parse_text,
    ".xlsx": parse_xlsx,
    ".parquet": parse_parquet,
}
SUFFIXES = tuple(PARSERS)
SEEKABLE = frozenset({".json", ".xlsx", ".parquet"})
