"""Figures with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_RESAMPLES = 400
_SEED = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        return {key: round(value, 4) for key, value in asdict(self).items()}

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


def bootstrap(
    metric: Callable[[Bools, Floats], float], truth: Bools, scores: Floats, groups: Sequence[str]
) -> Figure | None:
    """The metric on the sample and on resamples of its groups (twins are no independent texts).

    None where a class is missing.
    """
    if truth.all() or not truth.any():
        return None
    rng = np.random.default_rng(_SEED)
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(member == number) for number in range(len(names))]
    values = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([members[number] for number in rng.integers(0, len(names), len(names))])
        if truth[drawn].any() and not truth[drawn].all():
            values.append(metric(truth[drawn], scores[drawn]))
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(metric(truth, scores), float(low), float(high))


def auroc(truth: Bools, scores: Floats) -> float:
    return float(roc_auc_score(truth, scores))


def average_precision(truth: Bools, scores: Floats) -> float:
    return float(average_precision_score(truth, scores))


def recall_at(budget: float) -> Callable[[Bools, Floats], float]:
    """Recall where at most ``budget`` (0..1) of the texts without indicators score higher."""

    def metric(truth: Bools, scores: Floats) -> float:
        limit = np.quantile(scores[~truth], 1 - budget, method="higher")
        return float((scores[truth] > limit).mean())

    return metric


def expected_calibration_error(truth: Bools, scores: Floats, bins: int = 10) -> float:
    """Mean gap between score and frequency over equal-width bins, weighted by their size."""
    which = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [
        abs(scores[which == b].mean() - truth[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))


def f1(predicted: Bools, truth: Bools) -> float:
    both = int((predicted & truth).sum())
    return 2 * both / max(1, int(predicted.sum() + truth.sum()))
