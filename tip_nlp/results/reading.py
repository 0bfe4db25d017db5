"""Results read back from a scan's JSONL file, for reports, exports and figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError
from tip_nlp.records import Record, Row, joined
from tip_nlp.results.result import Result, TextKey
from tip_nlp.results.shape import check_shape
from tip_nlp.results.writing import JSON_ADDED, original


class Place(NamedTuple):
    """Where a result stands in its file: the line's number, from 1, and its first byte."""

    line: int
    start: int


def read_results(path: Path) -> Iterator[Result]:
    """The results of a scan that wrote .jsonl, in order.

    InputError names the line that is no result of a scan.
    """
    return (result for _, result in read_placed(path))


def read_placed(path: Path) -> Iterator[tuple[Place, Result]]:
    """As :func:`read_results`, each with its place."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with path.open("rb") as stream:
        start = 0
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield Place(number, start), _result(path, number, line)
            start += len(line)


def read_at(path: Path, places: Iterable[Place]) -> Iterator[Result]:
    """The results at places that :func:`read_placed` gave."""
    with path.open("rb") as stream:
        for place in places:
            stream.seek(place.start)
            yield _result(path, place.line, stream.readline())


def _result(path: Path, number: int, line: bytes) -> Result:
    try:
        row: Row = json.loads(line.decode("utf-8", "surrogateescape"))
        origin = row.pop("record")
        assessment, error = row.pop("assessment", None), row.pop("error", None)
        row = {original(name, JSON_ADDED): value for name, value in row.items()}
        if assessment is not None:
            check_shape(assessment)
        columns = tuple(origin["columns"])
        text = joined(row, columns) if assessment is not None else ""
        record = Record(
            origin["source"], origin["number"], row, origin["id"], text, None, error, columns, _date_column(origin)
        )
        links = {name: origin[name] for name in ("rank", "duplicate_of", "campaign", "campaign_size")}
        links |= {"first": _first(origin), "history": History.from_dict(origin, "campaign_")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise InputError(
            f"{path} line {number}: not a line that `tip-nlp scan -o FILE.jsonl` wrote ({type(fault).__name__})"
        ) from None
    return Result(record, assessment, **links)


def _date_column(origin: dict[str, Any]) -> str | None:
    name = origin.get("date_column")
    if name is not None and not isinstance(name, str):
        raise TypeError
    return name


def _first(origin: dict[str, Any]) -> TextKey | None:
    if "duplicate_of_number" not in origin:  # written when ids alone named rows
        return "", origin["duplicate_of"] or origin["id"]
    return None if origin["duplicate_of"] is None else (origin["duplicate_of_source"], origin["duplicate_of_number"])
