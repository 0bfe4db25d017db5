"""Results read back from a scan's JSONL file, for reports, exports and figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tip_nlp.errors import InputError
from tip_nlp.records import Record, Row, joined
from tip_nlp.results.result import Result, TextKey
from tip_nlp.results.shape import check_shape
from tip_nlp.results.writing import JSON_ADDED, original


def read_results(path: Path) -> Iterator[Result]:
    """The results of a scan that wrote .jsonl, in order.

    InputError names the line that is no result of a scan.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with path.open(encoding="utf-8", errors="surrogateescape") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield _result(path, number, line)


def _result(path: Path, number: int, line: str) -> Result:
    try:
        row: Row = json.loads(line)
        origin = row.pop("record")
        assessment, error = row.pop("assessment", None), row.pop("error", None)
        row = {original(name, JSON_ADDED): value for name, value in row.items()}
        if assessment is not None:
            check_shape(assessment)
        columns = tuple(origin["columns"])
        text = joined(row, columns) if assessment is not None else ""
        record = Record(origin["source"], origin["number"], row, origin["id"], text, None, error, columns)
        links = {name: origin[name] for name in ("rank", "duplicate_of", "campaign", "campaign_size")}
        links["first"] = _first(origin)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise InputError(
            f"{path} line {number}: not a line that `tip-nlp scan -o FILE.jsonl` wrote ({type(fault).__name__})"
        ) from None
    return Result(record, assessment, **links)


def _first(origin: dict[str, Any]) -> TextKey | None:
    if "duplicate_of_number" not in origin:  # written when ids alone named rows
        return "", origin["duplicate_of"] or origin["id"]
    return None if origin["duplicate_of"] is None else (origin["duplicate_of_source"], origin["duplicate_of_number"])
