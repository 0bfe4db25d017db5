import json

import pytest

from tip_nlp.settings import MODELS
from training.gate import (
    PARTS,
    SAMPLED,
    figures,
    load_floors,
    model_digest,
    pin,
    report_path,
    sample,
    sample_figures,
    shortfalls,
    split_digest,
    test_items,
)

test_items.__test__ = False  # a function of the gate, no test


@pytest.fixture(scope="module")
def report():
    return json.loads(report_path().read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def items():
    return test_items()


def test_a_figure_below_its_floor_and_a_floor_without_figure_are_named():
    floors = {"auroc": {"en": 0.9, "ur": 0.9}, "f1": {"deception": 0.5}}

    found = list(shortfalls({"auroc": {"en": 0.89, "ur": 0.9}}, floors))

    assert found == ["auroc of en: 0.8900, its floor is 0.9", "f1 of deception: not measured, its floor is 0.5"]


def test_floors_lie_a_margin_below_what_was_measured():
    written = pin({"auroc": {"en": 0.95}, "f1": {"deception": 0.02}, "sample": {"en": 0.93}}, {"sample": {"en": 0.925}})

    assert '"en" = 0.940' in written
    assert '"deception" = 0.000' in written
    assert '"en" = 0.925' in written  # never lowered


def test_the_evaluation_is_of_the_shipped_model_and_of_this_test_split(report, items, analyzer):
    assert report["model"] == analyzer.classifier.version
    assert report["model_digest"] == model_digest(MODELS / analyzer.classifier.version)
    assert report["test_digest"] == split_digest(items)


def test_no_language_and_no_indicator_falls_short_of_its_floor(report, analyzer):
    floors = load_floors()

    assert set(floors) == set(PARTS)
    assert set(floors["f1"]) == {*analyzer.taxonomy.ids, "macro"}
    assert {"all", *SAMPLED} <= set(floors["auroc"])
    assert list(shortfalls(figures(report), {part: floors[part] for part in ("auroc", "f1")})) == []


def test_the_model_as_it_is_served_now_does_not_fall_short(analyzer, items):
    chosen = sample(items)

    assert len(chosen) == 450
    assert list(shortfalls({"sample": sample_figures(analyzer, chosen)}, {"sample": load_floors()["sample"]})) == []
