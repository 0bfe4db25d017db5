"""Every shipped rule does what its own examples say, in the company of all other rules and cues."""

import pytest

from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.check import failures
from tip_nlp.rules.coverage import LANGUAGES, coverage
from tip_nlp.rules.schema import load_rules, read_rules, rule_sources
from tip_nlp.taxonomy import load_taxonomy


def test_every_rule_passes_its_examples():
    assert failures(load_rules(), load_cues()) == []


def test_every_rule_names_a_known_indicator():
    read_rules(rule_sources(), frozenset(load_taxonomy().ids))


def test_every_language_has_rules_for_every_indicator():
    found = coverage(load_rules(), load_taxonomy().ids)

    assert found.gaps == ()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "prs"])
def test_every_language_has_every_kind_of_cue(language):
    [cues] = [file for file in load_cues().files if file.language == language]

    assert {cue.reason for cue in cues.cue} >= {
        "negated", "question", "hypothetical", "awareness", "general", "resolved", "lawful", "other_person",
    }  # fmt: skip
    assert cues.yes
    assert cues.no
