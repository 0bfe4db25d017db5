"""The frozen types that travel between stages. Offsets count characters of the original text, end excluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1

Kind = Literal["ad", "message", "transcript"]
Tier = Literal["none", "watch", "elevated", "high"]
Phase = Literal["recruitment", "transit", "destination"]
Strength = Literal["strong", "medium", "weak"]
Experiencer = Literal["self", "other"]
EntityType = Literal["phone", "email", "link", "handle", "money", "place", "licence", "age", "date"]
Reason = Literal["negated", "question", "hypothetical", "awareness", "general", "resolved", "lawful"]

KINDS: tuple[Kind, ...] = ("ad", "message", "transcript")
TIERS: tuple[Tier, ...] = ("none", "watch", "elevated", "high")


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """Normalised text with its way back.

    ``starts[i]`` and ``ends[i]`` delimit, in the original, what the i-th normalised character came from;
    ``None`` means the text is its own original. ``replaced`` counts characters that no text can hold.
    """

    original: str
    text: str
    starts: Sequence[int] | None
    ends: Sequence[int] | None
    replaced: int = 0

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty slice of ``text`` to the slice of ``original`` that it came from."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True, slots=True)
class Segment:
    """A few sentences, or in a transcript a caller's turn with the question it answers.

    Offsets are in the *normalised* text. The operator's question is ``start:question_end`` and the caller's words
    are ``answer:end``; either may be empty. Outside transcripts there is no question.
    """

    index: int
    start: int
    end: int
    answer: int
    question_end: int


@dataclass(frozen=True, slots=True)
class ModelText:
    """A segment as the model reads it; ``parts`` tell which stretches of it stand where in the document.

    Each part is (start in ``text``, start in the normalised document, length).
    """

    text: str
    parts: tuple[tuple[int, int, int], ...]

    def to_document(self, start: int, end: int) -> tuple[int, int]:
        """Map a piece to the document; one outside every part (a label) maps to (-1, -1)."""
        for own, document, length in self.parts:
            if own <= start < own + length:
                return document + start - own, document + min(end - own, length)
        return -1, -1


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """A language of the document and its share of the letters, 0..1."""

    code: str
    share: float


@dataclass(frozen=True, slots=True)
class Language:
    """``code`` may be ``und`` (too little evidence) or ``mixed`` (see ``parts``)."""

    code: str
    confidence: float
    parts: tuple[LanguagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A rule found something at ``start:end`` of the normalised text.

    ``suppressed`` tells why it does not count, or None when it does.
    """

    rule_id: str
    indicator: str
    phase: Phase
    strength: Strength
    segment: int
    start: int
    end: int
    suppressed: Reason | None = None
    experiencer: Experiencer = "self"
    answered: bool = False  # in an operator's question that the caller affirmed


