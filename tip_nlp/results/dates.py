"""The day on which a row was posted, where a column tells."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import regex

from tip_nlp.entities.quantities import months
from tip_nlp.records import Record, Row

# As _folded writes a name: "Date Posted", date-posted and datePosted are one.
DATE_COLUMNS = (
    "date", "posted", "posted_at", "posted_on", "date_posted", "posted_date", "post_date", "posting_date", "published",
    "published_at", "published_on", "date_published", "created", "created_at", "created_on", "created_time",
    "date_created", "timestamp", "datetime", "date_time", "time", "first_seen", "updated_at", "scraped_at", "تاریخ",
)  # fmt: skip
_WORD = regex.compile(r"[\s_-]+|(?<=\p{Ll})(?=\p{Lu})")
_YEAR = r"(?P<year>\d{4}|\d{2})(?!\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<name>[^\W\d]+)\.?"
# Day first, as in Pakistan; a month first is read only where it cannot be a day.
_FORMS = tuple(
    regex.compile(form, regex.I)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)",
        rf"(?P<day>\d{{1,2}})(?P<sep>[/.-])(?P<month>\d{{1,2}})(?P=sep){_YEAR}",
        rf"(?P<month>\d{{1,2}})(?P<sep>[/.-])(?P<day>\d{{1,2}})(?P=sep){_YEAR}",
        # A weekday may stand before these.
        rf"(?:[^\W\d]+[,،]?\s+)?{_DAY}[\s-]+(?:of\s+)?{_MONTH}[\s,،-]+{_YEAR}",
        rf"(?:[^\W\d]+[,،]?\s+)?{_MONTH}[\s-]+{_DAY}[\s,،-]+{_YEAR}",
    )
)
_YEARS = range(1990, 2101)  # in others nothing was posted
_SECONDS = range(10**9, 10**10)  # since 1970, in 2001 to 2286
_MILLISECONDS = range(10**12, 10**13)
_SERIALS = range(32_874, 73_416)  # days as Excel counts them, in 1990 to 2100
_SERIAL_START = date(1899, 12, 30)


def posted(record: Record) -> date | None:
    """The day of a row; None where nothing tells it."""
    found = dated(record)
    return found[1] if found else None


def dated(record: Record) -> tuple[str, date] | None:
    """The column that tells the day of a row, and the day."""
    return find_day(record.row, record.date_column)


def find_day(row: Row, column: str | None = None) -> tuple[str, date] | None:
    """The day that the ``column`` holds; None: the first column of DATE_COLUMNS that holds one. Its name stands before
    it. Times with a zone count by that zone; 03/04/2026 is the third of April."""
    known = {_folded(name): name for name in reversed(row) if isinstance(name, str)}
    for name in [column] if column is not None else [known[each] for each in DATE_COLUMNS if each in known]:
        found = _day(row.get(name))
        if found is not None and found.year in _YEARS:
            return name, found
    return None


def _folded(name: str) -> str:
    return _WORD.sub("_", name.strip()).casefold()


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
    elif stamp in _SERIALS:
        return _SERIAL_START + timedelta(stamp)
    return datetime.fromtimestamp(stamp, UTC).date() if stamp in _SECONDS else None


def _of_text(text: str) -> date | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text).date()
    for form in _FORMS:
        if (found := form.match(text)) and (day := _of_parts(found.groupdict())):
            return day
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(text).date()
    return None


def _of_parts(parts: dict[str, str | None]) -> date | None:
    year, day, name = int(parts["year"] or 0), int(parts["day"] or 0), parts.get("name")
    if year < 100:
        year += 2000 if year < 70 else 1900
    with suppress(ValueError):
        return date(year, months().get(name.casefold(), 0) if name else int(parts["month"] or 0), day)
    return None
