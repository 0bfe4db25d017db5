import sqlite3
from datetime import date

import pytest

from tests.campaigns.test_linking import AD, OTHER, THIRD, ad
from tip_nlp.campaigns.history import History
from tip_nlp.campaigns.linking import link_texts
from tip_nlp.journal import Sighting, Text
from tip_nlp.records import Record

TODAY = date(2026, 11, 22)
ONE, TWO = ad(AD), ad(AD, city="Muscat", phone="0300-0000002")


def scan(rows, workspace=None, *, today=TODAY, file=b"one"):
    """{campaign: its history} of the rows, each a text with its entities and the row's day or None."""
    texts = list({text: entities for (text, entities), _ in rows}.items())
    stream = [(Text(n, Record("a.csv", n, {}, "x", text)), {"entities": each}) for n, (text, each) in enumerate(texts)]
    numbers = {text: number for number, (text, _) in enumerate(texts)}
    seen = [Sighting(numbers[text], file, date.fromisoformat(day) if day else None) for (text, _), day in rows]
    return {campaign: history for _, campaign, history in link_texts(stream, lambda _: seen, workspace, today)}


def only(histories):
    (history,) = histories.values()
    return history


@pytest.mark.parametrize("kept", [True, False])
def test_a_history_is_of_every_row_not_of_every_text(tmp_path, kept):
    rows = [(ONE, "2026-11-20"), (TWO, "2026-11-19"), (ONE, "2026-11-21"), (ONE, "2026-11-12")]

    history = only(scan(rows, tmp_path / "w.sqlite" if kept else None))

    assert history == History(4, 2, "2026-11-12", "2026-11-21")


def test_a_history_goes_on_over_scans(tmp_path):
    place = tmp_path / "w.sqlite"
    alone = scan([(ONE, "2026-11-20"), (ONE, "2026-11-20")], place, file=b"monday")
    joined = scan([(TWO, "2026-11-21")], place, file=b"tuesday")
    again = scan([(ONE, "2026-11-18")], place, file=b"wednesday")

    assert alone == {None: History()}
    assert only(joined) == History(3, 2, "2026-11-20", "2026-11-21")
    assert only(again) == History(4, 2, "2026-11-18", "2026-11-21")


def test_a_row_without_a_day_is_of_the_day_of_its_scan(tmp_path):
    place = tmp_path / "w.sqlite"
    scan([(ONE, None), (TWO, "2026-11-25")], place)

    history = only(scan([(ONE, None)], place, today=date(2026, 11, 30), file=b"two"))

    assert (history.first_seen, history.last_seen) == ("2026-11-22", "2026-11-30")


def test_a_file_scanned_again_counts_once_and_keeps_its_day(tmp_path):
    place = tmp_path / "w.sqlite"
    rows = [(ONE, None), (TWO, None), (TWO, None)]
    first = scan(rows, place)

    again = scan(rows, place, today=date(2026, 12, 24))
    fewer = scan(rows[:2], place)

    assert again == first
    assert only(first) == History(3, 2, "2026-11-22", "2026-11-22")
    assert only(fewer).rows == 2


def test_a_campaign_tells_which_it_was_merged_from(tmp_path):
    place = tmp_path / "w.sqlite"
    frames = [(OTHER, "5"), (AD, "1"), (THIRD, "7")]
    ids = [
        next(iter(scan([(ad(frame, phone=f"0300-000000{n}"), None), (ad(frame, phone=f"0300-000001{n}"), None)], place, file=frame.encode())))
        for frame, n in frames
    ]  # fmt: skip
    words = "Drivers and nurses may both write to {phone} or to {date} or to {salary} about the work in a new town"
    phones = {"phone": "0300-0000005", "date": "0300-0000001", "salary": "0300-0000007"}
    text, entities = ad(words, **phones)

    found = scan([((text, [each | {"type": "phone"} for each in entities]), None)], place, file=b"bridge")

    assert len(set(ids)) == 3
    assert found == {ids[0]: History(7, 7, "2026-11-22", "2026-11-22", (ids[1], ids[2]))}


def test_a_workspace_of_before_histories_is_opened_and_goes_on(tmp_path):
    place = tmp_path / "w.sqlite"
    known = scan([(ONE, "2026-11-20"), (TWO, "2026-11-20")], place)
    with sqlite3.connect(place) as before:
        before.execute("DROP TABLE sightings")
        before.execute("DROP TABLE parts")

    found = scan([(ONE, "2026-11-21")], place, file=b"two")

    assert found == {next(iter(known)): History(1, 1, "2026-11-21", "2026-11-21")}


def test_a_history_comes_back_from_its_fields():
    history = History(3, 2, "2026-11-20", "2026-11-22", ("c-1", "c-2"))

    assert History.from_dict(history.to_dict("campaign_"), "campaign_") == history
    assert History.from_dict({}, "campaign_") == History()
