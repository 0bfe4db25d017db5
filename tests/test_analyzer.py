import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tip_nlp import Analyzer, InputError, Settings
from tip_nlp.types import SCHEMA_VERSION, TIERS

RISKY = "My employer has kept my p@ssp0rt for five months, does not pay my salary and locks the door at night."
HELD = (
    "The owner keeps my passport in his safe, we get no wage since spring, and whoever asks to go home is shut in "
    "the store room."
)


def test_assess_explains_itself(analyzer):
    found = analyzer.assess(RISKY, kind="message", id="x")

    named = {each.id: each for each in found.indicators}
    assert {"document_retention", "wage_withholding"} <= set(named)
    assert found.tier in ("elevated", "high")
    assert any("p@ssp0rt" in e.quote for e in named["document_retention"].evidence)
    assert named["document_retention"].law == ("PTPA-2018 s.4(c)",)
    assert named["document_retention"].ilo == 7
    assert found.scores["trafficking"] > found.scores["smuggling"]


def test_assess_reports_what_does_not_count(analyzer):
    found = analyzer.assess("Operator: Has your employer kept your passport?\nCaller: No, it is with me.")

    assert found.kind == "transcript"
    assert [(s.id, s.reason) for s in found.suppressed] == [("document_retention", "negated")]
    assert "document_retention" not in {each.id for each in found.indicators}


def test_assessment_has_the_documented_shape(analyzer):
    shape = analyzer.assess(RISKY).to_dict()

    assert list(shape) == [
        "schema_version", "id", "kind", "language", "tier", "reason", "urgent", "scores", "indicators", "dimensions",
        "elements", "suppressed", "entities", "warnings", "versions",
    ]  # fmt: skip
    assert shape["schema_version"] == SCHEMA_VERSION
    assert set(shape["indicators"][0]) == {"id", "score", "phase", "evidence", "law", "ilo"}
    assert set(shape["indicators"][0]["evidence"][0]) == {
        "start", "end", "quote", "segment", "source", "score", "rule_id", "experiencer",
    }  # fmt: skip
    assert set(shape["versions"]) == {"tip_nlp", "model", "rules", "taxonomy"}
    json.dumps(shape)


@pytest.mark.parametrize("sentences", range(6, 14))
def test_what_a_long_text_says_last_counts_wherever_its_passages_end(analyzer, sentences):
    calm = (
        "The bus was late again because of the rain, so we walked along the canal and bought oranges near the bridge. "
    )

    found = analyzer.assess(calm * sentences + HELD, kind="message")

    assert found.tier in ("elevated", "high")
    assert {"document_retention", "wage_withholding"} <= {each.id for each in found.indicators}


@pytest.mark.parametrize("filling", ["7 3 9 1 ", "xq zj vkw pf "])
def test_what_stands_behind_more_pieces_than_the_model_takes_counts(analyzer, filling):
    found = analyzer.assess(filling * (1_000 // len(filling)) + "\n" + HELD, kind="message")

    assert found.tier in ("elevated", "high")
    assert {"document_retention", "wage_withholding"} <= {each.id for each in found.indicators}


def test_batch_keeps_order_and_equals_one_by_one(analyzer):
    texts = [RISKY, "Cook wanted, weekly day off.", "", "مالک نے پاسپورٹ رکھ لیا ہے"]

    batch = analyzer.assess_batch(texts, ids=["a", "b", "c", "d"])

    assert [each.id for each in batch] == ["a", "b", "c", "d"]
    for text, together in zip(texts, batch, strict=True):
        alone = analyzer.assess(text, id=together.id)
        assert alone.tier == together.tier
        assert alone.scores == pytest.approx(together.scores, abs=0.05)


def test_blank_text_is_said_to_be_blank(analyzer):
    found = analyzer.assess(" \n")

    assert (found.tier, found.indicators) == ("none", ())
    assert "blank" in found.warnings[0]


def test_replaced_characters_are_said(analyzer):
    assert any("replaced" in warning for warning in analyzer.assess("job\x00 in Dubai").warnings)


def test_language_without_rules_is_said(analyzer):
    found = analyzer.assess("Merhaba, İstanbul'da otelde çalışacak temizlik görevlisi arıyoruz, maaş ve sigorta var.")

    assert found.language.code == "tr"
    assert "tr" in analyzer.rules.languages or any("no rules for language tr" in w for w in found.warnings)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"kinds": ["poem"]}, "poem"), ({"ids": []}, "0 entries for 1 texts"), ({"kinds": ["ad", "ad"]}, "2 entries")],
)
def test_batch_refuses_bad_arguments(analyzer, arguments, says):
    with pytest.raises(InputError, match=says):
        analyzer.assess_batch(["a text"], **arguments)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.sampled_from(["ad", "message", "transcript", None]))
def test_any_text_gives_exact_quotes(analyzer, text, kind):
    found = analyzer.assess(text + " " + RISKY, kind=kind)

    original = (text + " " + RISKY).replace("\x00", "\ufffd")
    evidence = [e for f in found.indicators for e in f.evidence] + [s.evidence for s in found.suppressed]
    assert all(e.quote == original[e.start : e.end] and e.start < e.end for e in evidence)
    assert found.tier in TIERS
    assert all(0.0 <= score <= 1.0 for score in found.scores.values())


def test_a_megabyte_is_assessed(analyzer):
    found = analyzer.assess(("The weather is fine today. " * 40_000)[:999_000])

    assert found.tier in TIERS


def test_load_takes_settings(tmp_path):
    from tip_nlp import ModelError

    with pytest.raises(ModelError, match="TIP_NLP_MODEL"):
        Analyzer.load(Settings(model=Path(tmp_path)))


def test_tier_has_a_reason_and_the_contacts_are_listed(analyzer):
    found = analyzer.assess(RISKY + " Agent 0300-0000123.")

    assert found.tier in found.reason
    assert [each.value for each in found.entities if each.type == "phone"] == ["+923000000123"]


def test_combination_points_to_the_indicators(analyzer):
    found = analyzer.assess(RISKY)
    ids = {each.id for each in found.indicators}

    assert {item.indicator for dimension in found.dimensions for item in dimension.items} <= ids
    assert {*found.elements.act, *found.elements.means, *found.elements.purpose} <= ids
    assert any(dimension.positive for dimension in found.dimensions)


def test_a_licence_list_that_is_named_must_be_there(tmp_path):
    with pytest.raises(InputError, match="none.csv"):
        Analyzer.load(Settings(licences=tmp_path / "none.csv"))
