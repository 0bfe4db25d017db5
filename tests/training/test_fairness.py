from itertools import combinations

import numpy as np
import pytest

from training.fairness import fairness, groups_of, identities
from training.plots import draw


def test_groups_are_told_by_their_words_and_languages():
    texts = ["Her passport, a Nepali maid", "اس کا بھائی افغان ہے", "her gün", "میری بیٹی"]
    found = groups_of(texts, ["en", "ur", "tr", "ur"])

    assert found["gender: women"].tolist() == [True, False, False, True]
    assert found["gender: men"].tolist() == [False, True, False, False]
    assert found["nationality: nepali"].tolist() == [True, False, False, False]
    assert found["nationality: afghan"].tolist() == [False, True, False, False]
    assert found["language: ur"].tolist() == [False, True, False, True]


def test_no_word_stands_in_two_groups_of_a_dimension():
    for groups in identities().values():
        for one, other in combinations(groups.values(), 2):
            for code in {*one, *other, "all"}:
                shared = (one.get(code, set()) | one.get("all", set())) & (
                    other.get(code, set()) | other.get("all", set())
                )
                assert not shared


@pytest.fixture
def split():
    """100 texts of a group, 100 others; half of each risky."""
    inside = np.arange(200) < 100
    truth = np.arange(200) % 2 == 0
    return truth, inside, [str(index) for index in range(200)]


def test_a_group_whose_safe_texts_score_too_high_shows_in_bpsn(split):
    truth, inside, twins = split
    scores = np.where(truth, 0.6, np.where(inside, 0.8, 0.2)) + np.where(truth & inside, 0.3, 0.0)

    found = fairness(truth, scores, {"group": inside}, twins)["group"]

    assert found["items"] == 100
    assert [found[name]["value"] for name in ("subgroup", "bpsn", "bnsp")] == [1.0, 0.0, 1.0]


def test_a_group_whose_risky_texts_score_too_low_shows_in_bnsp(split):
    truth, inside, twins = split
    scores = np.where(truth, np.where(inside, 0.3, 0.9), np.where(inside, 0.1, 0.5))

    found = fairness(truth, scores, {"group": inside}, twins)["group"]

    assert [found[name]["value"] for name in ("subgroup", "bpsn", "bnsp")] == [1.0, 1.0, 0.0]


def test_a_group_with_few_texts_has_no_figures(split):
    truth, _, twins = split

    assert fairness(truth, truth.astype(float), {"few": np.arange(200) < 18}, twins) == {}


def test_curves_are_drawn_the_same_each_time(tmp_path, split):
    truth, _, _ = split
    scores = np.random.default_rng(1).random(200)

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw(tmp_path / name, truth, scores, ["en"] * 100 + ["ur"] * 100, ["en"])

    drawn = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert drawn == ["precision_recall.svg", "reliability.svg", "roc.svg"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in drawn)
