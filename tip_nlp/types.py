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


@dataclass(frozen=True, slots=True)
class FamilyDecision:
    """Logistic combination of the strongest segment logit, the strongest lexicon logit and the rule evidence."""

    model_weight: float
    lexicon_weight: float
    rule_weight: float
    bias: float


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


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """An indicator that counts in a document, before its evidence is written out."""

    id: str
    score: float
    phase: Phase
    matches: tuple[Match, ...]
    segments: tuple[int, ...]  # where the model alone is above the threshold


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's view of one document: arrays (segments, labels); probabilities are calibrated."""

    labels: tuple[str, ...]
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    lexicon: NDArray[np.float32]  # (segments, labels), logits
    weights: tuple[NDArray[np.float32], ...]  # per segment: contributions (pieces, labels)
    places: tuple[tuple[tuple[int, int], ...], ...]  # per segment: where in the text each piece lies

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
class Versions:
    """What made the assessment."""

    tip_nlp: str
    model: str
    rules: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found in one document, and why. ``scores`` are calibrated probabilities per family, 0..1."""

    id: str
    kind: Kind
    language: Language
    tier: Tier
    urgent: bool
    scores: dict[str, float]
    indicators: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    warnings: tuple[str, ...]
    versions: Versions
    schema_version: int = field(default=SCHEMA_VERSION)

    def to_dict(self) -> dict[str, Any]:
        """The one JSON shape, with ``schema_version`` first."""
        return {"schema_version": self.schema_version} | asdict(self)
