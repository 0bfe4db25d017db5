"""Link texts into campaigns: near-duplicates, and texts that share a contact.

The stages: (1) every new text becomes a member of the workspace, by its shingles and contacts; (2) members alike are
joined into templates; (3) templates are joined into campaigns by shared contacts; (4) campaigns get their ids, and
their history from the rows in which their members were seen, in this scan and before.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tip_nlp.campaigns.contacts import contact_hash, contact_keys
from tip_nlp.campaigns.fingerprint import BANDS, Hashes, shingles
from tip_nlp.campaigns.history import History
from tip_nlp.campaigns.neighbours import buckets, link_neighbours
from tip_nlp.campaigns.sets import DisjointSets
from tip_nlp.campaigns.workspace import Member, Workspace
from tip_nlp.journal import Sighting, Text

# A contact of more texts than this, of more unlike templates than that, is a switchboard (a job board's, a hotline's)
# and links no one. An agency's own number stands in few templates, however often it is posted.
MOST_TEXTS = 200
MOST_TEMPLATES = 20
_AT_ONCE = 500  # texts whose signatures are made in one call
_AT_HAND = 50_000  # texts whose shingles stay in memory, some 300 bytes each


def link_texts(
    assessed: Iterable[tuple[Text, dict[str, Any]]],
    sightings: Callable[[Collection[bytes]], Iterable[Sighting]],
    workspace: Path | None,
    today: date,
) -> Iterator[tuple[int, str | None, History]]:
    """(text number, campaign id, its history) of each text; None where it stands alone. ``assessed``, in ascending
    order of number, is read once, as a stream, and so are the ``sightings`` of these texts, given the parts of files
    that the workspace knows.

    Nothing is yielded before everything was read and the workspace was saved, in one transaction: the same texts and
    rows again have the same campaigns and histories.
    """
    numbers, members = array("q"), array("q")
    with Workspace(workspace) as known, known.transaction():
        before = len(known)
        for number, member in _take_in(known, assessed, before):
            numbers.append(number)
            members.append(member)
        templates = DisjointSets(known.templates())
        _link_templates(known, templates, before)
        campaigns = DisjointSets(known.campaigns())
        _link_contacts(known, templates, campaigns, before)
        roots = campaigns.roots()
        ids = known.save(templates.roots(), roots)
        seen = sightings(known.parts())
        known.see(((each.part, members[bisect_left(numbers, each.text)], each.day) for each in seen), today)
        histories = known.histories({ids[lowest] for lowest in np.unique(roots[members]).tolist() if lowest in ids})
    for number, member in zip(numbers, members, strict=True):
        campaign = ids.get(int(roots[member]))
        yield number, campaign, histories.get(campaign or "", History())


def _take_in(known: Workspace, assessed: Iterable[tuple[Text, dict[str, Any]]], size: int) -> Iterator[tuple[int, int]]:
    """(text number, member) of each text; those not met before become members."""
    waiting: dict[bytes, Member] = {}
    for text, assessment in assessed:
        digest = sha256(text.record.text.encode("utf-8", "surrogatepass")).digest()[:16]
        member = waiting[digest].number if digest in waiting else known.find(digest)
        if member is None:
            member, size = size, size + 1
            waiting[digest] = _member(member, digest, text.record.text, assessment["entities"])
        yield text.number, member
        if len(waiting) == _AT_ONCE:
            known.add(list(waiting.values()))
            waiting.clear()
    known.add(list(waiting.values()))


def _member(number: int, digest: bytes, text: str, entities: list[dict[str, Any]]) -> Member:
    contacts = sorted(map(contact_hash, contact_keys(entities)))
    return Member(number, digest, shingles(text, entities), contacts)


def _link_templates(known: Workspace, templates: DisjointSets, before: int) -> None:
    """Join new members with members, old and new, that are alike."""
    chunks = list(known.bands(before, len(known)))
    if not chunks:
        return
    members = np.concatenate([numbers for numbers, _ in chunks])
    keys = np.concatenate([rows for _, rows in chunks]).T.copy()
    del chunks
    old = _met_before(known, keys, before)
    at_hand = lru_cache(_AT_HAND)(known.shingles)
    for band in range(BANDS):
        both = np.concatenate([old[band][1], members])
        found = buckets(np.concatenate([old[band][0], keys[band]]), both, templates.roots()[both])
        # A bucket of old members alone was compared when they came.
        link_neighbours((bucket for bucket in found if bucket[-1] >= before), templates, at_hand)


def _met_before(known: Workspace, keys: Hashes, before: int) -> list[tuple[Hashes, NDArray[np.int64]]]:
    """Per band the keys and numbers of old members that a new one shares the band with: memory grows with the scan,
    not with the workspace."""
    met: list[list[tuple[Hashes, NDArray[np.int64]]]] = [[] for _ in range(BANDS)]
    wanted = [np.unique(row) for row in keys]
    for numbers, rows in known.bands(0, before):
        for band in range(BANDS):
            hit = np.isin(rows[:, band], wanted[band])
            met[band].append((rows[hit, band], numbers[hit]))
    none = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.int64)
    return [
        (np.concatenate([k for k, _ in found]), np.concatenate([n for _, n in found])) if found else none
        for found in met
    ]


def _link_contacts(known: Workspace, templates: DisjointSets, campaigns: DisjointSets, before: int) -> None:
    """Join each member with its template, and new members with those of the same contact."""
    for member, lowest in enumerate(templates.roots().tolist()):
        if member != lowest:
            campaigns.join(lowest, member)
    for sharers in known.shared_contacts():
        if sharers[-1] >= before and not _is_switchboard(sharers, templates):
            for member in sharers[1:]:
                campaigns.join(sharers[0], member)


def _is_switchboard(sharers: list[int], templates: DisjointSets) -> bool:
    return len(sharers) > MOST_TEXTS and len({templates.find(member) for member in sharers}) > MOST_TEMPLATES
