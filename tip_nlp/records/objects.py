"""JSON: an object a line, an array of objects, or one object that holds them; read as a stream."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TextIO

from tip_nlp.records.columns import TEXT_COLUMNS, first_of
from tip_nlp.records.encoding import decoded
from tip_nlp.records.layout import Layout
from tip_nlp.records.record import Row
from tip_nlp.records.sources import Stream
from tip_nlp.records.table import Rows, Table, distinct

_LINE_LIMIT = 16_000_000  # characters; a longer line is looked at in part
_PIECE = 65_536
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
# ValueError: also a number of thousands of digits.
_FAULTS = (ValueError, RecursionError)


def parse_jsonl(stream: Stream, layout: Layout) -> list[Table]:
    """An object a line."""
    return [Table((), _line_rows(decoded(stream, layout.encoding)))]


def parse_json(stream: Stream, layout: Layout) -> list[Table]:
    """An array of objects, or an object that holds one or is the row itself. JSONL under this name is read too."""
    text = decoded(stream, layout.encoding)  # seekable by contract: it is looked at before it is read
    rows = _line_rows if _is_jsonl(text) else _rows
    text.seek(0)
    return [Table((), rows(text))]


def _line_rows(lines: TextIO) -> Rows:
    for line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except _FAULTS as error:
            yield {"line": line.rstrip("\r\n")}, f"not JSON: {error}"
            continue
        yield _row(row, line.rstrip("\r\n"))


def _row(value: object, written: str) -> tuple[Row, str | None]:
    if isinstance(value, dict):
        return value, None
    return {"line": written}, f"expected a JSON object, got {type(value).__name__}"


def _is_jsonl(text: TextIO) -> bool:
    """Whether a line ends an object and the next begins one: inside one value a comma would stand between."""
    lines = (line.strip() for line in iter(lambda: text.readline(_LINE_LIMIT), "") if line.strip())
    return next(lines, "").endswith("}") and next(lines, "").startswith("{")


def _rows(text: TextIO) -> Rows:
    try:
        for value in _values(text):
            yield _row(value, "" if isinstance(value, dict) else json.dumps(value))
    except json.JSONDecodeError as error:  # its place counts from the piece that was read
        yield {}, f"the file cannot be read further: {error.msg}"
    except _FAULTS as error:
        yield {}, f"the file cannot be read further: {error}"


def _values(text: TextIO) -> Iterator[Any]:
    reader = _Reader(text)
    if reader.take("["):
        yield from reader.items()
        return
    place = _place(reader) if reader.peek() == "{" else None
    text.seek(0)
    if place is None:
        yield from _own(_Reader(text))
    else:
        yield from next(islice(_arrays(_Reader(text), []), place, None))


def _place(reader: _Reader) -> int | None:
    """Which array of an object holds the rows: the first one of objects with a column known for text. Without one, the
    object itself where it has such a column (its images are no rows), else the first array of objects."""
    names: list[str] = []
    first = None
    with suppress(*_FAULTS):  # said when the rows are read
        for place, items in enumerate(_arrays(reader, names)):
            head = next(items, None)
            if isinstance(head, dict) and first_of(list(head), TEXT_COLUMNS):
                return place
            if isinstance(head, dict) and first is None:
                first = place
    return None if first_of(names, TEXT_COLUMNS) else first


def _arrays(reader: _Reader, names: list[str]) -> Iterator[Iterator[Any]]:
    """The arrays of an object and of the objects in it, whose keys are added to ``names``; what is not read of an array
    is passed over."""
    reader.expect("{")
    if reader.take("}"):
        return
    while True:
        names.append(str(reader.value()))
        reader.expect(":")
        if reader.take("["):
            items = reader.items()
            yield items
            deque(items, maxlen=0)
        elif reader.peek() == "{":
            yield from _arrays(reader, names)
        else:
            reader.value()
        if reader.take("}"):
            return
        reader.expect(",")


def _own(reader: _Reader) -> Iterator[Any]:
    """Objects one after another; of one that holds only objects these, each with the ``key`` it stood under."""
    first = reader.value()
    if (
        not reader.peek()
        and isinstance(first, dict)
        and first
        and all(isinstance(each, dict) for each in first.values())
    ):
        for key, value in first.items():
            *_, name = distinct([*value, "key"])
            yield value | {name: key}
        return
    yield first
    while reader.peek():
        yield reader.value()


class _Reader:
    """The values of a JSON text one after another, with no more of it in memory than the longest of them.

    The standard library decodes them, so that they are those of JSONL: also NaN, and bytes that are no text.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._held = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            found = _BLANK.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def take(self, character: str) -> bool:
        """Pass over the next character, if it is this one."""
        is_next = self.peek() == character
        self._at += is_next
        return is_next

    def expect(self, character: str) -> None:
        """Pass over the next character, which must be this one."""
        if not self.take(character):
            raise ValueError(f"expected {character!r}")

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                # What is wrong far from the end stays wrong however much follows.
                is_cut = error.msg.startswith("Unterminated") or error.pos > len(self._held) - 10
                if not (is_cut and self._more()):
                    raise
                continue
            # A number may go on where the piece ends.
            if self._held[end : end + 1] in (",", "]", "}", ":", " ", "\t", "\r", "\n") or not self._more():
                self._at = end
                return value

    def items(self) -> Iterator[Any]:
        """The values of an array whose bracket was passed."""
        if self.take("]"):
            return
        while True:
            yield self.value()
            if self.take("]"):
                return
            self.expect(",")

    def _more(self) -> bool:
        """Read on, by as much as is held, so that a long value is tried few times."""
        rest = self._held[self._at :]
        more = self._text.read(max(_PIECE, len(rest)))
        if more:
            self._held, self._at = rest + more, 0
        return bool(more)
