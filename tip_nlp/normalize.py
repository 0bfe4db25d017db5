"""Normalisation that never loses its way back: every character knows which slice of the original it came from."""

from __future__ import annotations

import tomllib
import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import emoji
import regex

from tip_nlp.errors import InputError
from tip_nlp.types import NormalizedText

MAX_BYTES = 1_000_000

_NON_ASCII = regex.compile(r"[^\x00-\x7f]")
_INVALID = regex.compile(r"[\x00\ud800-\udfff]")
# A base character with its marks: NFKC may reorder and merge inside such a cluster, never across two.
_CLUSTER = regex.compile(r"\P{M}\p{M}*|\p{M}+")
# Short vowels, Quranic marks and tatweel; letters with their own code point (آ, أ) are not touched.
_ARABIC_MARKS = regex.compile(r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+")
# Invisible: zero-width, bidi and other format controls, variation selectors. The joiner of Indic scripts and of
# emoji goes too: it changes how letters look, not what they are.
_INVISIBLE = regex.compile(r"[\p{Cf}\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u3164\uffa0]+")
_CONTROL = regex.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FOREIGN_DIGIT = regex.compile(r"[\p{Nd}--[0-9]]", flags=regex.V1)
_SPACES = regex.compile(r"[^\S\n]{2,}|[^\S\n ]|\r\n?|\u2028|\u2029")
_FLAG = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
# Emoji that no table gives a word: decoration, and no two ads use the same.
_DECORATION = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\u20e3]+")
_TYPED_NUMBER = regex.compile(r"[\dOoQIl|]+")  # O3OO-...: a telephone number in disguise, not a word
_DRAWN_OUT = regex.compile(r"(?<=\p{Latin})(\p{Latin})\1{2,}")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
# Inside a word only: a letter on both sides, and no address, link or handle. The length is bounded, so that a long
# run of such signs costs no quadratic search.
_LEET_WORD = regex.compile(
    r"(?<![\p{L}\p{N}@$!|€*./:#_+-])\p{Latin}[\p{Latin}0-9@$!|€*]{0,20}[0134570@$!|€*]"
    r"[\p{Latin}0-9@$!|€*]{0,20}\p{Latin}(?![\p{L}\p{N}@/_]|\.\p{L})"
)
# Four letters or more, one by one with the same separator. Three (U A E, F.I.A.) are an abbreviation; in Indic scripts
# a letter with its signs is often a word.
_LETTER = r"[\p{Latin}\p{Arabic}]\p{M}*"
_SPACED = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}\p{{M}}]){_LETTER}(?:(?P<sep>[ .\-_*·•]){_LETTER})(?:(?P=sep){_LETTER}){{2,}}"
    r"(?![\p{L}\p{N}\p{M}]|[.\-_*·•]\p{L})"
)
_URDU_LETTERS = regex.compile(r"[ٹڈڑںےھہۂۓ]")
_OTHER_LETTERS = regex.compile(r"[ٻڀٺٽٿڃڄڇڊڌڍڏڙڦڪڱڳڻټځڅډړږښڼېۍ]")
_PERSIAN_LETTERS = regex.compile(r"[پچژگکی]")
_URDU_VARIANTS = str.maketrans("يىكهة", "ییکہہ")
_PERSIAN_VARIANTS = str.maketrans("يىك", "ییک")


