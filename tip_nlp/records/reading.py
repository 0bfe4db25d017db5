"""All rows of all inputs, in order."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, islice
from types import TracebackType
from typing import IO, Any
from zipfile import BadZipFile

import pyarrow

from tip_nlp.errors import InputError
from tip_nlp.records.columns import check, choose, to_record
from tip_nlp.records.layout import Layout
from tip_nlp.records.record import STANDARD, Columns, Record, Row
from tip_nlp.records.sources import BUFFER, Source, find_sources
from tip_nlp.records.standard import Standard, standard_sources
from tip_nlp.records.table import Rows, Table
from tip_nlp.records.tables import PARSERS, SEEKABLE, SUFFIXES
from tip_nlp.types import Kind

_LOOK_AHEAD = 50  # rows that decide which column is the text, where no name says it
# What a library raises where a file is not what its name says, or ends too early.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, UnicodeError, BadZipFile, zlib.error, pyarrow.ArrowException)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first rows of a source, or of one sheet of it, showed: its column names, which are read, and a hint
    where something looks odd."""

    source: Source
    header: tuple[str, ...]
    columns: Columns
    examples: tuple[Row, ...]
    hint: str | None = None


class Records:
    """All rows of all inputs, in order; the columns of every source are checked before the first row.

    Use as a context manager. ``header`` holds the columns of all inputs, in order of appearance, ``sources`` what was
    seen of each, ``files`` the files they lie in; ``-`` is ``standard``, else standard input. A folder or pattern does
    not give this scan's ``outputs``, nor those of others. A file of a folder, pattern or archive that cannot be read
    becomes a row that says so.
    InputError: an input is missing, of an unknown format, or lacks a column that was named.
    """

    def __init__(
        self,
        paths: Sequence[str],
        columns: Columns,
        kind: Kind | None,
        layout: Layout | None = None,
        *,
        outputs: Sequence[str] = (),
        standard: IO[bytes] | None = None,
    ) -> None:
        self._kind = kind
        self._layout = layout or Layout()
        self._stack = ExitStack()
        self._once: list[Table] = []  # of a stream that cannot be opened twice
        self._standard = Standard(standard or sys.stdin.buffer) if STANDARD in paths else None
        try:
            sources = chain.from_iterable(map(self._behind, find_sources(paths, SUFFIXES, outputs)))
            self._seen = [self._look(source, columns) for source in sources]
        except BaseException:
            self._stack.close()
            raise
        self.sources = list(chain.from_iterable(self._seen))
        self.header = tuple(dict.fromkeys(name for seen in self.sources for name in seen.header))
        self.files = tuple(dict.fromkeys(seen.source.file for seen in self.sources))

    def __enter__(self) -> Records:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[Record]:
        for sheets in self._seen:
            source = sheets[0].source
            with ExitStack() as stack:
                tables = self._once if source.stream else self._tables(source, stack)
                for number, (columns, row, fault) in enumerate(_all_rows(sheets, tables), 1):
                    yield to_record(source.name, number, row, fault, columns, self._kind)

    def files_read(self) -> list[str]:
        """The files in the order in which they are read; one that was named twice is there twice."""
        sources = [sheets[0].source for sheets in self._seen]
        return [source.file for source in sources if source.part == 0]

    def hints(self) -> list[str]:
        """What a person should look at, as sentences."""
        return [f"{seen.source.name}: {seen.hint}" for seen in self.sources if seen.hint]

    def piped(self) -> dict[str, Any] | None:
        """Size and sum of standard input, once the rows were read; None where it is no input."""
        return None if self._standard is None else self._standard.facts()

    def _behind(self, source: Source) -> list[Source]:
        if self._standard is None or source.file != STANDARD:
            return [source]
        return standard_sources(self._standard, self._layout, SUFFIXES, self._stack)

    def _look(self, source: Source, wanted: Columns) -> list[Seen]:
        """Read the first rows of every table to learn the columns."""
        with ExitStack() as stack:
            tables = self._tables(source, self._stack if source.stream else stack)
            heads = [list(islice(table.rows, _LOOK_AHEAD)) for table in tables]
        if source.stream:
            self._once = [Table(each.header, chain(head, each.rows)) for each, head in zip(tables, heads, strict=True)]
        good = [tuple(row for row, fault in head if fault is None) for head in heads]
        headers = [tuple(dict.fromkeys(chain(table.header, *rows))) for table, rows in zip(tables, good, strict=True)]
        hints = [table.hint for table in tables]
        check(source.name, tuple(chain.from_iterable(headers)), wanted, next(filter(None, hints), None))
        return [
            Seen(source, header, choose(header, rows, wanted), rows, hint)
            for header, rows, hint in zip(headers, good, hints, strict=True)
        ]

    def _tables(self, source: Source, stack: ExitStack) -> list[Table]:
        """The tables of a source; where it cannot be read and was not named itself, a row that says so."""
        try:
            return self._open(source, stack)
        except InputError as error:
            if source.is_named:
                raise
            return [Table((), iter([({}, str(error).removeprefix(f"{source.name}: "))]))]

    def _open(self, source: Source, stack: ExitStack) -> list[Table]:
        try:
            stream = source.open(stack, seekable=source.suffix in SEEKABLE)
            is_blank = not stream.peek(BUFFER).strip()
            tables = PARSERS[source.suffix](stream, self._layout)
        except InputError as error:
            raise InputError(str(error) if str(error).startswith(source.name) else f"{source.name}: {error}") from None
        except _UNREADABLE as error:
            raise InputError(f"{source.name}: not readable as {source.suffix}: {error}") from None
        tables = [replace(table, rows=_until_unreadable(table.rows)) for table in tables]
        return tables if is_blank else _with_rows(tables)


def _with_rows(tables: list[Table]) -> list[Table]:
    """The same tables; without a single row one that says so, lest the file be passed over unseen."""
    heads = [list(islice(table.rows, 1)) for table in tables]
    if not any(heads):
        return [replace(table, rows=iter([({}, "holds no rows")])) for table in tables[:1]]
    return [replace(table, rows=chain(head, table.rows)) for table, head in zip(tables, heads, strict=True)]


def _all_rows(sheets: Sequence[Seen], tables: Sequence[Table]) -> Iterator[tuple[Columns, Row, str | None]]:
    for seen, table in zip(sheets, tables, strict=False):
        for row, fault in table.rows:
            yield seen.columns, row, fault


def _until_unreadable(rows: Rows) -> Rows:
    """The rows of a file; where it breaks off, a last one that says so."""
    try:
        yield from rows
    except _UNREADABLE as error:
        yield {}, f"the file cannot be read further: {error}"
