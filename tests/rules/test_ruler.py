import random

import pytest
from spacy.matcher import Matcher
from spacy.tokens import Doc

from tip_nlp.errors import RuleError
from tip_nlp.rules.pattern import token_patterns
from tip_nlp.rules.ruler import Ruler
from tip_nlp.rules.schema import read_rules
from tip_nlp.tokens import fold, tokenize

RULE = """
language = "en"
[lexicon]
papers = ["passport", "passports", "id card"]
[[rule]]
id = "en.document_retention.kept"
indicator = "document_retention"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 7"
patterns = [{patterns}]
match = ["a", "b"]
avoid = ["c", "d"]
"""


@pytest.fixture
def make_ruler(tmp_path):
    def make(*patterns):
        path = tmp_path / "en.toml"
        path.write_text(RULE.replace("{patterns}", ", ".join(f"'{p}'" for p in patterns)), encoding="utf-8")
        return Ruler(read_rules([path]))

    return make


def found(ruler, text):
    tokens = tokenize(text)
    return [" ".join(tokens.keys[hit.start : hit.end]) for hit in ruler.match(ruler.words.read(tokens))]


# fmt: off
@pytest.mark.parametrize(("pattern", "text", "expected"), [
    ("kept ..3 <papers>", "He KEPT all of our passports", ["kept all of our passports"]),
    ("kept ..3 <papers>", "kept by him since last week the passport", []),
    ("kept ..3 <papers>", "kept. Passport", []),                              # no gap reaches across a sentence end
    ("<papers> &4 seiz*|held_back", "they seized my id card", ["seized my id card"]),
    ("<papers> &4 seiz*|held_back", "id card was held back", ["id card was held back"]),
    ("my? id_card gone", "id-card gone", ["id card gone"]),
    ("dont pay", "they don’t pay", ["dont pay"]),
    ("kept passport", "keeping passports", []),
])
# fmt: on
def test_match_finds_pattern(make_ruler, pattern, text, expected):
    assert found(make_ruler(pattern), text) == expected


def test_match_reports_every_place(make_ruler):
    found_places = found(make_ruler("kept <papers>", "kept <papers> away"), "kept passport away")

    assert found_places == ["kept passport", "kept passport away"]


def test_match_of_nothing_is_nothing(make_ruler):
    assert found(make_ruler("kept <papers>"), "") == []


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Sınır", "sinir"), ("كتاب", "کتاب"), ("ہے", "هی"), ("niiiice", "nice"), ("Don't", "dont"), ("क़र्ज़", "कर्ज"), ("हूँ", "हूं")],
)
def test_fold_unifies_spelling(written, folded):
    assert fold(written) == folded


def test_read_rules_reports_every_fault_at_once(tmp_path):
    path = tmp_path / "en.toml"
    broken = RULE.replace("{patterns}", "'<nothing> kept'").replace('"strong"', '"hard"')
    path.write_text(broken + broken.split("[[rule]]")[1].join(["[[rule]]", ""]).replace("phase", "fase"), encoding="utf-8")

    with pytest.raises(RuleError) as caught:
        read_rules([path])

    text = str(caught.value)
    assert "strength" in text
    assert "'hard'" in text
    assert "fase" in text
    assert "en.document_retention.kept" in text


def test_read_rules_refuses_double_ids_and_unknown_indicators(tmp_path):
    path = tmp_path / "en.toml"
    path.write_text(RULE.replace("{patterns}", "'kept <papers>'"), encoding="utf-8")

    with pytest.raises(RuleError) as caught:
        read_rules([path, path], frozenset({"deception"}))

    assert any("used twice" in fault for fault in caught.value.faults)
    assert any("unknown indicator 'document_retention'" in fault for fault in caught.value.faults)


