import json

import pytest

from tip_nlp.errors import InputError
from tip_nlp.results.reading import read_results
from tip_nlp.review import CHANCE, DISAGREEMENT, UNCERTAIN, sample, teaches


def assessed(score, *by_rule, language="en"):
    quote = {"start": 0, "end": 4, "quote": "text", "experiencer": "self"}
    evidence = [quote | {"source": "rule", "score": each} for each in by_rule]
    evidence.append(quote | {"source": "model", "score": 0.99})
    return {
        "kind": "ad", "language": {"code": language, "parts": []}, "tier": "watch", "reason": "x", "urgent": False,
        "scores": {"trafficking": score, "smuggling": 0.0},
        "indicators": [{"id": "deception", "score": 0.99, "evidence": evidence}], "dimensions": [], "elements": {},
        "suppressed": [], "entities": [], "warnings": [], "versions": {},
    }  # fmt: skip


@pytest.fixture
def scan(tmp_path):
    """Writes lines as a scan does; each is (score, rule's score, language, links)."""

    def write(*rows):
        path = tmp_path / "scan.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            for number, (score, rule, language, links) in enumerate(rows):
                origin = {"id": str(number), "source": "x.csv", "number": number + 1, "columns": ["text"]}
                origin |= {"rank": 1, "duplicate_of": None, "campaign": None, "campaign_size": 0}
                row = {"text": links.pop("text", f"text {number}"), "record": origin | links}
                row["assessment"] = assessed(score, *([rule] if rule else []), language=language)
                stream.write(json.dumps(row) + "\n\n")
        return path

    return write


def ids(path):
    return {result.record.id for result in read_results(path)}


@pytest.mark.parametrize(
    ("assessment", "value", "why"),
    [
        (assessed(0.5), 1.0, UNCERTAIN),
        (assessed(0.95, 0.95), 0.19, UNCERTAIN),
        (assessed(0.05, 0.9), 0.85, DISAGREEMENT),
        (assessed(0.9), 0.9, DISAGREEMENT),  # the model alone
        (assessed(0.0), 0.0, UNCERTAIN),
    ],
)
def test_what_is_open_or_disputed_teaches(assessment, value, why):
    assert teaches(assessment) == (pytest.approx(value), why)


def test_a_sample_takes_languages_in_turns_and_each_text_and_campaign_once(scan, tmp_path):
    rows = [
        (0.5, None, "en", {}),
        (0.4, None, "en", {}),
        (0.02, None, "ur", {}),
        (0.5, None, "en", {"text": "text 0"}),
    ]
    rows += [(0.3, None, "ps", {"campaign": "c"}), (0.5, None, "ps", {"campaign": "c"}), (0.0, None, "en", {})]
    path, target = scan(*rows), tmp_path / "sample.jsonl"

    counts = sample(path, target, count=3, at_random=0)

    assert ids(target) == {"0", "2", "4"}
    assert counts == {UNCERTAIN: 3}
    assert sample(path, target, count=100, at_random=0) == {UNCERTAIN: 5}


def test_lines_are_as_the_scan_wrote_them_and_part_is_drawn_at_random(scan, tmp_path):
    path, target = scan(*[(0.5 if number < 10 else 0.0, None, "en", {}) for number in range(200)]), tmp_path / "s.jsonl"

    counts = sample(path, target, count=20, at_random=0.5, seed=3)
    first = target.read_bytes()
    sample(path, target, count=20, at_random=0.5, seed=3)

    assert counts == {UNCERTAIN: 10, CHANCE: 10}
    assert target.read_bytes() == first
    assert set(first.splitlines()) < set(path.read_bytes().splitlines())
    assert len(ids(target)) == 20
    sample(path, target, count=20, at_random=0.5, seed=4)
    assert ids(target) >= {str(number) for number in range(10)}
    assert target.read_bytes() != first


@pytest.mark.parametrize(
    ("name", "share", "says"),
    [("s.csv", 0.2, "written as .jsonl"), ("scan.jsonl", 0.2, "is also an input"), ("s.jsonl", 1.5, "between 0 and 1")],
)
def test_what_cannot_be_done_is_said(scan, tmp_path, name, share, says):
    with pytest.raises(InputError, match=says):
        sample(scan((0.5, None, "en", {})), tmp_path / name, count=1, at_random=share)
