"""Which column is the text, and which names the row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from tip_nlp.errors import InputError
from tip_nlp.records.record import Columns, Record, Row, joined
from tip_nlp.types import KINDS, Kind

TEXT_COLUMNS = (
    "text", "body", "content", "message", "description", "desc", "ad", "post", "transcript", "caption",
    "job_description", "متن", "اشتہار", "پیغام",
)  # fmt: skip
ID_COLUMNS = ("id", "ad_id", "post_id", "message_id", "case_id", "url", "link")
_LONG = 60  # characters of a cell that is no name
# As a telephone number or a date has them, an address on the network, or a row cut at another sign.
_DATUM = re.compile(r"\d[\d\s()./:-]{5,}\d|://|\w@\w|\t")
_SHOWN = 40  # characters of a name shown in an error: it may be a whole text
NO_HEADER = "its first row looks like data, not like names: if it is, use --no-header"


def check(source: str, header: Sequence[str], wanted: Columns, hint: str | None = None) -> None:
    """InputError, with the ``hint``: a source with this header lacks a column that was named."""
    for name in (*wanted.text, wanted.id, wanted.date):
        if name is not None and header and name not in header:
            known = ", ".join(each if len(each) <= _SHOWN else f"{each[:_SHOWN]}…" for each in header)
            raise InputError(f"{source}: no column {name!r}; it has {known}" + (f" ({hint})" if hint else ""))


def is_data(names: Sequence[str]) -> bool:
    """Whether a first row looks like data: no name known here stands in it, but a long text, a number as of a telephone
    or a date, or an address."""
    if first_of(names, (*TEXT_COLUMNS, *ID_COLUMNS)):
        return False
    return any(len(name) >= _LONG or _DATUM.search(name) for name in names)


def choose(header: Sequence[str], rows: Sequence[Row], wanted: Columns) -> Columns:
    """The columns to read of a table with these first rows."""
    found = first_of(header, TEXT_COLUMNS) or _longest(header, rows)
    id = wanted.id or first_of(header, ID_COLUMNS)
    return Columns(wanted.text or ((found,) if found else ()), id, wanted.date)


def to_record(source: str, number: int, row: Row, fault: str | None, columns: Columns, kind: Kind | None) -> Record:
    """Pick the text and the id of a row."""
    stated = None if columns.id is None else row.get(columns.id)
    # A made-up id names its file, so that it cannot pass for one of the input's own.
    own_id = f"{PurePath(source).name}:{number}" if stated in (None, "") else str(stated)
    if fault:
        return Record(source, number, row, own_id, error=fault, date_column=columns.date)
    names = columns.text or tuple(known for known in TEXT_COLUMNS if known in row)[:1]
    if fault := _text_fault(row, names):
        return Record(source, number, row, own_id, error=fault, columns=names, date_column=columns.date)
    own_kind = kind or next((known for known in KINDS if known == str(row.get("kind")).strip().casefold()), None)
    return Record(source, number, row, own_id, joined(row, names), own_kind, columns=names, date_column=columns.date)


def first_of(names: Sequence[str], known: Sequence[str]) -> str | None:
    """The first of the ``known`` names that is among ``names``, as it is written there, whatever its case."""
    folded = {name.strip().casefold(): name for name in reversed(names)}
    return next((folded[name] for name in known if name in folded), None)


def _longest(names: Sequence[str], rows: Sequence[Row]) -> str | None:
    """The column with the most text, where it looks like text at all."""
    totals = {name: sum(len(row[name]) for row in rows if isinstance(row.get(name), str)) for name in names}
    best = max(totals, key=totals.__getitem__, default=None)
    return best if best is not None and totals[best] >= 20 * len(rows) else None


def _text_fault(row: Row, names: Sequence[str]) -> str | None:
    """Why the columns hold no text."""
    if not names:
        return "no column of text found; name it with --text-column"
    wanted = " or ".join(map(repr, names))
    values = [row[name] for name in names if name in row]
    if not values:
        return f"has no {wanted}"
    wrong = next((type(value).__name__ for value in values if not (value is None or isinstance(value, str))), None)
    if wrong:
        return f"expected a text in {wanted}, got {wrong}"
    return None if joined(row, names) else f"expected a text in {wanted}, got an empty text"
