"""Text of strangers made safe to show: evidence marked, everything else escaped by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import regex

LONGEST_WHOLE = 8_000  # characters; longer texts are shown around their evidence
_CONTEXT = 400  # characters kept on each side of evidence in those
# Control characters but for line feed and tab, lone surrogates, and what is no character: no HTML can carry them.
_UNSHOWABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Style = Literal["", "rule", "model", "suppressed"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one style; ``ends`` are the numbers of the indicators whose evidence ends with it, and
    ``left_out`` counts characters not shown after it."""

    text: str
    style: Style = ""
    ends: tuple[int, ...] = ()
    left_out: int = 0


def showable(text: str) -> str:
    """Replace, one for one, what HTML cannot carry."""
    return _UNSHOWABLE.sub("\ufffd", text)


def mark(text: str, findings: Sequence[dict[str, Any]], suppressed: Sequence[dict[str, Any]]) -> list[Run]:
    """Cut a text where evidence begins or ends. Indicators are numbered from 1 in the order of ``findings``."""
    spans = [
        (each["start"], each["end"], each["source"], n) for n, f in enumerate(findings, 1) for each in f["evidence"]
    ]
    spans += [(each["evidence"]["start"], each["evidence"]["end"], "suppressed", 0) for each in suppressed]
    cuts = sorted({0, len(text), *(min(place, len(text)) for span in spans for place in span[:2])})
    runs = [_run(text, start, end, spans) for start, end in zip(cuts, cuts[1:], strict=False)]
    return runs if len(text) <= LONGEST_WHOLE else [short for run in runs for short in _shortened(run)]


def _run(text: str, start: int, end: int, spans: Sequence[tuple[int, int, Style, int]]) -> Run:
    covering = {style for first, last, style, _ in spans if first <= start and end <= last}
    style: Style = next((known for known in ("rule", "model", "suppressed") if known in covering), "")
    ends = sorted({number for first, last, _, number in spans if number and last == end and first < end})
    return Run(showable(text[start:end]), style, tuple(ends))


def _shortened(run: Run) -> list[Run]:
    """An unmarked stretch without its middle."""
    left_out = len(run.text) - 2 * _CONTEXT
    if run.style or left_out <= _CONTEXT:
        return [run]
    return [Run(run.text[:_CONTEXT], left_out=left_out), Run(run.text[-_CONTEXT:], ends=run.ends)]
