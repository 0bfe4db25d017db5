"""A scan's result file built by hand, and one of the shipped samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "data_samples" / "samples.jsonl"

# An emoji before the evidence, so that code points and UTF-16 code units differ.
TEXT = (
    "🚨😢 They keep my passport, no salary for 4 months.\r\n"
    "Call 0300-1234567 or 03001234567, ops@example.com, @Agent_x, https://wa.me/923001234567, licence 0123/LHR. PK to TR."
)


def finding(text, name, quote, score=0.8):
    start = text.index(quote)
    evidence = {
        "start": start, "end": start + len(quote), "quote": quote, "segment": 0, "source": "rule", "score": score,
        "rule_id": "x", "experiencer": "self",
    }  # fmt: skip
    return {"id": name, "score": score, "phase": "destination", "evidence": [evidence], "law": [], "ilo": None}


def entity(text, entity_type, quote, value, **details):
    start = text.index(quote)
    return {
        "type": entity_type,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "value": value,
        "details": details,
    }


def assessment(text, *, tier="high", indicators=(), entities=(), suppressed=(), language="en"):
    return {
        "schema_version": 1, "id": "x", "kind": "message",
        "language": {"code": language, "confidence": 1.0, "parts": [{"code": language, "share": 1.0}]},
        "tier": tier, "reason": "Trafficking 0.99 is above the high threshold 0.92.", "urgent": True,
        "scores": {"trafficking": 0.9876, "smuggling": 0.0021}, "indicators": list(indicators), "dimensions": [],
        "elements": {"act": [], "means": [], "purpose": [], "child": False, "complete": False},
        "suppressed": list(suppressed), "entities": list(entities), "warnings": [],
        "versions": {"tip_nlp": "0.1.0", "model": "m/1", "rules": "r", "taxonomy": "t"},
    }  # fmt: skip


def line(number, text, found, *, duplicate_of=None, campaign=None, own_id=None, **row):
    record = {
        "id": own_id or f"row-{number}", "source": "/home/zq-analyst/ads.jsonl", "number": number, "columns": ["text"],
        "rank": None, "duplicate_of": duplicate_of, "campaign": campaign, "campaign_size": 2 if campaign else 0,
    }  # fmt: skip
    return {"text": text, **row, "record": record, "assessment": found}


def write(path, lines):
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


def risky():
    indicators = [
        finding(TEXT, "document_retention", "keep my passport"),
        finding(TEXT, "wage_withholding", "no salary"),
    ]
    entities = [
        entity(TEXT, "phone", "0300-1234567", "+923001234567", country="PK", platform="whatsapp"),
        entity(TEXT, "phone", "03001234567", "+923001234567", country="PK"),
        entity(TEXT, "email", "ops@example.com", "ops@example.com"),
        entity(TEXT, "handle", "@Agent_x", "@agent_x", platform="telegram"),
        entity(TEXT, "link", "https://wa.me/923001234567", "https://wa.me/923001234567", phone="+923001234567"),
        entity(TEXT, "licence", "0123/LHR", "0123/LHR", kind="licence", status="expired"),
        entity(TEXT, "place", "PK", "PK", country="PK"),
        entity(TEXT, "place", "TR", "Istanbul", country="TR", latitude="41.0", longitude="29.0"),
    ]
    return assessment(TEXT, indicators=indicators, entities=entities)


@pytest.fixture
def results(tmp_path):
    """Five rows: a risky text, the same again, one of its campaign, a text without indicators, and a failed row."""
    other = "Formula here: =1+1 they keep my passport"
    quoted = assessment(
        other, tier="watch", indicators=[finding(other, "document_retention", "=1+1 they keep my passport")]
    )
    calm = "Cook wanted 🍲, weekly day off. Nobody will keep your passport."
    denied = {"id": "document_retention", "reason": "negated"}
    denied["evidence"] = finding(calm, "x", "Nobody will keep your passport")["evidence"][0]
    failed = line(5, "", None)
    del failed["assessment"]
    return write(
        tmp_path / "results.jsonl",
        [
            line(1, TEXT, risky(), campaign="c1", date="2026-03-04"),
            line(2, TEXT, risky(), campaign="c1", duplicate_of="row-1"),
            line(3, other, quoted, campaign="c1", own_id="=cmd()"),
            line(4, calm, assessment(calm, tier="none", suppressed=[denied])),
            failed | {"error": "no text"},
        ],
    )


@pytest.fixture(scope="session")
def sample_results(analyzer, tmp_path_factory):
    """Five of the shipped samples, as the shipped model assesses them."""
    samples = [json.loads(each) for each in SAMPLES.read_text(encoding="utf-8").splitlines()][::20]
    found = analyzer.assess_batch([each["text"] for each in samples], kinds=[each["kind"] for each in samples])
    lines = [
        line(n, s["text"], a.to_dict(), own_id=s["id"]) for n, (s, a) in enumerate(zip(samples, found, strict=True), 1)
    ]
    return write(tmp_path_factory.mktemp("samples") / "results.jsonl", lines)
