import json

import pytest

from tests.report.made import line
from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError
from tip_nlp.results.reading import read_results


def write(tmp_path, *lines):
    path = tmp_path / "result.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("part", ["kind", "language", "tier", "scores", "indicators", "entities", "versions", "reason"])
def test_a_line_with_a_shortened_assessment_is_named(tmp_path, part):
    short = line("b")
    del short["assessment"][part]

    with pytest.raises(InputError, match=r"result\.jsonl line 2: not a line that"):
        list(read_results(write(tmp_path, line("a"), short)))


@pytest.mark.parametrize(
    "change",
    [
        {"indicators": [{"id": "x"}]},
        {"tier": "extreme"},
        {"entities": {}},
        {"language": {"code": "en"}},
        {"scores": {}},
    ],
)
def test_a_line_with_a_part_of_another_shape_is_named(tmp_path, change):
    odd = line("a")
    odd["assessment"] |= change

    with pytest.raises(InputError, match="line 1"):
        list(read_results(write(tmp_path, odd)))


def test_parts_unknown_to_this_version_are_kept(tmp_path):
    newer = line("a")
    newer["assessment"]["shade"] = "blue"

    assert next(read_results(write(tmp_path, newer))).assessment["shade"] == "blue"


def test_a_campaign_of_before_histories_has_none(tmp_path):
    (found,) = read_results(write(tmp_path, line("a", campaign="c-1")))

    assert found.campaign == "c-1"
    assert found.history == History()


def test_a_history_of_another_shape_is_named(tmp_path):
    odd = line("a", campaign="c-1")
    odd["record"]["campaign_merged_from"] = None

    with pytest.raises(InputError, match="line 1"):
        list(read_results(write(tmp_path, odd)))


def test_a_line_too_deep_to_be_read_is_named(tmp_path):
    (tmp_path / "result.jsonl").write_text('{"a": ' + "[" * 100_000, encoding="utf-8")

    with pytest.raises(InputError, match=r"line 1: .*RecursionError"):
        list(read_results(tmp_path / "result.jsonl"))
