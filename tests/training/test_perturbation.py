"""Disguises leave the rules' view of a text as it was."""

import random

import pytest

from tip_nlp.normalize import normalize
from tip_nlp.tokens import tokenize
from training.perturbation import DISGUISES

TEXTS = [
    "Maid needed in Dubai, passport kept by office, salary 1500 dirham, contact us",
    "malik ne pasport rakh lia aur paanch mahine ki tankhwah nahi di",
    "تنخواہ پانچ مہینے سے نہیں ملی، کفیل نے پاسپورٹ رکھ لیا ہے، 5 ماہ",
    "کارفرما پاسپورت مرا گرفته و حقوق نمی دهد",
]


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("text", TEXTS)
def test_disguise_changes_no_key(name, text):
    keys = tokenize(normalize(text).text).keys
    for seed in range(20):
        disguised = DISGUISES[name](text, random.Random(seed))

        assert tokenize(normalize(disguised).text).keys == keys, disguised


@pytest.mark.parametrize("name", DISGUISES)
def test_disguise_changes_some_text(name):
    assert any(DISGUISES[name](text, random.Random(seed)) != text for text in TEXTS for seed in range(5))
