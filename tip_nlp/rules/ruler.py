"""The rule matcher: phrases, and token patterns only in sentences where they can match.

The only module that knows spaCy. What a few sentences could match is found first (candidates.py); what is left and has
steps that touch goes to spaCy's Matcher, with only the alternatives that the sentences have words for. Running every
pattern over every text costs more than the transformer.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import get_args

from spacy.attrs import NORM
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tip_nlp.rules.candidates import Candidate, First, Pair, Piece, Possible, Sentences, Step, cut, pieces, set_bits
from tip_nlp.rules.pattern import Attribute, Element, Phrase, literal_phrases, token_patterns
from tip_nlp.rules.reading import Phrases, Reading, Words, attribute_of
from tip_nlp.rules.schema import Rule, RuleSet
from tip_nlp.rules.spelling import UNSPELLED, Speller

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


class _Readable(Sentences):
    """Sentences that spaCy can read."""

    def __init__(
        self, reading: Reading, left: int, right: int, known: Mapping[Attribute, frozenset[First]], vocab: Vocab
    ) -> None:
        super().__init__(reading, left, right, known)
        self._vocab = vocab

    @cached_property
    def doc(self) -> Doc:
        """The words as spaCy takes them."""
        return Doc(self._vocab, words=self.keys)


class Ruler:
    """Compiled rules. Not thread-safe while matching; give each thread its own or hold a lock."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        speller = Speller(word for rule in rule_set.rules if rule.language in UNSPELLED for word in rule.words)
        self.words = Words(speller)
        self.vocab = Vocab(lex_attr_getters={NORM: self.words.sound})
        self.vocab.strings.add(_KEY)
        # Apart by script, so that most need not be looked into.
        groups: dict[tuple[bool, Attribute, str], list[Candidate]] = defaultdict(list)
        self._steps: dict[tuple[Element, Attribute], Step] = {}
        self._cache: dict[tuple[tuple[Element, ...], Attribute], Matcher] = {}
        self._literals: Mapping[Attribute, Phrases[int]] = {name: Phrases() for name in get_args(Attribute)}
        for index, rule in enumerate(rule_set.rules):
            attribute = attribute_of(rule.language)
            own = groups[rule.entry.answer is not None, attribute, _script(max(rule.words))]
            own += chain.from_iterable(self._take_in(index, attribute, each) for each in rule.sequences)
        self._groups = [(*key, Possible(own)) for key, own in groups.items() if own]
        self._known: Mapping[Attribute, frozenset[First]] = {
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
        for left, right in cut(reading.tokens.keys):
            sentences = _Readable(reading, left, right, self._known, self.vocab)
            for candidate in self._possible(sentences, is_asked=is_asked):
                if sentences.holds_in_order(candidate.steps):
                    own = self._stretches(candidate, sentences)
                    places.update((candidate.rule, left + start, left + end) for start, end in own)
        ordered = sorted(places, key=lambda place: (place[1], place[2], place[0]))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in ordered]

    def _possible(self, sentences: Sentences, *, is_asked: bool) -> Iterator[Candidate]:
        for is_question, attribute, _, possible in self._groups:
            if is_asked or not is_question:
                yield from possible.of(sentences.firsts[attribute])

    def _stretches(self, candidate: Candidate, sentences: _Readable) -> list[_Stretch]:
        """Where a candidate stands; of places that overlap the longest.

        Its pieces are looked for, not the whole: spaCy's Matcher would follow every way through the gaps between them.
        """
        chains: set[tuple[int, int, int]] = set()  # start, end, words that may still stand before the next piece
        for piece in candidate.pieces:
            found = self._find(piece, candidate.attribute, sentences)
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

    def _find(self, piece: Piece, attribute: Attribute, sentences: _Readable) -> Mapping[int, Sequence[int]]:
        """Where a piece ends, by where it begins."""
        found: dict[int, list[int]] = defaultdict(list)
        for start, end in self._ends(piece, attribute, sentences):
            found[start].append(end)
        return found

    def _ends(self, piece: Piece, attribute: Attribute, sentences: _Readable) -> Iterator[_Stretch]:
        if len(piece.steps) == 1:  # known already
            for length, places in sentences.begin(piece.steps[0]):
                for start in set_bits(places):
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

    def _take_in(self, index: int, attribute: Attribute, elements: Sequence[Element]) -> list[Candidate]:
        """The pattern as a candidate, or none where it is taken in as phrases."""
        if attribute == "NORM":
            elements = [self._by_sound(element) for element in elements]
        phrases = literal_phrases(elements, _MAX_LITERALS)
        for phrase in phrases or ():
            self._literals[attribute].add(self.words.add(phrase, attribute), index)
        if phrases is not None:
            return []
        steps = tuple(self._step(element, attribute) for element in elements)
        return [Candidate(index, attribute, steps, tuple(pieces(steps)))]

    def _by_sound(self, element: Element) -> Element:
        sounds = (tuple(map(self.words.sound, phrase)) for phrase in element.alternatives)
        return replace(element, alternatives=tuple(dict.fromkeys(sounds)))

    def _step(self, element: Element, attribute: Attribute) -> Step:
        """The step of an element; equal elements share it, and a sentence looks for it once."""
        if (element, attribute) not in self._steps:
            words: dict[int, Phrase] = {}
            phrases: dict[Pair, list[tuple[list[int], Phrase]]] = defaultdict(list)
            for phrase in element.alternatives:
                numbers = self.words.add(phrase, attribute)
                if len(numbers) == 1:
                    words[numbers[0]] = phrase
                else:
                    phrases[numbers[0], numbers[1]].append((numbers, phrase))
            prefixes = frozenset(map(self.words.add_prefix, element.prefixes))
            self._steps[element, attribute] = Step(element, attribute, words, dict(phrases), prefixes)
        return self._steps[element, attribute]


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


def _script(word: str) -> str:
    """The script of a word, as Unicode names it."""
    return unicodedata.name(word[0], "").partition(" ")[0]
