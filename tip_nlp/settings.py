"""Settings from TIP_NLP_* variables; built once at the edge (command line, service) and passed down."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MODELS = Path(__file__).resolve().parent.parent / "models"
DEFAULT_MODEL = "e5-small-indicators/0.6.4"


class Settings(BaseSettings):
    """Every setting has a sentence; an unknown keyword argument is refused."""

    model_config = SettingsConfigDict(env_prefix="TIP_NLP_", extra="forbid", frozen=True)

    model: Path = Field(MODELS / DEFAULT_MODEL, description="Folder of the model to serve (models/NAME/VERSION).")
    threads: int = Field(0, ge=0, le=256, description="Processor threads for the model; 0 leaves it to the runtime.")
    device: str = Field(
        "CPU", description="Where the model runs: CPU, or another device of OpenVINO's: GPU (Intel's), GPU.1, AUTO."
    )
    licences: Path = Field(
        Path.home() / ".tip-nlp" / "licences.csv",
        description="List of promoters' licences, written by `tip-nlp licences import`; none is shipped.",
    )
    exact: bool = Field(
        False,
        description="Compute in full floats: the same scores on any processor and in any batch; slower.",
    )
    batch: int = Field(8, ge=1, le=1024, description="Stretches of text the model sees at once.")
    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the service listens on.")
