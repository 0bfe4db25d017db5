"""Columns of IOM's Human Trafficking Case Data Standard (HTCDS 2.0, CC BY 4.0).

Mapped are the seventeen ``MethodsOfControl…`` fields: TRUE where the assessment has an indicator whose closest field
in the taxonomy that is, and empty otherwise. Empty means not known, never "no": a text that does not mention something
says nothing about it. Nothing else of the standard is filled in, least of all the person: a flagged text is an
advertisement, a message or a call, **not a victim record**. A case worker decides whether there is a case, opens it,
and takes over what holds. The columns ``tip_…`` are not of the standard; they lead back to the text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from tip_nlp.exports.source import assessed, document_id, evidence, one_line
from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result
from tip_nlp.results.writing import no_formula
from tip_nlp.taxonomy import HtcdsField, load_taxonomy
from tip_nlp.types import Tier

FIELDS: tuple[str, ...] = tuple(field for field in get_args(HtcdsField) if field)
REFERENCE = (
    "tip_document", "tip_id", "tip_source", "tip_row", "tip_date", "tip_language", "tip_kind", "tip_tier",
    "tip_indicators", "tip_evidence",
)  # fmt: skip


def write_htcds(results: Path, target: Path, least: Tier) -> None:
    """One CSV file, a row for each text, with REFERENCE and then FIELDS as columns."""
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, [*REFERENCE, *FIELDS], restval="")
        writer.writeheader()
        writer.writerows(_rows(results, least))


def _rows(results: Path, least: Tier) -> Iterator[dict[str, Any]]:
    taxonomy = load_taxonomy()
    fields = {indicator.id: indicator.htcds for indicator in taxonomy.indicators if indicator.htcds}
    for result, found in assessed(results, least, duplicates=False):
        present = [each["id"] for each in found["indicators"]]
        yield _reference(result, found) | {fields[name]: "TRUE" for name in present if name in fields}


def _reference(result: Result, found: dict[str, Any]) -> dict[str, Any]:
    day = posted(result.record)
    return {
        "tip_document": str(document_id(result)),
        "tip_id": no_formula(one_line(result.record.id)),
        "tip_source": no_formula(one_line(result.record.source)),
        "tip_row": result.record.number,
        "tip_date": day.isoformat() if day else "",
        "tip_language": found["language"]["code"],
        "tip_kind": found["kind"],
        "tip_tier": found["tier"],
        "tip_indicators": "; ".join(each["id"] for each in found["indicators"]),
        "tip_evidence": no_formula(evidence(found)),
    }
