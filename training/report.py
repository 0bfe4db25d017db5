"""The evaluation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tip_nlp.types import TIERS


def render(report: dict[str, Any]) -> str:
    """Tables for people; evaluation.json holds the same figures for programs."""
    parts = [
        f"# Evaluation of {report['model']}",
        f"{report['test_items']} written test segments whose groups and near-duplicates training never saw, and real "
        "texts of sources that training never drew from. Intervals are 95 % bootstrap intervals. The written texts are "
        "made to be hard (about half are risky, most safe ones are twins of a risky one), by a language model under a "
        "written guide: the figures compare systems, they do not promise the same on real cases.",
        *_detection(report["detection"], "auroc", "AUROC: trafficking or smuggling against nothing"),
        *_detection(
            report["detection"], "recall_at_5", "Recall at 5 % false alarms (threshold set on each row itself)"
        ),
        *_detection(report["detection"], "recall_at_1", "Recall at 1 % false alarms"),
        *_detection(report["detection"], "average_precision", "Average precision"),
        "![ROC](roc.svg) ![precision and recall](precision_recall.svg) ![reliability](reliability.svg)",
        "## Batches of the corpus that no run learnt from (new voices, new scenarios), fused",
        _table(
            ("language", "items", "AUROC", "recall at 5 % false alarms"),
            (
                [name, str(row["items"]), _cell(row["auroc"]), _cell(row["recall_at_5"])]
                for name, row in report["unseen_batches"].items()
            ),
        ),
        "## Registers: texts written only to measure, fused",
        "Plain: what people, agents and reporters say straight out, in the usual words, beside ordinary texts in the "
        "same words. Reports: news, files and testimony. The last four columns say how many texts reach a tier.",
        _table(
            (
                *("register", "language", "items", "AUROC", "recall at 5 % false alarms"),
                *(
                    "risky: watch or above",
                    "risky: elevated or above",
                    "safe: watch or above",
                    "safe: elevated or above",
                ),
            ),
            (
                [
                    *(register, name, str(row["items"]), _cell(row["auroc"]), _cell(row["recall_at_5"])),
                    *(_reach(row[which], tier) for which in ("risky", "safe") for tier in ("watch", "elevated")),
                ]
                for register, rows in report["registers"].items()
                for name, row in rows.items()
            ),
        ),
        "## Indicators as reported (fused)",
        _table(
            ("indicator", "positives", "precision", "recall", "F1"),
            ([name, *map(str, row.values())] for name, row in report["indicators"].items()),
        ),
        "## Tiers of the written test items, by status",
        _table(("status", *TIERS), ([name, *map(str, row.values())] for name, row in report["tiers"].items())),
        "## Whole written documents of several segments: AUROC, and tiers by status",
        _table(
            ("slice", "documents", "AUROC"),
            ([name, str(row["items"]), _cell(row["auroc"])] for name, row in report["documents"]["slices"].items()),
        ),
        _table(
            ("status", *TIERS), ([name, *map(str, row.values())] for name, row in report["documents"]["tiers"].items())
        ),
        "## Real documents of held-out sources, by tier (every one above `none` counts as a false alarm)",
        _table(
            ("source", "documents", *TIERS, "elevated or above"),
            ([name, *map(str, row.values()), _share(row)] for name, row in report["real"].items()),
        ),
        "## Calibration",
        _table(
            ("family", "expected calibration error"),
            ([name, f"{value:.3f}"] for name, value in report["calibration"].items()),
        ),
        "## Disguises: test items that keep their tier, and how far the score moves",
        _table(
            ("disguise", "same tier", "mean move of the score"),
            (
                [name, f"{100 * row['same_tier']:.1f} %", f"{row['mean_move']:.4f}"]
                for name, row in report["robustness"].items()
            ),
        ),
        "## Fairness: AUROC by the group that a text mentions, and by language (Borkan and others, 2019)",
        "Subgroup: its risky against its safe texts. BPSN: all other risky against the group's safe texts; low "
        "where its safe texts score too high. BNSP: the group's risky against all other safe texts; low where its "
        "risky texts score too low. Texts mention a group by the words of `training/identities.toml`.",
        _table(
            ("group", "items", "subgroup", "BPSN", "BNSP"),
            (
                [name, str(row["items"]), *(_cell(row[measure]) for measure in ("subgroup", "bpsn", "bnsp"))]
                for name, row in report["fairness"].items()
            ),
        ),
        "## Attribution: mean probability of the strongest indicator",
        _table(
            tuple(report["attribution"]["faithfulness"]),
            [[str(value) for value in report["attribution"]["faithfulness"].values()]],
        ),
        "## Attribution: words of the evidence that the writers quoted",
        _table(
            ("indicators", "number", *list(report["attribution"]["quotes"]["named"])[1:]),
            ([name, *(str(value) for value in row.values())] for name, row in report["attribution"]["quotes"].items()),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _detection(slices: dict[str, Any], metric: str, title: str) -> list[str]:
    systems = list(next(iter(slices.values()))["systems"])
    rows = (
        [name, str(row["items"]), *(_cell(row["systems"][system][metric]) for system in systems)]
        for name, row in slices.items()
    )
    return [f"## {title}", _table(("slice", "items", *systems), rows)]


def _cell(figure: dict[str, float] | None) -> str:
    return "–" if figure is None else f"{figure['value']:.3f} ({figure['low']:.2f}–{figure['high']:.2f})"


def _share(row: dict[str, int]) -> str:
    return f"{100 * (row['elevated'] + row['high']) / max(1, row['documents']):.1f} %"


def _reach(counts: dict[str, int], tier: str) -> str:
    reached = sum(counts[each] for each in TIERS[TIERS.index(tier) :])
    return f"{reached} of {sum(counts.values())}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
