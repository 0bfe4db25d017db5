import json

import pytest

from training.evaluate import _known_parts

HEAD = {"model": "m/1", "test_digest": "abc"}
PARTS = ("tiers", "real", "registers")


@pytest.fixture
def target(tmp_path):
    report = HEAD | {"tiers": {"a": 1}, "real": {"b": 2}}
    (tmp_path / "evaluation.json").write_text(json.dumps(report), encoding="utf-8")
    return tmp_path


def test_all_parts_are_measured_unless_some_are_named(target):
    assert _known_parts(target, HEAD, PARTS, []) == {}
    assert _known_parts(target, HEAD, PARTS, ["real", "registers"]) == {"tiers": {"a": 1}}


def test_a_report_of_another_model_or_split_is_not_patched(target):
    with pytest.raises(SystemExit, match="another test_digest: measure all parts"):
        _known_parts(target, HEAD | {"test_digest": "def"}, PARTS, ["real"])


def test_an_unknown_part_is_named_with_those_there_are(target):
    with pytest.raises(SystemExit, match="is called tears; there are tiers, real, registers"):
        _known_parts(target, HEAD, PARTS, ["tears"])
