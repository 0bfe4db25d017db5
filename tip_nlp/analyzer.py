"""The Analyzer: the order of the stages, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tip_nlp._version import __version__
from tip_nlp.classifier import Classifier
from tip_nlp.entities.extraction import find_entities
from tip_nlp.entities.licences import LicenceList, read_licences
from tip_nlp.errors import InputError
from tip_nlp.explanation import explain_findings, explain_suppressed, explain_tier
from tip_nlp.fusion import fuse, segments_matter
from tip_nlp.language import LanguageIdentifier, compose
from tip_nlp.normalize import normalize
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.schema import load_rules
from tip_nlp.segments import is_transcript, model_text, passages, split
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import (
    KINDS,
    Assessment,
    Kind,
    Language,
    Match,
    NormalizedText,
    Prediction,
    Segment,
    Versions,
)

# Taken through the stages together: enough to fill the model's batches, little enough to hold in memory.
_CHUNK_DOCUMENTS = 256
_CHUNK_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True)
class Document:
    """A text on its way through the stages."""

    id: str
    kind: Kind
    view: NormalizedText
    segments: tuple[Segment, ...]


class Analyzer:
    """Scores documents. Load once, share between threads.

    text → normalise → identify language → split into segments → { rules → assertion ‖ classifier → calibration }
    → fuse → explain → Assessment
    """

    def __init__(
        self,
        classifier: Classifier,
        licences: LicenceList | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.classifier = classifier
        self.licences = licences
        self.today = today  # decides which licences have expired
        self.taxonomy = load_taxonomy()
        self.rules = RuleMatcher(load_rules(), load_cues())
        self.languages = LanguageIdentifier.load()
        self.versions = Versions(__version__, classifier.version, self.rules.version, self.taxonomy.version)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, settings: Settings | None = None) -> Analyzer:
        """Load the model and the licence list that the settings name.

        ModelError when the model is missing or was changed, InputError when the list cannot be read.
        """
        settings = settings or Settings()
        classifier = Classifier.load(
            settings.model,
            threads=settings.threads,
            batch=settings.batch,
            device=settings.device,
            exact=settings.exact,
        )
        # A list that the user names must be there; without one, numbers are found and not judged.
        has_list = settings.licences.is_file() or "licences" in settings.model_fields_set
        return cls(classifier, read_licences(settings.licences) if has_list else None)

    def assess(self, text: str, *, kind: Kind | None = None, id: str = "0") -> Assessment:
        """Assess one text: a batch of one."""
        return self.assess_batch([text], kinds=[kind], ids=[id])[0]

    def assess_batch(
        self,
        texts: Sequence[str],
        *,
        kinds: Sequence[Kind | None] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[Assessment]:
        """Assess texts, in order. Kinds default to ``transcript`` where speakers are labelled, elsewhere to
        ``message`` where the words tell one and ``ad`` where they do not; ids default to the places in the batch.
        InputError names the first text that cannot be read.
        """
        kinds = [None] * len(texts) if kinds is None else kinds
        ids = [str(index) for index in range(len(texts))] if ids is None else ids
        for name, values in (("kinds", kinds), ("ids", ids)):
            if len(values) != len(texts):
                raise InputError(f"{name} has {len(values)} entries for {len(texts)} texts; give one for each")
        documents = (self._document(*each) for each in zip(texts, kinds, ids, strict=True))
        with self._lock:
            return [assessment for chunk in _chunks(documents) for assessment in self._assess(chunk)]

    def _document(self, text: str, kind: Kind | None, id: str) -> Document:
        view = normalize(text)
        kind = kind or self._guess_kind(view.text)
        if kind not in KINDS:
            raise InputError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
        return Document(id, kind, view, split(view.text, kind))

    def _guess_kind(self, text: str) -> Kind:
        if is_transcript(text):
            return "transcript"
        return "message" if self.classifier.is_message(text) else "ad"

    def _assess(self, documents: Sequence[Document]) -> Iterator[Assessment]:
        languages = self._identify(documents)
        matches = self.rules.match_batch((document.view.text, document.segments) for document in documents)
        predictions = self._predict(documents, matches)
        for document, language, found, prediction in zip(documents, languages, matches, predictions, strict=True):
            yield self._conclude(document, language, found, prediction)

    def _predict(self, documents: Sequence[Document], matches: Sequence[Sequence[Match]]) -> list[Prediction]:
        """By passages, and by segments where these could make a difference."""
        texts = [[model_text(document.view.text, segment) for segment in document.segments] for document in documents]
        predictions = self.classifier.read_passages(
            texts, [passages(document.view.text, document.segments) for document in documents]
        )
        decision = self.classifier.decision
        read = [
            own if segments_matter(prediction, found, self.taxonomy, decision) else ()
            for own, prediction, found in zip(texts, predictions, matches, strict=True)
        ]
        return self.classifier.read_segments(predictions, read)

    def _identify(self, documents: Sequence[Document]) -> list[Language]:
        texts = [[document.view.text[s.start : s.end] for s in document.segments] for document in documents]
        detections = iter(self.languages.detect_batch([text for own in texts for text in own]))
        return [
            compose([next(detections) for _ in own], [sum(map(str.isalpha, text)) for text in own]) for own in texts
        ]

    def _conclude(
        self, document: Document, language: Language, matches: Sequence[Match], prediction: Prediction
    ) -> Assessment:
        decision = self.classifier.decision
        fused = fuse(
            prediction,
            matches,
            kind=document.kind,
            taxonomy=self.taxonomy,
            decision=decision,
        )
        return Assessment(
            id=document.id,
            kind=document.kind,
            language=language,
            tier=fused.tier,
            reason=explain_tier(fused, decision),
            urgent=fused.urgent,
            scores={family: round(score, 4) for family, score in fused.scores.items()},
            indicators=explain_findings(
                document.view, document.segments, fused.indicators, prediction, decision, self.taxonomy
            ),
            dimensions=fused.combination.dimensions,
            elements=fused.combination.elements,
            suppressed=explain_suppressed(document.view, matches, decision),
            entities=find_entities(document.view, self.licences, self.today()),
            warnings=tuple(self._warnings(document, language)),
            versions=self.versions,
        )

    def _warnings(self, document: Document, language: Language) -> Iterator[str]:
        if document.view.replaced:
            yield f"{document.view.replaced} character(s) that no text can hold (NUL, lone surrogate) were replaced"
        if not document.segments:
            yield "the text is blank: nothing to assess"
            return
        codes = [part.code for part in language.parts] if language.code == "mixed" else [language.code]
        for code in codes:
            if code == "und":
                yield "the language is not certain: read the scores with care"
            elif code not in self.classifier.languages:
                yield f"no evaluated model for language {code}"
            if code != "und" and code not in self.rules.languages:
                yield f"no rules for language {code}: only the model speaks"


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    characters = 0
    for document in documents:
        chunk.append(document)
        characters += len(document.view.text)
        if len(chunk) == _CHUNK_DOCUMENTS or characters >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
