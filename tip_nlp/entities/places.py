"""Countries and the towns of known routes, by a gazetteer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from babel import Locale

from tip_nlp.entities.found import Found
from tip_nlp.entities.quantities import LOCALES
from tip_nlp.tokens import tokenize

Phrase = tuple[str, ...]


def find_places(text: str) -> Iterator[Found]:
    """Countries (``value`` is the ISO 3166 code) and towns (``value`` is the name) of normalised text; the longest
    name at each place."""
    tokens = tokenize(text)
    known, longest = _gazetteer()
    position = 0
    while position < len(tokens.keys):
        for size in range(min(longest, len(tokens.keys) - position), 0, -1):
            found = known.get(tuple(tokens.keys[position : position + size]))
            if found is not None:
                last = position + size - 1
                yield Found("place", tokens.starts[position], tokens.ends[last], *found)
                position = last
                break
        position += 1


@cache
def _gazetteer() -> tuple[Mapping[Phrase, tuple[str, dict[str, str]]], int]:
    """Phrases of folded keys with what they name, and the length of the longest."""
    table = tomllib.loads(files("tip_nlp").joinpath("data", "places.toml").read_text(encoding="utf-8"))
    codes, ambiguous = table["countries"]["codes"], {_phrase(word) for word in table["countries"]["ambiguous"]}
    found: dict[Phrase, tuple[str, dict[str, str]]] = {}
    for locale in map(Locale, LOCALES):
        for code in codes:
            phrase = _phrase(locale.territories.get(code, ""))
            if phrase and phrase not in ambiguous:
                found[phrase] = (code, {"country": code})
    for code, words in table["aliases"].items():
        found |= {_phrase(word): (code, {"country": code}) for word in words}
    for town in table["town"]:
        latitude, longitude = town["position"]
        details = {"country": town["country"], "latitude": str(latitude), "longitude": str(longitude)}
        found |= {_phrase(word): (town["name"], details) for word in town["words"]}
    return found, max(map(len, found))


def _phrase(name: str) -> Phrase:
    return tuple(tokenize(name).keys)
