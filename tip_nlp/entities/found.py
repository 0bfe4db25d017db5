"""What a finder reports, before it is mapped to the original text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tip_nlp.types import EntityType


@dataclass(frozen=True, slots=True)
class Found:
    """An entity at ``start:end`` of the normalised text."""

    type: EntityType
    start: int
    end: int
    value: str
    details: Mapping[str, str]
