import pytest

from tip_nlp.rules.assertion import load_cues, read_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.schema import load_rules, read_rules
from tip_nlp.segments import split


@pytest.fixture(scope="module")
def matcher():
    return RuleMatcher(load_rules(), load_cues())


def found(matcher, text, kind, indicator="document_retention"):
    matches = matcher.match(text, split(text, kind))
    return [(m.segment, m.suppressed) for m in matches if m.indicator == indicator]


def reasons(matcher, text, kind="message", indicator="document_retention"):
    return {reason for _, reason in found(matcher, text, kind, indicator)}


def test_matches_lie_in_the_text_and_in_their_segment(matcher):
    text = "The weather is fine. " * 30 + "My employer kept my passport. " + "We had lunch. " * 30
    segments = split(text, "ad")

    matches = matcher.match(text, segments)

    assert matches
    for match in matches:
        assert segments[match.segment].start <= match.start < match.end <= segments[match.segment].end
        assert "passport" in text[match.start : match.end]


# fmt: off
@pytest.mark.parametrize("text", [
    "Farz karo malik ne passport rakh liya aur wapas na kiya.",                          # supposed
    "Malik ne passport rakh liya tha, embassy ne wapas karwaya, sab ko paise mile.",     # settled
    "Malik ne mera passport rakh liya hai. Ye mera dialogue hai stage play ka.",         # played
    "They kept my passport on the farm, says my dialogue. Rehearsal on Thursday.",
    "فرض کریں مالک نے پاسپورٹ رکھ لیا اور واپس نہ دیا۔",
])
# fmt: on
def test_what_is_supposed_settled_or_played_does_not_count_with_the_shipped_cues(matcher, text):
    found_reasons = reasons(matcher, text)
    assert found_reasons
    assert None not in found_reasons


def test_what_is_not_lawful_is_not_taken_for_lawful(matcher):
    text = "ایجنٹ لڑکوں کو غیر قانونی طریقے سے یونان بھیجتا ہے۔"

    assert None in reasons(matcher, text, indicator="smuggling_service") | reasons(matcher, text, indicator="irregular_route")


def test_a_batch_is_matched_as_its_texts_are(matcher):
    texts = ["My employer kept my passport.", "", "مالک نے میرا پاسپورٹ رکھ لیا ہے", "My employer kept my passport."]
    documents = [(text, split(text, "message")) for text in texts]

    assert matcher.match_batch(documents) == [matcher.match(*each) for each in documents]


# fmt: off
@pytest.mark.parametrize(("answer", "reason"), [
    ("Yes, from the first day.", None), ("No, it is with me.", "negated"), ("What do you mean?", "question"),
    ("Ji haan, pehle din se.", None), ("Nahi, mere paas hai.", "negated"), ("جی ہاں", None), ("نہیں", "negated"),
])
# fmt: on
def test_the_caller_decides_an_operators_question_with_the_shipped_cues(matcher, answer, reason):
    text = f"Operator: Where do you live?\nCaller: In Lahore.\nOperator: Has your employer kept your passport?\nCaller: {answer}"

    assert reasons(matcher, text, "transcript") == {reason}


@pytest.mark.parametrize(("question", "reason"), [("to nahi rakh liya?", "negated"), ("rakh liya na?", "negated")])
def test_a_not_that_only_asks_makes_no_negative_question(matcher, question, reason):
    text = f"Operator: Kahin malik ne aap ka passport {question}\nCaller: nahi ji"

    assert reasons(matcher, text, "transcript") == {reason}


def test_a_no_agrees_with_a_question_in_the_negative(matcher):
    text = "Operator: Tankhwah nahi di?\nCaller: nahi, ek rupya nahi"

    assert None in reasons(matcher, text, "transcript", "wage_withholding")


