"""What victims, relatives and recruiters say in words that lawful, taught or denied texts hold too ("the warden", "a
holiday visa", "is it normal") must count: disclosures.csv."""

import csv
from pathlib import Path

import pytest

from tip_nlp.normalize import normalize
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.schema import load_rules
from tip_nlp.segments import split


def rows():
    with (Path(__file__).parent / "disclosures.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def matcher():
    return RuleMatcher(load_rules(), load_cues())


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['language']}-{row['indicator']}")
def test_a_disclosure_in_treacherous_words_counts(matcher, row):
    text = normalize(row["text"]).text

    counted = {match.indicator for match in matcher.match(text, split(text, "message")) if match.suppressed is None}

    assert row["indicator"] in counted


def test_every_language_with_cues_has_disclosures():
    languages = {file.language for file in load_cues().files}

    assert {row["language"] for row in rows()} >= languages
