"""doccano: texts with labelled spans to review, and the reviewed ones read back.

A sequence labelling project of doccano counts offsets in UTF-16 code units, as its browser does (issue 2290 of
doccano/doccano): an emoji is two. Leave its option "Count grapheme clusters as one character" off, and switch "Allow
overlapping spans" on, since one stretch of text may show several indicators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tip_nlp.errors import InputError
from tip_nlp.exports.annotations import Span, Utf16, described, reviewed, spans, text_of
from tip_nlp.exports.source import assessed
from tip_nlp.results.result import Result
from tip_nlp.types import Tier


def write_doccano(results: Path, target: Path, least: Tier) -> None:
    """One JSONL file: ``text``, ``label`` as [[start, end, label]], and what the review needs as metadata."""
    with target.open("w", encoding="utf-8") as stream:
        for result, found in assessed(results, least, duplicates=False):
            stream.write(json.dumps(_line(result, found), ensure_ascii=False) + "\n")


def _line(result: Result, found: dict[str, Any]) -> dict[str, Any]:
    text = text_of(result)
    unit = Utf16(text)
    labels = [[unit(span.start), unit(span.end), span.label] for span in spans(found)]
    return {"text": text, "label": labels} | described(result, found)


def read_doccano(path: Path) -> Iterator[dict[str, Any]]:
    """Records of the training corpus from doccano's export (JSONL of one reviewer, or all.jsonl), one for each line.

    doccano exports every text, reviewed or not, unless told to export only approved ones: tell it. InputError: another
    format, or a span that does not fit its text.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line.strip()]
        if not all(isinstance(row["text"], str) and isinstance(row["label"], list) for row in rows):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a JSONL export of a sequence labelling project of doccano") from error
    for row in rows:
        task = row.get("meta") or row.get("metadata") or {}
        yield reviewed(row["text"], row | task, _spans(row))


def _spans(row: dict[str, Any]) -> Iterator[Span]:
    units = Utf16(row["text"])
    for first, last, label in row["label"]:
        start, end = units.point(first), units.point(last)
        if start is None or end is None:
            raise InputError(
                f"task {row.get('name')!r}: {first} to {last} cuts a character or lies outside the text; "
                'switch "Count grapheme clusters as one character" off in doccano'
            )
        yield Span(start, end, label)
