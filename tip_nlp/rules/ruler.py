"""The rule matcher: phrases, and token patterns only in sentences where they can match.

The only module that knows spaCy. Which patterns have a word for each step in a sentence is read off sets of bits, one
bit a pattern; whether the steps stand in order, off sets of bits again, one bit a place. What is left goes to spaCy's
Matcher, with only the alternatives that the sentence has words for. Running every pattern over every text costs more
than the transformer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
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
_CACHED = 20_000  # compiled matchers kept
_KEY = "piece"  # of the one in each of them

_Place = tuple[int, int, int]  # rule, start, end
_Stretch = tuple[int, int]  # start, end


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule matched tokens[start:end]."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """An element with its alternatives by the numbers of their words, to find at once what a sentence makes
    possible."""

    element: Element
    attribute: Attribute
    firsts: frozenset[int]  # of every alternative
    words: Mapping[int, Phrase]
    phrases: Mapping[int, Sequence[tuple[list[int], Phrase]]]  # of several words, by the first

    def within(self, known: frozenset[int]) -> Element | None:
        """The element with only the alternatives that these words make possible; None where nothing is left."""
        possible = []
        for first in sorted(self.firsts & known):
            if first in self.words:
                possible.append(self.words[first])
            possible += [phrase for own, phrase in self.phrases.get(first, ()) if known.issuperset(own)]
        if not possible and not self.element.prefixes:
            return None
        return Element(tuple(possible), self.element.prefixes, self.element.optional)

    def lengths(self, sentence: _Sentence) -> list[tuple[int, int]]:
        """Where the step's alternatives begin in a sentence, by their length in words."""
        places = sentence.places(self.attribute)
        one = 0
        begin = []
        for first in self.firsts.intersection(places):
            if first in self.words:
                one |= places[first]
            begin += [(len(own), _run_of(own, places)) for own, _ in self.phrases.get(first, ())]
        if self.element.prefixes:
            prefixes = self.element.prefixes
            for place in [place for place, key in enumerate(sentence.keys) if key.startswith(prefixes)]:
                one |= 1 << place
        return [(1, one), *begin]


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
    def needed(self) -> list[frozenset[int]]:
        """A sentence without a word of each cannot match."""
        return [step.firsts for step in self.steps if step.element.is_anchor]


@dataclass(slots=True, eq=False)
class _Sentence:
    """Keys and their numbers; sets of bits hold a bit a place."""

    keys: list[str]
    numbers: Mapping[Attribute, list[int]]
    _begin: dict[_Step, list[tuple[int, int]]] = field(default_factory=dict)
    _places: dict[Attribute, dict[int, int]] = field(default_factory=dict)

    def places(self, attribute: Attribute) -> Mapping[int, int]:
        """Where each word stands, by its number."""
        if attribute not in self._places:
            found = self._places[attribute] = dict.fromkeys(self.numbers[attribute], 0)
            for place, number in enumerate(self.numbers[attribute]):
                found[number] |= 1 << place
        return self._places[attribute]

    def holds_in_order(self, steps: Iterable[_Step]) -> bool:
        """Whether the steps stand one after the other."""
        places = (1 << len(self.keys)) - 1
        for step in steps:
            places = self._after(step, places)
            if not places:
                return False
        return True

    def _after(self, step: _Step, starts: int) -> int:
        """Where the sentence may go on behind a step, begun at any of ``starts``."""
        if step.element.gap:
            for _ in range(step.element.gap):
                starts |= starts << 1
            return starts & ((2 << len(self.keys)) - 1)
        behind = starts if step.element.optional else 0
        if step not in self._begin:
            self._begin[step] = step.lengths(self)
        for length, places in self._begin[step]:
            behind |= (starts & places) << length
        return behind


class _Possible:
    """Which sequences a sentence has a word for each needed step of: one bit a sequence, one set of bits a step."""

    def __init__(self, sequences: Sequence[_Sequence]) -> None:
        self._sequences = sequences
        needed = [sequence.needed for sequence in sequences]
        steps = max(map(len, needed), default=0)
        holding: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        needing = [0] * steps
        for number, own in enumerate(needed):
            for step, firsts in enumerate(own):
                needing[step] |= 1 << number
                for first in firsts:
                    holding[first][step] |= 1 << number
        self._all = (1 << len(needed)) - 1
        self._without = [self._all ^ bits for bits in needing]  # by step, the sequences that have fewer
        # By word, the steps that it fills, with the sequences in which it does.
        self._holding = {word: tuple(held.items()) for word, held in holding.items()}

    def of(self, words: Iterable[int]) -> list[_Sequence]:
        """The sequences, in order."""
        held = list(self._without)
        for word in words:
            for step, bits in self._holding.get(word, ()):
                held[step] |= bits
        possible = self._all
        for bits in held:
            possible &= bits
        found = []
        while possible:
            lowest = possible & -possible
            found.append(self._sequences[lowest.bit_length() - 1])
            possible ^= lowest
        return found


