from tip_nlp.rules.reading import UNNAMED, Phrases, Words
from tip_nlp.rules.spelling import Speller
from tip_nlp.tokens import tokenize


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

    assert list(phrases.find([9, 1, 2, 3], 0, 4)) == [("a", 1, 3), ("d", 1, 3), ("b", 2, 3), ("c", 2, 4)]
    assert list(phrases.find([9, 1, 2, 3], 2, 3)) == [("b", 2, 3)]
