"""Tokens as the rules see them: folded keys with offsets into the normalised text."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

BOUNDARY = "."  # the one key of all sentence ends; no gap of a pattern reaches across it
COMMA = ","

# A word with its marks; an apostrophe inside a word belongs to it (don't, Ka'bah).
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’`][\p{L}\p{M}\p{N}]+)*|[.!?۔؟।॥;؛\n]+|[,،、:]")
_SENTENCE_END = frozenset(".!?۔؟।॥;؛\n")
_COMMAS = frozenset(",،、:")
_ASKING = frozenset("?؟")
_ARABIC = str.maketrans("أإآٱؤئيىێےةۃەۀہھۂكڪ", "ااااویییییهههههههکک")
# Hindi is typed with and without the dot of क़ and with either sign of nasality.
_DEVANAGARI = str.maketrans({"\u093c": None, "\u0901": "\u0902"})
_REPEATED = regex.compile(r"(\p{Latin})\1{2,}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """``keys[i]`` is the folded form of normalised text[starts[i]:ends[i]]; ``questions`` are sentence-end tokens
    that hold a question mark."""

    keys: list[str]
    starts: list[int]
    ends: list[int]
    questions: frozenset[int]


def tokenize(text: str) -> Tokens:
    """Split normalised text into words, commas and sentence boundaries; other signs vanish."""
    words = _TOKEN.findall(text)
    keys = list(map(_key, words))
    if "" in keys:  # nothing but marks
        words = [word for word, key in zip(words, keys, strict=True) if key]
        keys = [key for key in keys if key]
    questions = (place for place, key in enumerate(keys) if key == BOUNDARY and not _ASKING.isdisjoint(words[place]))
    return Tokens(keys, *_offsets(text, words), frozenset(questions))


def _offsets(text: str, words: Sequence[str]) -> tuple[list[int], list[int]]:
    """Where the words of a text begin and end, in order. Searching for them takes half the time of asking each match
    for its place; what stands between two words can hold no part of one."""
    starts, ends = [], []
    end = 0
    for word in words:
        start = text.find(word, end)
        end = start + len(word)
        starts.append(start)
        ends.append(end)
    return starts, ends


def sentence_at(ends: Sequence[int], position: int, first: int, last: int) -> tuple[int, int]:
    """Token bounds of the sentence around ``position``, its end mark left out.

    ``ends`` are the places of the BOUNDARY tokens between ``first`` and ``last``, in order.
    """
    following = bisect_left(ends, position)
    left = ends[following - 1] + 1 if following else first
    return left, ends[following] if following < len(ends) else last


@lru_cache(maxsize=65_536)
def _key(token: str) -> str:
    if token[0] in _SENTENCE_END:
        return BOUNDARY
    return COMMA if token in _COMMAS else fold(token)


def fold(word: str) -> str:
    """Fold one word to the key rules compare: case, accents, Arabic letter variants, apostrophes, drawn-out letters."""
    word = unicodedata.normalize("NFKC", word).casefold().replace("’", "").replace("'", "").replace("`", "")
    if not word.isascii():
        word = _fold_marks(word).translate(_ARABIC)
    return _REPEATED.sub(r"\1", word)


def _fold_marks(word: str) -> str:
    """Drop accents of Latin letters (ş → s, ı → i) and Arabic vowel signs; vowel signs of Indic scripts are letters."""
    if any("\u0900" <= character <= "\u0dff" for character in word):
        return word.translate(_DEVANAGARI)
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return bare.replace("ı", "i").replace("ـ", "")