class Ruler:
    """Compiled rules. Not thread-safe while matching; give each thread its own or hold a lock."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        speller = Speller(word for rule in rule_set.rules if rule.language in UNSPELLED for word in rule.words)
        self.words = Words(speller)
        self.vocab = Vocab(lex_attr_getters={NORM: self.words.sound})
        self.vocab.strings.add(_KEY)
        sequences: list[_Sequence] = []
        self._steps: dict[tuple[Element, Attribute], _Step] = {}
        self._cache: dict[tuple[tuple[Element, ...], Attribute], Matcher] = {}
        self._literals: Mapping[Attribute, Phrases[int]] = {name: Phrases() for name in get_args(Attribute)}
        for index, rule in enumerate(rule_set.rules):
            attribute = attribute_of(rule.language)
            sequences += chain.from_iterable(self._take_in(index, attribute, each) for each in rule.sequences)
        said = [sequence for sequence in sequences if rule_set.rules[sequence.rule].entry.answer is None]
        self._possible = {True: _Possible(sequences), False: _Possible(said)}
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
        for left, right in _sentences(reading.tokens.keys):
            places.update(self._in_sentence(reading, left, right, self._possible[is_asked]))
        ordered = sorted(places, key=lambda place: (place[1], place[2], place[0]))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in ordered]

    def _in_sentence(self, reading: Reading, left: int, right: int, sequences: _Possible) -> Iterator[_Place]:
        numbers = {attribute: own[left:right] for attribute, own in reading.numbers.items()}
        # Words as written and by sound together: a few sequences too many, which do not stand in order.
        possible = sequences.of(set(chain.from_iterable(numbers.values())))
        sentence = _Sentence(reading.tokens.keys[left:right], numbers)
        in_order = [sequence for sequence in possible if sentence.holds_in_order(sequence.steps)]
        if in_order:
            doc = Doc(self.vocab, words=sentence.keys)
            known = {attribute: frozenset(own) for attribute, own in numbers.items()}
            for sequence in in_order:
                for start, end in self._stretches(sequence, doc, known[sequence.attribute]):
                    yield sequence.rule, left + start, left + end

    def _stretches(self, sequence: _Sequence, doc: Doc, known: frozenset[int]) -> list[_Stretch]:
        """Where a sequence stands; of places that overlap the longest.

        spaCy's Matcher finds the pieces, not the whole: it would follow every way through the gaps between them.
        """
        chains: set[tuple[int, int, int]] = set()  # start, end, words that may still stand before the next piece
        for piece in sequence.pieces:
            found = self._find(piece, sequence.attribute, doc, known)
            open_ends = [(start, end, room + piece.gap) for start, end, room in chains]
            chains = {
                (start, behind, 0)
                for start, end, room in open_ends
                for place in range(end, end + room + 1)
                for behind in found.get(place, ())
            }
            if piece.may_miss:
                chains.update(open_ends)
            if piece.may_open:
                chains.update((start, end, 0) for start, ends in found.items() for end in ends)
        return _longest({(start, end) for start, end, _ in chains})

    def _find(
        self, piece: _Piece, attribute: Attribute, doc: Doc, known: frozenset[int]
    ) -> Mapping[int, Sequence[int]]:
        """Where a piece ends, by where it begins."""
        found: dict[int, list[int]] = defaultdict(list)
        elements = tuple(element for step in piece.steps if (element := step.within(known)) is not None)
        if elements:
            for _, start, end in self._compiled(elements, attribute)(doc):
                found[start].append(end)
        return found

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
            phrases: dict[int, list[tuple[list[int], Phrase]]] = defaultdict(list)
            for phrase in element.alternatives:
                numbers = self.words.add(phrase, attribute)
                if len(numbers) == 1:
                    words[numbers[0]] = phrase
                else:
                    phrases[numbers[0]].append((numbers, phrase))
            firsts = frozenset(words) | frozenset(phrases)
            self._steps[element, attribute] = _Step(element, attribute, firsts, words, dict(phrases))
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


def _sentences(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each sentence of some words begins and ends."""
    left = 0
    for right in [*(place for place, key in enumerate(keys) if key == BOUNDARY), len(keys)]:
        if right > left:
            yield left, right
        left = right + 1


def _run_of(numbers: Sequence[int], places: Mapping[int, int]) -> int:
    """Where all these numbers stand one after the other."""
    begin = places.get(numbers[0], 0)
    for behind, number in enumerate(numbers[1:], 1):
        begin &= places.get(number, 0) >> behind
    return begin
