"""Scans' result files built by hand."""

from __future__ import annotations

import json

import pytest

TEXT = "They keep my passport, call 0300-1234567. Unmistakable words."


def line(number, *, tier="high", language="en", indicators=(), places=(), duplicate_of=None, text=TEXT, **row):
    """A row; ``places`` are (value, country)."""
    evidence = {
        "start": 0,
        "end": 21,
        "quote": text[:21],
        "segment": 0,
        "source": "rule",
        "score": 0.9,
        "rule_id": "x",
        "experiencer": "self",
    }
    phone = {
        "type": "phone",
        "start": 28,
        "end": 40,
        "quote": text[28:40],
        "value": "+923001234567",
        "details": {"country": "PK"},
    }
    found = {
        "kind": "ad", "tier": tier, "language": {"code": language, "confidence": 1.0, "parts": []},
        "indicators": [{"id": each, "score": 0.9, "evidence": [evidence]} for each in indicators],
        "entities": [phone]
        + [{"type": "place", "start": 0, "end": 1, "quote": text[:1], "value": v, "details": {"country": c}} for v, c in places],
        "reason": "x", "urgent": False, "scores": {"trafficking": 0.9, "smuggling": 0.0}, "dimensions": [],
        "elements": {}, "suppressed": [], "warnings": [], "versions": {},
    }  # fmt: skip
    record = {
        "id": f"secret-{number}", "source": "/home/zq-analyst/ads.jsonl", "number": number, "columns": ["text"], "rank": None,
        "duplicate_of": duplicate_of, "campaign": "c9", "campaign_size": 2,
    }  # fmt: skip
    return {"text": text, **row, "record": record, "assessment": found}


@pytest.fixture
def write(tmp_path):
    def written(lines):
        path = tmp_path / "results.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
        return path

    return written


@pytest.fixture
def row():
    return line


@pytest.fixture
def scanned(write):
    """70 texts, with 5 repeated rows and a failed one."""
    lines = [line(n, tier="none", date="2026-01-05") for n in range(30)]
    lines += [
        line(
            n,
            indicators=["deception", "isolation"],
            places=[("PK", "PK"), ("Istanbul", "TR"), ("TR", "TR")],
            posted_at="2026-02-01T10:00:00Z",
        )
        for n in range(30, 55)
    ]
    lines += [
        line(
            n,
            tier="watch",
            language="ur",
            indicators=["isolation"],
            places=[("TR", "TR"), ("PK", "PK")],
            timestamp=1_770_000_000,
        )
        for n in range(55, 67)
    ]
    lines += [
        line(n, tier="elevated", language="ps", indicators=["organ_removal"], places=[("AF", "AF")])
        for n in range(67, 70)
    ]
    lines += [line(n, duplicate_of="secret-30", indicators=["deception"]) for n in range(70, 75)]
    failed = line(75)
    del failed["assessment"]
    return write([*lines, failed | {"error": "no text"}])
