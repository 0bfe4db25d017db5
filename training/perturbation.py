"""Disguises: what people do to words to slip past a filter, or what keyboards and copying do to them.

Table-driven (perturbations.toml). Used by the tests, by the robustness figures and to augment training.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import regex

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*")
_LATIN_WORD = regex.compile(r"(?<![\w@/.])[A-Za-z]{4,}(?![\w@/.])")
_SHARE = 0.25  # of the words that a disguise touches

Disguise = Callable[[str, random.Random], str]


def homoglyphs(text: str, rng: random.Random) -> str:
    """One letter of a word in another alphabet's look-alike; a letter of its own stays, or nobody could tell."""
    return _some_words(text, rng, _LATIN_WORD, lambda word: _swap_one(word, _confusables(), rng))


def leetspeak(text: str, rng: random.Random) -> str:
    """One letter of a word as a sign: p@ssport, v1sa."""
    return _some_words(text, rng, _LATIN_WORD, lambda word: word[0] + _swap_one(word[1:-1], _leet(), rng) + word[-1])


def zero_width(text: str, rng: random.Random) -> str:
    """An invisible character inside a word."""
    return _some_words(text, rng, _WORD, lambda word: _insert(word, rng.choice(_signs("zero_width")), rng))


def bidi_controls(text: str, rng: random.Random) -> str:
    """Direction marks around words."""
    return _some_words(text, rng, _WORD, lambda word: rng.choice(_signs("bidi")) + word + rng.choice(_signs("bidi")))


def spaced_letters(text: str, rng: random.Random) -> str:
    """p a s s p o r t, v-i-s-a."""
    separator = rng.choice(_signs("separators"))
    return _some_words(text, rng, _LATIN_WORD, lambda word: separator.join(word), share=0.1)


def repeated_letters(text: str, rng: random.Random) -> str:
    """urgenttttt: the last letter drawn out."""
    return _some_words(text, rng, _LATIN_WORD, lambda word: word + word[-1] * rng.randint(2, 5), share=0.1)


def emoji_between(text: str, rng: random.Random) -> str:
    """Signs strewn between the words."""
    return _some_words(text, rng, _WORD, lambda word: f"{word} {rng.choice(_signs('emoji'))}", share=0.1)


def arabic_variants(text: str, rng: random.Random) -> str:
    """Urdu and Persian letters as an Arabic keyboard types them."""
    return text.translate({ord(letter): twin for letter, twin in _tables()["arabic_variants"].items()})


def other_digits(text: str, rng: random.Random) -> str:
    """All digits in the digits of another script."""
    script = rng.randrange(4)
    return text.translate({ord(digit): twins[script] for digit, twins in _tables()["digits"].items()})


def letter_case(text: str, rng: random.Random) -> str:
    """The whole text in capitals, or in small letters."""
    return text.upper() if rng.random() < 0.5 else text.lower()


def wide_letters(text: str, rng: random.Random) -> str:
    """Letters of the full-width block, as in copied headlines."""
    return _some_words(text, rng, _LATIN_WORD, lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word))


def line_breaks(text: str, rng: random.Random) -> str:
    """Runs of spaces where one was."""
    return regex.sub(r" ", lambda _: " " * rng.choice((1, 1, 1, 2, 4)), text)


DISGUISES: Mapping[str, Disguise] = {
    each.__name__: each
    for each in (
        homoglyphs, leetspeak, zero_width, bidi_controls, spaced_letters, repeated_letters, emoji_between,
        arabic_variants, other_digits, letter_case, wide_letters, line_breaks,
    )
}  # fmt: skip


def _some_words(
    text: str, rng: random.Random, pattern: regex.Pattern[str], change: Callable[[str], str], share: float = _SHARE
) -> str:
    """Change about ``share`` of the words that fit the pattern, one at least."""
    words = list(pattern.finditer(text))
    if not words:
        return text
    chosen = {found.start() for found in words if rng.random() < share} or {rng.choice(words).start()}
    return pattern.sub(lambda found: change(found.group()) if found.start() in chosen else found.group(), text)


def _swap_one(word: str, table: Mapping[str, str], rng: random.Random) -> str:
    places = [place for place, letter in enumerate(word) if letter in table]
    if not places:
        return word
    place = rng.choice(places)
    return word[:place] + rng.choice(table[word[place]]) + word[place + 1 :]


def _insert(word: str, sign: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word)) if len(word) > 1 else 1
    return word[:place] + sign + word[place:]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "perturbations.toml").read_text(encoding="utf-8"))


@cache
def _normaliser() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("tip_nlp").joinpath("data", "normalization.toml").read_text(encoding="utf-8"))


def _confusables() -> dict[str, str]:
    return _normaliser()["confusables"]


@cache
def _leet() -> dict[str, str]:
    signs: dict[str, str] = {}
    for sign, letter in _normaliser()["leet"].items():
        signs[letter] = signs.get(letter, "") + sign
    return signs


def _signs(name: str) -> list[str]:
    found: list[str] = _tables()["signs"][name]
    return found
