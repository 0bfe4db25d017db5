"""The quality gate: the shipped model may not fall below pinned floors.

``python -m training.gate`` holds the evaluation against floors.toml, and assesses a fixed part of the test split anew;
``--pin`` raises the floors to a margin below what was measured. Run by the tests, so a change of rules, segments or
fusion that costs quality fails like any other fault.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from tip_nlp.analyzer import Analyzer
from tip_nlp.classifier import REQUIRED
from training.config import DEFAULT, ROOT, load_config
from training.dataset import TEST
from training.examples import Example, written_examples
from training.metrics import auroc

FLOORS = Path(__file__).parent / "floors.toml"
PARTS = ("auroc", "f1", "sample")
_A_LANGUAGE = 150  # test items of each of SAMPLED that are assessed anew
SAMPLED = ("en", "ur", "ur-Latn")
_MARGINS = {"auroc": 0.01, "f1": 0.05, "sample": 0.01}


def report_path() -> Path:
    """The evaluation of the shipped model."""
    config = load_config(DEFAULT)
    return ROOT / "training" / "reports" / config.name / config.version / "evaluation.json"


def test_items() -> list[Example]:
    """The test split."""
    return [example for example in written_examples() if example.part == TEST]


def split_digest(test: Sequence[Example]) -> str:
    """A sum of the texts measured on and their labels, in no order."""
    lines = sorted(f"{each.text}\0{sorted(each.item.indicators)}" for each in test if each.item)
    return sha256("\n".join(lines).encode()).hexdigest()


def model_digest(folder: Path) -> str:
    """A sum of a model's files, its card aside: that is written again once the figures are known."""
    return sha256(b"".join(sha256((folder / name).read_bytes()).digest() for name in REQUIRED)).hexdigest()


def sample(test: Sequence[Example]) -> list[Example]:
    """The part assessed anew: of each main language the texts of lowest sum."""
    ordered = sorted(test, key=lambda each: sha256(each.text.encode()).digest())
    return [each for name in SAMPLED for each in [e for e in ordered if e.language == name][:_A_LANGUAGE]]


def sample_figures(analyzer: Analyzer, chosen: Sequence[Example]) -> dict[str, float]:
    """AUROC of the higher family score, by language."""
    items = [each.item for each in chosen if each.item]
    found = analyzer.assess_batch([item.text for item in items], kinds=[item.kind for item in items])
    risk = np.array([max(each.scores.values()) for each in found])
    truth = np.array([bool(item.indicators) for item in items])
    languages = np.array([item.language for item in items])
    return {name: round(auroc(truth[languages == name], risk[languages == name]), 4) for name in SAMPLED}


def figures(report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Of an evaluation, what has a floor: AUROC by language, F1 by indicator."""
    detection = {name: row["systems"]["fused"]["auroc"]["value"] for name, row in report["detection"].items()}
    return {
        "auroc": {name: value for name, value in detection.items() if " " not in name},
        "f1": {name: row["f1"] for name, row in report["indicators"].items()},
    }


def shortfalls(measured: dict[str, dict[str, float]], floors: dict[str, dict[str, float]]) -> Iterator[str]:
    """Every figure below its floor, and every floor without a figure."""
    for part, own in floors.items():
        for name, floor in own.items():
            value = measured.get(part, {}).get(name)
            if value is None:
                yield f"{part} of {name}: not measured, its floor is {floor}"
            elif value < floor:
                yield f"{part} of {name}: {value:.4f}, its floor is {floor}"


def load_floors() -> dict[str, dict[str, float]]:
    """The pinned floors; none before the first are pinned."""
    return tomllib.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.is_file() else {}


def pin(measured: dict[str, dict[str, float]], known: dict[str, dict[str, float]]) -> str:
    """floors.toml for the figures measured; a ``known`` floor is only ever raised."""
    lines = [
        "# Floors of training.gate; `python -m training.gate --pin` raises them. To lower one, say why in the commit."
    ]
    for part in PARTS:
        lines += ["", f"[{part}]"]
        for name, value in measured[part].items():
            lines.append(f'"{name}" = {max(known.get(part, {}).get(name, 0.0), value - _MARGINS[part]):.3f}')
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print what falls short; the exit status says whether anything does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--pin", action="store_true", help="raise the floors")
    options = parser.parse_args()
    report = json.loads(report_path().read_text(encoding="utf-8"))
    measured = figures(report) | {"sample": sample_figures(Analyzer.load(), sample(test_items()))}
    if options.pin:
        FLOORS.write_text(pin(measured, load_floors()), encoding="utf-8")
    found = list(shortfalls(measured, load_floors()))
    print("\n".join(found) or "nothing falls short of its floor")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
