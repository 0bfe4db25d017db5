"""Texts and targets in the form the model sees, shared by training, calibration and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tip_nlp.normalize import normalize
from tip_nlp.taxonomy import load_taxonomy
from training.config import Config
from training.corpus import DOCUMENTS, Item, load_corpus
from training.dataset import RealText, document_part, real_texts, segments_of, split_corpus

FAMILIES = ("trafficking", "smuggling")


def label_names() -> tuple[str, ...]:
    """The model's outputs: every indicator, then each family ("any of its indicators")."""
    return (*load_taxonomy().ids, *FAMILIES)


@dataclass(frozen=True, slots=True)
class Example:
    """One input of the model; ``item`` is None for ordinary real text."""

    text: str
    target: NDArray[np.float32]
    part: str
    language: str
    item: Item | None = None
    real: RealText | None = None

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
    return [
        Example(normalize(item.text).text, target_of(item.indicators), part, item.language, item)
        for item, part in zip(items, split_corpus(items), strict=True)
    ]


def written_documents(part: str) -> list[Item]:
    """Whole written documents, never trained on: half fit decisions (``validation``), half measure (``test``)."""
    return [item for item in load_corpus(DOCUMENTS) if document_part(item.group) == part]


def real_examples(config: Config, data: Path) -> list[Example]:
    """Segments of ordinary real texts: part ``train``, or ``held-out`` for sources that are only measured."""
    nothing = target_of({})
    return [
        Example(segment, nothing, "held-out" if text.held_out else "train", text.language, real=text)
        for text in real_texts(data, per_source=config.real_per_source, seed=config.seed)
        for segment in segments_of(text.text, most=config.real_segments)
    ]


def target_of(indicators: Sequence[str] | dict[str, list[str]]) -> NDArray[np.float32]:
    """1 for each indicator and for each family that has one."""
    taxonomy = load_taxonomy()
    names = set(indicators) | {taxonomy[name].family for name in indicators}
    return np.array([label in names for label in label_names()], dtype=np.float32)
