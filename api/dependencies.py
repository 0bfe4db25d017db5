"""What the routes are given."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from tip_nlp.analyzer import Analyzer


def get_analyzer(request: Request) -> Analyzer:
    """The one Analyzer, loaded and warmed at start."""
    analyzer = getattr(request.app.state, "analyzer", None)
    if not isinstance(analyzer, Analyzer):
        raise HTTPException(503, "the model is still loading; try again in a few seconds", {"Retry-After": "5"})
    return analyzer


AnalyzerDep = Annotated[Analyzer, Depends(get_analyzer)]
