"""What may be asked and where callers may be referred to, as data: questions.toml and referrals.toml."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from tip_nlp.taxonomy import Family

Text = Annotated[str, Field(min_length=1)]
Language = Literal["en", "ur", "ur-Latn"]
LANGUAGES: tuple[Language, ...] = ("en", "ur", "ur-Latn")
_HERE = Path(__file__).parent
_CONFIG = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
_Model = TypeVar("_Model", bound=BaseModel)


class Wording(BaseModel):
    """One question in every language."""

    model_config = _CONFIG

    en: Text
    ur: Text
    ur_latn: Text = Field(alias="ur-Latn")

    def say(self, language: Language) -> str:
        """The question in this language."""
        return {"en": self.en, "ur": self.ur, "ur-Latn": self.ur_latn}[language]


class Questions(BaseModel):
    """One question for each indicator, by its id; ``first`` and ``last`` frame them, ``opening`` are ids asked where
    nothing is known, ``general`` by family those that may be put to anyone."""

    model_config = _CONFIG

    schema_version: Literal[1]
    as_of: date
    recheck_after: date
    source: tuple[Text, ...]
    opening: tuple[Text, ...]
    general: dict[Family, tuple[Text, ...]]
    first: Wording
    last: Wording
    question: dict[str, Wording]


class Body(BaseModel):
    """A public body that callers may be referred to; the file says what each field means."""

    model_config = _CONFIG

    id: Text
    name_en: Text
    name_ur: Text
    contact: str
    does_en: Text
    does_ur: Text
    where: str
    families: tuple[Family, ...]
    indicators: tuple[Text, ...] = ()
    urgent: bool = False
    abroad: bool = False
    verified: Literal["primary", "secondary"]
    source: Annotated[tuple[Text, ...], Field(min_length=1)]


class Caution(BaseModel):
    """What holds of every referral."""

    model_config = _CONFIG

    en: Text
    ur: Text


class Referrals(BaseModel):
    """The bodies, in the order in which they are named."""

    model_config = _CONFIG

    schema_version: Literal[1]
    as_of: date
    recheck_after: date
    caution: Caution
    referral: tuple[Body, ...]


@cache
def load_questions() -> Questions:
    """The packaged questions."""
    return _load("questions.toml", Questions)


@cache
def load_referrals() -> Referrals:
    """The packaged referrals."""
    return _load("referrals.toml", Referrals)


def _load(name: str, model: type[_Model]) -> _Model:
    raw: dict[str, Any] = tomllib.loads((_HERE / name).read_text(encoding="utf-8"))
    # Through JSON, where strict validation takes arrays for tuples and ISO strings for dates.
    return model.model_validate_json(json.dumps(raw, default=str), strict=True)
