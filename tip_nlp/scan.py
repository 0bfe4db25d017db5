"""Scan a stream of records: either assessed as they come, or through a journal that survives any interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.errors import InputError
from tip_nlp.journal import Journal, Text
from tip_nlp.records import Record
from tip_nlp.results.result import Result

CHUNK = 256  # texts assessed together; part of what makes a score repeatable to the last digit

Outcome = dict[str, Any] | str
# Assesses chunks of texts, yielding each chunk with its outcomes, in any order.
Engine = Callable[[Iterable[list[Text]]], Iterator[tuple[list[Text], list[Outcome]]]]


def stream(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[Result]:
    """Yield every record with its assessment, or with the reason why there is none, as they come."""
    rest = iter(records)
    while chunk := list(islice(rest, CHUNK)):
        usable = [record for record in chunk if record.error is None]
        outcomes = iter(assess(analyzer, usable))
        for record in chunk:
            yield _result(record, next(outcomes)) if record.error is None else Result(record, None)


def _result(record: Record, outcome: Outcome) -> Result:
    if isinstance(outcome, str):
        return Result(record.failed(outcome), None)
    return Result(record, outcome)


def assess(analyzer: Analyzer, records: Sequence[Record]) -> list[Outcome]:
    """The assessment of each record in its JSON shape, or why there is none."""
    try:
        found = analyzer.assess_batch(
            [record.text for record in records],
            kinds=[record.kind for record in records],
            ids=[record.id for record in records],
        )
        return [assessment.to_dict() for assessment in found]
    except InputError as error:
        if len(records) == 1:
            return [str(error)]
    # One text of the chunk cannot be read: take them one by one, so that it costs only itself.
    return [outcome for record in records for outcome in assess(analyzer, [record])]


def local_engine(analyzer: Analyzer) -> Engine:
    """Assess in this process, chunk after chunk."""

    def run(chunks: Iterable[list[Text]]) -> Iterator[tuple[list[Text], list[Outcome]]]:
        for chunk in chunks:
            yield chunk, assess(analyzer, [text.record for text in chunk])

    return run


def fill(journal: Journal, engine: Engine, advance: Callable[[int], None]) -> None:
    """Assess what the journal still lacks; ``advance`` hears how many texts were done."""
    for texts, outcomes in engine(journal.pending(CHUNK)):
        journal.store(texts, outcomes)
        advance(len(texts))
