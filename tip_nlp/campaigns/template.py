"""The template of a campaign: its texts aligned, the words they share and the slots that vary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

import regex

from tip_nlp.campaigns.slots import NUMBER, Entities, spans
from tip_nlp.normalize import normalize

SAMPLED = 50  # texts aligned; more would change little and take long
EXAMPLES = 5  # values shown of a slot
_ALIKE = 0.5  # Jaccard of words; texts less alike follow no common template
_FIXED = 0.6  # share of the texts in which a word stands at its place
_OPEN = 0.3  # share of the texts that have anything in a slot; below, it is an addition of a few
_WORDS = 400  # of a text that are aligned
_REMEMBERED = 20_000  # words, which a campaign's texts repeat
_TOKEN = regex.compile(r"\S+")
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a template: ``text`` that is fixed, or a slot (``text`` None) with its most frequent ``examples``.

    ``kind`` is the entity type that a slot holds, or None for words of any kind.
    """

    text: str | None
    kind: str | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """``followed`` of the ``sampled`` texts have this template."""

    parts: tuple[Part, ...]
    followed: int
    sampled: int

    def __str__(self) -> str:
        return " ".join(f"«{part.kind or '…'}»" if part.text is None else part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word: how it is compared, how it is written, and the type of the entity it is."""

    key: str
    surface: str
    kind: str | None = None


def find_template(texts: Sequence[tuple[str, Entities]]) -> Template | None:
    """The template most of the distinct texts follow, each given with its entities; None where no two are alike."""
    step = max(1, -(-len(texts) // SAMPLED))
    sampled = [list(islice(_tokens(text, entities), _WORDS)) for text, entities in texts[::step]]
    family = _family(sampled)
    if len(family) < 2:
        return None
    return Template(tuple(_joined(_aligned(family))), len(family), len(sampled))


def _tokens(text: str, entities: Entities) -> Iterator[_Token]:
    done = 0
    for start, end, kind, _ in spans(entities):
        yield from _words(text[done:start])
        yield _Token(f"{{{kind}}}", text[start:end].strip(), kind)
        done = end
    yield from _words(text[done:])


def _words(text: str) -> Iterator[_Token]:
    for word in _TOKEN.findall(text):
        key = _folded(word)
        is_number = not key and any(character.isdigit() for character in word)
        if key or is_number:  # signs and emoji alone vary with the poster's mood
            yield _Token(key or NUMBER, word, "number" if is_number else None)


@lru_cache(_REMEMBERED)
def _folded(word: str) -> str:
    return "".join(_LETTERS.findall(normalize(word).text.casefold()))


def _family(sampled: Sequence[list[_Token]]) -> list[list[_Token]]:
    """The text with the most texts like it, first, and these."""
    words = [frozenset(token.key for token in tokens) for tokens in sampled]
    near = [[other for other, theirs in enumerate(words) if _jaccard(own, theirs) >= _ALIKE] for own in words]
    centre = max(range(len(near)), key=lambda at: (len(near[at]), -at), default=None)
    if centre is None:
        return []
    return [sampled[centre], *(sampled[other] for other in near[centre] if other != centre)]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _aligned(family: Sequence[list[_Token]]) -> Iterator[Part]:
    """Words and slots by what the others of the family have where the first has a word."""
    centre = family[0]
    places = [{at: at for at in range(len(centre))}, *(_places(centre, m) for m in family[1:])]
    fixed = [at for at in range(len(centre)) if sum(at in place for place in places) >= _FIXED * len(family)]
    before = -1
    for at in [*fixed, len(centre)]:
        between = [_between(member, place, before, at) for member, place in zip(family, places, strict=True)]
        yield from _slot([each for each in between if each is not None])
        if at < len(centre):
            yield _part([member[place[at]] for member, place in zip(family, places, strict=True) if at in place])
        before = at


def _places(centre: Sequence[_Token], member: Sequence[_Token]) -> dict[int, int]:
    """Where the member has the centre's words."""
    matcher = SequenceMatcher(None, [t.key for t in centre], [t.key for t in member], autojunk=False)
    return {m.a + n: m.b + n for m in matcher.get_matching_blocks() for n in range(m.size)}


def _between(member: Sequence[_Token], place: dict[int, int], before: int, after: int) -> list[_Token] | None:
    """The member's words between two fixed ones; None where it lacks one of them."""
    start = -1 if before < 0 else place.get(before)
    end = place.get(after, len(member) if after > max(place, default=-1) else None)
    return None if start is None or end is None else list(member[start + 1 : end])


def _slot(between: Sequence[list[_Token]]) -> Iterator[Part]:
    filled = [words for words in between if words]
    if not filled or len(filled) < _OPEN * len(between):
        return
    kinds = {words[0].kind if len(words) == 1 else None for words in filled}
    values = Counter(" ".join(word.surface for word in words) for words in filled)
    yield Part(None, kinds.pop() if len(kinds) == 1 else None, _most(values))


def _part(tokens: Sequence[_Token]) -> Part:
    """A word, or a slot where entities of one kind have several values."""
    values = Counter(token.surface for token in tokens)
    kind = tokens[0].kind
    if kind is not None and len(values) > 1:
        return Part(None, kind, _most(values))
    return Part(_most(values)[0])


def _most(values: Counter[str]) -> tuple[str, ...]:
    return tuple(value for value, _ in values.most_common(EXAMPLES))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Fixed words side by side as one stretch."""
    words: list[str] = []
    for part in parts:
        if part.text is not None:
            words.append(part.text)
            continue
        if words:
            yield Part(" ".join(words))
            words = []
        yield part
    if words:
        yield Part(" ".join(words))
