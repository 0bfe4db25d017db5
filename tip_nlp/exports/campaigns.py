"""Campaigns as JSONL: each with its template and slots, contacts, dates, places and indicators, described from all of
its rows, and with its history over all scans."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from tip_nlp.campaigns.description import describe
from tip_nlp.exports.source import writable
from tip_nlp.results.reading import Place, read_at, read_placed
from tip_nlp.results.result import Result
from tip_nlp.storage import ADVICE, guarded
from tip_nlp.types import TIERS, Tier


def write_campaigns(results: Path, target: Path, least: Tier) -> None:
    """One JSONL file, a line for each campaign with a row of at least that tier, the highest tier and the largest
    first: see :class:`tip_nlp.campaigns.description.Campaign` for the fields, dates as ISO 8601."""
    with target.open("w", encoding="utf-8") as stream:
        for rows in _campaigns(results, TIERS.index(least)):
            stream.write(writable(json.dumps(asdict(describe(rows)), ensure_ascii=False, default=str)) + "\n")


def _campaigns(results: Path, floor: int) -> Iterator[Iterator[Result]]:
    """The assessed rows of each campaign. Which rows these are is kept on the disk, so that none is held in memory."""
    with guarded("the temporary list of rows", ADVICE), closing(sqlite3.connect("")) as list_:
        list_.execute("CREATE TABLE rows (campaign BLOB, tier INTEGER, line INTEGER, start INTEGER)")
        list_.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", _members(results))
        list_.execute("CREATE INDEX by_campaign ON rows (campaign, line)")
        found = list_.execute(
            "SELECT campaign FROM rows GROUP BY campaign HAVING max(tier) >= ? "
            "ORDER BY max(tier) DESC, count(*) DESC, campaign",
            (floor,),
        )
        for campaign in found:
            rows = list_.execute("SELECT line, start FROM rows WHERE campaign = ? ORDER BY line", campaign)
            yield read_at(results, (Place(*place) for place in rows))


def _members(results: Path) -> Iterator[tuple[bytes, int, int, int]]:
    for place, result in read_placed(results):
        if result.campaign is not None and result.assessment is not None:
            name = result.campaign.encode("utf-8", "surrogatepass")
            yield name, TIERS.index(result.assessment["tier"]), *place
