"""The rule matcher: phrases, and token patterns only in sentences where they can match.

The only module that knows spaCy. Which patterns have a word for each step in a few sentences is read off sets of bits,
one bit a pattern; whether the steps stand in order, off sets of bits again, one bit a place. What is left and has steps
that touch goes to spaCy's Matcher, with only the alternatives that the sentences have words for. Running every pattern
over every text costs more than the transformer.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby, pairwise
from typing import get_args

from spacy.attrs import NORM
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tip_nlp.rules.pattern import Attribute, Element, Phrase, literal_phrases, token_patterns
from tip_nlp.rules.reading import Phrases, Reading, Words, attribute_of
from tip_nlp.rules.schema import Rule, RuleSet
from tip_nlp.rules.spelling import UNSPELLED, Speller
from tip_nlp.tokens import BOUNDARY

# A pattern that writes out to at most this many phrases is matched as phrases, at almost no cost.
_MAX_LITERALS = 200
# Words looked at together: more sentences at a time cost less each, but have words for more patterns.
_TOGETHER = 40
_CACHED = 20_000  # compiled matchers kept
_KEY = "piece"  # of the one in each of them

_Place = tuple[int, int, int]  # rule, start, end
_Stretch = tuple[int, int]  # start, end
_Pair = tuple[int, int]  # numbers of two words that follow each other
_First = int | _Pair  # what an alternative begins with: one of several words is looked for by its first two


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule matched tokens[start:end]."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class _Step:
    """An element with its alternatives by the numbers of their words, to find at once what sentences make possible."""

    element: Element
    attribute: Attribute
    words: Mapping[int, Phrase]
    phrases: Mapping[_Pair, Sequence[tuple[list[int], Phrase]]]  # of several words, by the first two
    prefixes: frozenset[int]

    @cached_property
    def gap(self) -> int:
        """As the element's."""
        return self.element.gap

    @cached_property
    def optional(self) -> bool:
        """As the element's."""
        return self.element.optional

    @cached_property
    def firsts(self) -> frozenset[_First]:
        """What every alternative begins with."""
        return self.prefixes.union(self.words, self.phrases)

    def within(self, sentences: _Sentences) -> Element | None:
        """The element with only the alternatives that some sentences make possible; None where nothing is left."""
        firsts = sentences.firsts[self.attribute]
        possible = [phrase for word, phrase in self.words.items() if word in firsts]
        possible += [phrase for pair in self.phrases.keys() & firsts for _, phrase in self.phrases[pair]]
        if not possible and not self.element.prefixes:
            return None
        return Element(tuple(possible), self.element.prefixes, self.element.optional)

    def lengths(self, sentences: _Sentences) -> list[tuple[int, int]]:
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
class _Piece:
    """Steps with no gap between them. ``gap`` is how many words may stand before the first; ``may_open`` whether a
    match may begin here, ``may_miss`` whether it may do without."""

    gap: int
    steps: tuple[_Step, ...]
    may_open: bool
    may_miss: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    rule: int
    attribute: Attribute
    steps: tuple[_Step, ...]
    pieces: tuple[_Piece, ...]

    @property
    def needed(self) -> list[_Step]:
        """Sentences without a word of each cannot match."""
        return [step for step in self.steps if not step.gap and not step.optional]


class _Sentences:
    """Whole sentences that are looked at together: their words and where they stand; sets of bits hold a bit a
    place."""

    def __init__(
        self, reading: Reading, left: int, right: int, known: Mapping[Attribute, frozenset[_First]], vocab: Vocab
    ) -> None:
        self.keys = reading.tokens.keys[left:right]
        self._numbers = {attribute: numbers[left:right] for attribute, numbers in reading.numbers.items()}
        self._prefixes = reading.prefixes[left:right]
        self._vocab = vocab
        self.firsts: dict[Attribute, AbstractSet[_First]] = {
            attribute: known[attribute].intersection(chain(numbers, pairwise(numbers), *self._prefixes))
            for attribute, numbers in self._numbers.items()
        }
        self._places: dict[Attribute, Mapping[int, int]] = {}
        self._begin: dict[_Step, list[tuple[int, int]]] = {}
        self._ends = [place for place, key in enumerate(self.keys) if key == BOUNDARY]
        self._inside = (1 << len(self.keys)) - 1
        for place in self._ends:
            self._inside ^= 1 << place

    @cached_property
    def doc(self) -> Doc:
        """The words as spaCy takes them."""
        return Doc(self._vocab, words=self.keys)

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

    def begin(self, step: _Step) -> list[tuple[int, int]]:
        """Where a step's alternatives begin, by their length in words."""
        begin = self._begin.get(step)
        if begin is None:
            begin = self._begin[step] = step.lengths(self)
        return begin

    def reach(self, end: int, room: int) -> int:
        """The last place that up to ``room`` further words lead to, within the sentences."""
        following = bisect_left(self._ends, end)
        return min(end + room, self._ends[following] if following < len(self._ends) else len(self.keys))

    def holds_in_order(self, steps: Iterable[_Step]) -> bool:
        """Whether the steps stand one after the other in a sentence."""
        inside = self._inside
        places = inside  # where a sentence may go on, begun anywhere
        for step in steps:
            if step.gap:
                for _ in range(step.gap):
                    places |= (places & inside) << 1
                continue
            behind = places if step.optional else 0
            for length, begin in self.begin(step):
                behind |= (places & begin) << length
            places = behind
            if not places:
                return False
        return True


