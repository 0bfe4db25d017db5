"""Entities of a document: every finder, overlaps resolved, mapped to the original text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from tip_nlp.entities.contacts import find_contacts
from tip_nlp.entities.found import Found
from tip_nlp.entities.licences import LicenceList, find_licences
from tip_nlp.entities.places import find_places
from tip_nlp.entities.quantities import find_quantities
from tip_nlp.types import Entity, NormalizedText


def find_entities(view: NormalizedText, licences: LicenceList | None, today: date) -> tuple[Entity, ...]:
    """Entities in text order; ``today`` decides which licences have expired."""
    text = view.text
    found = [*find_contacts(text), *find_licences(text, licences, today), *find_quantities(text), *find_places(text)]
    return tuple(_entity(view, each) for each in sorted(_apart(found), key=lambda each: each.start))


def _apart(found: Iterable[Found]) -> Iterator[Found]:
    """Of overlapping entities the first: finders yield the surest kinds first."""
    kept: list[Found] = []
    for each in found:
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
            yield each


def _entity(view: NormalizedText, found: Found) -> Entity:
    start, end = view.to_original(found.start, found.end)
    return Entity(found.type, start, end, view.original[start:end], found.value, dict(found.details))
