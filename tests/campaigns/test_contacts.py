import pytest

from tip_nlp.campaigns.contacts import contact_hash, contact_keys


def entity(kind, value, **details):
    return {"type": kind, "start": 0, "end": 1, "value": value, "details": details}


@pytest.mark.parametrize(
    ("kind", "value", "details", "key"),
    [
        ("phone", "+923000000000", {}, "phone:+923000000000"),
        ("email", "Jobs@Example.pk", {}, "email:jobs@example.pk"),
        ("handle", "@Safar_0000", {}, "handle:@safar_0000"),
        ("licence", "OEP/0123/LHR", {}, "licence:OEP/0123/LHR"),
        ("link", "https://www.agency.example/jobs/7?utm_source=x", {}, "link:agency.example/jobs/7"),
        ("link", "https://agency.example/", {}, "link:agency.example"),
        ("link", "https://m.facebook.com/safar.jobs", {}, "link:facebook.com/safar.jobs"),
        ("link", "https://facebook.com/profile.php?id=1000", {}, "link:facebook.com/profile.php/id=1000"),
        ("link", "https://wa.me/923000000000", {"phone": "+923000000000"}, "phone:+923000000000"),
    ],
)
def test_a_contact_has_one_key(kind, value, details, key):
    assert contact_keys([entity(kind, value, **details)]) == {key}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("link", "https://facebook.com"),
        ("link", "https://www.facebook.com/groups/"),
        ("link", "https://wa.me/"),
        ("link", "https://ur-pk.facebook.com/watch"),
        ("link", "http://[broken"),
        ("handle", "@gmail"),
        ("handle", "@Everyone"),
        ("licence", "100"),
        ("licence", "0000/XYZ"),
        ("money", "1800"),
        ("place", "QA"),
        ("date", "2026-05-03"),
    ],
)
def test_what_says_nothing_of_who_it_is_has_no_key(kind, value):
    assert contact_keys([entity(kind, value)]) == frozenset()


def test_a_hash_is_the_same_in_every_process():
    assert contact_hash("phone:+923000000000") == contact_hash("phone:+923000000000")
    assert -(2**63) <= contact_hash("x") < 2**63
