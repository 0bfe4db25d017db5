"""Requests and responses. Responses mirror tip_nlp.types; a test holds the two together."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tip_nlp.guidance.advice import Why
from tip_nlp.guidance.catalogue import Language
from tip_nlp.normalize import MAX_BYTES
from tip_nlp.types import SCHEMA_VERSION, EntityType, Experiencer, Kind, Phase, Reason, Strength, Tier

MAX_BATCH = 1_000
MAX_ID = 200
EXAMPLE_TEXT = "My employer in Sharjah has kept my passport since March and says I cannot leave until I pay him back."


class DocumentIn(BaseModel):
    """One text to assess."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": "call-17", "kind": "message", "text": EXAMPLE_TEXT}]}
    )

    text: str = Field(min_length=1, max_length=MAX_BYTES, description="The text; at most 1,000,000 bytes in UTF-8.")
    kind: Kind | None = Field(
        None,
        description="What the text is. Left out: `transcript` where speakers are labelled, else by its words.",
    )
    id: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_ID,
        description="Your own reference, returned as it is. Left out: the place in the batch, from 0.",
    )

    @field_validator("text")
    @classmethod
    def _within_bytes(cls, text: str) -> str:
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise ValueError(f"longer than {MAX_BYTES:,} bytes in UTF-8; split it into documents")
        return text


class BatchIn(BaseModel):
    """Up to MAX_BATCH texts; each is checked on its own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"documents": [{"id": "ad-1", "text": "Driver wanted, Multan."}, {"id": "ad-2", "text": ""}]}]
        },
    )

    # Checked one by one in the route, so that a bad document costs only itself.
    documents: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_BATCH, description="Documents as for a single assessment."
    )


class LanguagePartOut(BaseModel):
    """A language of the document and its share of the letters."""

    code: str
    share: float = Field(ge=0, le=1)


class LanguageOut(BaseModel):
    """Language of the document; `und` when unsure, `mixed` with its parts."""

    code: str
    confidence: float = Field(ge=0, le=1)
    parts: list[LanguagePartOut]


class EvidenceOut(BaseModel):
    """Why: `quote` is exactly `text[start:end]` (characters of the text as sent)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    segment: int = Field(ge=0)
    source: Literal["rule", "model"]
    score: float = Field(ge=0, le=1)
    rule_id: str | None
    experiencer: Experiencer


class FindingOut(BaseModel):
    """An indicator that counts. It is a reason to look closer, not a finding about anyone."""

    id: str
    score: float = Field(ge=0, le=1)
    phase: Phase
    evidence: list[EvidenceOut]
    law: list[str]
    ilo: int | None


class SuppressedOut(BaseModel):
    """Words that would be an indicator, and why they do not count."""

    id: str
    reason: Reason
    evidence: EvidenceOut


class DimensionItemOut(BaseModel):
    """An item of the ILO/EC operational indicators, and the indicator of this assessment that shows it."""

    indicator: str
    item: str
    strength: Strength


class DimensionOut(BaseModel):
    """A dimension of the ILO/EC operational indicators; positive by their rule of combination."""

    id: str
    positive: bool
    items: list[DimensionItemOut]


class ElementsOut(BaseModel):
    """Indicators by element of the Palermo definition; of a child no means need be shown. Not a legal finding."""

    act: list[str]
    means: list[str]
    purpose: list[str]
    child: bool
    complete: bool


class EntityOut(BaseModel):
    """Something to follow up: a contact, an amount, a place, a licence number, an age or a date."""

    type: EntityType
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    value: str
    details: dict[str, str]


class VersionsOut(BaseModel):
    """What made the assessment."""

    tip_nlp: str
    model: str
    rules: str
    taxonomy: str


class AssessmentOut(BaseModel):
    """The assessment, schema version 1."""

    schema_version: int = Field(examples=[SCHEMA_VERSION])
    id: str
    kind: Kind
    language: LanguageOut
    tier: Tier
    reason: str = Field(description="Why this tier, in one sentence.")
    urgent: bool
    scores: dict[str, float]
    indicators: list[FindingOut]
    dimensions: list[DimensionOut]
    elements: ElementsOut
    suppressed: list[SuppressedOut]
    entities: list[EntityOut]
    warnings: list[str]
    versions: VersionsOut


class CallIn(DocumentIn):
    """One call or message to assess and be guided in."""

    language: Language | None = Field(
        None, description="The language of the questions. Left out: the text's own where there are some, else Urdu."
    )


class QuestionOut(BaseModel):
    """A question to ask, after which indicator (null: after none) and why."""

    indicator: str | None
    why: Why
    text: str


class ReferralOut(BaseModel):
    """A body to refer to; check a number before relying on it, one that is `stale` all the more."""

    id: str
    name_en: str
    name_ur: str
    contact: str
    does_en: str
    does_ur: str
    where: str
    indicators: list[str]
    verified: Literal["primary", "secondary"]
    source: list[str]
    as_of: str
    stale: bool


class AdviceOut(BaseModel):
    """What a person on the hotline may ask next, and where to refer; nothing of it decides anything."""

    language: Language
    denied: list[str]
    questions: list[QuestionOut]
    referrals: list[ReferralOut]
    caution_en: str
    caution_ur: str


class GuidanceOut(BaseModel):
    """An assessment, and the guidance that follows from it."""

    assessment: AssessmentOut
    guidance: AdviceOut


class FieldProblem(BaseModel):
    """A field of the request that cannot be used."""

    field: str = Field(examples=["documents.1.text"])
    problem: str = Field(examples=["String should have at least 1 character"])


class ErrorDetail(BaseModel):
    """What went wrong, for a program (`code`) and for a person (`message`)."""

    code: str = Field(examples=["invalid_request"])
    message: str
    fields: list[FieldProblem] = []


class ErrorOut(BaseModel):
    """The one error body."""

    error: ErrorDetail


class BatchItemOut(BaseModel):
    """One document's outcome: an assessment or an error, never both."""

    id: str | None
    assessment: AssessmentOut | None = None
    error: ErrorDetail | None = None


class BatchOut(BaseModel):
    """Outcomes in the order of the request."""

    results: list[BatchItemOut]
    failed: int = Field(ge=0)


class IndicatorOut(BaseModel):
    """An indicator of the taxonomy."""

    id: str
    family: str
    name_en: str
    name_ur: str
    description: str
    ilo: int | None
    law: list[str]
    htcds: str
    as_of: str
    recheck_after: str
    verified: str


class IndicatorsOut(BaseModel):
    """The taxonomy as served."""

    version: str
    indicators: list[IndicatorOut]


class HealthOut(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """The model is loaded and has scored a text."""

    status: Literal["ready"]
    versions: VersionsOut