@dataclass(frozen=True, slots=True)
class FamilyDecision:
    """Logistic combination of the strongest passage logit, the strongest lexicon logit and the rule evidence.

    ``length_weight`` is taken off for each e-fold of the number of segments: of many, one is high by chance.
    ``suppressed_weight`` is taken off for the evidence that was denied, asked or taught in the strongest segment.
    """

    model_weight: float
    lexicon_weight: float
    rule_weight: float
    bias: float
    length_weight: float = 0.0
    suppressed_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything fitted after training; ``thresholds`` and ``tiers`` are probabilities, 0..1.

    A tier begins above its number; the numbers rise in the order of the mapping.
    """

    families: Mapping[str, FamilyDecision]
    calibration: Mapping[str, tuple[float, float, float]]  # per label: slopes on encoder and lexicon logit, bias
    rule_precision: Mapping[Strength, float]
    thresholds: Mapping[str, float]
    tiers: Mapping[Tier, float]
    answered_precision: float = 0.0  # of a rule's match in a question that the caller affirmed


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """An indicator that counts in a document, before its evidence is written out."""

    id: str
    score: float
    phase: Phase
    matches: tuple[Match, ...]
    segments: tuple[int, ...]  # where the model alone is above the threshold


@dataclass(frozen=True, slots=True)
class DimensionItem:
    """An item of the ILO/EC operational indicators, and the indicator (of the assessment) that shows it."""

    indicator: str
    item: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of the ILO/EC operational indicators; ``positive`` by their rule of combination."""

    id: str
    positive: bool
    items: tuple[DimensionItem, ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """Ids of the indicators that speak to each element of the Palermo definition; ``complete`` when each is there,
    the means not needed where a ``child`` is concerned. An indication, not a legal finding."""

    act: tuple[str, ...]
    means: tuple[str, ...]
    purpose: tuple[str, ...]
    child: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Combination:
    """What the indicators amount to together."""

    dimensions: tuple[Dimension, ...]
    elements: Elements

    @property
    def is_positive(self) -> bool:
        """Whether any dimension is positive or the elements are complete."""
        return self.elements.complete or any(dimension.positive for dimension in self.dimensions)


@dataclass(frozen=True, slots=True)
class Fused:
    """The decision on one document; ``held`` when its tier is below that of its score, since too little stands
    together."""

    scores: dict[str, float]
    tier: Tier
    urgent: bool
    indicators: tuple[IndicatorScore, ...]
    combination: Combination
    held: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's view of one document: arrays (segments, labels); probabilities are calibrated.

    ``passages`` are logits (passages, labels) of stretches of neighbouring segments read in one go. What belongs to
    single segments is empty where these were not read, because they could not matter (``fusion.segments_matter``).
    """

    labels: tuple[str, ...]
    passages: NDArray[np.float32]
    lexicon: NDArray[np.float32]  # (segments, labels), logits
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...] = ()  # per segment: contributions (pieces, labels)
    places: tuple[tuple[tuple[int, int], ...], ...] = ()  # per segment: where in the text each piece lies

    def contributions(self, segment: int, label: str) -> list[tuple[int, int, float]]:
        """(start, end, contribution to the logit) of each piece, offsets in the normalised text."""
        column = self.labels.index(label)
        weights = self.weights[segment][:, column]
        return [(start, end, float(w)) for (start, end), w in zip(self.places[segment], weights, strict=True)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an indicator is there: ``quote`` is exactly ``text[start:end]`` of the original."""

    start: int
    end: int
    quote: str
    segment: int
    source: Literal["rule", "model"]
    score: float
    rule_id: str | None = None
    experiencer: Experiencer = "self"


@dataclass(frozen=True, slots=True)
class Finding:
    """An indicator that counts; ``score`` (0..1) joins rules and model as if they were independent."""

    id: str
    score: float
    phase: Phase
    evidence: tuple[Evidence, ...]
    law: tuple[str, ...]
    ilo: int | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Words that would be an indicator, and why they do not count."""

    id: str
    reason: Reason
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Entity:
    """Something to follow up: ``quote`` is exactly ``text[start:end]`` of the original, ``value`` one form for all its
    spellings (E.164 for a phone, ISO 8601 for a date, ISO 3166 for a country); ``details`` depend on the type."""

    type: EntityType
    start: int
    end: int
    quote: str
    value: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """What made the assessment."""

    tip_nlp: str
    model: str
    rules: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found in one document, and why.

    ``scores`` are calibrated probabilities per family, 0..1; ``reason`` says in one sentence why this tier.
    """

    id: str
    kind: Kind
    language: Language
    tier: Tier
    reason: str
    urgent: bool
    scores: dict[str, float]
    indicators: tuple[Finding, ...]
    dimensions: tuple[Dimension, ...]
    elements: Elements
    suppressed: tuple[Suppressed, ...]
    entities: tuple[Entity, ...]
    warnings: tuple[str, ...]
    versions: Versions
    schema_version: int = field(default=SCHEMA_VERSION)

    def to_dict(self) -> dict[str, Any]:
        """The one JSON shape, with ``schema_version`` first."""
        return {"schema_version": self.schema_version} | asdict(self)
