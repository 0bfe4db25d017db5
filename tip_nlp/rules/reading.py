"""A text as rules and cues compare it: its words as numbers, by writing and by sound, and phrases of such numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from tip_nlp.rules.pattern import Attribute
from tip_nlp.rules.spelling import UNSPELLED, Speller
from tip_nlp.tokens import BOUNDARY, COMMA, Tokens

# Words that are written with a point before a number.
_ABBREVIATED = frozenset({"rs", "no", "lic", "approx", "max", "min", "sr", "pkr", "aed"})
UNNAMED = 0  # every word that no rule and no cue names
_CACHED = 65_536  # words whose numbers are at hand

_T = TypeVar("_T")


def attribute_of(language: str) -> Attribute:
    """What the words of a language are compared by: as written, or where there is no spelling, by sound."""
    return "NORM" if language in UNSPELLED else "ORTH"


@dataclass(frozen=True, slots=True)
class Reading:
    """Tokens, the number of each by what it is compared by, and the numbers of the prefixes it begins with."""

    tokens: Tokens
    numbers: Mapping[Attribute, list[int]]
    prefixes: list[tuple[int, ...]]


class Words:
    """Numbers the words that rules and cues name, and the prefixes, from 1; it grows with them and not with the
    texts."""

    def __init__(self, speller: Speller) -> None:
        self.sound = lru_cache(_CACHED)(speller.key)
        self._numbers: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._read = lru_cache(_CACHED)(self._looked_up)

    def add(self, phrase: Sequence[str], attribute: Attribute) -> list[int]:
        """Number the words of a phrase of folded keys; all phrases come before the first text."""
        keys = map(self.sound, phrase) if attribute == "NORM" else phrase
        return [self._numbers.setdefault(key, self._next()) for key in keys]

    def add_prefix(self, prefix: str) -> int:
        """Number what words may begin with, whatever they are compared by."""
        return self._prefixes.setdefault(prefix, self._next())

    def _next(self) -> int:
        return len(self._numbers) + len(self._prefixes) + 1

    def read(self, tokens: Tokens) -> Reading:
        """Look up the words of a text."""
        tokens = _with_whole_numbers(tokens)
        read = list(map(self._read, tokens.keys))
        numbers: dict[Attribute, list[int]] = {"ORTH": [each[0] for each in read], "NORM": [each[1] for each in read]}
        return Reading(tokens, numbers, [each[2] for each in read])

    def _looked_up(self, key: str) -> tuple[int, int, tuple[int, ...]]:
        prefixes = (self._prefixes.get(key[:length], UNNAMED) for length in range(1, len(key) + 1))
        return (
            self._numbers.get(key, UNNAMED),
            self._numbers.get(self.sound(key), UNNAMED),
            tuple(number for number in prefixes if number != UNNAMED),
        )


def _with_whole_numbers(tokens: Tokens) -> Tokens:
    """The point of "4.5 lakh" and of "Rs. 500" as a comma: it ends no sentence."""
    keys = tokens.keys
    points = [
        place
        for place in range(1, len(keys) - 1)
        if keys[place] == BOUNDARY and keys[place + 1][0].isdecimal() and _is_within_number(tokens, place)
    ]
    if not points:
        return tokens
    keys = list(keys)
    for place in points:
        keys[place] = COMMA
    return replace(tokens, keys=keys)


def _is_within_number(tokens: Tokens, point: int) -> bool:
    before = tokens.keys[point - 1]
    touches = tokens.ends[point - 1] == tokens.starts[point] and tokens.ends[point] == tokens.starts[point + 1]
    return before in _ABBREVIATED or (before[-1].isdecimal() and touches)


class Phrases(Generic[_T]):
    """Finds many phrases at once, each with what it stands for."""

    def __init__(self) -> None:
        self._single: dict[int, list[_T]] = defaultdict(list)
        self._longer: dict[tuple[int, int], list[tuple[list[int], _T]]] = defaultdict(list)  # by the first two

    def add(self, phrase: Sequence[int], meaning: _T) -> None:
        """Look for a phrase of one or more numbers from now on."""
        first, *rest = phrase
        if not rest:
            if meaning not in self._single[first]:
                self._single[first].append(meaning)
            return
        second, *behind = rest
        if (behind, meaning) not in self._longer[first, second]:
            self._longer[first, second].append((behind, meaning))

    def find(self, numbers: Sequence[int], start: int, stop: int) -> Iterator[tuple[_T, int, int]]:
        """What stands within numbers[start:stop], each with its own start and stop, overlapping ones too."""
        own = numbers[start:stop]
        single, longer = self._single, self._longer
        for place, number in [each for each in enumerate(own, start) if each[1] in single]:
            for meaning in single[number]:
                yield meaning, place, place + 1
        for place, pair in [each for each in enumerate(pairwise(own), start) if each[1] in longer]:
            for behind, meaning in longer[pair]:
                end = place + 2 + len(behind)
                if end <= stop and numbers[place + 2 : end] == behind:
                    yield meaning, place, end
