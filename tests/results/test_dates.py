from datetime import date

import pytest

from tip_nlp.results.dates import posted


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
    assert posted(row) == day