def test_words_of_texts_are_forgotten_with_them(make_ruler):
    ruler = make_ruler("kept ..3 <papers>")
    known = len(ruler.vocab.strings)

    for _ in range(2):  # also after the pattern's own matcher was made within it
        with ruler.forgetting():
            assert found(ruler, "Zebulon kept quxford's id card") == ["kept quxfords id card"]

    assert len(ruler.vocab.strings) == known


def test_a_sentence_end_stops_gaps_and_phrases(make_ruler):
    ruler = make_ruler("kept ..3 <papers>", "my id card")

    assert found(ruler, "He kept. My passport is there. My id. Card games.") == []
    assert found(ruler, "He kept my, old passport") == ["kept my , old passport"]


def test_an_optional_word_that_is_not_there_takes_no_others_with_it(make_ruler):
    ruler = make_ruler("kept ..2 away? ..3 <papers>", "<papers> kept ..2 away?")

    assert found(ruler, "kept my old and torn passport") == ["kept my old and torn passport"]
    assert found(ruler, "passport kept in there") == ["passport kept"]


def test_many_ways_through_the_gaps_cost_no_more_than_one(make_ruler):
    # Followed one by one, the ways through this text would take hours.
    ruler = make_ruler("kept ..10 never ..8 until ..10 <papers>")

    hits = found(ruler, "kept never until passport " * 2_000)

    assert len(hits) == 286


def test_match_finds_what_spacys_matcher_finds(make_ruler):
    chance = random.Random(20)
    steps = ["kept", "never", "kept|never", "<papers>", "my", "a_b", "pass*", "my?"]
    for _ in range(60):
        ends, inner = [chance.choice(steps[:5]) for _ in "ab"], [chance.choice([*steps, "..2", "..4"]) for _ in "abc"]
        pattern = " ".join([ends[0], *inner, ends[1]])
        ruler = make_ruler(pattern)
        (rule,) = ruler.rule_set.rules
        peer = Matcher(ruler.vocab)
        for elements in rule.sequences:
            peer.add("peer", token_patterns(elements), greedy="LONGEST")
        for _ in range(30):
            words = chance.choices(["kept", "never", "passport", "id", "card", "my", "a", "b", "x"], k=14)
            theirs = sorted(" ".join(words[start:end]) for _, start, end in peer(Doc(ruler.vocab, words=words)))
            ours = [hit for hit in ruler.match(ruler.words.read(tokenize(" ".join(words))))]
            assert sorted(" ".join(words[hit.start : hit.end]) for hit in ours) == theirs, (pattern, words)


def test_sentences_of_a_long_text_are_matched_as_each_alone(make_ruler):
    chance = random.Random(7)
    ruler = make_ruler("kept ..4 <papers>", "never? <papers> ..3 a_b", "pass* ..2 my &3 kept", "a x? ..2 b")
    words = ["kept", "never", "passport", "id", "card", "my", "a", "b", "x", ","]
    sentences = [" ".join(chance.choices(words, k=chance.randint(1, 14))) for _ in range(300)]

    together = found(ruler, ". ".join(sentences))

    assert len(together) > 100
    assert together == [place for sentence in sentences for place in found(ruler, sentence)]


def test_examples_of_a_question_have_an_answer(tmp_path):
    path = tmp_path / "en.toml"
    path.write_text(RULE.replace("{patterns}", "'kept <papers>'") + 'answer = "no"\n', encoding="utf-8")

    with pytest.raises(RuleError, match="question // answer"):
        read_rules([path])


def test_rules_for_questions_are_not_looked_for_where_nobody_asks(tmp_path):
    path = tmp_path / "en.toml"
    asked = RULE.replace("{patterns}", "'kept ..3 <papers>'").replace('["a", "b"]', '["a // b", "c // d"]')
    path.write_text(asked.replace('["c", "d"]', '["a // b", "c // d"]') + 'answer = "yes"\n', encoding="utf-8")
    ruler = Ruler(read_rules([path]))
    reading = ruler.words.read(tokenize("kept my passport"))

    assert len(ruler.match(reading)) == 1
    assert ruler.match(reading, is_asked=False) == []
