"""The rule matcher: phrases first, token patterns only in sentences where they can match.

The only module that knows spaCy, with rules.assertion. A token pattern is tried when its anchor phrase occurs in a
sentence, with only the alternatives that the sentence has words for: running every pattern over every text costs more
than the transformer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import get_args

from spacy.attrs import NORM, ORTH
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc, Token
from spacy.vocab import Vocab

from tip_nlp.rules.pattern import Attribute, Element, Phrase, literal_phrases, token_patterns
from tip_nlp.rules.schema import Rule, RuleSet
from tip_nlp.rules.spelling import UNSPELLED, Speller
from tip_nlp.tokens import BOUNDARY, Tokens, sentence_at

# A pattern that writes out to at most this many phrases is matched as phrases, at almost no cost.
_MAX_LITERALS = 200
_CACHED = 20_000  # compiled matchers kept

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
    phrases: Mapping[int, Sequence[tuple[frozenset[int], Phrase]]]  # of several words, by the first

    def within(self, ids: frozenset[int]) -> Element | None:
        """The element with only the alternatives that the sentence has words for; None where nothing is left."""
        if self.element.gap:
            return self.element
        possible = []
        for first in sorted(self.firsts & ids):
            if first in self.words:
                possible.append(self.words[first])
            possible += [phrase for own, phrase in self.phrases.get(first, ()) if own <= ids]
        if not possible and not self.element.prefixes:
            return None
        return Element(tuple(possible), self.element.prefixes, self.element.optional)


@dataclass(frozen=True, slots=True)
class _Sequence:
    rule: int
    steps: tuple[_Step, ...]
    needed: tuple[frozenset[int], ...]  # a sentence without a word of each cannot match
    attribute: Attribute


@dataclass(slots=True)
class _PhraseUse:
    literal_of: list[int] = field(default_factory=list)
    anchor_of: list[int] = field(default_factory=list)


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
        self._boundary = self.vocab.strings.add(BOUNDARY)
        self._sequences: list[_Sequence] = []
        self._cache: dict[tuple[int, tuple[Element, ...]], Matcher] = {}
        self._uses: dict[tuple[Attribute, Phrase], _PhraseUse] = defaultdict(_PhraseUse)
        for index, rule in enumerate(rule_set.rules):
            for elements in rule.sequences:
                self._add(index, elements, attribute_of(rule.language))
        self._phrases = list(self._uses)
        self._matchers = {name: PhraseMatcher(self.vocab, attr=name) for name in get_args(Attribute)}
        for number, (attribute, phrase) in enumerate(self._phrases):
            self._matchers[attribute].add(str(number), [self.words(phrase)])
        self._number = {self.vocab.strings[str(number)]: number for number in range(len(self._phrases))}

    def doc(self, tokens: Tokens) -> Doc:
        """Wrap the keys in a spaCy document, one token a key; a token's NORM is its sound."""
        return self.words(tokens.keys)

    def words(self, keys: Sequence[str]) -> Doc:
        """A spaCy document of folded keys."""
        return Doc(self.vocab, words=list(keys))

    def spells_out(self, rule: Rule, token: Token) -> bool:
        """Whether the token is one of the words that the rule's patterns name."""
        own = self._spelled.get(rule.entry.id)
        return token.orth_ in rule.words if own is None else token.norm_ in own

    def match(self, doc: Doc) -> list[RuleHit]:
        """Every place where a rule matches, overlapping ones too, in text order."""
        if not len(doc):
            return []
        spans: set[tuple[int, int, int]] = set()
        words = dict(zip(get_args(Attribute), doc.to_array([ORTH, NORM]).T.tolist(), strict=True))
        ends = [place for place, word in enumerate(words["ORTH"]) if word == self._boundary]
        tried: set[tuple[int, int]] = set()
        sentences: dict[int, dict[str, frozenset[int]]] = {}  # the ids of their words, by their first token
        for match_id, start, end in chain.from_iterable(matcher(doc) for matcher in self._matchers.values()):
            use = self._uses[self._phrases[self._number[match_id]]]
            spans.update((rule, start, end) for rule in use.literal_of)
            for number in use.anchor_of:
                left, right = sentence_at(ends, start, 0, len(doc))
                if (number, left) not in tried:
                    tried.add((number, left))
                    if left not in sentences:
                        sentences[left] = {name: frozenset(own[left:right]) for name, own in words.items()}
                    spans.update(self._run(number, doc, left, right, sentences[left]))
        ordered = sorted(spans, key=lambda span: (span[1], span[2], span[0]))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in ordered]

    def _add(self, index: int, elements: Sequence[Element], attribute: Attribute) -> None:
        if attribute == "NORM":
            elements = [self._by_sound(element) for element in elements]
        phrases = literal_phrases(elements, _MAX_LITERALS)
        if phrases is not None:
            for phrase in phrases:
                self._uses[attribute, phrase].literal_of.append(index)
            return
        steps = tuple(map(self._step, elements))
        needed = tuple(step.firsts for step in steps if step.element.is_anchor)
        self._sequences.append(_Sequence(index, steps, needed, attribute))
        anchor = max((e for e in elements if e.is_anchor), key=_rarity)
        for phrase in anchor.alternatives:
            self._uses[attribute, phrase].anchor_of.append(len(self._sequences) - 1)

    def _step(self, element: Element) -> _Step:
        words: dict[int, Phrase] = {}
        phrases: dict[int, list[tuple[frozenset[int], Phrase]]] = defaultdict(list)
        for phrase in element.alternatives:
            ids = [self.vocab.strings.add(word) for word in phrase]
            if len(ids) == 1:
                words[ids[0]] = phrase
            else:
                phrases[ids[0]].append((frozenset(ids), phrase))
        return _Step(element, frozenset(words) | frozenset(phrases), words, dict(phrases))

    def _by_sound(self, element: Element) -> Element:
        sounds = (tuple(self.vocab[word].norm_ for word in phrase) for phrase in element.alternatives)
        phrases = dict.fromkeys(sounds)
        return replace(element, alternatives=tuple(phrases))

    def _run(self, number: int, doc: Doc, left: int, right: int, ids: Mapping[str, frozenset[int]]) -> Iterator[_Place]:
        sequence = self._sequences[number]
        own = ids[sequence.attribute]
        if any(firsts.isdisjoint(own) for firsts in sequence.needed):
            return
        elements = []
        for step in sequence.steps:
            element = step.within(own)
            if element is not None:
                elements.append(element)
            elif not step.element.optional:
                return
        for _, start, end in self._compiled(number, tuple(elements))(doc[left:right]):
            yield sequence.rule, left + start, left + end

    def _compiled(self, number: int, elements: tuple[Element, ...]) -> Matcher:
        """A matcher of few patterns: writing out every alternative would cost more than the sentence is long."""
        key = number, elements
        if key not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = Matcher(self.vocab)
            patterns = token_patterns(elements, self._sequences[number].attribute)
            self._cache[key].add("rule", patterns, greedy="LONGEST")
        return self._cache[key]


def _rarity(element: Element) -> tuple[int, int]:
    """Prefer an anchor whose every phrase is long: long words and phrases are the rare ones."""
    return min(sum(map(len, phrase)) for phrase in element.alternatives), -len(element.alternatives)
