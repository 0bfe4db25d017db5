"""Guidance: one call assessed, with what to ask next and where to refer."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AnalyzerDep
from api.errors import DOCUMENT_ERRORS
from api.schemas import CallIn, GuidanceOut
from tip_nlp.guidance import advise

router = APIRouter(prefix="/v1/guidance", tags=["guidance"], responses=DOCUMENT_ERRORS)


@router.post("", summary="Assess one call, and say what to ask next and where to refer")
def guide(call: CallIn, analyzer: AnalyzerDep) -> GuidanceOut:
    """For a person on the hotline. The text is not stored and not logged."""
    assessment = analyzer.assess(call.text, kind=call.kind, id=call.id or "0")
    guidance = advise(assessment, language=call.language)
    return GuidanceOut.model_validate({"assessment": assessment.to_dict(), "guidance": guidance.to_dict()})
