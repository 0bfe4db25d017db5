"""One key for the many spellings of a word of Urdu or Hindi in Latin letters, which has no orthography.

``sound`` folds what writers vary: long and short vowels, aspiration, doubled letters, w/v/u, q/k, a last nasal or h.
``Speller`` adds what only the words of the rules can tell: a word typed without its vowels ("tnkha") is the one
rule word that it abbreviates.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

import regex

# Languages without a fixed spelling; their rules and cues are compared by sound.
UNSPELLED = frozenset({"ur-Latn", "hi-Latn"})
# Shorter words differ by the very letters that are folded (mar, mer, mur).
_SHORTEST = 4
_SHORTEST_SKELETON = 3  # consonants of a rule word that may be typed without vowels
_DISTINCTIVE = 4  # consonants that tell a word whatever vowels are typed between them (border, bordar, barder)
# Before a sound, so that none equals a word that is its own key.
MARK = "~"

# In order. Capitals stand for sounds written with two letters.
_STEPS: tuple[tuple[regex.Pattern[str], str], ...] = tuple(
    (regex.compile(pattern), key)
    for pattern, key in (
        (r"ph", "f"),
        (r"c?chh?", "C"),
        (r"sh", "S"),
        (r"(?<=[kgtdbjrl])h+", ""),  # aspiration: thekedar, tekedar
        (r"ck|q|x", "k"),
        (r"ce$|c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"gen", "jen"),
        (r"z", "j"),
        (r"lad(?=k)", "lar"),
        (r"[ao]w(?=[^aeiou]|$)", "o"),
        (r"w", "v"),
        (r"(?<=[^aeiou])[uo]v?a", "va"),  # tankhuwah, tankhuah, tankhwah
        (r"([^aeiou])\1+", r"\1"),
        (r"a[aei]*h(?=[^aeiouy]|$)", "a"),
        (r"[aei]h(?=[aeiouy])", "ah"),  # mehine, mahine
        (r"a+y?[ei]+y?$", "e"),
        (r"(?<=.)[ie]*y(?=[aeou])", "i"),  # larkiyan, larkian
        (r"ee+|ie|ii+|ea", "i"),
        (r"oo+|ou|uu+", "u"),
        (r"a[iey]+|e[iy]+", "e"),
        (r"a[uo]", "o"),
        (r"aa+", "a"),
        (r"(?<=[^aeiou])y", "i"),
        (r"e", "i"),
        (r"o", "u"),
        (r"(?<=[aiu])[hn]$", ""),
    )
)
_INNER_VOWEL = regex.compile(r"(?<=.)[aiu](?=.)")
_VOWEL = regex.compile(r"[aiu]")


@lru_cache(maxsize=65_536)
def sound(key: str) -> str:
    """The sound of a folded key; short words, words of other scripts and those that only look alike are their own."""
    if len(key) < _SHORTEST or not (key.isascii() and key.isalpha()) or key in _lookalikes():
        return key
    folded = _folded(key)
    bare = _INNER_VOWEL.sub("", folded)
    return MARK + (bare if len(_VOWEL.sub("", bare)) >= _DISTINCTIVE else folded)


def _folded(word: str) -> str:
    for pattern, replacement in _STEPS:
        word = pattern.sub(replacement, word)
    return word


@cache
def _lookalikes() -> frozenset[str]:
    source = files("tip_nlp").joinpath("data", "lookalikes.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(source)["words"])


class Speller:
    """Maps folded keys to the keys by which unspelled languages are compared, given the words of their rules."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words = frozenset(vocabulary)
        self._sounds = frozenset(map(sound, self._words))
        by_skeleton: dict[str, set[str]] = defaultdict(set)
        for known in self._sounds:
            skeleton = _VOWEL.sub("", known.removeprefix(MARK))
            if known.startswith(MARK) and len(skeleton) >= _SHORTEST_SKELETON:
                by_skeleton[skeleton].add(known)
        self._by_skeleton = dict(by_skeleton)

    def key(self, word: str) -> str:
        """The comparison key of a folded key."""
        key = sound(word)
        if word in self._words or key in self._sounds:
            return key
        return self._abbreviated(word) or key

    def _abbreviated(self, word: str) -> str:
        """The rule word of which ``word`` dropped the fewest vowels; "" for none or several."""
        if not (word.isascii() and word.isalpha()) or word in _lookalikes():
            return ""
        short = _folded(word)
        skeleton = _VOWEL.sub("", short)
        if len(short) >= len(skeleton) * 2:  # a word with its vowels is a word of its own
            return ""
        found = sorted(
            (known for known in self._by_skeleton.get(skeleton, ()) if _is_subsequence(short, known)), key=len
        )
        is_plain = len(found) == 1 or (len(found) > 1 and len(found[0]) < len(found[1]))
        return found[0] if is_plain else ""


def _is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
