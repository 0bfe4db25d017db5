"""Texts and targets in the form the model sees, shared by training, calibration and evaluation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tip_nlp.normalize import normalize
from tip_nlp.segments import model_text, split, stretches
from tip_nlp.taxonomy import load_taxonomy
from training.config import Config
from training.corpus import DOCUMENTS, Item, load_corpus
from training.dataset import TRAIN, RealText, document_part, pieces_of, real_texts, split_corpus
from training.real_labels import indicators_of

FAMILIES = ("trafficking", "smuggling")


def label_names() -> tuple[str, ...]:
    """The model's outputs: every indicator, then each family ("any of its indicators")."""
    return (*load_taxonomy().ids, *FAMILIES)


# An indicator and the place, in an example's text, of words that carry it.
Quote = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """One input of the model; ``item`` is None for ordinary real text, ``quotes`` are the writer's evidence."""

    text: str
    target: NDArray[np.float32]
    part: str
    language: str
    item: Item | None = None
    real: RealText | None = None
    quotes: tuple[Quote, ...] = ()

    @property
    def batch(self) -> str:
        """The file of the corpus; empty for real text."""
        return self.item.batch if self.item else ""

    @property
    def group(self) -> str:
        """The twin group; empty for real text."""
        return self.item.group if self.item else ""


def written_examples() -> list[Example]:
    """The corpus, normalised as in serving."""
    items = load_corpus()
    return [_written(item, part) for item, part in zip(items, split_corpus(items), strict=True)]


def _written(item: Item, part: str) -> Example:
    text = normalize(item.text).text
    return Example(text, target_of(item.indicators), part, item.language, item, quotes=quotes_in(item, text))


def written_documents(part: str) -> list[Item]:
    """The whole written documents of a part: to learn from, to fit decisions on (``validation``) or to measure."""
    return [item for item in load_corpus(DOCUMENTS) if document_part(item) == part]


def document_examples() -> list[Example]:
    """The segments and passages of the documents to learn from, cut as in serving."""
    return [example for item in written_documents(TRAIN) for example in parts_of(item)]


def parts_of(item: Item) -> list[Example]:
    """The segments and passages of a document, each with the indicators of which it holds a quote or a part of one."""
    text = normalize(item.text).text
    quotes = quotes_in(item, text)
    examples = []
    segments = split(text, item.kind)
    for segment in segments:
        held = {name for name, start, end in quotes if start < segment.end and end > segment.start}
        examples.append(_part_of(item, model_text(text, segment).text, held))
    for group in stretches(segments):
        if len(group) == 1:
            continue  # a segment as above
        start, end = group[0].start, group[-1].end
        held = {name for name, left, right in quotes if left < end and right > start}
        examples.append(_part_of(item, text[start:end], held))
    return examples


def _part_of(item: Item, text: str, held: set[str]) -> Example:
    # A quote cut in two by the parting is no evidence a word can be held to.
    quotes = tuple(quote for quote in quotes_in(item, text) if quote[0] in held)
    return Example(text, target_of(sorted(held)), TRAIN, item.language, item, quotes=quotes)


def quotes_in(item: Item, text: str) -> tuple[Quote, ...]:
    """Every place in ``text`` (normalised) of a quote of the item."""
    return tuple(
        (name, *span) for name, own in item.indicators.items() for quote in own for span in _places(quote, text)
    )


def _places(quote: str, text: str) -> list[tuple[int, int]]:
    wanted = normalize(quote).text.strip()
    return [found.span() for found in re.finditer(re.escape(wanted), text)] if wanted else []


def real_examples(config: Config, data: Path) -> list[Example]:
    """Segments and passages of ordinary real texts: part ``train``, or ``held-out`` for sources only measured.

    Ads in which the annotation found something are left out: no one marked where in the ad it lies.
    """
    nothing = target_of({})
    return [
        Example(piece, nothing, "held-out" if text.held_out else "train", text.language, real=text)
        for text in real_texts(data, per_source=config.real_per_source, seed=config.seed)
        if not indicators_of(text.text)
        for piece in pieces_of(text.text, config.real_segments, config.real_passages)
    ]


def target_of(indicators: Sequence[str] | dict[str, list[str]]) -> NDArray[np.float32]:
    """1 for each indicator and for each family that has one."""
    taxonomy = load_taxonomy()
    names = set(indicators) | {taxonomy[name].family for name in indicators}
    return np.array([label in names for label in label_names()], dtype=np.float32)
