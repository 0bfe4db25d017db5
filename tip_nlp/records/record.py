"""A row of an input, and the text in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tip_nlp.types import Kind

STANDARD = "-"  # standard input or output

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns to read; several of text are joined. Empty or None: find out. ``date`` tells a row's day."""

    text: tuple[str, ...] = ()
    id: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One row: everything it held, and either a text to assess or the reason why there is none.

    The text is what ``columns`` held, joined by line feeds. ``date_column`` was named as the one that holds the row's
    day; None: its name tells which one does.
    """

    source: str
    number: int
    row: Row
    id: str
    text: str = ""
    kind: Kind | None = None
    error: str | None = None
    columns: tuple[str, ...] = ()
    date_column: str | None = None

    def failed(self, why: str) -> Record:
        """The same row without a text."""
        return replace(self, text="", error=why)


def joined(row: Row, columns: Sequence[str]) -> str:
    """The text of a row: what the columns hold, one under the other, blank ones left out."""
    return "\n".join(value for name in columns if isinstance(value := row.get(name), str) and value.strip())
