import dataclasses
import math
import sys

import numpy as np
import pytest

from tip_nlp.fusion import default_phase, fuse, segments_matter, sigmoid
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Decision, FamilyDecision, Match, Prediction

TAXONOMY = load_taxonomy()
LABELS = (*TAXONOMY.ids, "trafficking", "smuggling")
DECISION = Decision(
    families={"trafficking": FamilyDecision(1.0, 0.5, 1.0, 0.0), "smuggling": FamilyDecision(1.0, 0.5, 1.0, 0.0)},
    calibration=dict.fromkeys(LABELS, (1.0, 0.0, 0.0)),
    rule_precision={"strong": 0.9, "medium": 0.6, "weak": 0.2},
    thresholds=dict.fromkeys(LABELS, 0.5),
    tiers={"watch": 0.3, "elevated": 0.6, "high": 0.9},
)


def match(indicator, strength="strong", suppressed=None):
    return Match(f"en.{indicator}.x", indicator, "destination", strength, 0, 0, 5, suppressed)


def predicted(logit=-4.0, words=0.0, **probabilities):
    logits = np.full((1, len(LABELS)), -4.0, dtype=np.float32)
    logits[0, LABELS.index("trafficking")] = logit
    chances = np.full((1, len(LABELS)), 0.02, dtype=np.float32)
    for name, value in probabilities.items():
        chances[0, LABELS.index(name)] = value
    lexicon = np.zeros_like(logits)
    lexicon[0, LABELS.index("trafficking")] = words
    return Prediction(LABELS, logits, lexicon, logits, chances)


def run(logit=-4.0, matches=(), kind="message", words=0.0, decision=None, **probabilities):
    prediction = predicted(logit, words, **probabilities)
    return fuse(prediction, matches, kind=kind, taxonomy=TAXONOMY, decision=decision or DECISION)


def names(fused):
    return [each.id for each in fused.indicators]


def test_rules_and_model_support_each_other():
    alone = run(logit=0.0).scores["trafficking"]
    both = run(logit=0.0, matches=[match("document_retention")]).scores["trafficking"]

    assert both > alone
    assert run(matches=[match("irregular_route")]).scores["trafficking"] == run().scores["trafficking"]


def test_the_lexicon_has_a_say_in_its_own_family():
    plain, worded = run().scores, run(words=3.0).scores

    assert worded["trafficking"] > plain["trafficking"]
    assert worded["smuggling"] == plain["smuggling"]


HEEDING = dataclasses.replace(
    DECISION,
    families={name: dataclasses.replace(f, suppressed_weight=1.0) for name, f in DECISION.families.items()},
)


@pytest.mark.parametrize("logit", [-8.0, -1.0, -0.5, 0.5, 3.0])
@pytest.mark.parametrize("suppressed", [None, "negated"])
@pytest.mark.parametrize("strength", [None, "weak", "strong"])
def test_segments_that_do_not_matter_change_nothing(logit, suppressed, strength):
    matches = [match("document_retention", strength, suppressed)] if strength else []
    whole = predicted(logit, document_retention=0.4)
    outline = dataclasses.replace(whole, logits=whole.logits[:0], probabilities=whole.probabilities[:0])

    read, unread = (fuse(each, matches, kind="ad", taxonomy=TAXONOMY, decision=HEEDING) for each in (whole, outline))

    if not segments_matter(outline, matches, TAXONOMY, HEEDING):
        assert unread.tier == read.tier == "none"
        assert unread.indicators == read.indicators == ()
    else:
        assert read.tier != "none" or matches


def test_segments_matter_where_a_tier_is_passed_or_a_rule_counts():
    assert not segments_matter(predicted(-2.0), [], TAXONOMY, DECISION)
    assert segments_matter(predicted(2.0), [], TAXONOMY, DECISION)
    assert segments_matter(predicted(-8.0), [match("document_retention", "weak")], TAXONOMY, DECISION)
    assert not segments_matter(predicted(-8.0), [match("document_retention", "weak", "negated")], TAXONOMY, DECISION)


def test_a_suppressed_match_counts_for_nothing():
    assert run(matches=[match("document_retention", suppressed="negated")]) == run()


@pytest.mark.parametrize(
    ("strength", "probability", "reported"),
    [("strong", 0.0, True), ("medium", 0.0, True), ("weak", 0.0, False), ("weak", 0.45, True), (None, 0.45, False)],
)
def test_a_weak_red_flag_needs_the_model(strength, probability, reported):
    matches = [match("suspicious_offer", strength)] if strength else []

    assert ("suspicious_offer" in names(run(matches=matches, suspicious_offer=probability))) is reported


def test_one_indicator_alone_is_never_high_unless_it_means_danger():
    assert run(logit=5.0, wage_withholding=0.9).tier == "elevated"
    assert run(logit=5.0, wage_withholding=0.9, deception=0.9).tier == "high"
    assert run(logit=5.0, restriction_of_movement=0.9).tier == "high"


def test_urgent_needs_danger_now_and_is_never_said_of_an_ad():
    assert run(logit=5.0, restriction_of_movement=0.9).urgent
    assert not run(logit=5.0, restriction_of_movement=0.9, kind="ad").urgent
    assert not run(logit=5.0, wage_withholding=0.9).urgent
    assert not run(logit=-4.0, restriction_of_movement=0.9).urgent


