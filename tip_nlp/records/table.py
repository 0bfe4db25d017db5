"""What every format is read as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from tip_nlp.records.record import Row

Rows = Iterator[tuple[Row, str | None]]


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, where the format has a header, and the rows, each with the fault that makes it unusable or None.

    ``hint`` says what a person should look at.
    """

    header: tuple[str, ...]
    rows: Rows
    hint: str | None = None


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Number repeated column names (text, text_2), so that none hides another."""
    taken: set[str] = set()
    for name in names:
        free = next(each for n in count(1) if (each := name if n == 1 else f"{name}_{n}") not in taken)
        taken.add(free)
        yield free
