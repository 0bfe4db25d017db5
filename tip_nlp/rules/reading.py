"""A text as rules and cues compare it: its words as numbers, by writing and by sound, and phrases of such numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from tip_nlp.rules.pattern import Attribute
from tip_nlp.rules.spelling import UNSPELLED, Speller
from tip_nlp.tokens import Tokens

UNNAMED = 0  # every word that no rule and no cue names
_CACHED = 65_536  # words whose numbers are at hand

_T = TypeVar("_T")


def attribute_of(language: str) -> Attribute:
    """What the words of a language are compared by: as written, or where there is no spelling, by sound."""
    return "NORM" if language in UNSPELLED else "ORTH"


@dataclass(frozen=True, slots=True)
class Reading:
    """Tokens, and the number of each by what it is compared by."""

    tokens: Tokens
    numbers: Mapping[Attribute, list[int]]


class Words:
    """Numbers the words that rules and cues name, from 1; it grows with them and not with the texts."""

    def __init__(self, speller: Speller) -> None:
        self.sound = lru_cache(_CACHED)(speller.key)
        self._numbers: dict[str, int] = {}
        self._pair = lru_cache(_CACHED)(self._looked_up)

    def add(self, phrase: Sequence[str], attribute: Attribute) -> list[int]:
        """Number the words of a phrase of folded keys; all phrases come before the first text."""
        keys = map(self.sound, phrase) if attribute == "NORM" else phrase
        return [self._numbers.setdefault(key, len(self._numbers) + 1) for key in keys]

    def read(self, tokens: Tokens) -> Reading:
        """Look up the words of a text."""
        pairs = list(map(self._pair, tokens.keys))
        return Reading(tokens, {"ORTH": [written for written, _ in pairs], "NORM": [sounded for _, sounded in pairs]})

    def _looked_up(self, key: str) -> tuple[int, int]:
        return self._numbers.get(key, UNNAMED), self._numbers.get(self.sound(key), UNNAMED)


class Phrases(Generic[_T]):
    """Finds many phrases at once, each with what it stands for."""

    def __init__(self) -> None:
        self._by_first: dict[int, list[tuple[list[int], _T]]] = defaultdict(list)

    def add(self, phrase: Sequence[int], meaning: _T) -> None:
        """Look for a phrase of one or more numbers from now on."""
        found = list(phrase[1:]), meaning
        if found not in self._by_first[phrase[0]]:
            self._by_first[phrase[0]].append(found)

    def find(self, numbers: Sequence[int], start: int, stop: int) -> Iterator[tuple[_T, int, int]]:
        """What stands within numbers[start:stop], each with its own start and stop, overlapping ones too."""
        by_first = self._by_first
        for place in [place for place in range(start, stop) if numbers[place] in by_first]:
            for rest, meaning in by_first[numbers[place]]:
                end = place + 1 + len(rest)
                if end <= stop and numbers[place + 1 : end] == rest:
                    yield meaning, place, end
