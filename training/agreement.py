"""Agreement of two annotations of the test split: ``python -m training.agreement`` writes reports/agreement.md.

``second_labels.tsv`` holds the second one: made blind, on the texts and the written guide alone, with twins dealt to
different annotators and no label, group or score in sight.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from tip_nlp.taxonomy import load_taxonomy
from training.config import ROOT
from training.corpus import Item, digest, load_corpus

LABELS = Path(__file__).parent / "second_labels.tsv"
REPORT = ROOT / "training" / "reports" / "agreement.md"
COLUMNS = ("digest", "status", "certainty", "indicators")


@dataclass(frozen=True, slots=True)
class Pair:
    """An item and what the second annotation says of it."""

    item: Item
    status: str
    certainty: str
    indicators: frozenset[str]

    @property
    def disagree(self) -> bool:
        """Whether one of the two says that the text counts and the other that it does not."""
        return bool(self.item.indicators) != bool(self.indicators)


def load_pairs(labels: Path = LABELS) -> list[Pair]:
    """Every item that was labelled twice and still stands in the corpus."""
    items = {digest(item.text): item for item in load_corpus()}
    with labels.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return [
        Pair(
            items[row["digest"]], row["status"], row["certainty"], frozenset(filter(None, row["indicators"].split(",")))
        )
        for row in rows
        if row["digest"] in items
    ]


def kappa(pairs: Sequence[Pair], indicator: str | None = None) -> float:
    """Cohen's kappa of one indicator, or of whether a text counts at all."""
    first = [bool(p.item.indicators) if indicator is None else indicator in p.item.indicators for p in pairs]
    second = [bool(p.indicators) if indicator is None else indicator in p.indicators for p in pairs]
    return float(cohen_kappa_score(first, second))


def render(pairs: Sequence[Pair]) -> Iterator[str]:
    """The report as Markdown lines."""
    yield "# Agreement of two annotations of the test split\n"
    yield (
        f"{len(pairs)} items. Whether a text counts: kappa {kappa(pairs):.3f}, {sum(p.disagree for p in pairs)} "
        f"disagreements; {sum(p.certainty == 'arguable' for p in pairs)} called arguable.\n"
    )
    yield (
        "Both annotations were made by language models under the same written guide, so this measures how far the "
        "guide decides, not whether investigators or native speakers would agree with it.\n"
    )
    yield "| | items | kappa |\n| --- | --- | --- |"
    for language in sorted({p.item.language for p in pairs}):
        own = [p for p in pairs if p.item.language == language]
        yield f"| {language} | {len(own)} | {kappa(own):.3f} |"
    yield "\n| indicator | first | second | kappa |\n| --- | --- | --- | --- |"
    for name in load_taxonomy().ids:
        first, second = (sum(name in held for held in side) for side in _sides(pairs))
        yield f"| `{name}` | {first} | {second} | {kappa(pairs, name):.2f} |"


def _sides(pairs: Sequence[Pair]) -> tuple[list[set[str]], list[set[str]]]:
    return [set(p.item.indicators) for p in pairs], [set(p.indicators) for p in pairs]


if __name__ == "__main__":
    REPORT.write_text("\n".join(render(load_pairs())) + "\n", encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))
