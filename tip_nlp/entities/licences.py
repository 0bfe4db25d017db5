"""Licence and permission numbers of overseas employment promoters, checked against a list that the user imports.

No list is shipped: the Bureau of Emigration and Overseas Employment publishes it, and it changes every week.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import regex

from tip_nlp.entities.found import Found
from tip_nlp.errors import InputError

Status = Literal["valid", "expired", "cancelled"]
COLUMNS = ("number", "holder", "status", "valid_until")

# A number that a label announces, or one that shows the shape of the Bureau's (0123/LHR, MPD/0123/RWP).
_SHAPE = r"(?:[A-Z]{2,4}[\s/-]{1,2})?\d{3,5}\s?/\s?[A-Z]{3}(?:\s?/\s?\d{2,4})?"
_LABEL = (
    r"(?:(?:o\.?e\.?p\.?|overseas employment promoter|govt|government|recruiting|m\.?p\.?d\.?)\.?\s)?"
    r"(?P<label>licen[cs]e|lic|l\.?no|laisens|laisans|lisans|ruhsat|permission"
    r"|لائسنس|اجازت نامہ|پرمیشن|ترخيص|رخصة|مجوز|लाइसेंस|লাইসেন্স)"
    r"\.?\s?(?:numbers?|no|num|nr|#|نمبر|رقم|شماره|नंबर|নম্বর|numarası|نمبر)?\.?\s?[:#=-]{0,2}\s?"
)
_NUMBER = regex.compile(
    rf"(?<!\w){_LABEL}(?P<labelled>{_SHAPE}|[A-Z]{{0,4}}[/-]?\d{{3,10}}(?:[/-]\w{{2,6}}){{0,3}})(?!\w)|(?<![\w/])(?P<bare>{_SHAPE})(?![\w/])",
    regex.I,
)
_PERMISSION = ("permission", "پرمیشن")


@dataclass(frozen=True, slots=True)
class Licence:
    """A row of the list; ``valid_until`` is the last day."""

    number: str
    holder: str
    status: Status
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class LicenceList:
    """Licences by their normalised number."""

    licences: Mapping[str, Licence]

    def status(self, number: str, today: date) -> str:
        """``valid``, ``expired``, ``cancelled`` or ``unknown`` (not in the list)."""
        found = self.licences.get(licence_key(number))
        if found is None:
            return "unknown"
        if found.status == "valid" and found.valid_until is not None and found.valid_until < today:
            return "expired"
        return found.status


def find_licences(text: str, known: LicenceList | None, today: date) -> Iterator[Found]:
    """Licence and permission numbers of normalised text; without a list their status is not reported."""
    for found in _NUMBER.finditer(text):
        name = "labelled" if found["labelled"] else "bare"
        number = licence_key(found[name])
        is_permission = (found["label"] or "").casefold().startswith(_PERMISSION)
        details = {"kind": "permission" if is_permission else "licence"}
        if known is not None and not is_permission:
            details["status"] = known.status(number, today)
        yield Found("licence", *found.span(name), number, details)


def licence_key(number: str) -> str:
    """One form for the many ways a number is typed: "oep / 0123 -lhr" is OEP/0123/LHR."""
    return "/".join(part for part in regex.split(r"[\s/\-]+", number.upper()) if part)


def read_licences(path: Path) -> LicenceList:
    """Read a CSV with the columns COLUMNS; ``status`` is valid, expired or cancelled, ``valid_until`` a date or empty.

    Raises InputError that lists every faulty row.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        got = ", ".join(rows[0]) if rows else "no rows"
        raise InputError(f"{path}: needs a header with the columns {', '.join(COLUMNS)} and a row; got {got}")
    faults: list[str] = []
    licences = {}
    for line, row in enumerate(rows, 2):
        licence = _licence(row, f"line {line}", faults)
        if licence is not None:
            licences[licence.number] = licence
    if faults:
        raise InputError(f"{path}: nothing was imported: " + "; ".join(faults))
    return LicenceList(licences)


def _licence(row: Mapping[str, str | None], where: str, faults: list[str]) -> Licence | None:
    cells = {name: (row[name] or "").strip() for name in COLUMNS}
    number, status = licence_key(cells["number"]), cells["status"].lower()
    if not number:
        faults.append(f"{where}: number is empty")
    if status not in get_args(Status):
        faults.append(f"{where}: status must be one of {', '.join(get_args(Status))}; got {cells['status']!r}")
    try:
        until = date.fromisoformat(cells["valid_until"]) if cells["valid_until"] else None
    except ValueError:
        faults.append(f"{where}: valid_until must be a date such as 2027-06-30 or empty; got {cells['valid_until']!r}")
        return None
    return Licence(number, cells["holder"], status, until)  # type: ignore[arg-type]
