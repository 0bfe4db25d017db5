import tracemalloc
from dataclasses import replace
from datetime import date, datetime

import pytest

from tip_nlp.campaigns.description import MOST_TEXTS, Contact, describe
from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError
from tip_nlp.records import Record
from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result


def result(number, text, *, campaign="c-0123456789", tier="watch", indicators=(), entities=(), row=None, language="en"):
    assessment = {
        "tier": tier,
        "indicators": [{"id": id} for id in indicators],
        "entities": [{"type": t, "value": v, "start": 0, "end": 1, "details": {}} for t, v in entities],
        "language": {"code": language},
    }
    return Result(Record("ads.csv", number, row or {}, str(number), text), assessment, campaign=campaign)


def members():
    phone, town = ("phone", "+923000000001"), ("place", "Doha")
    return [
        result(1, "one ad", indicators=("debt_bondage",), entities=(phone, phone, town), row={"Posted": "2026-11-20"}),
        result(2, "one ad", indicators=("debt_bondage",), entities=(phone, town), row={"Posted": "18/11/2026"}),
        result(
            3,
            "another",
            tier="high",
            indicators=("debt_bondage", "threats"),
            entities=(("email", "a@b.pk"),),
            language="ur",
        ),
    ]


def test_a_campaign_is_described_by_its_rows():
    campaign = describe(members())

    assert (campaign.id, campaign.size, campaign.texts) == ("c-0123456789", 3, 2)
    assert campaign.contacts == (Contact("phone", "+923000000001", 2), Contact("email", "a@b.pk", 1))
    assert (campaign.first_seen, campaign.last_seen) == (date(2026, 11, 18), date(2026, 11, 20))
    assert campaign.places == (("Doha", 2),)
    assert campaign.indicators == (("debt_bondage", 3), ("threats", 1))
    assert campaign.tier == "high"
    assert campaign.languages == (("en", 2), ("ur", 1))
    assert campaign.template is None


def test_rows_of_several_campaigns_or_none_are_refused():
    with pytest.raises(InputError, match="2 campaign"):
        describe([*members(), result(4, "x", campaign="c-ffffffffff")])
    with pytest.raises(InputError, match="0 campaign"):
        describe([])
    with pytest.raises(InputError, match="one campaign"):
        describe([result(4, "x", campaign=None)])


def test_of_many_different_texts_only_the_first_are_held():
    def peak(rows):
        stream = (result(n, f"{n} " + "word " * 600, indicators=("threats",)) for n in range(rows))
        tracemalloc.start()
        try:
            campaign = describe(stream)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            assert (campaign.size, campaign.texts, campaign.indicators) == (rows, rows, (("threats", rows),))

    assert peak(4 * MOST_TEXTS) < 1.5 * peak(MOST_TEXTS)


def test_of_results_of_several_days_the_longest_history_is_told():
    days = [History(2, 2, "2026-11-20", "2026-11-20"), History(5, 3, "2026-11-20", "2026-11-22", ("c-ffffffffff",))]

    told = describe([replace(each, history=day) for each, day in zip(members()[:2], days, strict=True)])

    assert told.history == days[1]
    assert describe(members()).history == History()


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ({"date": "2026-11-22"}, date(2026, 11, 22)),
        ({"Created_At": "2026-11-22T23:30:00Z"}, date(2026, 11, 22)),
        ({"timestamp": 1795305600}, date(2026, 11, 22)),
        ({"timestamp": "1795305600000"}, date(2026, 11, 22)),
        ({"posted": "22/11/2026 14:05"}, date(2026, 11, 22)),
        ({"posted": "11/22/2026"}, date(2026, 11, 22)),
        ({"date": "22 Nov 2026"}, date(2026, 11, 22)),
        ({"date": "Nov 22, 2026"}, date(2026, 11, 22)),
        ({"date": "Sun, 22 Nov 2026 10:00:00 +0500"}, date(2026, 11, 22)),
        ({"date": datetime(2026, 11, 22, 5)}, date(2026, 11, 22)),
        ({"date": 20261122}, date(2026, 11, 22)),
        ({"date": "yesterday", "posted": "2026-11-21"}, date(2026, 11, 21)),
        ({"date": "yesterday"}, None),
        ({"date": 7, "text": "2026-11-22"}, None),
        ({"date": None, "time": "nan", "posted": True, "published": "1e400", "created": ""}, None),
    ],
)
def test_the_day_of_a_row(row, day):
    assert posted(Record("ads.csv", 1, row, "1")) == day
