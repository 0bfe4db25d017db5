import pytest

from tip_nlp.explanation import _without_repeats, explain_tier, salient_words
from tip_nlp.types import Combination, Elements, Evidence, Fused, Segment

TEXT = "he kept my passport since March and it is raining"
SEGMENT = Segment(0, 0, len(TEXT), 0, 0)


def weigh(**weights):
    """A contribution for every word of TEXT: those named, and none for the others."""
    return [(TEXT.index(w), TEXT.index(w) + len(w), weights.get(w, 0.0)) for w in TEXT.split()]


# fmt: off
@pytest.mark.parametrize(("weights", "expected"), [
    ({"passport": 2.0}, ["my passport since"]),                                        # with its neighbours
    ({"kept": 2.0, "my": -0.1, "passport": 2.0}, ["he kept my passport"]),           # bridges one weak word
    ({"kept": 2.0, "raining": 2.0, "March": 0.1}, ["he kept", "raining"]),
    ({"kept": 3.0, "March": 2.9, "raining": 2.7, "my": 0.1}, ["he kept", "raining"]), # at most two stretches
])
# fmt: on
def test_salient_words_are_whole_few_and_heaviest(weights, expected):
    assert [TEXT[s:e] for s, e in salient_words(TEXT, SEGMENT, weigh(**weights))] == expected


def test_salient_words_joins_pieces_to_whole_words():
    weights = [*weigh(), (11, 16, 1.0), (16, 19, 1.0)]

    assert [TEXT[s:e] for s, e in salient_words(TEXT, SEGMENT, weights)] == ["my passport since"]


def test_salient_words_finds_what_stands_out_where_all_speak_against():
    weights = [(start, end, weight - 5.0) for start, end, weight in weigh(passport=2.0)]

    assert [TEXT[s:e] for s, e in salient_words(TEXT, SEGMENT, weights)] == ["my passport since"]


def test_salient_words_of_a_level_segment_are_none():
    assert salient_words(TEXT, SEGMENT, weigh()) == []
    assert salient_words(TEXT, SEGMENT, []) == []


def test_salient_words_never_run_long():
    words = " ".join(f"w{n}" for n in range(40))
    weights = [(i, i + 1, float(i < 120)) for i, c in enumerate(words) if c == "w"]

    spans = salient_words(words, Segment(0, 0, len(words), 0, 0), weights)

    assert spans
    assert all(len(words[s:e].split()) <= 10 for s, e in spans)


def test_salient_words_ignore_pieces_outside_the_document():
    assert salient_words(TEXT, SEGMENT, [(-1, -1, 9.0), *weigh(kept=1.0)]) == [(0, 10)]


def test_a_rules_quote_stands_for_what_lies_in_it_and_for_the_models_words_beside_it():
    def quote(start, end, source, segment=0):
        return Evidence(start, end, "q", segment, source, 0.9)

    given = [quote(0, 9, "rule"), quote(2, 6, "rule"), quote(0, 9, "rule"), quote(0, 30, "model"), quote(40, 50, "model", 1)]

    assert list(_without_repeats(given)) == [quote(0, 9, "rule"), quote(40, 50, "model", 1)]


def test_a_long_stretch_is_parted_at_its_clauses():
    text = "passports on the very first day, and nobody may leave our house at night; " + "tea " * 8
    starts = [place for place, character in enumerate(f" {text}"[:-1]) if character == " "]
    weights = [(start, start + 1, 2.0 if start <= text.index("night") else -1.0) for start in starts]

    spans = salient_words(text, Segment(0, 0, len(text), 0, 0), weights)

    assert [text[start:end] for start, end in spans] == [
        "passports on the very first day,",
        "and nobody may leave our house at",
    ]


@pytest.mark.parametrize(("score", "said"), [(0.9971, ">0.99 is above"), (0.9449, "0.94 is above")])
def test_no_reason_says_that_something_is_certain(analyzer, score, said):
    nothing = Combination((), Elements((), (), (), child=False, complete=False))
    fused = Fused({"trafficking": score, "smuggling": 0.01}, "high", False, (), nothing, held=False)

    assert said in explain_tier(fused, analyzer.classifier.decision)
