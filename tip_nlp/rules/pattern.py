"""The pattern language of the rules, and its translation to spaCy token patterns.

Elements are separated by spaces:

``word``        that word                        ``a|b_c``   one of these; ``_`` joins the words of a phrase
``<name>``      any entry of the file's lexicon  ``word*``   any word that begins so
``x?``          x may be absent                  ``..3``     up to three other words, within the sentence
``x &5 y``      x and y in any order, up to five words apart, within the sentence
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import regex

from tip_nlp.tokens import BOUNDARY, COMMA, tokenize

MAX_GAP = 12
MAX_VARIANTS = 2_000  # of one pattern after its phrases of several words are written out

Phrase = tuple[str, ...]
# What a word is compared by: ORTH is its folded key, NORM its sound (rules.spelling).
Attribute = Literal["ORTH", "NORM"]
Lexicon = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a pattern: alternatives (phrases of folded keys), or a gap of up to ``gap`` words."""

    alternatives: tuple[Phrase, ...] = ()
    prefixes: tuple[str, ...] = ()
    optional: bool = False
    gap: int = 0

    @property
    def is_anchor(self) -> bool:
        """Whether every match must hold one of ``alternatives`` literally."""
        return bool(self.alternatives) and not self.prefixes and not self.optional


class PatternSyntaxError(ValueError):
    """A pattern cannot be read; the message says which part and why."""


def parse(source: str, lexicon: Lexicon) -> list[list[Element]]:
    """Read one pattern; ``&`` yields both orders, so the result is one or more sequences of elements."""
    sequences = _orders(source.split(), lexicon)
    for elements in sequences:
        if not any(element.is_anchor for element in elements):
            raise PatternSyntaxError(f"{source!r} has no word that must occur; give it at least one full word")
        if elements[0].gap or elements[-1].gap:
            raise PatternSyntaxError(f"{source!r} begins or ends with a gap")
    return sequences


def _orders(steps: list[str], lexicon: Lexicon) -> list[list[Element]]:
    """Read steps in sequence; around ``&``, in both orders."""
    for index, step in enumerate(steps):
        if step.startswith("&"):
            if index in (0, len(steps) - 1):
                raise PatternSyntaxError(f"{step!r} needs something on both sides")
            between = _element(f"..{step[1:] or 6}", lexicon)
            heads, tails = _orders(steps[:index], lexicon), _orders(steps[index + 1 :], lexicon)
            pairs = [(head, tail) for head in heads for tail in tails]
            return [[*one, between, *two] for head, tail in pairs for one, two in ((head, tail), (tail, head))]
    if not steps:
        raise PatternSyntaxError("the pattern is empty")
    return [[_element(step, lexicon) for step in steps]]


def _element(step: str, lexicon: Lexicon) -> Element:
    if step.startswith(".."):
        if not step[2:].isdecimal() or not 1 <= int(step[2:]) <= MAX_GAP:
            raise PatternSyntaxError(f"{step!r}: a gap is ..1 to ..{MAX_GAP}")
        return Element(gap=int(step[2:]))
    optional, body = step.endswith("?"), step.removesuffix("?")
    alternatives: list[Phrase] = []
    prefixes: list[str] = []
    for choice in body.split("|"):
        if choice.startswith("<"):
            alternatives += [to_phrase(entry) for entry in _entries(choice, lexicon)]
        elif choice.endswith("*"):
            prefixes.append(_prefix(choice))
        else:
            alternatives.append(to_phrase(choice))
    if not all(alternatives) or not all(prefixes) or not (alternatives or prefixes):
        raise PatternSyntaxError(f"{step!r} holds an empty choice")
    return Element(tuple(dict.fromkeys(alternatives)), tuple(prefixes), optional)


def _prefix(choice: str) -> str:
    words = to_phrase(choice[:-1])
    if len(words) > 1:
        raise PatternSyntaxError(f"{choice!r}: * stands after a single word; a phrase has no prefix")
    return words[0] if words else ""


def _entries(reference: str, lexicon: Lexicon) -> Sequence[str]:
    name = reference.strip("<>")
    if not reference.endswith(">") or name not in lexicon:
        raise PatternSyntaxError(f"{reference!r} is not in the lexicon; it has {', '.join(sorted(lexicon)) or 'none'}")
    return lexicon[name]


@lru_cache(maxsize=65_536)  # an entry of a lexicon is read for every pattern that refers to it
def to_phrase(text: str) -> Phrase:
    """Fold a literal of one or more words to keys; signs between the words vanish."""
    return tuple(key for key in tokenize(text.replace("_", " ")).keys if key not in (BOUNDARY, COMMA))


def literal_phrases(elements: Sequence[Element], limit: int) -> list[Phrase] | None:
    """Write a pattern out as plain phrases, or None when it has gaps or prefixes or needs more than ``limit``."""
    if any(element.gap or element.prefixes for element in elements):
        return None
    size = 1
    for element in elements:
        size *= len(element.alternatives) + element.optional
    if size > limit:
        return None
    choices = [[*element.alternatives, ()] if element.optional else element.alternatives for element in elements]
    return [tuple(key for phrase in combination for key in phrase) for combination in product(*choices)]


def token_patterns(elements: Sequence[Element], attribute: Attribute = "ORTH") -> list[list[dict[str, Any]]]:
    """Translate to spaCy Matcher patterns for one sentence; phrases of several words become patterns of their own."""
    choices = [list(_element_choices(element, attribute)) for element in elements]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size > MAX_VARIANTS:
        raise PatternSyntaxError(f"expands to {size:,} token patterns (at most {MAX_VARIANTS:,}); split it")
    return [[token for part in combination for token in part] for combination in product(*choices)]


def _element_choices(element: Element, attribute: Attribute) -> Iterator[list[dict[str, Any]]]:
    if element.gap:
        yield [{"OP": f"{{0,{element.gap}}}"}]
        return
    single = [phrase[0] for phrase in element.alternatives if len(phrase) == 1]
    operator = {"OP": "?"} if element.optional else {}
    if single:
        # One word is compared at once; a choice of words is a predicate, which costs more.
        yield [{attribute: {"IN": single} if len(single) > 1 else single[0], **operator}]
    if element.prefixes:
        starts = "|".join(regex.escape(prefix) for prefix in element.prefixes)
        yield [{"ORTH": {"REGEX": f"^(?:{starts})"}, **operator}]
    if element.optional and not single and not element.prefixes:
        yield []
    for phrase in element.alternatives:
        if len(phrase) > 1:
            yield [{attribute: key} for key in phrase]
