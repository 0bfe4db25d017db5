"""What a campaign is, told from the results that share it, for reports and exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tip_nlp.campaigns.template import Template, find_template
from tip_nlp.errors import InputError
from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result
from tip_nlp.types import TIERS, Tier

_T = TypeVar("_T", bound=Hashable)

CONTACTS = ("phone", "handle", "email", "link", "licence")


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact and how many rows have it; ``type`` is one of CONTACTS."""

    type: str
    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """Texts of one hand. All counts are of rows, the most frequent first.

    ``size`` counts rows, ``texts`` distinct texts. ``template`` is None where no two texts are alike and a contact
    alone links them. ``first_seen`` and ``last_seen`` are by the rows' own date column, None without one. ``places``
    are by the value of the entity, ``indicators`` by id, ``languages`` by code; ``tier`` is the highest of any row.
    """

    id: str
    size: int
    texts: int
    template: Template | None
    contacts: tuple[Contact, ...]
    first_seen: date | None
    last_seen: date | None
    places: tuple[tuple[str, int], ...]
    indicators: tuple[tuple[str, int], ...]
    tier: Tier
    languages: tuple[tuple[str, int], ...]


def describe(results: Sequence[Result]) -> Campaign:
    """Describe the campaign that all of these results name; InputError where they name none, or several."""
    ids = {result.campaign for result in results}
    found = [result.assessment for result in results if result.assessment is not None]
    id = next(iter(ids), None)
    if len(ids) != 1 or id is None or not found:
        raise InputError(
            f"expected assessed results of one campaign, got {len(ids)} campaign(s) in {len(results)} rows"
        )
    texts = {r.record.text: r.assessment["entities"] for r in results if r.assessment is not None}
    days = [day for result in results if (day := posted(result.record.row)) is not None]
    contacts = _count(_values(result, CONTACTS) for result in results)
    places = _count(_values(result, ("place",)) for result in results)
    return Campaign(
        id=id,
        size=len(results),
        texts=len(texts),
        template=find_template(list(texts.items())),
        contacts=tuple(Contact(kind, value, rows) for (kind, value), rows in contacts),
        first_seen=min(days, default=None),
        last_seen=max(days, default=None),
        places=tuple((value, rows) for (_, value), rows in places),
        indicators=_count({each["id"] for each in assessment["indicators"]} for assessment in found),
        tier=max((assessment["tier"] for assessment in found), key=TIERS.index),
        languages=_count([assessment["language"]["code"]] for assessment in found),
    )


def describe_all(results: Iterable[Result]) -> list[Campaign]:
    """Every campaign of a scan, the highest tier and the largest first. Only rows of campaigns are held in memory."""
    members: dict[str, list[Result]] = {}
    for result in results:
        if result.campaign is not None and result.assessment is not None:
            members.setdefault(result.campaign, []).append(result)
    found = map(describe, members.values())
    return sorted(found, key=lambda campaign: (-TIERS.index(campaign.tier), -campaign.size, campaign.id))


def _values(result: Result, kinds: Sequence[str]) -> set[tuple[str, str]]:
    entities = result.assessment["entities"] if result.assessment is not None else []
    return {(each["type"], each["value"]) for each in entities if each["type"] in kinds}


def _count(of_rows: Iterable[Iterable[_T]]) -> tuple[tuple[_T, int], ...]:
    """In how many rows each thing is; the most frequent first, equals in their own order."""
    counts = Counter(each for things in of_rows for each in set(things))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))))
