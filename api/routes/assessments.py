"""Scoring: one document, or a batch in which a bad document costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError

from api.dependencies import AnalyzerDep
from api.errors import DOCUMENT_ERRORS, invalid_detail
from api.schemas import MAX_ID, AssessmentOut, BatchIn, BatchItemOut, BatchOut, DocumentIn, ErrorDetail
from tip_nlp.analyzer import Analyzer
from tip_nlp.types import Assessment

router = APIRouter(prefix="/v1/assessments", tags=["assessments"], responses=DOCUMENT_ERRORS)


@router.post("", summary="Assess one document")
def assess(document: DocumentIn, analyzer: AnalyzerDep) -> AssessmentOut:
    """Score one text and say why. The text is not stored and not logged."""
    return _out(analyzer.assess(document.text, kind=document.kind, id=document.id or "0"))


@router.post("/batch", summary="Assess up to 1,000 documents")
def assess_batch(batch: BatchIn, analyzer: AnalyzerDep) -> BatchOut:
    """Score many texts. The answer has one result for each document, in order: an assessment or an error."""
    checked = [_check(document) for document in batch.documents]
    assessments = _assess(checked, analyzer)
    items = [
        BatchItemOut(id=_readable_id(raw), error=outcome)
        if isinstance(outcome, ErrorDetail)
        else _item(next(assessments))
        for raw, outcome in zip(batch.documents, checked, strict=True)
    ]
    return BatchOut(results=items, failed=sum(item.error is not None for item in items))


def _check(raw: dict[str, Any]) -> DocumentIn | ErrorDetail:
    try:
        return DocumentIn.model_validate(raw)
    except ValidationError as error:
        return invalid_detail(error.errors())


def _assess(checked: list[DocumentIn | ErrorDetail], analyzer: Analyzer) -> Iterator[Assessment]:
    usable = [(place, document) for place, document in enumerate(checked) if isinstance(document, DocumentIn)]
    assessments = analyzer.assess_batch(
        [document.text for _, document in usable],
        kinds=[document.kind for _, document in usable],
        ids=[document.id or str(place) for place, document in usable],
    )
    return iter(assessments)


def _item(assessment: Assessment) -> BatchItemOut:
    return BatchItemOut(id=assessment.id, assessment=_out(assessment))


def _readable_id(raw: dict[str, Any]) -> str | None:
    """The id of a document that was refused, if it is one that an answer can carry."""
    own = raw.get("id")
    return own if isinstance(own, str) and own.isprintable() and len(own) <= MAX_ID else None


def _out(assessment: Assessment) -> AssessmentOut:
    return AssessmentOut.model_validate(assessment.to_dict())
