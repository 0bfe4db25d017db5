"""The JSON shape of an assessment, as far as reports, exports and figures rest on it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tip_nlp.types import Tier


class _Quote(BaseModel, strict=True):
    start: int
    end: int
    quote: str
    source: str
    score: float
    experiencer: str


class _Finding(BaseModel, strict=True):
    id: str
    score: float
    evidence: list[_Quote]


class _Suppressed(BaseModel, strict=True):
    id: str
    reason: str
    evidence: _Quote


class _Entity(BaseModel, strict=True):
    type: str
    start: int
    end: int
    quote: str
    value: str
    details: dict[str, str]


class _Part(BaseModel, strict=True):
    code: str
    share: float


class _Language(BaseModel, strict=True):
    code: str
    parts: list[_Part]


class _Scores(BaseModel, strict=True):
    trafficking: float
    smuggling: float


class _Assessment(BaseModel, strict=True):
    kind: str
    language: _Language
    tier: Tier
    reason: str
    urgent: bool
    scores: _Scores
    indicators: list[_Finding]
    dimensions: list[dict[str, Any]]
    elements: dict[str, Any]
    suppressed: list[_Suppressed]
    entities: list[_Entity]
    warnings: list[str]
    versions: dict[str, str]


def check_shape(assessment: object) -> None:
    """ValueError where a part is missing or of another type; parts unknown here are left alone."""
    _Assessment.model_validate(assessment)
