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
        return {key: round(value, 6) for key, value in asdict(self).items()}

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


def reliability(truth: Bools, scores: Floats, bins: int = 10) -> tuple[Floats, Floats, Floats]:
    """Mean score, frequency and size of every equal-width bin that holds a text."""
    which = np.minimum((scores * bins).astype(int), bins - 1)
    held = [which == number for number in range(bins) if (which == number).any()]
    columns = ([scores[each].mean(), truth[each].mean(), each.sum()] for each in held)
    predicted, observed, sizes = np.array(list(columns), dtype=float).reshape(-1, 3).T
    return predicted, observed, sizes


def expected_calibration_error(truth: Bools, scores: Floats) -> float:
    """Mean gap between score and frequency over ten bins, weighted by their size."""
    predicted, observed, sizes = reliability(truth, scores)
    return float((np.abs(predicted - observed) * sizes).sum() / max(1, len(scores)))


def f1(predicted: Bools, truth: Bools) -> float:
    both = int((predicted & truth).sum())
    return 2 * both / max(1, int(predicted.sum() + truth.sum()))
