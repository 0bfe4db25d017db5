"""The indicators as data."""

from __future__ import annotations

from fastapi import APIRouter

from api.schemas import IndicatorOut, IndicatorsOut
from tip_nlp.taxonomy import Indicator, load_taxonomy

router = APIRouter(prefix="/v1", tags=["taxonomy"])


@router.get("/indicators", summary="The indicators, with definitions and law")
def indicators() -> IndicatorsOut:
    """Every indicator that an assessment can name."""
    taxonomy = load_taxonomy()
    return IndicatorsOut(version=taxonomy.version, indicators=[_out(each) for each in taxonomy.indicators])


def _out(indicator: Indicator) -> IndicatorOut:
    return IndicatorOut(
        id=indicator.id,
        family=indicator.family,
        name_en=indicator.name_en,
        name_ur=indicator.name_ur,
        description=indicator.description,
        ilo=indicator.ilo or None,
        law=[reference.cite for reference in indicator.law],
        htcds=indicator.htcds,
        as_of=indicator.as_of.isoformat(),
        recheck_after=indicator.recheck_after.isoformat(),
        verified=indicator.verified,
    )
