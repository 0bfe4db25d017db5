"""Words of a text with slot marks in place of what varies from ad to ad: contacts, numbers, money, places, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex

from tip_nlp.normalize import normalize

NUMBER = "{number}"
_LONGEST = 50_000  # characters; what follows does not decide whether two texts are alike
SHORT = 8  # words; a text of fewer says too little for its slots to be left out

# Braces and ASCII, so that normalisation leaves a mark as it is and plain English stays ASCII, which is faster.
_WORD = regex.compile(r"\{[a-z]+\}|[\p{L}\p{M}]+|\p{N}+")
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\ufe0f\u200d\u20e3]+")

Entities = Sequence[Mapping[str, Any]]  # as in an assessment's JSON shape


def is_slot(word: str) -> bool:
    """Whether a word of ``slot_words`` stands for something that varies."""
    return word[0] == "{"


def slot_words(text: str, entities: Entities) -> list[str]:
    """Normalised, case-folded words; entities and numbers as marks, one for several of a kind in a row."""
    words: list[str] = []
    for word in plain_words("".join(_marked(text, entities))):
        word = NUMBER if word.isdigit() else word
        if not (words and word == words[-1] and is_slot(word)):
            words.append(word)
    return words


def plain_words(text: str) -> list[str]:
    """Normalised, case-folded words and numbers of the text's beginning, without emoji and punctuation."""
    text = text[:_LONGEST]
    if not text.isascii():
        text = _EMOJI.sub(" ", text)
    return _WORD.findall(normalize(text).text.casefold())


def spans(entities: Entities) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, type, value) of the entities in text order, none overlapping another."""
    done = 0
    for each in sorted(entities, key=lambda entity: int(entity["start"])):
        if each["start"] >= done:
            yield each["start"], each["end"], each["type"], each["value"]
            done = each["end"]


def _marked(text: str, entities: Entities) -> Iterator[str]:
    done = 0
    for start, end, kind, _ in spans(entities):
        yield text[done:start]
        yield f" {{{kind}}} "
        done = end
    yield text[done:]
