"""Scan a stream of records: assessed in chunks, yielded in order, nothing dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from tip_nlp.analyzer import Analyzer
from tip_nlp.errors import InputError
from tip_nlp.records import Record
from tip_nlp.types import Assessment

CHUNK = 256


def scan(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[tuple[Record, Assessment | str]]:
    """Yield every record with its assessment, or with the reason why there is none."""
    stream = iter(records)
    while chunk := list(islice(stream, CHUNK)):
        usable = [record for record in chunk if record.error is None]
        outcomes = iter(_assess(analyzer, usable))
        for record in chunk:
            yield record, record.error if record.error is not None else next(outcomes)


def _assess(analyzer: Analyzer, records: list[Record]) -> list[Assessment | str]:
    try:
        return [
            *analyzer.assess_batch(
                [record.text for record in records],
                kinds=[record.kind for record in records],
                ids=[record.id for record in records],
            )
        ]
    except InputError as error:
        if len(records) == 1:
            return [str(error)]
    # One text of the chunk cannot be read: take them one by one, so that it costs only itself.
    return [outcome for record in records for outcome in _assess(analyzer, [record])]
