"""Campaigns as JSONL: each with its template and slots, contacts, dates, places and indicators, described from all of
its rows."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tip_nlp.campaigns.description import describe_all
from tip_nlp.exports.source import writable
from tip_nlp.results.reading import read_results
from tip_nlp.types import TIERS, Tier


def write_campaigns(results: Path, target: Path, least: Tier) -> None:
    """One JSONL file, a line for each campaign with a row of at least that tier: see
    :class:`tip_nlp.campaigns.description.Campaign` for the fields, dates as ISO 8601."""
    floor = TIERS.index(least)
    with target.open("w", encoding="utf-8") as stream:
        for campaign in describe_all(read_results(results)):
            if TIERS.index(campaign.tier) >= floor:
                stream.write(writable(json.dumps(asdict(campaign), ensure_ascii=False, default=str)) + "\n")
