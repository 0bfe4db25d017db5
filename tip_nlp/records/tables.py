"""The formats: each read as a header and a stream of rows."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import Any, TextIO

import openpyxl
import pyarrow
import pyarrow.parquet

from tip_nlp.errors import InputError
from tip_nlp.records.columns import NO_HEADER, is_data
from tip_nlp.records.encoding import decoded
from tip_nlp.records.layout import Layout
from tip_nlp.records.objects import parse_json, parse_jsonl
from tip_nlp.records.record import Row
from tip_nlp.records.sources import Stream
from tip_nlp.records.table import Rows, Table, distinct

_STATED = re.compile(r"sep=(.)\s*", re.I)
_RARE = re.compile(r"\w+([\^:~\x01])\w+(?:\1\w+)*")  # between bare names only: a title may hold a colon
_UNKNOWN = re.compile(r"\w+([^\w\s.&/'-])\w+(?:\1\w+)*")  # names with what may delimit them, but is in words too
_SENTENCE = 3  # words of a single name that may be the first line of a text
_ONE_COLUMN = (
    "is read as one column under its first row: if that is data, use --no-header; a plain text that is piped needs "
    "--format txt"
)
_FIELD_LIMIT = 16_000_000
_SAMPLE = 20  # lines that show the delimiter where no header does
_PARQUET_ROWS, _PARQUET_BYTES = 200, 65_536  # held at once, however large its groups of rows are
_OPEN_QUOTE = "a quote is opened here and not closed: mend it in the file and scan again"


# A list, for a workbook has a table on every sheet.
Parser = Callable[[Stream, Layout], list[Table]]


def parse_csv(stream: Stream, layout: Layout) -> list[Table]:
    """Any delimiter that the header or Excel's line ``sep=`` shows; a ragged row becomes an error row that keeps its
    cells."""
    csv.field_size_limit(_FIELD_LIMIT)
    text = decoded(stream, layout.encoding)
    first = _filled_line(text)
    stated = _STATED.fullmatch(first)
    if stated:
        first = _filled_line(text)
    lines = _Lines(chain([first], text))
    delimiter = layout.delimiter or (stated[1] if stated else None)
    if layout.no_header:
        delimiter = delimiter or _common_delimiter(lines.ahead(_SAMPLE))
        width = _width(lines, first, delimiter)
        header = tuple(map(_column, range(1, width + 1)))
        return [Table(header, _csv_rows(lines, delimiter, header))]
    delimiter = delimiter or _delimiter(first)
    try:
        names = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise InputError(f"the header cannot be read ({error}): is a quote in it not closed?") from None
    header = tuple(distinct(names))
    return [Table(header, _csv_rows(lines, delimiter, header), _hint(names))]


def _hint(names: Sequence[str]) -> str | None:
    """What looks odd in a header."""
    if len(names) == 1 and (found := _UNKNOWN.fullmatch(names[0])):
        return f"is read as one column: if {found[1]} delimits it, use --delimiter '{found[1]}'"
    if len(names) == 1 and len(names[0].split()) >= _SENTENCE:
        return _ONE_COLUMN
    return NO_HEADER if is_data(names) else None


def _width(lines: _Lines, first: str, delimiter: str) -> int:
    """The number of cells of the first row, which is read again."""
    try:
        return len(next(csv.reader(lines, delimiter=delimiter, strict=True), []))
    except csv.Error:  # said of the row when it is read
        return len(next(csv.reader([first], delimiter=delimiter), []))
    finally:
        lines.keep(0)


def _filled_line(text: TextIO) -> str:
    return next((line for line in text if line.strip()), "")


def _delimiter(header: str) -> str:
    with suppress(csv.Error):
        return csv.Sniffer().sniff(header, delimiters=",;\t|").delimiter
    rare = _RARE.fullmatch(header.strip())
    return rare[1] if rare else ","


def _common_delimiter(lines: Sequence[str]) -> str:
    """What cuts most of these lines, none of which is a header, into one and the same number of cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1)
        width, rows = max(widths.items(), key=lambda each: each[1], default=(0, 0))
        return rows, width

    return max(",;\t|", key=fit)


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

    def ahead(self, count: int) -> list[str]:
        """The next ``count`` lines, which are read again."""
        lines = list(islice(self, count))
        self.keep(0)
        return lines

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


def _csv_rows(lines: _Lines, delimiter: str, header: Sequence[str]) -> Rows:
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


def _odd_row(lines: _Lines, delimiter: str, header: Sequence[str]) -> Rows:
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
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True)), None
    surplus = (_column(n) for n in range(len(header) + 1, len(cells) + 1))
    return dict(
        zip(distinct([*header, *surplus]), cells, strict=False)
    ), f"has {len(cells)} cells, the first row has {len(header)}"


def parse_text(stream: Stream, layout: Layout) -> list[Table]:
    """A plain text is one document."""
    return [Table(("text",), iter([({"text": decoded(stream, layout.encoding).read()}, None)]))]


def parse_xlsx(stream: Stream, layout: Layout) -> list[Table]:
    """A table of every sheet; the first filled row of a sheet names its columns. Rows are read one by one, but texts
    that a workbook keeps once for all its cells (Excel keeps all so) are held in memory."""
    book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    titles = [sheet.title if len(book.worksheets) > 1 else None for sheet in book.worksheets]
    return [
        _sheet(sheet, title, no_header=layout.no_header) for sheet, title in zip(book.worksheets, titles, strict=True)
    ]


def _sheet(sheet: Any, title: str | None, *, no_header: bool) -> Table:
    sheet.reset_dimensions()  # what a file says of its size may be wrong, and cells beyond it would not be read
    cells: Iterator[Sequence[Any]] = (
        row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)
    )
    header: Sequence[Any] = next(cells, ())
    hint = NO_HEADER if not no_header and is_data([str(name) for name in header if name is not None]) else None
    if no_header and header:
        cells = chain([header], cells)
        header = [_column(n) for n in range(1, len(header) + 1)]
    named = tuple(distinct(_column(n) if name is None else str(name) for n, name in enumerate(header, 1)))
    own = tuple(name for name, given in zip(named, header, strict=True) if given is not None)
    if title is None or not own:
        return Table(own, _xlsx_rows(cells, named, own, {}), hint)
    *_, sheet_column = names = tuple(distinct([*own, "sheet"]))
    return Table(names, _xlsx_rows(cells, named, own, {sheet_column: title}), hint)


def _xlsx_rows(cells: Iterable[Sequence[Any]], named: Sequence[str], own: Sequence[str], sheet: Row) -> Rows:
    """A cell under no name is kept under the number of its column, an empty one is not."""
    for values in cells:
        if len(values) > len(named):
            named = tuple(distinct([*named, *(_column(n) for n in range(len(named) + 1, len(values) + 1))]))
        filled = zip_longest(named, values)
        row = {name: plain(value) for name, value in filled if value is not None or name in own}
        yield row | sheet, None


def _column(number: int) -> str:
    return f"column_{number}"


def parse_parquet(stream: Stream, _: Layout) -> list[Table]:
    """Rows in small batches."""
    file = pyarrow.parquet.ParquetFile(stream, buffer_size=_PARQUET_BYTES, pre_buffer=False)
    batches = file.iter_batches(_PARQUET_ROWS, use_threads=False)
    rows = ((plain(row), None) for batch in batches for row in batch.to_pylist())
    return [Table(tuple(file.schema_arrow.names), rows)]


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
