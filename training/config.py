"""Training settings: one TOML file, unknown keys refused."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / "training" / "configs" / "e5-small.toml"


class Config(BaseModel):
    """See the comments in configs/e5-small.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    base: str
    seed: int
    max_tokens: int
    vocabulary: int
    real_per_source: int
    real_segments: int
    real_passages: int
    epochs: int
    batch: int
    learning_rate: float
    head_learning_rate: float
    warmup: float
    weight_decay: float
    dropout: float
    embedding_learning_rate: float
    learnt: tuple[str, ...]
    start: str
    stop_after: int
    twin_weight: float
    rationale_weight: float
    token_dropout: float
    average: float
    batches: tuple[str, ...]
    woven: int


def load_config(path: Path = DEFAULT) -> Config:
    """Read a configuration; pydantic names what is unknown or missing."""
    return Config.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def data_folder() -> Path:
    """The real text: TIP_NLP_DATA, or ``shared/data`` beside the repository."""
    folder = Path(os.environ.get("TIP_NLP_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not a folder; set TIP_NLP_DATA to the real text (see training/README.md)")
    return folder


def build_folder(config: Config) -> Path:
    """Where the steps leave what the next one needs; not tracked by git."""
    folder = ROOT / "build" / config.name / config.version
    folder.mkdir(parents=True, exist_ok=True)
    return folder
