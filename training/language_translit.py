"""Made text for the languages that the data hold little or none of: Roman Hindi, clean Roman Urdu, Shahmukhi.

Roman Hindi is Devanagari spelled the way people type it (final and medial schwas dropped, no diacritics, long vowels
single or double); Roman Urdu of the same register is Urdu spelled with words that occur in real Roman Urdu, so that the
two differ by vocabulary and not by subject; Shahmukhi is Gurmukhi transliterated, and Urdu with its grammatical words
exchanged. All three are cruder than what people write: measure on real text where there is any.
"""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

_FILE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "language_words.toml").read_text(encoding="utf-8"))
_PHRASES: dict[str, dict[str, list[str]]] = _FILE.pop("phrases")
_WORDS: dict[str, dict[str, str]] = _FILE
_HALANT, _NUKTA = "\u094d", "\u093c"
# Words that mark a text as Punjabi: what Urdu's grammatical words become, less what Urdu writes too.
PUNJABI_WORDS = sorted({word for choices in _WORDS["urdu_to_punjabi"].values() for word in choices.split()})
_URDU_TOO = frozenset(("تے", "ہن", "کی", "کہ", "ول", "کول", "پتر", "نہ", "زیادہ", "ہاں", "ہوئے", "تک", "پاسے", "ہوئی"))
PUNJABI_MARKS = frozenset(PUNJABI_WORDS) - set(_WORDS["urdu_to_punjabi"]) - _URDU_TOO


def _units(word: str) -> list[tuple[str, str]]:
    """Split a Devanagari word into (consonant or '', vowel) units; the vowel '@' is the inherent one."""
    units: list[tuple[str, str]] = []
    for sign in word:
        if sign in _WORDS["hindi_consonants"]:
            units.append((_WORDS["hindi_consonants"][sign], "@"))
            last = sign
        elif sign == _NUKTA and units:
            units[-1] = (_WORDS["hindi_nukta_consonants"].get(last, units[-1][0]), "@")
        elif sign in _WORDS["hindi_vowels"]:
            units.append(("", _WORDS["hindi_vowels"][sign]))
        elif sign in _WORDS["hindi_matras"] and units:
            units[-1] = (units[-1][0], _WORDS["hindi_matras"][sign])
        elif sign == _HALANT and units:
            units[-1] = (units[-1][0], "")
        elif sign in "ंँ" and units:
            units.append(("n", ""))
    return units


def _spell(units: list[tuple[str, str]]) -> str:
    """Drop the schwas that are not spoken: the last one, and one between two spoken vowels, from the right."""
    vowels = [vowel for _, vowel in units]
    if len(units) > 1 and vowels[-1] == "@":
        vowels[-1] = ""
    for i in range(len(units) - 2, 0, -1):
        if vowels[i] == "@" and vowels[i + 1] and vowels[i - 1] and units[i + 1][0]:
            vowels[i] = ""
    return "".join(
        consonant + ("a" if vowel == "@" else vowel) for (consonant, _), vowel in zip(units, vowels, strict=True)
    )


def roman_hindi_word(word: str, chance: random.Random) -> str:
    """Spell one Devanagari word as somebody typing in Latin letters might."""
    if word in _WORDS["hindi_words"]:
        return chance.choice(_WORDS["hindi_words"][word].split())
    spelled = _spell(_units(word.replace("ज्ञ", "ग्य")))
    spelled = re.sub("A$", "a", spelled)
    spelled = re.sub("I$", "i", spelled)
    for long, single, double in (("A", "a", "aa"), ("I", "i", "ee"), ("U", "u", "oo")):
        spelled = spelled.replace(long, single if chance.random() < 0.6 else double)
    if chance.random() < 0.3:
        spelled = spelled.replace("v", "w").replace("chh", "ch")
    return spelled.replace("ph", "f") if chance.random() < 0.5 else spelled


def roman_hindi(text: str, chance: random.Random, *, in_urdu_words: bool = False) -> str:
    """Transliterate a Hindi sentence; `in_urdu_words` exchanges the words that only Hindi uses."""
    swaps = _WORDS["hindi_to_urdu"] if in_urdu_words else {}
    words = (swaps.get(word) or roman_hindi_word(word, chance) for word in re.findall("[\u0900-\u0963]+", text))
    return " ".join(word for word in words if word)


def sound(word: str) -> str:
    """Reduce a Roman word to what its spellings share, so that "zaroorat", "zarurat" and "zrurt" meet."""
    word = re.sub(
        r"(.)\1+", r"\1", word.lower().replace("ee", "i").replace("oo", "u").replace("ph", "f").replace("w", "v")
    )
    return re.sub("h", "", re.sub("[aeiouy]", "", re.sub("(?<=[cs])h", "X", word)).replace("q", "k"))


