"""Does the evidence carry the decision? Delete the model's words and look what becomes of the score.

ERASER's comprehensiveness (DeYoung and others, 2020): the fall of the probability when the evidence is deleted, beside
the fall when as many other words of the segment are deleted at random.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from tip_nlp.classifier import Encoder, segment_logits
from tip_nlp.explanation import salient_words
from tip_nlp.types import Segment

_SEED = 3


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Means over ``texts`` scored above one half."""

    texts: int
    before: float
    without_evidence: float
    without_random: float
    share_of_words: float


def faithfulness(encoder: Encoder, texts: Sequence[str], labels: Sequence[str]) -> Faithfulness:
    """For each text, delete the evidence of its strongest indicator among ``labels``."""
    rng = random.Random(_SEED)
    columns = [encoder.config.labels.index(label) for label in labels]
    encoded = encoder.run(texts)
    before = _probabilities(segment_logits(encoded, encoder.bias)[:, columns])
    chosen = [i for i in range(len(texts)) if before[i].max() >= 0.5 and len(texts[i].split()) >= 6]
    cut, control, shares = [], [], []
    for i in chosen:
        column = columns[int(before[i].argmax())]
        weights = [
            (s, e, float(w))
            for (s, e), w in zip(encoded[i].offsets, encoded[i].weights[:, column], strict=True)
            if s >= 0
        ]
        spans = salient_words(texts[i], Segment(0, 0, len(texts[i]), 0, 0), weights)
        words = [found.span() for found in regex.finditer(r"\S+", texts[i])]
        inside = {n for n, (s, e) in enumerate(words) if any(a <= s and e <= b for a, b in spans)}
        others = set(rng.sample(sorted(set(range(len(words))) - inside), min(len(inside), len(words) - len(inside))))
        shares.append(len(inside) / len(words))
        cut.append(_without(texts[i], words, inside))
        control.append(_without(texts[i], words, others))
    best = before[chosen].argmax(1)
    rows = np.arange(len(chosen))
    after = _probabilities(segment_logits(encoder.run(cut), encoder.bias)[:, columns])[rows, best]
    chance = _probabilities(segment_logits(encoder.run(control), encoder.bias)[:, columns])[rows, best]
    return Faithfulness(
        len(chosen),
        round(float(before[chosen].max(1).mean()), 4),
        round(float(after.mean()), 4),
        round(float(chance.mean()), 4),
        round(float(np.mean(shares)), 4),
    )


def _without(text: str, words: Sequence[tuple[int, int]], dropped: set[int]) -> str:
    return " ".join(text[start:end] for n, (start, end) in enumerate(words) if n not in dropped)


def _probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)
