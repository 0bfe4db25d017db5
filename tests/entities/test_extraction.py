"""Entities as an analyst meets them; every quote is a slice of the original. The numbers are made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tip_nlp.entities.extraction import find_entities
from tip_nlp.normalize import normalize

TODAY = date(2026, 11, 21)


def entities(text, kind=None):
    return [each for each in find_entities(normalize(text), None, TODAY) if kind in (None, each.type)]


def values(text, kind):
    return [each.value for each in entities(text, kind)]


# fmt: off
@pytest.mark.parametrize(("text", "value"), [
    ("call 0300-0000123 now", "+923000000123"),
    ("رابطہ ۰۳۰۰-۰۰۰۰۱۲۳", "+923000000123"),
    ("+971 50 000 0111", "+971500000111"),
    ("الهاتف 00966500000111", "+966500000111"),
    ("call O3OO-0OOO 123", "+923000000123"),
    ("call 0 3 0 0 - 0 0 0 0 1 2 3", "+923000000123"),
    ("0️⃣3️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣", "+923000000123"),
    ("zero three double zero zero zero zero zero one two three call karo", "+923000000123"),
    ("صفر تین صفر صفر صفر صفر صفر صفر ایک دو تین", "+923000000123"),
    ("ইমো 01700000111", "+8801700000111"),
])
# fmt: on
def test_phones_in_every_dress(text, value):
    assert values(text, "phone") == [value]


@pytest.mark.parametrize(
    "text", ["order 20261121 of 1000 bricks", "Rs 50,000 - 60,000", "CNIC 00000-0000000-0", "2024-25, 1999-2001"]
)
def test_other_numbers_are_no_phones(text):
    assert values(text, "phone") == []


def test_the_platform_of_a_contact_is_named():
    [phone] = entities("WhatsApp: 0300-0000123", "phone")
    [handle] = entities("insta: haven_jobs1", "handle")

    assert phone.details["platform"] == "whatsapp"
    assert (handle.value, handle.details["platform"]) == ("@haven_jobs1", "instagram")


# fmt: off
@pytest.mark.parametrize(("text", "kind", "value"), [
    ("wa.me/923000000123", "link", "https://wa.me/923000000123"),
    ("join t.me/example_game, fast", "link", "https://t.me/example_game"),
    ("see HTTPS://Example.com/Path?x=1.", "link", "https://example.com/Path?x=1"),
    ("mail Jobs@Example.com", "email", "jobs@example.com"),
    ("jobs (at) example (dot) com", "email", "jobs@example.com"),
    ("AED 1,500 per month", "money", "AED 1500"),
    ("2,50,000 rs", "money", "PKR 250000"),
    ("18 lakh", "money", "1800000"),
    ("ساڑھے چار لاکھ روپے", "money", "PKR 450000"),
    ("dedh lakh", "money", "150000"),
    ("25.000 TL", "money", "TRY 25000"),
    ("৩০ হাজার টাকা", "money", "BDT 30000"),
    ("$3,800", "money", "USD 3800"),
    ("1200-1500 SAR", "money", "SAR 1200-1500"),
    ("she is 14 years old", "age", "14"),
    ("عمر 14 سال", "age", "14"),
    ("12/03/2026", "date", "2026-03-12"),
    ("12 مارچ 2026", "date", "2026-03-12"),
    ("March 12", "date", "--03-12"),
    ("Taftan se", "place", "Taftan"),
    ("تركيا", "place", "TR"),
    ("দুবাই", "place", "Dubai"),
    ("Licence No. 0123/LHR", "licence", "0123/LHR"),
    ("OEP 1234 / RWP", "licence", "OEP/1234/RWP"),
])
# fmt: on
def test_values(text, kind, value):
    assert values(text, kind) == [value]


@pytest.mark.parametrize(
    ("text", "period"),
    [("AED 1,500 per month", "month"), ("ماہانہ تنخواہ 50 ہزار روپے", "month"), ("Rs 900 daily", "day"), ("Rs 900", None)],
)
def test_period_of_an_amount(text, period):
    [money] = entities(text, "money")

    assert money.details.get("period") == period


@pytest.mark.parametrize("text", ["a game of 5", "2 saal ka contract", "31/31/2026", "room 101", "us and them", "2 try free"])
def test_ordinary_numbers_and_words_are_nothing(text):
    assert entities(text) == []


@given(st.text(max_size=300))
def test_quotes_are_slices_in_order_and_apart(text):
    found = find_entities(view := normalize(text), None, TODAY)

    assert all(each.quote == view.original[each.start : each.end] for each in found)
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))