class _Possible:
    """Which sequences some sentences have a word for each needed step of: one bit a step and sequence."""

    def __init__(self, sequences: Sequence[_Sequence]) -> None:
        self._sequences = sequences
        self._steps = max(len(sequence.needed) for sequence in sequences)
        self._filled = 0  # steps that a sequence does not have
        self._fills: dict[_First, int] = defaultdict(int)
        for number, sequence in enumerate(sequences):
            # Low bits for the steps of most words: short numbers are the faster ones.
            needed = sorted((step.firsts for step in sequence.needed), key=len, reverse=True)
            bits = [1 << (number + place * len(sequences)) for place in range(self._steps)]
            for firsts, bit in zip(needed, bits, strict=False):
                for first in firsts:
                    self._fills[first] |= bit
            self._filled |= sum(bits[len(needed) :])
        self._firsts = frozenset(self._fills)

    def of(self, firsts: AbstractSet[_First]) -> list[_Sequence]:
        """The sequences that are possible with these, in order."""
        filled = self._filled
        for first in firsts & self._firsts:
            filled |= self._fills[first]
        possible = filled
        for _ in range(1, self._steps):
            filled >>= len(self._sequences)
            possible &= filled
        return [self._sequences[number] for number in _bits(possible)]


class Ruler:
    """Compiled rules. Not thread-safe while matching; give each thread its own or hold a lock."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        speller = Speller(word for rule in rule_set.rules if rule.language in UNSPELLED for word in rule.words)
        self.words = Words(speller)
        self.vocab = Vocab(lex_attr_getters={NORM: self.words.sound})
        self.vocab.strings.add(_KEY)
        # Apart by script, so that most need not be looked into.
        groups: dict[tuple[bool, Attribute, str], list[_Sequence]] = defaultdict(list)
        self._steps: dict[tuple[Element, Attribute], _Step] = {}
        self._cache: dict[tuple[tuple[Element, ...], Attribute], Matcher] = {}
        self._literals: Mapping[Attribute, Phrases[int]] = {name: Phrases() for name in get_args(Attribute)}
        for index, rule in enumerate(rule_set.rules):
            attribute = attribute_of(rule.language)
            own = groups[rule.entry.answer is not None, attribute, _script(max(rule.words))]
            own += chain.from_iterable(self._take_in(index, attribute, each) for each in rule.sequences)
        self._groups = [(*key, _Possible(sequences)) for key, sequences in groups.items() if sequences]
        self._known: Mapping[Attribute, frozenset[_First]] = {
            name: frozenset().union(*(step.firsts for step in self._steps.values() if step.attribute == name))
            for name in get_args(Attribute)
        }
        self._spelled = {
            rule.entry.id: frozenset(self.words.add(sorted(rule.words), attribute_of(rule.language)))
            for rule in rule_set.rules
        }

    def forgetting(self) -> AbstractContextManager[object]:
        """Words that come in within it are forgotten after it: those of a million texts would fill the memory."""
        return self.vocab.memory_zone()

    def spells_out(self, rule: Rule, reading: Reading, start: int, end: int) -> bool:
        """Whether tokens[start:end] are all words that the rule's patterns name."""
        return self._spelled[rule.entry.id].issuperset(reading.numbers[attribute_of(rule.language)][start:end])

    def match(self, reading: Reading, *, is_asked: bool = True) -> list[RuleHit]:
        """Every place where a rule matches, overlapping ones too, in text order. Where no operator asks, rules for
        questions need not be looked for."""
        places: set[_Place] = set()
        for attribute, phrases in self._literals.items():
            places.update(phrases.find(reading.numbers[attribute], 0, len(reading.tokens.keys)))
        for left, right in _cut(reading.tokens.keys):
            sentences = _Sentences(reading, left, right, self._known, self.vocab)
            for sequence in self._possible(sentences, is_asked=is_asked):
                if sentences.holds_in_order(sequence.steps):
                    own = self._stretches(sequence, sentences)
                    places.update((sequence.rule, left + start, left + end) for start, end in own)
        ordered = sorted(places, key=lambda place: (place[1], place[2], place[0]))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in ordered]

    def _possible(self, sentences: _Sentences, *, is_asked: bool) -> Iterator[_Sequence]:
        for is_question, attribute, _, possible in self._groups:
            if is_asked or not is_question:
                yield from possible.of(sentences.firsts[attribute])

    def _stretches(self, sequence: _Sequence, sentences: _Sentences) -> list[_Stretch]:
        """Where a sequence stands; of places that overlap the longest.

        Its pieces are looked for, not the whole: spaCy's Matcher would follow every way through the gaps between them.
        """
        chains: set[tuple[int, int, int]] = set()  # start, end, words that may still stand before the next piece
        for piece in sequence.pieces:
            found = self._find(piece, sequence.attribute, sentences)
            open_ends = [(start, end, room + piece.gap) for start, end, room in chains]
            chains = {
                (start, behind, 0)
                for start, end, room in open_ends
                for place in range(end, sentences.reach(end, room) + 1)
                for behind in found.get(place, ())
            }
            if piece.may_miss:
                chains.update(open_ends)
            if piece.may_open:
                chains.update((start, end, 0) for start, ends in found.items() for end in ends)
        return _longest({(start, end) for start, end, _ in chains})

    def _find(self, piece: _Piece, attribute: Attribute, sentences: _Sentences) -> Mapping[int, Sequence[int]]:
        """Where a piece ends, by where it begins."""
        found: dict[int, list[int]] = defaultdict(list)
        for start, end in self._ends(piece, attribute, sentences):
            found[start].append(end)
        return found

    def _ends(self, piece: _Piece, attribute: Attribute, sentences: _Sentences) -> Iterator[_Stretch]:
        if len(piece.steps) == 1:  # known already
            for length, places in sentences.begin(piece.steps[0]):
                for start in _bits(places):
                    yield start, start + length
            return
        elements = (step.within(sentences) for step in piece.steps)
        if possible := tuple(element for element in elements if element is not None):
            for _, start, end in self._compiled(possible, attribute)(sentences.doc):
                yield start, end

    def _compiled(self, elements: tuple[Element, ...], attribute: Attribute) -> Matcher:
        """A matcher of few patterns: writing out every alternative would cost more than the sentence is long."""
        key = elements, attribute
        if key not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = Matcher(self.vocab)
            self._cache[key].add(_KEY, token_patterns(elements, attribute))
        return self._cache[key]

    def _take_in(self, index: int, attribute: Attribute, elements: Sequence[Element]) -> list[_Sequence]:
        """The pattern as a sequence, or none where it is taken in as phrases."""
        if attribute == "NORM":
            elements = [self._by_sound(element) for element in elements]
        phrases = literal_phrases(elements, _MAX_LITERALS)
        for phrase in phrases or ():
            self._literals[attribute].add(self.words.add(phrase, attribute), index)
        if phrases is not None:
            return []
        steps = tuple(self._step(element, attribute) for element in elements)
        return [_Sequence(index, attribute, steps, tuple(_pieces(steps)))]

    def _by_sound(self, element: Element) -> Element:
        sounds = (tuple(map(self.words.sound, phrase)) for phrase in element.alternatives)
        return replace(element, alternatives=tuple(dict.fromkeys(sounds)))

    def _step(self, element: Element, attribute: Attribute) -> _Step:
        """The step of an element; equal elements share it, and a sentence looks for it once."""
        if (element, attribute) not in self._steps:
            words: dict[int, Phrase] = {}
            phrases: dict[_Pair, list[tuple[list[int], Phrase]]] = defaultdict(list)
            for phrase in element.alternatives:
                numbers = self.words.add(phrase, attribute)
                if len(numbers) == 1:
                    words[numbers[0]] = phrase
                else:
                    phrases[numbers[0], numbers[1]].append((numbers, phrase))
            prefixes = frozenset(map(self.words.add_prefix, element.prefixes))
            self._steps[element, attribute] = _Step(element, attribute, words, dict(phrases), prefixes)
        return self._steps[element, attribute]


def _pieces(steps: Sequence[_Step]) -> Iterator[_Piece]:
    """Cut at the gaps, those of several in a row added up."""
    may_open, gap = True, 0
    for is_gap, group in groupby(steps, lambda step: step.element.gap > 0):
        own = tuple(group)
        if is_gap:
            gap = sum(step.element.gap for step in own)
            continue
        may_miss = all(step.element.optional for step in own)
        yield _Piece(gap, own, may_open, may_miss)
        may_open &= may_miss


def _longest(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Those that do not overlap, the longest first."""
    kept = []
    taken = 0  # a bit a place
    for start, end in sorted(stretches, key=lambda stretch: (stretch[0] - stretch[1], stretch[0])):
        own = (1 << end) - (1 << start)
        if not own & taken:
            taken |= own
            kept.append((start, end))
    return kept


def _cut(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
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


def _bits(bits: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _script(word: str) -> str:
    """The script of a word, as Unicode names it."""
    return unicodedata.name(word[0], "").partition(" ")[0]
