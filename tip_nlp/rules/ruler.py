"""The rule matcher: phrases, and token patterns only in sentences where they can match.

The only module that knows spaCy, with rules.assertion. Which patterns have a word for each step in a sentence is read
off sets of bits, one bit a pattern; of those the ones whose steps also stand in order go to spaCy's Matcher, with only
the alternatives that the sentence has words for. Running every pattern over every text costs more than the transformer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain
from typing import get_args

from spacy.attrs import NORM, ORTH
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc, Token
from spacy.vocab import Vocab

from tip_nlp.rules.pattern import Attribute, Element, Phrase, literal_phrases, token_patterns
from tip_nlp.rules.schema import Rule, RuleSet
from tip_nlp.rules.spelling import UNSPELLED, Speller
from tip_nlp.tokens import BOUNDARY, Tokens

# A pattern that writes out to at most this many phrases is matched as phrases, at almost no cost.
_MAX_LITERALS = 200
_CACHED = 20_000  # compiled matchers kept
_KEY = "rule"  # of the one rule in each of them

_Place = tuple[int, int, int]  # rule, start, end


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule matched tokens[start:end]."""

    rule: Rule
    start: int
    end: int


def attribute_of(language: str) -> Attribute:
    """What the words of a language are compared by: as written, or where there is no spelling, by sound."""
    return "NORM" if language in UNSPELLED else "ORTH"


@dataclass(frozen=True, slots=True)
class _Step:
    """An element with its alternatives by the ids of their words, to find at once what a sentence makes possible."""

    element: Element
    firsts: frozenset[int]  # of every alternative
    words: Mapping[int, Phrase]
    phrases: Mapping[int, Sequence[tuple[list[int], Phrase]]]  # of several words, by the first

    def within(self, ids: frozenset[int]) -> Element | None:
        """The element with only the alternatives that the sentence has words for; None where nothing is left."""
        if self.element.gap:
            return self.element
        possible = []
        for first in sorted(self.firsts & ids):
            if first in self.words:
                possible.append(self.words[first])
            possible += [phrase for own, phrase in self.phrases.get(first, ()) if ids.issuperset(own)]
        if not possible and not self.element.prefixes:
            return None
        return Element(tuple(possible), self.element.prefixes, self.element.optional)

    def after(self, starts: set[int], own: list[int], keys: list[str]) -> set[int]:
        """Where a sentence may go on behind this step, begun at any of ``starts``."""
        element, words, phrases = self.element, self.words, self.phrases
        if gap := element.gap:
            return {start + skipped for start in starts for skipped in range(min(gap, len(own) - start) + 1)}
        behind = set(starts) if element.optional else set()
        for start in starts:
            if start == len(own):
                continue
            word = own[start]
            if word in words or (element.prefixes and keys[start].startswith(element.prefixes)):
                behind.add(start + 1)
            if word in phrases:
                behind.update(start + len(ids) for ids, _ in phrases[word] if own[start : start + len(ids)] == ids)
        return behind


@dataclass(frozen=True, slots=True)
class _Sequence:
    rule: int
    steps: tuple[_Step, ...]
    attribute: Attribute

    @property
    def needed(self) -> list[frozenset[int]]:
        """A sentence without a word of each cannot match."""
        return [step.firsts for step in self.steps if step.element.is_anchor]

    def is_in_order(self, own: list[int], keys: list[str]) -> bool:
        """Whether the steps stand in the sentence one after the other."""
        places = set(range(len(own)))
        for step in self.steps:
            places = step.after(places, own, keys)
            if not places:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    keys: list[str]
    words: Mapping[Attribute, list[int]]  # their ids, by what they are compared by


class _Possible:
    """Which sequences a sentence has a word for each needed step of: one bit a sequence, one set of bits a step."""

    def __init__(self, needed: Sequence[Sequence[frozenset[int]]]) -> None:
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

    def of(self, words: Iterable[int]) -> Iterator[int]:
        """The numbers of the sequences, in order."""
        held = list(self._without)
        for word in words:
            for step, bits in self._holding.get(word, ()):
                held[step] |= bits
        possible = self._all
        for bits in held:
            possible &= bits
        while possible:
            lowest = possible & -possible
            yield lowest.bit_length() - 1
            possible ^= lowest


