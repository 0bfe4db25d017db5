"""The day on which a row was posted, where a column tells."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from tip_nlp.records import Row

DATE_COLUMNS = (
    "date", "posted", "posted_at", "posted_on", "date_posted", "post_date", "published", "published_at", "created",
    "created_at", "created_time", "timestamp", "datetime", "time", "first_seen", "scraped_at", "تاریخ",
)  # fmt: skip
# Day first, as in Pakistan; a month first is read only where it cannot be a day.
_FORMATS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
    "%d-%b-%Y", "%d/%m/%y", "%d-%m-%y",
)  # fmt: skip
_YEARS = range(1990, 2101)  # in others nothing was posted
_SECONDS = range(10**9, 10**10)  # since 1970, in 2001 to 2286
_MILLISECONDS = range(10**12, 10**13)


def posted(row: Row) -> date | None:
    """The day by the first column of DATE_COLUMNS that holds one; times with a zone by that zone."""
    found = dated(row)
    return found[1] if found else None


def dated(row: Row) -> tuple[str, date] | None:
    """The first column of DATE_COLUMNS that holds a day, and the day; 03/04/2026 is the third of April."""
    columns = {name.strip().casefold(): value for name, value in row.items() if isinstance(name, str)}
    for name in DATE_COLUMNS:
        found = _day(columns.get(name))
        if found is not None and found.year in _YEARS:
            return name, found
    return None


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    with suppress(ValueError, OverflowError):
        return _of_number(int(float(text)))
    return _of_text(text)


def _of_number(stamp: int) -> date | None:
    if stamp in _MILLISECONDS:
        stamp //= 1000
    elif 19_000_101 <= stamp <= 21_001_231:  # 20261122
        return datetime.strptime(str(stamp), "%Y%m%d").date()
    return datetime.fromtimestamp(stamp, UTC).date() if stamp in _SECONDS else None


def _of_text(text: str) -> date | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text).date()
    for form in _FORMATS:
        for part in (text, text.split(" ")[0].rstrip(",")):
            with suppress(ValueError):
                return datetime.strptime(part, form).date()
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(text).date()
    return None
