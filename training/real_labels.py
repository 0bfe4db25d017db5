"""Real job ads annotated by the written guide: ids and labels alone, for their text stays where it came from.

Of ``locanto-jobs`` 400 ads of each half (learnt from, held out), and the whole of ``jobinja-fa``, each read once. A
single weak red flag in an ad that does not count stands with a question mark (``?suspicious_offer``).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from training.corpus import digest

LABELS = Path(__file__).parent / "real_labels.tsv"
COLUMNS = ("source", "digest", "status", "certainty", "indicators")


@dataclass(frozen=True, slots=True)
class RealLabel:
    """What the annotation says of one ad; ``hints`` are single weak red flags."""

    source: str
    status: str
    certainty: str
    indicators: tuple[str, ...]
    hints: tuple[str, ...]


@lru_cache
def load_labels(labels: Path = LABELS) -> dict[str, RealLabel]:
    """Every annotated ad, by the digest of its text as ``dataset.read_source`` gives it."""
    with labels.open(encoding="utf-8", newline="") as stream:
        return {row["digest"]: _label(row) for row in csv.DictReader(stream, delimiter="\t")}


def indicators_of(text: str) -> tuple[str, ...]:
    """The indicators that the annotation found; none where a text was not annotated."""
    label = load_labels().get(digest(text))
    return label.indicators if label else ()


def _label(row: dict[str, str]) -> RealLabel:
    names = [name for name in row["indicators"].split(",") if name]
    return RealLabel(
        row["source"],
        row["status"],
        row["certainty"],
        tuple(name for name in names if not name.startswith("?")),
        tuple(name[1:] for name in names if name.startswith("?")),
    )
