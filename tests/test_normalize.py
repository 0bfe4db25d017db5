import pytest
from hypothesis import given
from hypothesis import strategies as st

from tip_nlp.errors import InputError
from tip_nlp.normalize import MAX_BYTES, normalize


# fmt: off
@pytest.mark.parametrize(("original", "expected"), [
    # disguises
    ("v!sa p@ssp0rt", "visa passport"), ("p a s s p o r t le liya", "passport le liya"), ("p.a.s.s.p.o.r.t", "passport"),
    ("раѕѕport", "passport"), ("p\u200ba\u200bss", "pass"), ("ｖｉｓａ", "visa"), ("𝐯𝐢𝐬𝐚", "visa"), ("w0rk m0ney", "work money"),
    # Arabic script
    ("میرا پاسپورٹ مالك كے پاس ہے", "میرا پاسپورٹ مالک کے پاس ہے"), ("كتاب", "كتاب"), ("پاســپورٹ", "پاسپورٹ"),
    ("مُحَمَّد", "محمد"), ("ﻻ", "لا"), ("لس زره کلدارې", "لس زره کلدارې"), ("پگهار", "پگهار"),
    # digits and pictures
    ("۱۲۳ ٤٥٦ १२३ ১২৩", "123 456 123 123"), ("🇮🇹 via ⛵", " Italy via boat "),
    # left alone
    ("U A E", "U A E"), ("F.I.A.", "F.I.A."), ("B2B 24/7 h2o COVID19 $500", "B2B 24/7 h2o COVID19 $500"),
    ("mail a.b@c.com or www.x4y.com", "mail a.b@c.com or www.x4y.com"), ("Hurry!call now", "Hurry!call now"),
    ("Москва", "Москва"), ("", ""),
])
# fmt: on
def test_normalize_reads_through_disguise_and_keeps_the_rest(original, expected):
    assert normalize(original).text == expected


def test_normalize_maps_a_disguised_word_to_its_original_slice():
    view = normalize("they took my p@ssp0rt\u200b today")
    start = view.text.index("passport")

    left, right = view.to_original(start, start + len("passport"))

    assert view.original[left:right] == "p@ssp0rt"


def test_normalize_replaces_what_no_text_can_hold_and_counts_it():
    view = normalize("a\x00b\ud800c")

    assert (view.replaced, view.original) == (2, "a\ufffdb\ufffdc")


@pytest.mark.parametrize("bad", [None, b"bytes", 7])
def test_normalize_refuses_what_is_not_a_string(bad):
    with pytest.raises(InputError, match=type(bad).__name__):
        normalize(bad)


@pytest.mark.parametrize("text", ["x" * (MAX_BYTES + 1), "پ" * (MAX_BYTES // 2 + 1)])
def test_normalize_refuses_more_than_a_megabyte(text):
    with pytest.raises(InputError, match="1,000,000 bytes"):
        normalize(text)


_HARD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("aA0!@$ .-_\u200b\u0640\u064bيكہڈ۱१🇮🇹⛵➡️раѕﻻ\u0301\n\t"),
    ),
    max_size=80,
)


@given(_HARD)
def test_normalize_maps_every_character_into_the_original_in_order(text):
    view = normalize(text)

    spans = [view.to_original(i, i + 1) for i in range(len(view.text))]

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert len(view.original) == len(text)


@given(_HARD)
def test_normalize_is_stable(text):
    once = normalize(text).text

    assert normalize(once).text.split() == once.split()


@given(st.text(alphabet="abcdefghij klm,\n", max_size=60))
def test_normalize_leaves_plain_text_in_place(text):
    view = normalize(text)

    for i, character in enumerate(view.text):
        start, end = view.to_original(i, i + 1)
        # A drawn-out letter is written once, be it "aaaa" or "a a a a".
        assert character.isspace() or set(text[start:end]) - {" "} == {character}


def test_short_words_of_indic_scripts_are_not_spelled_out_letters():
    assert normalize("দে না সে কি যা").text == "দে না সে কি যা"
    assert normalize("p a s s p o r t").text == "passport"
