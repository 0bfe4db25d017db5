"""What a campaign is, told from the results that share it, for reports and exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from tip_nlp.campaigns.history import History
from tip_nlp.campaigns.slots import Entities
from tip_nlp.campaigns.template import Template, find_template
from tip_nlp.errors import InputError
from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result
from tip_nlp.types import TIERS, Tier

_T = TypeVar("_T", bound=Hashable)

CONTACTS = ("phone", "handle", "email", "link", "licence")
MOST_TEXTS = 1_000  # different texts of a campaign, the first, from which those for the template are drawn


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact and how many rows have it; ``type`` is one of CONTACTS."""

    type: str
    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """Texts that belong together. All counts are of rows of this scan, the most frequent first.

    ``size`` counts rows, ``texts`` distinct texts. ``template`` is None where no two texts are alike and a contact
    alone links them. ``first_seen`` and ``last_seen`` are by the rows' own date column, None without one. ``places``
    are by the value of the entity, ``indicators`` by id, ``languages`` by code; ``tier`` is the highest of any row.
    ``history`` counts the rows of other scans of the workspace too.
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
    history: History


def describe(results: Iterable[Result]) -> Campaign:
    """Describe the campaign that all of these results name; InputError where they name none, or several.

    The results are read once, as a stream: memory grows with what differs among them, not with their number.
    """
    tally = _Tally()
    for result in results:
        tally.add(result)
    id = next(iter(tally.ids), None)
    if len(tally.ids) != 1 or id is None or not tally.tiers:
        raise InputError(
            f"expected assessed results of one campaign, got {len(tally.ids)} campaign(s) in {tally.size} rows"
        )
    return Campaign(
        id=id,
        size=tally.size,
        texts=len(tally.texts),
        template=find_template(list(tally.first.items())),
        contacts=tuple(Contact(kind, value, rows) for (kind, value), rows in _ordered(tally.contacts)),
        first_seen=min(tally.days, default=None),
        last_seen=max(tally.days, default=None),
        places=tuple((value, rows) for (_, value), rows in _ordered(tally.places)),
        indicators=_ordered(tally.indicators),
        tier=max(tally.tiers, key=TIERS.index),
        languages=_ordered(tally.languages),
        history=tally.history,
    )


class _Tally:
    """In how many rows of a campaign each thing is."""

    def __init__(self) -> None:
        self.ids: set[str | None] = set()
        self.size = 0
        self.texts: set[int] = set()  # hashes: of a million texts two are the same once in ten million times
        self.first: dict[str, Entities] = {}
        self.days: set[date] = set()
        self.tiers: set[Tier] = set()
        self.contacts: Counter[tuple[str, str]] = Counter()
        self.places: Counter[tuple[str, str]] = Counter()
        self.indicators: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.history = History()

    def add(self, result: Result) -> None:
        self.ids.add(result.campaign)
        self.size += 1
        self.history = max(self.history, result.history, key=lambda history: history.rows)
        if day := posted(result.record):
            self.days.add(day)
        found, text = result.assessment, result.record.text
        if found is None:
            return
        self.texts.add(hash(text))
        if len(self.first) < MOST_TEXTS:
            self.first.setdefault(text, found["entities"])
        self.tiers.add(found["tier"])
        self.contacts.update(_values(found, CONTACTS))
        self.places.update(_values(found, ("place",)))
        self.indicators.update({each["id"] for each in found["indicators"]})
        self.languages[found["language"]["code"]] += 1


def _values(found: dict[str, Any], kinds: Sequence[str]) -> set[tuple[str, str]]:
    return {(each["type"], each["value"]) for each in found["entities"] if each["type"] in kinds}


def _ordered(counts: Counter[_T]) -> tuple[tuple[_T, int], ...]:
    """The most frequent first, equals in their own order."""
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))))
