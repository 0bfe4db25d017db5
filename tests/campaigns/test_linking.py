from datetime import date

import pytest

from tip_nlp.campaigns import linking
from tip_nlp.campaigns.linking import link_texts
from tip_nlp.campaigns.workspace import Workspace
from tip_nlp.errors import InputError, StorageError
from tip_nlp.journal import Text
from tip_nlp.records import Record

AD = (
    "Urgent requirement of forty cleaners for a hotel in {city}, salary {salary} with free room and food, the visa is "
    "ready in ten days and no experience is needed, only serious people message {phone} before {date} for the interview"
)
OTHER = (
    "Golden chance for tailors and cutters who want to settle abroad with family, the factory stands near the sea and "
    "gives two days off, bring six photos and your matric certificate to our office, call {phone} in the morning"
)
THIRD = (
    "Our group has placed over five hundred nurses since last season, language is not a problem and training takes a "
    "month, half of the amount is paid first and the rest after landing, write to {phone} at any time of the day"
)
SLOTS = {
    "city": ("place", "Doha"),
    "salary": ("money", "1800 QAR"),
    "phone": ("phone", "0300-0000001"),
    "date": ("date", "3 May"),
}


def ad(frame, **values):
    """A text and its entities, from a frame with slots."""
    text, entities, rest = "", [], frame
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        kind, value = SLOTS[name][0], values.get(name, SLOTS[name][1])
        text += before
        entities.append(
            {"type": kind, "start": len(text), "end": len(text) + len(value), "value": value, "details": {}}
        )
        text += value
    return text + rest, entities


def link(ads, workspace=None):
    stream = (
        (Text(number, Record("ads.csv", number + 1, {}, str(number), text)), {"entities": entities})
        for number, (text, entities) in enumerate(ads)
    )
    found = list(link_texts(stream, lambda _: (), workspace, date(2026, 11, 22)))

    assert [number for number, _, _ in found] == list(range(len(ads)))
    return [campaign for _, campaign, _ in found]


def test_texts_that_differ_in_their_slots_are_one_campaign():
    found = link(
        [
            ad(AD),
            ad(AD, city="Muscat", salary="90 OMR", phone="0300-0000002", date="9 June"),
            ad(OTHER, phone="0300-0000003"),
        ]
    )

    assert found[0] == found[1] is not None
    assert found[0].startswith("c-")
    assert len(found[0]) == 12
    assert found[2] is None


def test_noise_does_not_part_a_campaign():
    text, _ = ad(AD)
    noisy = text.replace("cleaners", "cleanrs").replace("serious", "really serious").upper() + " 🔥🔥✈️"

    found = link([(text, []), (noisy, [])])

    assert found[0] == found[1] is not None


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param(
            "ہوٹل کے لیے صفائی والے لڑکے درکار ہیں، تنخواہ ۲۵۰۰ ریال، کھانا رہائش مفت، ویزا دس دن میں", id="digits"
        ),
        pytest.param(
            "ہوٹل كے ليے صفائی والے لڑكے دركار ہيں، تنخواہ 1800 ريال، كھانا رہائش مفت، ويزا دس دن ميں", id="letters"
        ),
    ],
)
def test_urdu_is_compared_as_read_not_as_coded(twin):
    found = link(
        [("ہوٹل کے لیے صفائی والے لڑکے درکار ہیں، تنخواہ 1800 ریال، کھانا رہائش مفت، ویزا دس دن میں", []), (twin, [])]
    )

    assert found[0] == found[1] is not None


def test_a_shared_contact_links_different_words():
    found = link([ad(AD), ad(OTHER), ad(THIRD, phone="0300-0000009")])

    assert found[0] == found[1] is not None
    assert found[2] is None


def test_a_shared_footer_does_not_link():
    footer = (
        " The Crescent Group was founded in a small town and serves partners in construction, hospitality, health care "
        "and trade; all applications are treated in strict confidence and nobody is ever asked for money by telephone"
    )

    found = link([ad(OTHER + footer), ad(THIRD + footer, phone="0300-0000009")])

    assert found == [None, None]


@pytest.mark.parametrize(
    ("one", "other", "is_linked"),
    [
        ("call me about the game tonight", "Call me about the game tonight!!", True),
        ("call me about the game tonight", "call me about the games tonight", True),
        ("call me about the game tonight", "call him about the bus tomorrow", False),
        ("salary 500 in Doha", "salary 900 in Muscat", False),
        ("ok thanks", "OK thanks!", False),
    ],
)
def test_short_texts_are_linked_only_when_nearly_identical(one, other, is_linked):
    found = link([(one, []), (other, [])])

    assert (found[0] is not None and found[0] == found[1]) == is_linked


def unlike(count):
    """Texts that share nothing but a telephone number."""
    for own in range(count):
        words = " ".join(
            f"w{own:03d}{chr(97 + n)}".translate(str.maketrans("0123456789", "ghijklmnop")) for n in range(20)
        )
        yield ad(words + " {phone}")