def test_model_segments_are_those_above_the_threshold():
    [found] = run(logit=0.0, wage_withholding=0.8).indicators

    assert found.segments == (0,)
    assert run(matches=[match("wage_withholding")]).indicators[0].segments == ()


def test_the_model_names_an_indicator_only_where_it_scores_the_family():
    assert names(run(logit=-4.0, wage_withholding=0.8)) == []
    assert names(run(logit=0.0, irregular_route=0.8)) == []


def test_whoever_is_asked_to_look_is_told_at_what():
    assert names(run(logit=2.0, deception=0.1)) == ["deception"]


def test_a_document_without_segments_scores_nothing():
    nothing = np.zeros((0, len(LABELS)), dtype=np.float32)
    prediction = Prediction(LABELS, nothing, nothing, nothing, nothing)

    fused = fuse(prediction, [], kind="ad", taxonomy=TAXONOMY, decision=DECISION)

    assert (fused.tier, fused.scores) == ("none", {"trafficking": 0.0, "smuggling": 0.0})


def test_default_phase():
    assert default_phase(TAXONOMY["irregular_route"], "message") == "transit"
    assert default_phase(TAXONOMY["document_retention"], "ad") == "recruitment"
    assert default_phase(TAXONOMY["document_retention"], "message") == "destination"


@pytest.mark.parametrize("logit", [-800.0, 0.0, 800.0])
def test_sigmoid_is_safe_at_both_ends(logit):
    assert 0.0 <= sigmoid(logit) <= 1.0


def answered(indicator, strength="strong"):
    return dataclasses.replace(match(indicator, strength), answered=True)


def test_what_a_caller_affirmed_counts_where_the_model_hears_little(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "DECISION", dataclasses.replace(DECISION, answered_precision=0.7))

    affirmed = run(matches=[answered("document_retention")], kind="transcript")
    told = run(matches=[match("document_retention")], kind="transcript")
    weak = run(matches=[answered("document_retention", "weak")], kind="transcript")

    assert affirmed.scores["trafficking"] == pytest.approx(1 - 0.3 * (1 - told.scores["trafficking"]))
    assert affirmed.scores["smuggling"] == told.scores["smuggling"]
    assert weak.scores["trafficking"] < told.scores["trafficking"]


def test_of_many_segments_one_must_stand_out_more():
    decision = dataclasses.replace(
        DECISION, families={"trafficking": FamilyDecision(1.0, 0.0, 0.0, 0.0, length_weight=1.0)}
    )

    def score(segments):
        shape = (segments, len(LABELS))
        prediction = Prediction(LABELS, np.zeros((1, shape[1])), *[np.zeros(shape)] * 3)
        return fuse(prediction, [], kind="ad", taxonomy=TAXONOMY, decision=decision or DECISION).scores["trafficking"]

    assert score(1) == pytest.approx(0.5)
    assert score(4) == pytest.approx(0.2)  # odds of one to four


def test_a_high_score_with_a_single_indicator_is_held_at_elevated():
    alone = run(logit=6.0, wage_withholding=0.9)
    together = run(logit=6.0, wage_withholding=0.9, abusive_conditions=0.9)

    assert (alone.tier, alone.held) == ("elevated", True)
    assert (together.tier, together.held) == ("high", False)


def test_what_is_said_of_the_whole_rests_on_likely_indicators_not_on_hints():
    careful = dataclasses.replace(DECISION, thresholds=dict.fromkeys(LABELS, 0.2))
    hinted = run(logit=1.0, decision=careful, physical_sexual_violence=0.3, wage_withholding=0.8)
    likely = run(logit=1.0, decision=careful, physical_sexual_violence=0.8, wage_withholding=0.8)

    assert names(hinted) == ["wage_withholding", "physical_sexual_violence"]
    assert "physical_sexual_violence" not in str(hinted.combination)
    assert "physical_sexual_violence" in str(likely.combination)
    assert hinted.urgent  # a hint of danger is heeded all the same


def test_what_rules_heard_denied_is_taken_off_the_segment_that_alarms_the_model():
    families = {name: dataclasses.replace(f, suppressed_weight=1.0) for name, f in DECISION.families.items()}
    decision = dataclasses.replace(DECISION, families=families)
    denied = match("document_retention", suppressed="negated")

    plain = run(logit=0.0, decision=decision).scores
    heard = run(logit=0.0, decision=decision, matches=[denied]).scores
    elsewhere = run(logit=0.0, decision=decision, matches=[dataclasses.replace(denied, segment=1)]).scores
    beside = run(logit=0.0, decision=decision, matches=[denied, match("wage_withholding")]).scores

    # A strong rule is right nine times of ten: as much is taken off as it would have added.
    assert heard["trafficking"] == pytest.approx(sigmoid(math.log(1 - 0.9)))
    assert heard["smuggling"] == plain["smuggling"]
    assert elsewhere == plain
    assert beside == run(logit=0.0, decision=decision, matches=[match("wage_withholding")]).scores