class Ruler:
    """Compiled rules. Not thread-safe while matching; give each thread its own or hold a lock."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        speller = Speller(word for rule in rule_set.rules if rule.language in UNSPELLED for word in rule.words)
        self.vocab = Vocab(lex_attr_getters={NORM: speller.key})
        self._spelled = {
            rule.entry.id: frozenset(map(speller.key, rule.words))
            for rule in rule_set.rules
            if rule.language in UNSPELLED
        }
        self.vocab.strings.add(_KEY)
        self._sequences: list[_Sequence] = []
        self._cache: dict[tuple[int, tuple[Element, ...]], Matcher] = {}
        self._literals: dict[tuple[Attribute, Phrase], list[int]] = defaultdict(list)  # the rules that are this phrase
        for index, rule in enumerate(rule_set.rules):
            for elements in rule.sequences:
                self._add(index, elements, attribute_of(rule.language))
        self._matchers = {name: PhraseMatcher(self.vocab, attr=name) for name in get_args(Attribute)}
        self._rules: dict[int, list[int]] = {}
        for number, ((attribute, phrase), rules) in enumerate(self._literals.items()):
            self._matchers[attribute].add(str(number), [self.words(phrase)])
            self._rules[self.vocab.strings[str(number)]] = rules
        self._possible = _Possible([sequence.needed for sequence in self._sequences])

    def doc(self, tokens: Tokens) -> Doc:
        """Wrap the keys in a spaCy document, one token a key; a token's NORM is its sound."""
        return self.words(tokens.keys)

    def forgetting(self) -> AbstractContextManager[object]:
        """Words that come in within it are forgotten after it, and documents made of them useless: those of a million
        texts would fill the memory."""
        return self.vocab.memory_zone()

    def words(self, keys: Sequence[str]) -> Doc:
        """A spaCy document of folded keys."""
        return Doc(self.vocab, words=list(keys))

    def spells_out(self, rule: Rule, token: Token) -> bool:
        """Whether the token is one of the words that the rule's patterns name."""
        own = self._spelled.get(rule.entry.id)
        return token.orth_ in rule.words if own is None else token.norm_ in own

    def match(self, tokens: Tokens, doc: Doc) -> list[RuleHit]:
        """Every place where a rule matches, overlapping ones too, in text order; ``doc`` holds the same tokens."""
        if not len(doc):
            return []
        spans: set[_Place] = set()
        for match_id, start, end in chain.from_iterable(matcher(doc) for matcher in self._matchers.values()):
            spans.update((rule, start, end) for rule in self._rules[match_id])
        for sentence in self._sentences(tokens.keys, doc):
            # Words as written and by sound together: a few sequences too many, which do not stand in order.
            for number in self._possible.of(set(chain.from_iterable(sentence.words.values()))):
                spans.update(self._run(number, doc, sentence))
        ordered = sorted(spans, key=lambda span: (span[1], span[2], span[0]))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in ordered]

    def _sentences(self, keys: list[str], doc: Doc) -> Iterator[_Sentence]:
        written, sounded = doc.to_array([ORTH, NORM]).T.tolist()
        left = 0
        for right in [*(place for place, key in enumerate(keys) if key == BOUNDARY), len(keys)]:
            if right > left:
                yield _Sentence(left, keys[left:right], {"ORTH": written[left:right], "NORM": sounded[left:right]})
            left = right + 1

    def _add(self, index: int, elements: Sequence[Element], attribute: Attribute) -> None:
        if attribute == "NORM":
            elements = [self._by_sound(element) for element in elements]
        phrases = literal_phrases(elements, _MAX_LITERALS)
        if phrases is None:
            self._sequences.append(_Sequence(index, tuple(map(self._step, elements)), attribute))
            return
        for phrase in phrases:
            self._literals[attribute, phrase].append(index)

    def _step(self, element: Element) -> _Step:
        words: dict[int, Phrase] = {}
        phrases: dict[int, list[tuple[list[int], Phrase]]] = defaultdict(list)
        for phrase in element.alternatives:
            ids = [self.vocab.strings.add(word) for word in phrase]
            if len(ids) == 1:
                words[ids[0]] = phrase
            else:
                phrases[ids[0]].append((ids, phrase))
        return _Step(element, frozenset(words) | frozenset(phrases), words, dict(phrases))

    def _by_sound(self, element: Element) -> Element:
        sounds = (tuple(self.vocab[word].norm_ for word in phrase) for phrase in element.alternatives)
        phrases = dict.fromkeys(sounds)
        return replace(element, alternatives=tuple(phrases))

    def _run(self, number: int, doc: Doc, sentence: _Sentence) -> Iterator[_Place]:
        sequence = self._sequences[number]
        own, left = sentence.words[sequence.attribute], sentence.start
        if not sequence.is_in_order(own, sentence.keys):
            return
        ids = frozenset(own)
        elements = [element for step in sequence.steps if (element := step.within(ids)) is not None]
        for _, start, end in self._compiled(number, tuple(elements))(doc[left : left + len(own)]):
            yield sequence.rule, left + start, left + end

    def _compiled(self, number: int, elements: tuple[Element, ...]) -> Matcher:
        """A matcher of few patterns: writing out every alternative would cost more than the sentence is long."""
        key = number, elements
        if key not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = Matcher(self.vocab)
            patterns = token_patterns(elements, self._sequences[number].attribute)
            self._cache[key].add(_KEY, patterns, greedy="LONGEST")
        return self._cache[key]