_LATIN = "abcdefghijklmnopqrstuvwxyz"
_VOWEL_LETTERS = frozenset("اآویےئؤعھ")


class UrduRomaniser:
    """Spells Urdu words with the spellings found in real Roman Urdu, falling back on letter by letter."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self._by_start: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for word, count in vocabulary.items():
            self._by_start[word[0]].append((count, word))
        self._cache: dict[str, list[str]] = {}

    def romanise(self, text: str, chance: random.Random) -> str:
        """Spell a text's Urdu words, each in one of its three commonest spellings."""
        return " ".join(chance.choice(self._spellings(word)) for word in re.findall("[ء-ے]+", text))

    def _spellings(self, word: str) -> list[str]:
        if word not in self._cache:
            sounds = [_WORDS["urdu_sounds"].get(letter, "") for letter in word]
            sounds[0] = "[aeiou]{1,2}" if word[0] in "اع" else sounds[0]
            pattern = re.compile("[aiue]?".join(sounds))
            starts = [letter for letter in _LATIN if re.fullmatch(sounds[0], letter)]
            found = sorted(
                (hit for start in starts for hit in self._by_start[start] if pattern.fullmatch(hit[1])), reverse=True
            )
            best = found[0][0] if found else 0
            self._cache[word] = [spelling for count, spelling in found[:3] if count * 4 >= best] or [
                self._by_letter(word)
            ]
        return self._cache[word]

    @staticmethod
    def _by_letter(word: str) -> str:
        spelled = ""
        for i, letter in enumerate(word):
            if i and letter not in _VOWEL_LETTERS and word[i - 1] not in _VOWEL_LETTERS and i < len(word) - 1:
                spelled += "a"
            spelled += (
                _WORDS["urdu_letters"].get(letter)
                or re.sub(r"\W|\[.*?\]", "", _WORDS["urdu_sounds"].get(letter, ""))[:1]
            )
        return spelled or "a"


_GLIDE = re.compile("[ਿੀਇਈ][ਆਅ]ਾ?")  # ਗਿਆ, ਕੁੜੀਆਂ: the two vowels meet in یا
_HABITUAL = re.compile(r"(?<=([ء-ے]))ت([ایے])(?= (?:ہے|ہیں|تھا|تھی|تھے|ہوں|ہو)\b)")
_INFINITIVE = re.compile(r"(?<=[ء-ے]{2})نے\b(?= (?:کے|کی|کا)\b)")


def shahmukhi_from_gurmukhi(text: str, chance: random.Random) -> str:
    """Transliterate Punjabi from Gurmukhi; short vowels and doubling are not written."""
    words = re.findall("[\u0a00-\u0a7f]+", unicodedata.normalize("NFD", text))
    return " ".join(filter(None, (_shahmukhi_word(word, chance) for word in words)))


def _shahmukhi_word(word: str, chance: random.Random) -> str:
    if word in _WORDS["gurmukhi_words"]:
        return chance.choice(_WORDS["gurmukhi_words"][word].split())
    ending = {"ੇ": "ے", "ੈ": "ے", "ੰ": "ں"}.get(word[-1], "")
    body = _GLIDE.sub("یا", word.removesuffix(word[-1]) if ending else word)
    for letters, arabic in _WORDS["gurmukhi_nukta_letters"].items():
        body = body.replace(letters, arabic)
    spelled = (
        "".join(sign if "ء" <= sign <= "ے" else _WORDS["gurmukhi_letters"].get(sign, "") for sign in body) + ending
    )
    return re.sub("ں(?=[ء-ے])", "ن", spelled).replace("نن", "ن")


def punjabi_from_urdu(text: str, chance: random.Random) -> str:
    """Exchange Urdu's grammatical words and habitual verb endings for Punjabi ones, leaving the shared vocabulary."""
    text = _HABITUAL.sub(lambda m: ("ند" if m[1] in "اویئ" else "د") + m[2], _INFINITIVE.sub("ن", text))
    words = []
    for word in re.findall(r"[ء-ے]+|[^\sء-ے]+", text):
        choices = _WORDS["urdu_to_punjabi"].get(word)
        words.append(chance.choice(choices.split(" ")) if choices else word)
    return " ".join(words)


def phrases(count: int, chance: random.Random) -> dict[str, list[str]]:
    """Write everyday phrases in several languages by filling the slots of the table's frames."""
    return {code: [_phrase(table, chance) for _ in range(count)] for code, table in _PHRASES.items()}


def _phrase(table: dict[str, list[str]], chance: random.Random) -> str:
    return chance.choice(table["frames"]).format(**{slot: chance.choice(table[slot]) for slot in "npw"})
