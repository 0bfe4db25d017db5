"""Is the process there, and can it score."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from api.dependencies import AnalyzerDep
from api.schemas import ErrorOut, HealthOut, ReadyOut, VersionsOut

router = APIRouter(tags=["health"])


@router.get("/health", summary="The process answers")
def health() -> HealthOut:
    """Liveness."""
    return HealthOut(status="ok")


@router.get("/ready", summary="The model is loaded", responses={503: {"model": ErrorOut}})
def ready(analyzer: AnalyzerDep) -> ReadyOut:
    """Readiness, with the versions that score."""
    return ReadyOut(status="ready", versions=VersionsOut(**asdict(analyzer.versions)))
