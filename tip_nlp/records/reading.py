"""All rows of all inputs, in order."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from types import TracebackType
from zipfile import BadZipFile

import pyarrow

from tip_nlp.errors import InputError
from tip_nlp.records.columns import choose, to_record
from tip_nlp.records.record import STANDARD, Columns, Record, Row
from tip_nlp.records.sources import Source, find_sources
from tip_nlp.records.tables import PARSERS, SEEKABLE, SUFFIXES, Table
from tip_nlp.types import Kind

_LOOK_AHEAD = 50  # rows that decide which column is the text, where no name says it
# What a library raises where a file is not what its name says, or ends too early.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, UnicodeError, BadZipFile, zlib.error, pyarrow.ArrowException)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first rows of a source showed: its column names, and which are read."""

    source: Source
    header: tuple[str, ...]
    columns: Columns
    examples: tuple[Row, ...]


class Records:
    """All rows of all inputs, in order; the columns of every source are checked before the first row.

    Use as a context manager. ``header`` holds the columns of all inputs, in order of appearance, ``sources`` what was
    seen of each, ``files`` the files they lie in. ``encoding`` None: told from the bytes.
    InputError: an input is missing, of an unknown format, or lacks a column that was named.
    """

    def __init__(self, paths: Sequence[str], columns: Columns, kind: Kind | None, encoding: str | None = None) -> None:
        self._kind = kind
        self._encoding = encoding
        self._stack = ExitStack()
        self._standard: Table | None = None  # cannot be opened twice
        try:
            self.sources = [self._look(source, columns) for source in find_sources(paths, SUFFIXES)]
        except BaseException:
            self._stack.close()
            raise
        self.header = tuple(dict.fromkeys(name for seen in self.sources for name in seen.header))
        self.files = tuple(dict.fromkeys(seen.source.file for seen in self.sources))

    def __enter__(self) -> Records:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[Record]:
        for seen in self.sources:
            with ExitStack() as stack:
                for number, (row, fault) in enumerate(self._rows(seen.source, stack), 1):
                    yield to_record(seen.source.name, number, row, fault, seen.columns, self._kind)

    def _look(self, source: Source, columns: Columns) -> Seen:
        """Read the first rows to learn the columns."""
        with ExitStack() as stack:
            table = self._open(source, self._stack if source.file == STANDARD else stack)
            head = list(islice(_until_unreadable(table.rows), _LOOK_AHEAD))
            if source.file == STANDARD:
                self._standard = Table(table.header, chain(head, table.rows))
        good = tuple(row for row, fault in head if fault is None)
        header = table.header or tuple(dict.fromkeys(name for row in good for name in row))
        return Seen(source, header, choose(source.name, header, good, columns), good)

    def _rows(self, source: Source, stack: ExitStack) -> Iterator[tuple[Row, str | None]]:
        table = self._standard if source.file == STANDARD and self._standard else self._open(source, stack)
        return _until_unreadable(table.rows)

    def _open(self, source: Source, stack: ExitStack) -> Table:
        try:
            stream = source.open(stack, seekable=source.suffix in SEEKABLE)
            return PARSERS[source.suffix](stream, self._encoding)
        except InputError as error:
            raise InputError(str(error) if str(error).startswith(source.name) else f"{source.name}: {error}") from None
        except LookupError as error:
            raise InputError(f"{source.name}: {error}") from None
        except _UNREADABLE as error:
            raise InputError(f"{source.name}: not readable as {source.suffix}: {error}") from None


def _until_unreadable(rows: Iterator[tuple[Row, str | None]]) -> Iterator[tuple[Row, str | None]]:
    """The rows of a file; where it breaks off, a last one that says so."""
    try:
        yield from rows
    except _UNREADABLE as error:
        yield {}, f"the file cannot be read further: {error}"
