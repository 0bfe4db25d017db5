"""Rows of a result made by hand."""

VERSIONS = {"tip_nlp": "0.1.0", "model": "m/1", "rules": "r1", "taxonomy": "2026.11.1"}


def evidence(text, quote, source="rule"):
    start = text.index(quote)
    return {
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "segment": 0,
        "source": source,
        "score": 0.6,
        "rule_id": None,
        "experiencer": "self",
    }


def finding(text, quote, id="document_retention", score=0.9):
    return {
        "id": id,
        "score": score,
        "phase": "destination",
        "evidence": [evidence(text, quote)],
        "law": ["PTPA-2018 s.4(c)"],
        "ilo": 7,
    }


def entity(type, value, start=0, **details):
    return {"type": type, "start": start, "end": start + 1, "quote": "x", "value": value, "details": details}


def line(
    id="a",
    text="They keep my passport.",
    *,
    tier="high",
    score=0.95,
    quote=None,
    indicator="document_retention",
    language="en",
    kind="message",
    urgent=False,
    entities=(),
    suppressed=(),
    campaign=None,
    duplicate_of=None,
    **columns,
):
    flagged = tier != "none"
    quote = quote or text
    assessment = {
        "schema_version": 1, "id": id, "kind": kind,
        "language": {"code": language, "confidence": 1.0, "parts": []},
        "tier": tier, "urgent": urgent,
        "reason": f"Trafficking {score:.2f} is above the {tier} threshold 0.92." if flagged else "No score is above the watch threshold 0.51; the highest is trafficking 0.01.",
        "scores": {"trafficking": score if flagged else 0.01, "smuggling": 0.02},
        "indicators": [finding(text, quote, indicator)] if flagged else [],
        "dimensions": [], "elements": {"act": [], "means": [], "purpose": [], "child": False, "complete": False},
        "suppressed": list(suppressed), "entities": list(entities), "warnings": [], "versions": VERSIONS,
    }  # fmt: skip
    record = {
        "id": id,
        "source": "ads.csv",
        "number": 1,
        "columns": ["text"],
        "rank": None,
        "duplicate_of": duplicate_of,
        "campaign": campaign,
        "campaign_size": 0,
    }
    return {"id": id, "text": text, **columns, "record": record, "assessment": assessment}
