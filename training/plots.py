"""The evaluation's curves as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from training.metrics import Bools, Floats, reliability

mpl.rcParams["svg.hashsalt"] = "tip_nlp"  # the same figures give the same file
_METADATA = {"Date": None}


def draw(folder: Path, truth: Bools, scores: Floats, languages: Sequence[str], shown: Sequence[str]) -> None:
    """roc.svg and precision_recall.svg, of all texts and of the languages ``shown``; reliability.svg of all."""
    codes = np.asarray(languages)
    slices = {"all": np.ones(len(truth), dtype=bool)} | {code: codes == code for code in shown}
    roc, precision = _figure("false alarms", "recall"), _figure("recall", "precision")
    for name, chosen in slices.items():
        alarms, recall, _ = roc_curve(truth[chosen], scores[chosen])
        roc.axes[0].plot(alarms, recall, label=f"{name} ({roc_auc_score(truth[chosen], scores[chosen]):.3f})")
        values, found, _ = precision_recall_curve(truth[chosen], scores[chosen], drop_intermediate=True)
        precision.axes[0].plot(found, values, label=name)
    calibrated = _figure("score", "share that is risky")
    predicted, observed, sizes = reliability(truth, scores)
    calibrated.axes[0].plot([0, 1], [0, 1], color="grey", linestyle=":")
    calibrated.axes[0].plot(predicted, observed, marker="o", label=f"{sizes.sum():.0f} texts, ten bins")
    for name, figure in (("roc", roc), ("precision_recall", precision), ("reliability", calibrated)):
        figure.axes[0].legend()
        figure.savefig(folder / f"{name}.svg", metadata=_METADATA)


def _figure(across: str, up: str) -> Figure:
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.add_subplot(xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.01))
    axes.grid(alpha=0.3)
    return figure
