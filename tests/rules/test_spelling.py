"""One key for the many spellings of Roman Urdu.

Both lists were written apart from the rules; the key was developed on the first, the second only measures.
"""

import tomllib
from pathlib import Path

import pytest

from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.schema import load_rules
from tip_nlp.rules.spelling import Speller, sound
from tip_nlp.segments import split
from tip_nlp.tokens import fold


def share_of_equal_keys(name, table):
    words = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    speller = Speller(map(fold, words["variants"]))
    pairs = [(word, other) for word, others in words[table].items() for other in others]
    return sum(speller.key(fold(one)) == speller.key(fold(other)) for one, other in pairs) / len(pairs)


@pytest.mark.parametrize(("name", "least"), [("roman_urdu_variants.toml", 0.8), ("roman_urdu_unseen.toml", 0.7)])
def test_most_variants_have_the_key_of_their_word(name, least):
    assert share_of_equal_keys(name, "variants") > least


@pytest.mark.parametrize(("name", "most"), [("roman_urdu_variants.toml", 0.03), ("roman_urdu_unseen.toml", 0.08)])
def test_words_that_only_look_alike_keep_apart(name, most):
    assert share_of_equal_keys(name, "different") < most


@pytest.mark.parametrize("word", ["passport", "کفیل", "mar", "x1y2z3", "पासपोर्ट"])
def test_sound_is_stable(word):
    assert sound(sound(fold(word))) == sound(fold(word))


@pytest.fixture(scope="module")
def rules():
    return RuleMatcher(load_rules(), load_cues())


# Spellings that no rule lists.
@pytest.mark.parametrize(
    "text",
    [
        "kafiiil ne pasportt rakhh liya hai",
        "paach maheenoun se tankhuwaah nahein mili",
        "thekkedaar ne passporrt zabt kr liya",
    ],
)
def test_rules_find_unlisted_spellings(rules, text):
    found = rules.match(text, split(text, "message"))

    assert any(match.suppressed is None for match in found)
