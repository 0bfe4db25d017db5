"""Put a trained model into models/NAME/VERSION: ``python -m training.release [CONFIG]``.

Copies what serving needs, writes the model card (with figures once the evaluation has been run) and SHA256SUMS.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tip_nlp.classifier import CONFIG, REQUIRED, SUMS
from tip_nlp.settings import MODELS
from training.config import DEFAULT, ROOT, Config, build_folder, load_config

CARD = "README.md"


def main(config: Config) -> None:
    """Copy the model out of the build folder and seal it."""
    source, target = build_folder(config), MODELS / config.name / config.version
    target.mkdir(parents=True, exist_ok=True)
    for name in REQUIRED:
        shutil.copyfile(source / name, target / name)
    write_card(config, target)
    seal(target)
    print(f"released {target.relative_to(ROOT)}: {sum(p.stat().st_size for p in target.iterdir()) / 1e6:.1f} MB")


def seal(folder: Path) -> None:
    """Write SHA256SUMS over every other file of the folder."""
    names = sorted(path.name for path in folder.iterdir() if path.name != SUMS)
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def write_card(config: Config, folder: Path) -> None:
    """The model card, with figures where the evaluation has been run."""
    report_path = ROOT / "training" / "reports" / config.name / config.version / "evaluation.json"
    report = json.loads(report_path.read_text(encoding="utf-8")) if report_path.is_file() else None
    described = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    template = (ROOT / "training" / "model_card.md").read_text(encoding="utf-8")
    card = template.format(
        name=config.name,
        version=config.version,
        base=config.base,
        labels=len(described["labels"]),
        languages=", ".join(described["languages"]),
        figures=_figures(report) if report else "Not evaluated yet.",
        settings="\n".join(f"- {key}: {value}" for key, value in config.model_dump().items()),
    )
    (folder / CARD).write_text(card, encoding="utf-8")


def _figures(report: dict[str, Any]) -> str:
    rows = ["| language | test items | AUROC, encoder alone | AUROC, fused | AUROC, TF-IDF | AUROC, zero-shot |"]
    rows.append("|" + " --- |" * 6)
    for name, row in report["detection"].items():
        if not name.startswith("kind"):
            systems = row["systems"]
            cells = [
                _auroc(systems[s]) for s in ("model alone", "fused", "tf-idf + logistic regression", "zero-shot e5")
            ]
            rows.append(f"| {name} | {row['items']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _auroc(system: dict[str, Any]) -> str:
    found = system["auroc"]
    return "–" if found is None else f"{found['value']:.3f} ({found['low']:.2f}–{found['high']:.2f})"


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
