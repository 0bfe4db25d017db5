from datetime import date

import pytest

from tip_nlp.records import Record
from tip_nlp.results.dates import dated, posted


def record(row, column=None):
    return Record("ads.csv", 1, row, "1", date_column=column)


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ({"date": "2026-03-04"}, date(2026, 3, 4)),
        ({"Posted_At ": "2026-03-04T23:10:00+05:00"}, date(2026, 3, 4)),
        ({"created_at": "2026-03-04 10:11:12"}, date(2026, 3, 4)),
        ({"timestamp": 1_770_000_000}, date(2026, 2, 2)),
        ({"timestamp": "1770000000000"}, date(2026, 2, 2)),
        ({"timestamp": 1_770_000_000.25}, date(2026, 2, 2)),
        ({"date": "4/3/2026"}, date(2026, 3, 4)),
        ({"date": "04.03.2026 08:00"}, date(2026, 3, 4)),
        ({"date": "yesterday", "timestamp": "2026-03-04"}, date(2026, 3, 4)),
        ({"date": "2026-13-40"}, None),
        ({"date": "40/13/2026"}, None),
        ({"date": None, "posted": "", "timestamp": True}, None),
        ({"date": ["2026-03-04"]}, None),
        ({"updated": "2026-03-04"}, None),
        ({"date": "9" * 400}, None),
        ({}, None),
    ],
)
def test_the_first_date_column_with_a_date_counts(row, day):
    assert posted(record(row)) == day


@pytest.mark.parametrize(
    "written",
    [
        "12-Mar-26", "12 Mar 26", "2026.03.12", "12.03.26", "2026-3-12", "Mar 12 2026", "12 Mar, 2026", "12th March 2026",
        "Thursday, March 12, 2026", "Thu 12 March 2026", "March 12th, 2026 9:30 PM", "12 مارچ 2026", "۱۲ مارچ، ۲۰۲۶",
        "۱۲/۰۳/۲۰۲۶", "۲۰۲۶-۰۳-۱۲", 46093, "46093", 46093.75, "3/13/2026", "Thu, 12 Mar 2026 21:30:00 +0500", "20260312",
    ],
)  # fmt: skip
def test_dates_are_read_as_people_and_programs_write_them(written):
    assert posted(record({"date": written})) == date(2026, 3, 13 if written == "3/13/2026" else 12)


@pytest.mark.parametrize(
    "header",
    [
        "Date Posted", "Posted Date", "createdAt", "publishedAt", "created at", "date-posted", "posting_date",
        "updated_at", "Posted  On", "PostedOn",
    ],
)  # fmt: skip
def test_a_date_column_is_known_however_its_words_are_joined(header):
    assert posted(record({header: "2026-03-04"})) == date(2026, 3, 4)


@pytest.mark.parametrize(
    "written", ["12 foo 2026", "0/0/2026", "12345", "99999", "12/2026", "call 12 times", "2026/13/12"]
)
def test_what_is_no_date_is_none(written):
    assert posted(record({"date": written})) is None


@pytest.mark.parametrize(("value", "day"), [("4/3/2026", date(2026, 3, 4)), ("soon", None), (None, None)])
def test_a_column_that_was_named_alone_tells_the_day(value, day):
    assert posted(record({"date": "2020-01-01", "seen by us": value}, "seen by us")) == day


def test_the_column_is_told_as_it_is_written():
    assert dated(record({"Date Posted": "2026-03-04"})) == ("Date Posted", date(2026, 3, 4))