@dataclass(slots=True)
class _Draft:
    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def rewrite(self, pattern: regex.Pattern[str], replace: Callable[[str], str]) -> None:
        """Replace every match; characters of a replacement of equal length keep their own place."""
        matches = [(m.start(), m.end(), m.group()) for m in pattern.finditer(self.text)]
        changes = [(s, e, new) for s, e, old in matches if (new := replace(old)) != old]
        if not changes:
            return
        if self.starts is None or self.ends is None:
            self.starts, self.ends = list(range(len(self.text))), list(range(1, len(self.text) + 1))
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for start, end, new in changes:
            text += (self.text[done:start], new)
            starts += self.starts[done:start]
            ends += self.ends[done:start]
            if len(new) == end - start:
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            else:
                starts += [self.starts[start]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            done = end
        text.append(self.text[done:])
        self.text, self.starts, self.ends = "".join(text), starts + self.starts[done:], ends + self.ends[done:]


def normalize(text: str) -> NormalizedText:
    """Normalise one document; see the module's stages below.

    Raises InputError for anything but a str of at most MAX_BYTES bytes in UTF-8. NULs and lone surrogates, which no
    file or JSON can carry, become U+FFFD in ``original`` too (offsets stay) and are counted.
    """
    original, replaced = _INVALID.subn("\ufffd", _checked(text))
    draft = _Draft(original)
    draft.rewrite(_CONTROL, lambda bad: " ")
    if _NON_ASCII.search(draft.text):
        _normalize_unicode(draft)
    draft.rewrite(_DRAWN_OUT, lambda letters: letters[0])
    draft.rewrite(_SPACED, lambda letters: "".join(regex.findall(_LETTER, letters)))
    draft.rewrite(_LEET_WORD, _unleet)
    draft.rewrite(_SPACES, lambda space: "\n" if space[0] in "\r\u2028\u2029" else " ")
    starts = None if draft.starts is None else array("I", draft.starts)
    ends = None if draft.ends is None else array("I", draft.ends)
    return NormalizedText(original, draft.text, starts, ends, replaced)


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"text must be a string, got {type(text).__name__}; decode bytes as UTF-8 first")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InputError(f"text is longer than {MAX_BYTES:,} bytes; split it into documents")
    return text


def _normalize_unicode(draft: _Draft) -> None:
    draft.rewrite(_FLAG, lambda flag: _flag_name(flag))
    draft.rewrite(_emoji_pattern(), lambda sign: f" {_tables()['emoji'][sign]} ")
    draft.rewrite(_DECORATION, lambda signs: " ")
    draft.rewrite(_INVISIBLE, lambda hidden: "")
    draft.rewrite(_WORD, _unconfuse)  # before NFKC, which reads some look-alikes as letters of their own alphabet
    if not unicodedata.is_normalized("NFKC", draft.text):
        draft.rewrite(_CLUSTER, lambda cluster: unicodedata.normalize("NFKC", cluster))
    draft.rewrite(_ARABIC_MARKS, lambda marks: "")
    draft.rewrite(_FOREIGN_DIGIT, lambda digit: str(unicodedata.decimal(digit)))
    draft.rewrite(_WORD, _unconfuse)
    variants = _letter_variants(draft.text)
    if variants is not None:
        draft.rewrite(_WORD, lambda word: word.translate(variants))


def _letter_variants(text: str) -> dict[int, int] | None:
    """Which typed variants to unify: Arabic, Sindhi and Pashto use the same letters in their own right."""
    if _OTHER_LETTERS.search(text):
        return None
    if _URDU_LETTERS.search(text):
        return _URDU_VARIANTS
    return _PERSIAN_VARIANTS if _PERSIAN_LETTERS.search(text) else None


def _unconfuse(word: str) -> str:
    if word.isascii():
        return word
    swapped = word.translate(_confusables())
    # Only a word that shows a Latin letter of its own is a disguise; a Russian or Greek word is left alone.
    return swapped if swapped.isascii() and regex.search(r"[a-zA-Z]", word) else word


def _unleet(word: str) -> str:
    signs = regex.findall(r"[^\p{L}]", word)
    if len(signs) * 2 > len(word) or len(word) < 4 or _TYPED_NUMBER.fullmatch(word):
        return word
    before, mark, after = word.partition("!")
    if mark and min(len(before), len(after)) > 3:  # a missing space after an exclamation, not a disguise
        return word
    return "".join(_tables()["leet"].get(character, character) for character in word)


def _flag_name(flag: str) -> str:
    name = emoji.demojize(flag, language="en").strip(":").replace("_", " ")
    return flag if name == flag else f" {name} "


@cache
def _tables() -> dict[str, dict[str, str]]:
    source = files("tip_nlp").joinpath("data", "normalization.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@cache
def _confusables() -> dict[int, str]:
    return {ord(twin): latin for latin, twins in _tables()["confusables"].items() for twin in twins}


@cache
def _emoji_pattern() -> regex.Pattern[str]:
    return regex.compile("|".join(map(regex.escape, _tables()["emoji"])))
