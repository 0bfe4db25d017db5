"""The rule matcher: phrases first, token patterns only in sentences where they can match.

The only module that knows spaCy, with rules.assertion. A token pattern is tried when its anchor phrase occurs in a
sentence and the document holds a word of each of its other required elements: running every pattern over every
text costs more than the transformer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tip_nlp.rules.pattern import Element, Phrase, literal_phrases, token_patterns
from tip_nlp.rules.schema import Rule, RuleSet
from tip_nlp.tokens import BOUNDARY, Tokens, sentence_at

# A pattern that writes out to at most this many phrases is matched as phrases, at almost no cost.
_MAX_LITERALS = 200


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule matched tokens[start:end]."""

    rule: Rule
    start: int
    end: int


@dataclass(slots=True)
class _Sequence:
    rule: int
    elements: Sequence[Element]
    required: list[frozenset[str]]
    matcher: Matcher | None = None


@dataclass(slots=True)
class _PhraseUse:
    literal_of: list[int] = field(default_factory=list)
    anchor_of: list[int] = field(default_factory=list)


class Ruler:
    """Compiled rules. Not thread-safe while matching; give each thread its own or hold a lock."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        self.vocab = Vocab()
        self._sequences: list[_Sequence] = []
        self._uses: dict[Phrase, _PhraseUse] = defaultdict(_PhraseUse)
        for index, rule in enumerate(rule_set.rules):
            for elements in rule.sequences:
                self._add(index, elements)
        self._phrases = list(self._uses)
        self._matcher = PhraseMatcher(self.vocab, attr="ORTH")
        for number, phrase in enumerate(self._phrases):
            self._matcher.add(str(number), [Doc(self.vocab, words=list(phrase))])
        self._number = {self.vocab.strings[str(number)]: number for number in range(len(self._phrases))}

    def doc(self, tokens: Tokens) -> Doc:
        """Wrap the keys in a spaCy document, one token a key."""
        return Doc(self.vocab, words=tokens.keys)

    def match(self, doc: Doc) -> list[RuleHit]:
        """All rules that match, each at its longest non-overlapping places, in text order."""
        if not len(doc):
            return []
        spans: set[tuple[int, int, int]] = set()
        keys = frozenset(token.orth_ for token in doc)
        ends = [token.i for token in doc if token.orth_ == BOUNDARY]
        tried: set[tuple[int, int]] = set()
        for match_id, start, end in self._matcher(doc):
            use = self._uses[self._phrases[self._number[match_id]]]
            spans.update((rule, start, end) for rule in use.literal_of)
            for number in use.anchor_of:
                sequence = self._sequences[number]
                if any(words.isdisjoint(keys) for words in sequence.required):
                    continue
                left, right = sentence_at(ends, start, 0, len(doc))
                if (number, left) not in tried:
                    tried.add((number, left))
                    spans.update((sequence.rule, *found) for found in self._run(sequence, doc, left, right))
        return [RuleHit(self.rule_set.rules[rule], start, end) for rule, start, end in _longest(spans)]

    def _add(self, index: int, elements: Sequence[Element]) -> None:
        phrases = literal_phrases(elements, _MAX_LITERALS)
        if phrases is not None:
            for phrase in phrases:
                self._uses[phrase].literal_of.append(index)
            return
        anchor = max((e for e in elements if e.is_anchor), key=_rarity)
        required = [
            frozenset(phrase[0] for phrase in element.alternatives)
            for element in elements
            if element.is_anchor and element is not anchor
        ]
        self._sequences.append(_Sequence(index, elements, required))
        for phrase in anchor.alternatives:
            self._uses[phrase].anchor_of.append(len(self._sequences) - 1)

    def _run(self, sequence: _Sequence, doc: Doc, left: int, right: int) -> Iterator[tuple[int, int]]:
        if sequence.matcher is None:
            sequence.matcher = Matcher(self.vocab)
            sequence.matcher.add("rule", token_patterns(sequence.elements), greedy="LONGEST")
        for _, start, end in sequence.matcher(doc[left:right]):
            yield left + start, left + end


def _rarity(element: Element) -> tuple[int, int]:
    """Prefer an anchor whose every phrase is long: long words and phrases are the rare ones."""
    return min(sum(map(len, phrase)) for phrase in element.alternatives), -len(element.alternatives)


def _longest(spans: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Per rule, drop spans that overlap a longer one of the same rule."""
    kept: list[tuple[int, int, int]] = []
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for rule, start, end in sorted(spans, key=lambda span: (span[1] - span[2], span[1], span[0])):
        if all(end <= left or start >= right for left, right in taken[rule]):
            taken[rule].append((start, end))
            kept.append((rule, start, end))
    return sorted(kept, key=lambda span: (span[1], span[2], span[0]))
