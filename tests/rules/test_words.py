import pytest

from tip_nlp.rules.reading import UNNAMED, Phrases, Words
from tip_nlp.rules.spelling import Speller
from tip_nlp.tokens import BOUNDARY, COMMA, tokenize


def test_words_are_numbered_by_writing_and_by_sound():
    words = Words(Speller(["tankhwah"]))
    (written,) = words.add(["tankhwah"], "ORTH")
    (sounded,) = words.add(["tankhwah"], "NORM")

    reading = words.read(tokenize("tankhwah tankhuwah kitab"))

    assert reading.numbers["ORTH"] == [written, UNNAMED, UNNAMED]
    assert reading.numbers["NORM"] == [sounded, sounded, UNNAMED]


def test_phrases_are_found_overlapping_and_only_within_bounds():
    phrases = Phrases[str]()
    for phrase, meaning in (([1, 2], "a"), ([2], "b"), ([1, 2], "a"), ([2, 3], "c"), ([1, 2], "d")):
        phrases.add(phrase, meaning)

    assert sorted(phrases.find([9, 1, 2, 3], 0, 4)) == [("a", 1, 3), ("b", 2, 3), ("c", 2, 4), ("d", 1, 3)]
    assert list(phrases.find([9, 1, 2, 3], 2, 3)) == [("b", 2, 3)]


def test_phrases_of_three_words_are_told_apart_by_the_last():
    phrases = Phrases[str]()
    phrases.add([1, 2, 3], "a")
    phrases.add([1, 2, 4], "b")

    assert list(phrases.find([1, 2, 4], 0, 3)) == [("b", 0, 3)]
    assert list(phrases.find([1, 2, 4], 0, 2)) == []


def test_a_word_has_the_numbers_of_all_prefixes_it_begins_with():
    words = Words(Speller([]))
    short, long, whole = words.add_prefix("pa"), words.add_prefix("pass"), words.add_prefix("pasture")

    reading = words.read(tokenize("passport pasture x"))

    assert reading.prefixes == [(short, long), (short, whole), ()]
    assert reading.numbers["ORTH"] == [UNNAMED] * 3


# fmt: off
@pytest.mark.parametrize(("text", "keys"), [
    ("paid 4.5 lakh", ["paid", "4", COMMA, "5", "lakh"]),
    ("Rs. 500 a day", ["rs", COMMA, "500", "a", "day"]),
    ("It was 2019. 5 men came", ["it", "was", "2019", BOUNDARY, "5", "men", "came"]),
    ("I said no. They went", ["i", "said", "no", BOUNDARY, "they", "went"]),
    ("4.", ["4", BOUNDARY]),
])
# fmt: on
def test_a_point_within_a_number_ends_no_sentence(text, keys):
    assert Words(Speller([])).read(tokenize(text)).tokens.keys == keys
