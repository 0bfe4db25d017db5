import pytest

from tip_nlp.rules.assertion import Asserter, Scene, read_cues
from tip_nlp.rules.ruler import Ruler
from tip_nlp.rules.schema import read_rules
from tip_nlp.tokens import tokenize

RULES = """
language = "en"
[[rule]]
id = "en.document_retention.kept"
indicator = "document_retention"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 7"
patterns = ["kept|keep|took ..4 passport"]
match = ["a", "b"]
avoid = ["c", "d"]
[[rule]]
id = "en.wage_withholding.unpaid"
indicator = "wage_withholding"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 8"
patterns = ["not ..2 paid"]
match = ["a", "b"]
avoid = ["c", "d"]
[[rule]]
id = "en.restriction_of_movement.asked_out"
indicator = "restriction_of_movement"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 3"
answer = "no"
patterns = ["you ..3 go out"]
match = ["a // b", "a // b"]
avoid = ["c // d", "c // d"]
"""
CUES = """
language = "en"
breaks = ["but"]
yes = ["yes"]
yes_alone = ["i am"]
no = ["no"]
wrong = ["a lie"]
pseudo = ["not only"]
[[cue]]
reason = "negated"
where = "before"
reach = 4
phrases = ["not", "never", "nobody"]
[[cue]]
reason = "question"
where = "sentence"
asked = true
phrases = ["did"]
[[cue]]
reason = "resolved"
where = "after"
phrases = ["got it back"]
[[cue]]
reason = "awareness"
where = "segment"
phrases = ["signs of trafficking"]
[[cue]]
reason = "awareness"
where = "document"
phrases = ["leaflet"]
[[cue]]
reason = "other_person"
where = "sentence"
phrases = ["my brother"]
"""


@pytest.fixture
def judge(tmp_path):
    rules, cues = tmp_path / "rules.toml", tmp_path / "cues.toml"
    rules.write_text(RULES, encoding="utf-8")
    cues.write_text(CUES, encoding="utf-8")
    ruler = Ruler(read_rules([rules]))
    asserter = Asserter(read_cues([cues]), ruler)

    def run(text, answer=None):
        tokens = tokenize(text)
        reading = ruler.words.read(tokens)
        start = 0 if answer is None else tokens.starts.index(text.index(answer))
        return asserter.judge(reading, Scene(0, start, len(tokens.keys)), ruler.match(reading))

    return run


# fmt: off
@pytest.mark.parametrize(("text", "verdict"), [
    ("He took my passport", (None, "self")),
    ("He never took my passport", ("negated", "self")),
    ("Not he took my passport", ("negated", "self")),
    ("Not only he took my passport", (None, "self")),                            # a not that denies nothing
    ("Never sir, he took my passport", (None, "self")),                          # set off with an address
    ("Nobody was there but he took my passport", (None, "self")),                # a break stops the cue
    ("He was never once in all these long years rude when he took my passport", (None, "self")),  # out of reach
    ("Did he take it? Yes he took my passport", (None, "self")),                 # another sentence
    ("Did he say why they kept the passport?", ("question", "self")),
    ("Did it, they kept the passport", (None, "self")),                          # not asked
    ("They took my passport and I got it back", ("resolved", "self")),
    ("Know the signs of trafficking. They keep your passport", ("awareness", "self")),
    ("They kept my brother his passport", (None, "other")),
    ("We were not paid", (None, "self")),                                        # the rule's own negation
    ("We were never not paid", ("negated", "self")),
    ("Leaflet no. 4: your rights. They took my passport", ("awareness", "self")),  # a heading reaches all of the text
    ("Leaflet in my hand I tell you they took my passport", (None, "self")),     # no heading
    ("They took my passport, says the leaflet: here", (None, "self")),           # does not open the text
])
# fmt: on
def test_judge_says_why_a_hit_does_not_count(judge, text, verdict):
    assert judge(text) == [verdict]


# fmt: off
@pytest.mark.parametrize(("answer", "reason"), [
    ("yes since May", None), ("no, nothing like that", "negated"), ("hello?", "question"),
    ("I am. Since May", None), ("I am", None), ("I am at the bus stop", "question"),
])
# fmt: on
def test_judge_lets_the_caller_decide_an_operators_question(judge, answer, reason):
    assert judge(f"He took your passport? {answer}", answer)[0][0] == reason


# fmt: off
@pytest.mark.parametrize(("answer", "reason"), [("no, not one", None), ("no, all of it came on the first", "negated"), ("a lie, all is paid", "negated"), ("yes since May", None)])
# fmt: on
def test_judge_tells_a_denial_from_a_no_to_a_negative_question(judge, answer, reason):
    assert judge(f"You were not paid? {answer}", answer)[0][0] == reason


# fmt: off
@pytest.mark.parametrize(("question", "answer", "reason"), [
    ("Can you go out?", "no", None),
    ("Can you go out?", "a lie, there is a lock", None),
    ("Can you go out?", "yes, on Fridays", "negated"),
    ("Can you go out?", "it is a big house", "question"),
    ("You can not go out?", "no, never", None),
    ("You can not go out?", "yes, that is it", None),  # agrees with what was asked in the negative
    ("You can not go out?", "a lie, I can", "negated"),
    ("You can not go out?", "no, madam, they let me out", "negated"),
    ("Can you go out?", "no, they locked it but I got it back", "resolved"),  # what the answer adds
])
# fmt: on
def test_judge_counts_what_a_free_person_has_when_it_is_denied(judge, question, answer, reason):
    assert judge(f"{question} {answer}", answer)[0][0] == reason
