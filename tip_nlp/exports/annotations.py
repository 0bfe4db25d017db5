"""Spans for annotation tools, and what reviewers make of them as records of the training corpus.

Labels are the indicators, and the reasons why words that look like one do not count (``negated``, ``question`` …).
Offsets in Python, in a scan's results and in the corpus count Unicode code points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from tip_nlp.errors import InputError
from tip_nlp.exports.source import document_id, one_line, origin, writable
from tip_nlp.results.result import Result
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Reason

INDICATORS: tuple[str, ...] = load_taxonomy().ids
REASONS: tuple[str, ...] = get_args(Reason)
LABELS = (*INDICATORS, *REASONS)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of a text, in code points, the end excluded; ``score`` 0..1."""

    start: int
    end: int
    label: str
    score: float = 1.0


def spans(found: dict[str, Any]) -> list[Span]:
    """The evidence of an assessment, in order; the same stretch and label once, with its best score."""
    marked = [(each["id"], quote) for each in found["indicators"] for quote in each["evidence"]]
    marked += [(each["reason"], each["evidence"]) for each in found["suppressed"]]
    best: dict[tuple[int, int, str], float] = {}
    for label, quote in marked:
        key = quote["start"], quote["end"], label
        best[key] = max(best.get(key, 0.0), quote["score"])
    return sorted(Span(*key, score) for key, score in best.items())


def described(result: Result, found: dict[str, Any]) -> dict[str, str]:
    """What a task must carry for its review to become a record."""
    parts = found["language"]["parts"]
    mixed = found["language"]["code"] == "mixed" and parts
    identity = str(document_id(result))
    return {
        "document": identity,
        "name": f"{one_line(result.record.id)} ({origin(result)})",
        # Texts of one campaign must not be split between training and test.
        "group": one_line(f"reviewed-{result.campaign or identity[:13]}"),
        "kind": found["kind"],
        "language": max(parts, key=lambda part: part["share"])["code"] if mixed else found["language"]["code"],
        "experiencer": _experiencer(found),
        "tier": found["tier"],
    }


def _experiencer(found: dict[str, Any]) -> str:
    told = Counter(quote["experiencer"] for each in found["indicators"] for quote in each["evidence"])
    return str(told.most_common(1)[0][0]) if told else "self"


def text_of(result: Result) -> str:
    """The text as every tool can hold it; offsets stay."""
    return writable(result.record.text)


def reviewed(text: str, task: dict[str, Any], found: Iterable[Span]) -> dict[str, Any]:
    """A record of the training corpus.

    Its status is ``affirmed`` where an indicator is marked, else the first reason marked, else ``ordinary``.
    InputError: an unknown label, an offset outside the text, or a task without what :func:`described` gave it.
    """
    marked = sorted(found)
    for span in marked:
        if span.label not in LABELS:
            raise InputError(f"task {task.get('name')!r}: unknown label {span.label!r}; use {', '.join(LABELS)}")
        if not 0 <= span.start < span.end <= len(text):
            raise InputError(
                f"task {task.get('name')!r}: {span.start} to {span.end} does not fit a text of {len(text)} characters"
            )
    missing = [name for name in ("group", "kind", "language", "experiencer") if not isinstance(task.get(name), str)]
    if missing:
        raise InputError(f"a task lacks {', '.join(missing)}; review tasks that `tip-nlp export` wrote")
    indicators = _quotes(text, marked)
    reason = next((span.label for span in marked if span.label in REASONS), "ordinary")
    return {
        "group": task["group"],
        "scenario": f"reviewed {task.get('name', '')}".strip(),
        "kind": task["kind"],
        "language": task["language"],
        "status": "affirmed" if indicators else reason,
        "experiencer": task["experiencer"],
        "text": text,
        "indicators": indicators,
    }


def _quotes(text: str, marked: Sequence[Span]) -> dict[str, list[str]]:
    quotes: dict[str, list[str]] = {}
    for span in marked:
        if span.label in INDICATORS:
            quote = text[span.start : span.end]
            quotes.setdefault(span.label, [])
            quotes[span.label] += [] if quote in quotes[span.label] else [quote]
    return quotes


class Utf16:
    """A text's offsets in UTF-16 code units, as a browser counts: a character beyond U+FFFF (most emoji) is two."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        for character in text:
            self._starts.append(self._starts[-1] + 1 + (character > "\uffff"))
        self._points = {start: point for point, start in enumerate(self._starts)}

    def __call__(self, point: int) -> int:
        """Code units before a code point."""
        return self._starts[point]

    def point(self, unit: int) -> int | None:
        """Code points before a code unit; None inside a character or outside the text."""
        return self._points.get(unit)


def occurrences(text: str, quote: str) -> Iterator[int]:
    """Where the quote begins."""
    place = text.find(quote)
    while quote and place >= 0:
        yield place
        place = text.find(quote, place + 1)
