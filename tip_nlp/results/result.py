"""One row of a scan's result, and its columns in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from tip_nlp.campaigns.history import History
from tip_nlp.records import Record, Row

ADDED = (
    "tip_id", "tip_rank", "tip_kind", "tip_language", "tip_tier", "tip_reason", "tip_urgent", "tip_trafficking",
    "tip_smuggling", "tip_indicators", "tip_evidence", "tip_dimensions", "tip_elements", "tip_suppressed",
    "tip_entities", "tip_duplicate_of", "tip_campaign", "tip_campaign_size", "tip_campaign_rows", "tip_campaign_texts",
    "tip_campaign_first_seen", "tip_campaign_last_seen", "tip_campaign_merged_from", "tip_warnings", "tip_error",
    "tip_extra",
)  # fmt: skip

TextKey: TypeAlias = tuple[str, int | str]


@dataclass(frozen=True, slots=True)
class Result:
    """A record with what was found in it.

    ``assessment`` is the JSON shape of an Assessment, or None where ``record.error`` tells why there is none. ``rank``
    counts from 1, the row to look at first; ``duplicate_of`` is the id of the first row with the same text, and
    ``first`` where that row stands, since files may give the same ids: its source and number (of a result written
    before these were, nothing and the id). ``campaign`` names the group of near-duplicate or linked texts it belongs
    to, of ``campaign_size`` rows in this scan, and ``history`` tells of it over all scans. A scan that only streams
    knows neither rank nor duplicates nor campaigns.
    """

    record: Record
    assessment: dict[str, Any] | None
    rank: int | None = None
    duplicate_of: str | None = None
    campaign: str | None = None
    campaign_size: int = 0
    first: TextKey | None = None
    history: History = History()

    @property
    def text_key(self) -> TextKey:
        """The same for all rows that hold one text, and for no others."""
        return self.first or (self.record.source, self.record.number)


def flatten(result: Result) -> Row:
    """The added columns (ADDED, but for ``tip_extra``) as text."""
    found, record = result.assessment, result.record
    linked = {
        "tip_id": record.id,
        "tip_rank": "" if result.rank is None else str(result.rank),
        "tip_duplicate_of": result.duplicate_of or "",
        "tip_campaign": result.campaign or "",
        "tip_campaign_size": str(result.campaign_size or ""),
        "tip_error": record.error or "",
    }
    linked |= {name: _told(value) for name, value in result.history.to_dict("tip_campaign_").items()}
    return linked if found is None else linked | _assessed(found)


def _told(value: int | str | tuple[str, ...] | None) -> str:
    return "; ".join(value) if isinstance(value, tuple) else str(value or "")


def _assessed(found: dict[str, Any]) -> Row:
    return {
        "tip_kind": found["kind"],
        "tip_language": found["language"]["code"],
        "tip_tier": found["tier"],
        "tip_reason": found["reason"],
        "tip_urgent": str(found["urgent"]).lower(),
        "tip_trafficking": f"{found['scores']['trafficking']:.4f}",
        "tip_smuggling": f"{found['scores']['smuggling']:.4f}",
        "tip_indicators": "; ".join(f"{each['id']} {each['score']:.2f}" for each in found["indicators"]),
        "tip_evidence": " | ".join(
            f"{each['id']}: “{' '.join(quote['quote'].split())}”"
            for each in found["indicators"]
            for quote in each["evidence"]
        ),
        "tip_dimensions": "; ".join(each["id"] for each in found["dimensions"] if each["positive"]),
        "tip_elements": "; ".join(
            f"{name}: {', '.join(ids)}" for name in ("act", "means", "purpose") if (ids := found["elements"][name])
        ),
        "tip_suppressed": "; ".join(f"{each['id']} ({each['reason']})" for each in found["suppressed"]),
        "tip_entities": "; ".join(f"{each['type']} {each['value']}" for each in found["entities"]),
        "tip_warnings": "; ".join(found["warnings"]),
    }
