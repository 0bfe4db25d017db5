"""Segments: a few sentences of an ad or message; in a transcript a caller's turn with the question it answers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

from tip_nlp.types import Kind, ModelText, Segment

# About 80 pieces of the classifier's tokenizer: long enough for a situation, short enough to point at.
_TARGET = 320
_LONGEST = 480

_SENTENCE = regex.compile(r"[^.!?۔؟।॥\n]*(?:[.!?۔؟।॥]+[\"'”’)\]]*(?=\s|$)|\n+|[.!?۔؟।॥]+)?")
# "Operator:", "[00:12] OPERATOR 2:", "**Caller (female):**": at the start of a line, or after a sentence where the
# ends of lines were lost.
_LABEL = regex.compile(
    r"(?P<line>^)?(?:(?<=[.!?۔؟…][\"'”]?[^\S\n])|(?<=^))[^\S\n]*"
    r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?[^\S\n]*[-–]?[^\S\n]*)?[*_]{0,2}"
    r"(?P<name>[\p{L}\p{M}][\p{L}\p{M} ]{0,24}?)[^\S\n]*\d{0,2}[^\S\n]*(?:\([^()\n]{1,20}\))?[*_]{0,2}"
    r"[^\S\n]*(?:[:：]|(?<=\s)[-–](?=\s))[*_]{0,2}[^\S\n]*",
    regex.MULTILINE,
)
# About 350 pieces: what the classifier reads in one go, so that what only the whole says is heard too.
_PASSAGE = 1_200
_QUESTION = 200  # of a long operator turn its end is kept: that is what the caller answers


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's words at ``start:end`` of the normalised text, label left out."""

    is_operator: bool
    start: int
    end: int


def is_transcript(text: str) -> bool:
    """Whether an operator and somebody else are labelled in normalised text."""
    return {turn.is_operator for turn in _turns(text)} == {True, False}


def split(text: str, kind: Kind) -> tuple[Segment, ...]:
    """Split normalised text; a blank text has no segments."""
    spans = _transcript(text) if kind == "transcript" else _prose(text)
    return tuple(
        Segment(index, start, end, answer, question_end)
        for index, (start, question_end, answer, end) in enumerate(spans)
    )


def model_text(text: str, segment: Segment) -> ModelText:
    """Write a segment as the model reads it: in a transcript both turns, with the labels it was trained on."""
    answer = text[segment.answer : segment.end]
    question = text[segment.start : segment.question_end].rstrip()
    if not question:
        return ModelText(answer, ((0, segment.answer, len(answer)),))
    before, between = "Operator: ", "\nCaller: "
    own = len(before) + len(question) + len(between)
    return ModelText(
        before + question + between + answer,
        ((len(before), segment.start, len(question)), (own, segment.answer, len(answer))),
    )


def stretches(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Neighbouring segments that the classifier reads in one go; together they are all segments."""
    groups: list[list[Segment]] = []
    for segment in segments:
        if groups and segment.end - groups[-1][0].start <= _PASSAGE:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return groups


def passages(text: str, segments: Sequence[Segment]) -> tuple[str, ...]:
    """The stretches as the model reads them: several segments as they stand in the text, one by ``model_text``."""
    return tuple(
        text[group[0].start : group[-1].end] if len(group) > 1 else model_text(text, group[0]).text
        for group in stretches(segments)
    )


def _prose(text: str) -> Iterator[tuple[int, int, int, int]]:
    for start, end in _pack(text, 0, len(text)):
        yield start, start, start, end


def _transcript(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Pair each caller's turn with the operator's words just before it; a question left open stands alone."""
    turns = _turns(text)
    if all(turn.is_operator for turn in turns):
        # Nobody else is labelled: better all is read as the caller's than suppressed as the operator's.
        turns = [Turn(False, 0, len(text))]
    question: tuple[int, int] | None = None
    for turn in turns:
        if turn.is_operator:
            question = _end_of(text, question[0] if question else turn.start, turn.end)
            continue
        for start, end in _pack(text, turn.start, turn.end):
            yield (*question, start, end) if question else (start, start, start, end)
            question = None
    if question is not None and text[slice(*question)].strip():
        yield (*question, question[1], question[1])


def _end_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The last words of an operator's turn, at most _QUESTION characters."""
    if end - start > _QUESTION:
        space = text.find(" ", end - _QUESTION, end)
        start = space + 1 if space >= 0 else end - _QUESTION
    return start, end


def _turns(text: str) -> list[Turn]:
    labels = list(_labels(text))
    turns = []
    if labels and text[: labels[0].start()].strip():
        turns.append(Turn(False, 0, labels[0].start()))
    ends = [label.start() for label in labels[1:]] + [len(text)]
    for label, end in zip(labels, ends, strict=False):
        turns.append(Turn(_speakers().get(label["name"].casefold(), False), label.end(), end))
    return turns


def _labels(text: str) -> Iterator[regex.Match[str]]:
    """Known labels anywhere they can stand; beside an operator, any name that opens a line is a caller's."""
    found = list(_LABEL.finditer(text))
    has_operator = any(_speakers().get(label["name"].casefold()) for label in found)
    for label in found:
        if label["name"].casefold() in _speakers() or (has_operator and label["line"] is not None):
            yield label


def _pack(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Join sentences while they fit; yields trimmed, non-blank spans."""
    left = right = start
    for piece_start, piece_end in _pieces(text, start, end):
        if right > left and piece_end - left > _TARGET:
            yield from _trimmed(text, left, right)
            left = piece_start
        right = piece_end
    yield from _trimmed(text, left, right)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences; one that is too long (a voice note without stops) is cut at a space."""
    for found in _SENTENCE.finditer(text, start, end):
        left, right = found.span()
        while right - left > _LONGEST:
            space = text.rfind(" ", left + _TARGET // 2, left + _TARGET)
            cut = space + 1 if space >= 0 else left + _TARGET
            yield left, cut
            left = cut
        if right > left:
            yield left, right


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


@cache
def _speakers() -> dict[str, bool]:
    table = tomllib.loads(files("tip_nlp").joinpath("data").joinpath("speakers.toml").read_text(encoding="utf-8"))
    return {name.casefold(): role == "operator" for role, names in table.items() for name in names}
