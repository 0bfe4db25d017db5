"""The shipped samples land where a careful reader would put them, but for those named here."""

import json
from pathlib import Path

import pytest

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data_samples" / "samples.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
# What the shipped model and rules still get wrong; the missed ones stand at `watch`. A repaired one must leave this list.
KNOWN_WRONG = {
    "ur-Latn-15": "missed",
}


@pytest.fixture(scope="module")
def assessments(analyzer):
    found = analyzer.assess_batch(
        [r["text"] for r in ROWS], kinds=[r["kind"] for r in ROWS], ids=[r["id"] for r in ROWS]
    )
    return {each.id: each for each in found}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_sample_lands_in_its_tier(row, assessments, analyzer):
    found = assessments[row["id"]]
    flagged = found.tier in ("elevated", "high")
    # Processors round differently: what lies on the cut may fall to either side of it.
    if abs(max(found.scores.values()) - analyzer.classifier.decision.tiers["elevated"]) < 0.03:
        return

    if row["id"] in KNOWN_WRONG:
        assert flagged != (row["expected"] == "flag"), f"{row['id']} is right now: take it out of KNOWN_WRONG"
    else:
        assert flagged == (row["expected"] == "flag"), found.scores


def test_most_samples_are_right():
    assert len(KNOWN_WRONG) <= len(ROWS) * 0.2


@pytest.mark.parametrize("row", [pytest.param(r, id=r["id"]) for r in ROWS if r["expected"] == "flag"])
def test_flagged_sample_names_an_expected_indicator(row, assessments):
    if row["id"] not in KNOWN_WRONG:
        named = {each.id for each in assessments[row["id"]].indicators} & set(row["indicators"])
        assert named


def test_evidence_is_exact(assessments):
    for row in ROWS:
        found = assessments[row["id"]]
        for evidence in [e for f in found.indicators for e in f.evidence] + [s.evidence for s in found.suppressed]:
            assert evidence.quote == row["text"][evidence.start : evidence.end]


def test_samples_cover_what_the_statement_says():
    assert len(ROWS) >= 80
    assert {r["language"] for r in ROWS} >= {"en", "ur", "ur-Latn", "pnb", "sd", "ps", "ar", "fa", "hi", "bn", "tr"}
    assert {r["kind"] for r in ROWS} == {"ad", "message", "transcript"}


def test_languages_are_told_apart(assessments):
    right = [assessments[r["id"]].language.code in (r["language"], "mixed") for r in ROWS if r["language"] != "hi-Latn"]

    assert sum(right) / len(right) >= 0.95
