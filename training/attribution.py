"""Does the model's evidence carry the decision, and is it what a reader would have marked?

ERASER's measures (DeYoung and others, 2020): comprehensiveness, the fall of the probability when the evidence is
deleted; sufficiency, the fall when nothing else is left; both beside as many other words of the text drawn at random.
And agreement with the writers' quotes, word by word.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from tip_nlp.classifier import Encoded, Encoder, segment_logits
from tip_nlp.explanation import salient_words
from tip_nlp.types import Segment
from training.examples import Example

_SEED = 3
_LEAST_WORDS = 6  # a shorter text has no evidence to tell from the rest
_NAMED = 0.5


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Mean probabilities over ``texts`` scored above one half."""

    texts: int
    whole: float
    without_evidence: float
    without_random: float
    evidence_alone: float
    random_alone: float
    share_of_words: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Means over the ``indicators`` of texts that have a quote for them and that the model names (all of them: those
    it misses as well)."""

    indicators: int
    precision: float
    recall: float
    f1: float
    words: float  # of a stretch
    stretches: float


def faithfulness(encoder: Encoder, texts: Sequence[str], labels: Sequence[str]) -> Faithfulness:
    """For each text, delete the evidence of its strongest indicator among ``labels``, and all but the evidence."""
    rng = random.Random(_SEED)
    columns = [encoder.config.labels.index(label) for label in labels]
    encoded = encoder.run(texts)
    before = _probabilities(segment_logits(encoded, encoder.bias)[:, columns])
    chosen = [i for i in range(len(texts)) if before[i].max() >= _NAMED and len(texts[i].split()) >= _LEAST_WORDS]
    strongest = before[chosen].argmax(1)
    changed: list[list[str]] = [[], [], [], []]
    shares = []
    for i, best in zip(chosen, strongest, strict=True):
        words = _words(texts[i])
        inside = _covered(words, _evidence(texts[i], encoded[i], columns[int(best)]))
        everything = set(range(len(words)))
        others = everything - inside
        drawn = set(rng.sample(sorted(others), min(len(inside), len(others))))
        shares.append(len(inside) / len(words))
        for rest, kept in zip(changed, (others, everything - drawn, inside, drawn), strict=True):
            rest.append(" ".join(texts[i][start:end] for n, (start, end) in enumerate(words) if n in kept))
    after = [
        _probabilities(segment_logits(encoder.run(rest), encoder.bias)[:, columns])[np.arange(len(chosen)), strongest]
        for rest in changed
    ]
    means = [round(float(np.mean(each)), 4) for each in (before[chosen].max(1), *after, shares)]
    return Faithfulness(len(chosen), *means)


def overlap(encoder: Encoder, examples: Sequence[Example], *, named: bool) -> Overlap:
    """The words of the model's evidence beside those of the quotes; ``named``: only where it scores one half."""
    quoted = [e for e in examples if e.quotes]
    rows = []
    for example, encoded in zip(quoted, encoder.run([e.text for e in quoted]), strict=True):
        words = _words(example.text)
        logits = segment_logits([encoded], encoder.bias)[0]
        for name in sorted({name for name, *_ in example.quotes}):
            column = encoder.config.labels.index(name)
            if named and logits[column] < 0:
                continue
            spans = _evidence(example.text, encoded, column)
            own = _touched(words, [(start, end) for label, start, end in example.quotes if label == name])
            found = _covered(words, spans)
            shared = len(found & own)
            rows.append(
                (
                    shared / max(1, len(found)),
                    shared / len(own),
                    2 * shared / (len(found) + len(own)),
                    len(found) / max(1, len(spans)),
                    len(spans),
                )
            )
    means = np.mean(rows, axis=0) if rows else np.full(5, np.nan)
    return Overlap(len(rows), *[round(float(mean), 4) for mean in means])


def _evidence(text: str, encoded: Encoded, column: int) -> list[tuple[int, int]]:
    weights = [
        (start, end, float(weight))
        for (start, end), weight in zip(encoded.offsets, encoded.weights[:, column], strict=True)
        if start >= 0
    ]
    return salient_words(text, Segment(0, 0, len(text), 0, 0), weights)


def _words(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in regex.finditer(r"\S+", text)]


def _covered(words: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> set[int]:
    return {n for n, (start, end) in enumerate(words) if any(a <= start and end <= b for a, b in spans)}


def _touched(words: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> set[int]:
    return {n for n, (start, end) in enumerate(words) if any(start < b and end > a for a, b in spans)}


def _probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)
