import pytest

from tip_nlp.combination import combine, is_positive
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import IndicatorScore, Match

TAXONOMY = load_taxonomy()


def found(*named):
    """IndicatorScores from ids or (id, phase) pairs; with a phase, a rule said so."""
    scores = []
    for each in named:
        name, phase = each if isinstance(each, tuple) else (each, None)
        matches = (Match("r", name, phase, "strong", 0, 0, 1),) if phase else ()
        scores.append(IndicatorScore(name, 0.9, phase or "destination", matches, ()))
    return scores


def dimension(combination, name):
    return next((each for each in combination.dimensions if each.id == name), None)


# fmt: off
@pytest.mark.parametrize(("strengths", "expected"), [
    (["strong", "strong"], True),
    (["strong", "medium"], True),
    (["strong", "weak"], True),
    (["medium"] * 3, True),
    (["medium", "medium", "weak"], True),
    (["strong"], False),
    (["medium", "medium"], False),
    (["medium", "weak", "weak"], False),
    (["weak"] * 5, False),
    ([], False),
])
# fmt: on
def test_rule_of_combination(strengths, expected):
    assert is_positive(strengths) is expected


def test_strengths_depend_on_the_phase():
    here = combine(found(("document_retention", "destination")), TAXONOMY)
    there = combine(found(("document_retention", "recruitment")), TAXONOMY)

    assert dimension(here, "coercion_destination").items[0].strength == "strong"
    assert dimension(here, "coercive_recruitment") is None
    assert dimension(there, "coercive_recruitment").items[0].strength == "medium"


def test_two_indicators_make_a_dimension_positive_where_one_does_not():
    one = combine(found("document_retention"), TAXONOMY)
    two = combine(found("document_retention", "restriction_of_movement"), TAXONOMY)

    assert not dimension(one, "coercion_destination").positive
    assert dimension(two, "coercion_destination").positive
    assert {item.indicator for item in dimension(two, "coercion_destination").items} == {
        "document_retention", "restriction_of_movement",
    }  # fmt: skip


def test_an_item_under_two_indicators_counts_once():
    both = combine(found("restriction_of_movement", "isolation"), TAXONOMY)
    items = [item.item for item in dimension(both, "coercion_destination").items]

    assert len(items) == len(set(items))


def test_elements_are_complete_with_act_means_and_purpose():
    elements = combine(found("recruitment_fees", "document_retention", "abusive_conditions"), TAXONOMY).elements

    assert elements.complete
    assert "document_retention" in elements.means
    assert not combine(found("recruitment_fees", "abusive_conditions"), TAXONOMY).elements.complete


def test_of_a_child_no_means_need_be_shown():
    elements = combine(found("child_exploitation"), TAXONOMY).elements

    assert elements.child
    assert elements.complete
    assert elements.means == ()


def test_smuggling_has_neither_dimensions_nor_elements():
    combination = combine(found("irregular_route", "smuggling_payment"), TAXONOMY)

    assert combination.dimensions == ()
    assert not combination.is_positive
