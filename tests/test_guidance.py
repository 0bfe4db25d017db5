"""What to ask next and where to refer, from an assessment."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tip_nlp.guidance import LANGUAGES, advise
from tip_nlp.guidance.catalogue import load_questions, load_referrals
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Elements, Entity, Evidence, Finding, Suppressed

QUOTE = Evidence(0, 4, "they", 0, "rule", 0.9, None, "self")
NOTHING = Elements((), (), (), child=False, complete=False)


@pytest.fixture(scope="module")
def empty(analyzer):
    made = analyzer.assess("Hello, I have a question about a letter.")
    assert not made.indicators
    assert not made.suppressed
    return made


def told(empty, *scores, suppressed=(), elements=NOTHING, urgent=False, entities=()):
    return replace(
        empty,
        indicators=tuple(Finding(id, score, "destination", (QUOTE,), (), None) for id, score in scores),
        suppressed=tuple(Suppressed(id, reason, QUOTE) for id, reason in suppressed),
        elements=elements,
        urgent=urgent,
        entities=tuple(entities),
    )


def asked(guidance):
    """The indicators asked after and why, without the frame."""
    first, *between, last = guidance.questions
    assert (first.why, last.why) == ("safety", "wish")
    return [(each.indicator, each.why) for each in between]


def place(country):
    return Entity("place", 0, 4, "they", "x", {"country": country})


def test_every_indicator_has_a_question_and_every_id_is_known():
    questions, taxonomy = load_questions(), load_taxonomy()

    assert set(questions.question) == set(taxonomy.ids)
    assert set(questions.opening) <= set(taxonomy.ids)
    for family, ids in questions.general.items():
        assert {taxonomy[each].family for each in ids} == {family}
        assert len(set(ids)) == len(ids)
    for wording in (questions.first, questions.last, *questions.question.values()):
        assert all(wording.say(language).endswith(("?", "؟", ".", "۔")) for language in LANGUAGES)
        assert len({wording.say(language) for language in LANGUAGES}) == len(LANGUAGES)


def test_every_referral_serves_indicators_of_its_families_and_names_where_it_was_read():
    for body in load_referrals().referral:
        assert all(load_taxonomy()[each].family in body.families for each in body.indicators), body.id
        assert all(url.startswith("http") for url in body.source), body.id


def test_where_nothing_is_known_plain_questions_open_the_talk_and_nobody_is_referred(empty):
    guidance = advise(empty)

    assert asked(guidance) == [(each, "opening") for each in load_questions().opening]
    assert guidance.referrals == ()


def test_what_is_only_guessed_or_left_open_is_asked_first(empty):
    call = told(
        empty,
        ("wage_withholding", 0.9),
        ("organ_removal", 0.2),
        ("isolation", 0.4),
        suppressed=[("forced_marriage", "question"), ("deception", "hypothetical"), ("debt_bondage", "lawful")],
    )

    assert asked(advise(call))[:4] == [
        ("isolation", "unsure"),
        ("organ_removal", "unsure"),
        ("forced_marriage", "left open"),
        ("deception", "left open"),
    ]


def test_nothing_is_asked_that_was_told_or_denied(empty):
    call = told(
        empty,
        ("restriction_of_movement", 0.9),
        ("wage_withholding", 0.3),
        suppressed=[("document_retention", "negated"), ("wage_withholding", "negated"), ("isolation", "negated")],
    )

    guidance = advise(call, most=28)

    questions = [indicator for indicator, _ in asked(guidance)]
    assert guidance.denied == ("document_retention", "isolation")
    assert not {"restriction_of_movement", *guidance.denied} & set(questions)
    assert questions[0] == "wage_withholding"
    assert len(set(questions)) == len(questions)


def test_missing_elements_are_asked_after_before_the_rest(empty):
    known = Elements((), ("document_retention",), (), child=False, complete=False)
    call = told(empty, ("document_retention", 0.9), elements=known)

    found = asked(advise(call))

    assert [why for _, why in found] == ["purpose not known", *["not known"] * 4]
    assert "purpose" in load_taxonomy()[found[0][0]].palermo


def test_a_question_that_would_alarm_is_put_only_where_the_call_hints_at_it(empty):
    delicate = {"organ_removal", "sexual_exploitation", "forced_marriage"}
    calls = [told(empty, (id, 0.9)) for id in load_taxonomy().ids if id not in delicate]

    for call in calls:
        assert not delicate & {indicator for indicator, _ in asked(advise(call, most=28))}


def test_a_journey_is_asked_after_its_dangers_first(empty):
    found = asked(advise(told(empty, ("smuggling_payment", 0.9)), most=2))

    assert found == [("dangerous_journey", "not known"), ("ransom_detention", "not known")]


@pytest.mark.parametrize(
    ("scores", "details", "bodies"),
    [
        ([("wage_withholding", 0.9)], {}, {"fia-tip-hotline", "human-rights-helpline"}),
        ([("wage_withholding", 0.9)], {"entities": [place("PK")]}, {"fia-tip-hotline", "human-rights-helpline"}),
        (
            [("wage_withholding", 0.9)],
            {"entities": [place("PK"), place("AE")]},
            {"fia-tip-hotline", "human-rights-helpline", "mission-abroad"},
        ),
        (
            [("child_exploitation", 0.9)],
            {},
            {"police-emergency", "fia-tip-hotline", "child-helpline", "human-rights-helpline"},
        ),
        ([("ransom_detention", 0.9)], {}, {"police-emergency", "fia-tip-hotline"}),
        ([("ransom_detention", 0.3)], {}, {"fia-tip-hotline"}),
        ([("ransom_detention", 0.3)], {"urgent": True}, {"police-emergency", "fia-tip-hotline"}),
    ],
)
def test_referrals_follow_from_what_was_told(empty, scores, details, bodies):
    assert {each.id for each in advise(told(empty, *scores, **details)).referrals} == bodies


def test_a_referral_names_the_indicators_that_speak_for_it_and_whether_it_is_stale(empty):
    call = told(empty, ("recruitment_fees", 0.9), ("child_exploitation", 0.9), ("smuggling_service", 0.9))
    limit = load_referrals().recheck_after

    found = {each.id: each for each in advise(call, today=limit).referrals}
    later = advise(call, today=limit + timedelta(days=1)).referrals

    assert found["child-helpline"].indicators == ("child_exploitation",)
    assert found["police-emergency"].indicators == ("child_exploitation",)
    assert found["emigration-bureau"].indicators == ("recruitment_fees",)
    assert found["nccia-helpline"].indicators == ("smuggling_service",)
    assert not any(each.stale for each in found.values())
    assert all(each.stale for each in later)


def test_questions_are_in_the_texts_language_or_the_one_asked_for(empty):
    def said(code, language=None):
        found = replace(empty, language=replace(empty.language, code=code))
        guidance = advise(found, language=language, today=date(2026, 11, 23))
        return guidance.language, guidance.questions[0].text

    first = load_questions().first
    assert said("ur-Latn") == ("ur-Latn", first.ur_latn)
    assert said("ps") == ("ur", first.ur)
    assert said("ur", "en") == ("en", first.en)


def test_guidance_is_plain_json(empty):
    call = told(empty, ("wage_withholding", 0.9))

    assert json.loads(json.dumps(advise(call).to_dict()))["referrals"][0]["id"] == "fia-tip-hotline"
