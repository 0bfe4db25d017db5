"""What a few sentences could match, read off sets of bits: no pattern is run over them here.

One bit a pattern tells which have a word for each step, one bit a place whether the steps stand in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, pairwise

from tip_nlp.rules.pattern import Attribute, Element, Phrase
from tip_nlp.rules.reading import Reading
from tip_nlp.tokens import BOUNDARY

# Words looked at together: more sentences at a time cost less each, but have words for more patterns.
_TOGETHER = 40

Pair = tuple[int, int]  # numbers of two words that follow each other
First = int | Pair  # what an alternative begins with: one of several words is looked for by its first two


@dataclass(frozen=True, eq=False)
class Step:
    """An element with its alternatives by the numbers of their words, to find at once what sentences make possible."""

    element: Element
    attribute: Attribute
    words: Mapping[int, Phrase]
    phrases: Mapping[Pair, Sequence[tuple[list[int], Phrase]]]  # of several words, by the first two
    prefixes: frozenset[int]

    @cached_property
    def firsts(self) -> frozenset[First]:
        """What every alternative begins with."""
        return self.prefixes.union(self.words, self.phrases)

    def within(self, sentences: Sentences) -> Element | None:
        """The element with only the alternatives that some sentences make possible; None where nothing is left."""
        firsts = sentences.firsts[self.attribute]
        possible = [phrase for word, phrase in self.words.items() if word in firsts]
        possible += [phrase for pair, own in self.phrases.items() if pair in firsts for _, phrase in own]
        if not possible and not self.element.prefixes:
            return None
        return Element(tuple(possible), self.element.prefixes, self.element.optional)

    def lengths(self, sentences: Sentences) -> list[tuple[int, int]]:
        """Where the step's alternatives begin in some sentences, by their length in words."""
        places = sentences.places(self.attribute)
        one = 0
        begin = []
        for first in self.firsts & sentences.firsts[self.attribute]:
            if isinstance(first, int):
                one |= places[first]
            else:
                begin += [(len(own), _run_of(own, places)) for own, _ in self.phrases[first]]
        begin.append((1, one))
        return begin


@dataclass(frozen=True, slots=True)
class Piece:
    """Steps with no gap between them. ``gap`` is how many words may stand before the first; ``may_open`` whether a
    match may begin here, ``may_miss`` whether it may do without."""

    gap: int
    steps: tuple[Step, ...]
    may_open: bool
    may_miss: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule's pattern, by the number of the rule."""

    rule: int
    attribute: Attribute
    steps: tuple[Step, ...]
    pieces: tuple[Piece, ...]

    @property
    def needed(self) -> list[Step]:
        """Sentences without a word of each cannot match."""
        return [step for step in self.steps if not step.element.gap and not step.element.optional]


class Sentences:
    """Whole sentences that are looked at together: their words and where they stand; sets of bits hold a bit a
    place."""

    def __init__(self, reading: Reading, left: int, right: int, known: Mapping[Attribute, frozenset[First]]) -> None:
        self.keys = reading.tokens.keys[left:right]
        self._numbers = {attribute: numbers[left:right] for attribute, numbers in reading.numbers.items()}
        self._prefixes = reading.prefixes[left:right]
        self.firsts: dict[Attribute, AbstractSet[First]] = {
            attribute: known[attribute].intersection(chain(numbers, pairwise(numbers), *self._prefixes))
            for attribute, numbers in self._numbers.items()
        }
        self._places: dict[Attribute, Mapping[int, int]] = {}
        self._begin: dict[Step, list[tuple[int, int]]] = {}
        self._ends = [place for place, key in enumerate(self.keys) if key == BOUNDARY]
        self._inside = (1 << len(self.keys)) - 1
        for place in self._ends:
            self._inside ^= 1 << place

    def places(self, attribute: Attribute) -> Mapping[int, int]:
        """Where each word and each prefix stands, by its number."""
        if attribute not in self._places:
            found = self._places[attribute] = defaultdict(int)
            bit = 1
            for number, prefixes in zip(self._numbers[attribute], self._prefixes, strict=True):
                found[number] |= bit
                for prefix in prefixes:
                    found[prefix] |= bit
                bit <<= 1
        return self._places[attribute]

    def begin(self, step: Step) -> list[tuple[int, int]]:
        """Where a step's alternatives begin, by their length in words."""
        begin = self._begin.get(step)
        if begin is None:
            begin = self._begin[step] = step.lengths(self)
        return begin

    def reach(self, end: int, room: int) -> int:
        """The last place that up to ``room`` further words lead to, within the sentences."""
        following = bisect_left(self._ends, end)
        return min(end + room, self._ends[following] if following < len(self._ends) else len(self.keys))

    def holds_in_order(self, steps: Iterable[Step]) -> bool:
        """Whether the steps stand one after the other in a sentence."""
        inside = self._inside
        places = inside  # where a sentence may go on, begun anywhere
        for step in steps:
            if step.element.gap:
                for _ in range(step.element.gap):
                    places |= (places & inside) << 1
                continue
            behind = places if step.element.optional else 0
            for length, begin in self.begin(step):
                behind |= (places & begin) << length
            places = behind
            if not places:
                return False
        return True


class Possible:
    """Which candidates some sentences have a word for each needed step of: one bit a step and candidate."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        self._steps = max(len(candidate.needed) for candidate in candidates)
        self._filled = 0  # steps that a candidate does not have
        self._fills: dict[First, int] = defaultdict(int)
        for number, candidate in enumerate(candidates):
            # Low bits for the steps of most words: short numbers are the faster ones.
            needed = sorted((step.firsts for step in candidate.needed), key=len, reverse=True)
            bits = [1 << (number + place * len(candidates)) for place in range(self._steps)]
            for firsts, bit in zip(needed, bits, strict=False):
                for first in firsts:
                    self._fills[first] |= bit
            self._filled |= sum(bits[len(needed) :])
        self._firsts = frozenset(self._fills)

    def of(self, firsts: AbstractSet[First]) -> list[Candidate]:
        """The candidates that are possible with these, in order."""
        filled = self._filled
        for first in firsts & self._firsts:
            filled |= self._fills[first]
        possible = filled
        for _ in range(1, self._steps):
            filled >>= len(self._candidates)
            possible &= filled
        return [self._candidates[number] for number in set_bits(possible)]


def pieces(steps: Sequence[Step]) -> Iterator[Piece]:
    """Cut at the gaps, those of several in a row added up."""
    may_open, gap = True, 0
    for is_gap, group in groupby(steps, lambda step: step.element.gap > 0):
        own = tuple(group)
        if is_gap:
            gap = sum(step.element.gap for step in own)
            continue
        may_miss = all(step.element.optional for step in own)
        yield Piece(gap, own, may_open, may_miss)
        may_open &= may_miss


def cut(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where to cut between sentences, so that those of a piece have at least _TOGETHER words."""
    left = 0
    for place, key in enumerate(keys):
        if key == BOUNDARY and place - left >= _TOGETHER:
            yield left, place
            left = place + 1
    if left < len(keys):
        yield left, len(keys)


def _run_of(numbers: Sequence[int], places: Mapping[int, int]) -> int:
    """Where all these numbers stand one after the other."""
    begin = places.get(numbers[0], 0)
    for behind, number in enumerate(numbers[1:], 1):
        begin &= places.get(number, 0) >> behind
    return begin


def set_bits(bits: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