def test_a_switchboard_links_no_one():
    assert set(link(list(unlike(linking.MOST_TEXTS + 1)))) == {None}


def test_a_number_of_many_texts_links_while_they_are_not_too_many():
    assert len(set(link(list(unlike(linking.MOST_TEXTS))))) == 1


def test_a_number_of_one_template_links_however_many_texts_have_it():
    ads = [ad(AD, salary=f"{own} QAR") for own in range(linking.MOST_TEXTS + 1)] + [ad(OTHER)]

    assert len(set(link(ads))) == 1


def test_no_texts_are_no_campaigns(tmp_path):
    assert link([], tmp_path / "w.sqlite") == []


def test_the_same_scan_again_has_the_same_campaigns(tmp_path):
    ads = [ad(AD), ad(AD, city="Muscat", phone="0300-0000002"), ad(OTHER, phone="0300-0000003")]
    place = tmp_path / "w.sqlite"

    assert link(ads, place) == link(ads, place) == link(ads)


def test_tomorrow_joins_yesterday(tmp_path):
    place = tmp_path / "w.sqlite"
    alone = link([ad(AD)], place)
    joined = link([ad(AD, city="Muscat", phone="0300-0000002")], place)
    again = link([ad(AD), ad(AD, city="Baku", phone="0300-0000003")], place)

    assert alone == [None]
    assert joined[0] is not None
    assert again == [joined[0], joined[0]]


def test_of_merged_campaigns_the_older_id_stays(tmp_path):
    place = tmp_path / "w.sqlite"
    older = link([ad(OTHER, phone="0300-0000005"), ad(OTHER, phone="0300-0000006")], place)
    younger = link([ad(AD), ad(AD, city="Muscat", phone="0300-0000002")], place)

    bridge = link([ad(THIRD + " or {date}", phone="0300-0000001", date="x"), ad(AD), ad(OTHER)], place)

    assert older[0] != younger[0]
    assert set(bridge) == {older[0]}


def test_an_id_given_out_outlives_an_older_text_that_joins(tmp_path):
    place = tmp_path / "w.sqlite"
    link([ad(THIRD, phone="0300-0000009")], place)
    known = link([ad(AD), ad(AD, city="Muscat", phone="0300-0000002")], place)

    found = link([ad(OTHER + " or {phone}", phone="0300-0000009"), ad(OTHER), ad(THIRD, phone="0300-0000009")], place)

    assert set(found[1:2]) == {known[0]}


def test_a_scan_that_fails_leaves_the_workspace_as_it_was(tmp_path):
    place = tmp_path / "w.sqlite"
    first = link([ad(AD), ad(AD, city="Muscat", phone="0300-0000002")], place)

    def broken():
        yield Text(0, Record("ads.csv", 1, {}, "0", ad(OTHER)[0])), {"entities": []}
        raise StorageError("the power is gone")

    with pytest.raises(StorageError, match="power"):
        list(link_texts(broken(), lambda _: (), place, date(2026, 11, 22)))

    with Workspace(place) as known:
        assert len(known) == 2
    assert link([ad(AD)], place) == first[:1]


def test_the_workspace_holds_no_text_and_no_contact(tmp_path):
    place = tmp_path / "w.sqlite"
    link([ad(AD), ad(AD, city="Muscat")], place)

    held = place.read_bytes()

    assert b"0300" not in held
    assert b"cleaners" not in held


def test_bands_of_another_version_of_the_library_are_made_anew(tmp_path, monkeypatch):
    place = tmp_path / "w.sqlite"
    link([ad(AD)], place)
    monkeypatch.setattr("tip_nlp.campaigns.workspace.ALGORITHM", "another")
    with Workspace(place) as known:
        known._db.execute("UPDATE members SET bands = zeroblob(128)")
        known._db.execute("UPDATE state SET value = 'old' WHERE name = 'algorithm'")

    found = link([ad(AD, city="Muscat", phone="0300-0000002")], place)

    assert found[0] is not None


@pytest.mark.parametrize("content", [b"id,text\n1,hello\n" * 100, None])
def test_a_file_that_is_no_workspace_is_refused(tmp_path, content):
    import sqlite3

    place = tmp_path / "w.sqlite"
    if content is None:
        other = sqlite3.connect(place)
        other.execute("CREATE TABLE t (a)")
        other.close()
    else:
        place.write_bytes(content)

    with pytest.raises(InputError, match="not a workspace"):
        link([ad(AD)], place)


def test_a_workspace_in_use_is_an_error_of_storage(tmp_path, monkeypatch):
    monkeypatch.setattr("tip_nlp.campaigns.workspace._WAIT", 0.1)
    place = tmp_path / "w.sqlite"

    with Workspace(place) as one, one.transaction(), pytest.raises(StorageError, match="locked"):
        link([ad(AD)], place)