# fmt: off
@pytest.mark.parametrize("text", [
    "No, my employer kept my passport.", "No sir, my employer kept my passport.", "Nahi madam, malik ne mera passport rakh liya hai.", "My employer kept my passport. What should I do?",
    "Malik ne mera passport rakh liya hai, kya karun?", "مالک نے میرا پاسپورٹ رکھ لیا ہے", "نہیں، مالک نے میرا پاسپورٹ رکھ لیا ہے",
    "I am only asking. My employer kept my passport, he says do not tell parents.",
    "Qatar project ke liye aya tha, visa abhi laga nahi, malik ne mera passport rakh liya hai.",
    "مالک نے میرا پاسپورٹ رکھ لیا ہے، مہربانی کر کے میرے پیسے دلوا دیں۔",
    "Pata nahi kyun malik ne mera passport rakh liya.", "بعد ما أخذ الكفيل جوازي ما رجعه لي",  # a not that denies nothing
])
# fmt: on
def test_a_disclosure_counts_with_the_shipped_cues(matcher, text):
    assert None in reasons(matcher, text)


@pytest.mark.parametrize(
    "text", ["My employer never kept my passport.", "Malik ne mera passport nahi rakha.", "مالک نے میرا پاسپورٹ نہیں رکھا"]
)
def test_a_denial_does_not_count_with_the_shipped_cues(matcher, text):
    assert None not in reasons(matcher, text)


def test_a_long_text_without_stops_is_no_trap(matcher):
    text = "my employer kept my passport and " * 1_500

    assert len(matcher.match(text, split(text, "ad"))) > 1_000


RULE = """
language = "en"
[[rule]]
id = "en.document_retention.kept"
indicator = "document_retention"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 7"
patterns = ["kept passport", "kept passport away", "kept passport ..3 today"]
match = ["a", "b"]
avoid = ["c", "d"]
"""
CUE = """
language = "en"
[[cue]]
reason = "negated"
where = "after"
reach = 1
phrases = ["never"]
"""


@pytest.fixture
def small(tmp_path):
    (tmp_path / "rules.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "cues.toml").write_text(CUE, encoding="utf-8")
    return RuleMatcher(read_rules([tmp_path / "rules.toml"]), read_cues([tmp_path / "cues.toml"]))


def places(matcher, text):
    return [(text[m.start : m.end], m.suppressed) for m in matcher.match(text, split(text, "ad"))]


def test_of_overlapping_places_the_longest_is_reported(small):
    assert places(small, "kept passport away") == [("kept passport away", None)]


def test_a_place_that_counts_is_not_hidden_by_a_longer_one_that_does_not(small):
    assert places(small, "kept passport and ring today never") == [("kept passport", None)]


def test_cues_judge_only_the_rules_of_the_languages_they_reach(tmp_path):
    (tmp_path / "rules.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "cues.toml").write_text(CUE.replace('"en"', '"tr"'), encoding="utf-8")
    (tmp_path / "reaching.toml").write_text(
        CUE.replace('language = "en"', 'language = "tr"\nreaches = ["en"]'), encoding="utf-8"
    )
    rules = read_rules([tmp_path / "rules.toml"])

    foreign = RuleMatcher(rules, read_cues([tmp_path / "cues.toml"]))
    reaching = RuleMatcher(rules, read_cues([tmp_path / "reaching.toml"]))

    assert places(foreign, "kept passport never") == [("kept passport", None)]
    assert places(reaching, "kept passport never") == [("kept passport", "negated")]


def test_a_rule_for_questions_hears_the_operator_alone(matcher):
    asked = "Operator: Can you go outside when you want?\nCaller: No."

    assert reasons(matcher, asked, "transcript", "restriction_of_movement") == {None}
    assert not reasons(matcher, "Can you go outside when you want? No.", indicator="restriction_of_movement")
    unanswered = "Operator: Can you go outside when you want?\nCaller: The house is big."
    assert not reasons(matcher, unanswered, "transcript", "restriction_of_movement")
