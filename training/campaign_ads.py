"""Planted ads for training.campaign_bench: who belongs to whom is known, since it was made so.

A campaign composes its text from the sentences of campaign_frames.toml; each of its ads changes slots, some words and
sentences, and is made noisy. Look-alikes share a company's footer and nothing else, and are no campaign.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Planted = Literal["template", "contact", "single", "look-alike"]

LANGUAGES = ("en", "ur-Latn", "ur", "ar")
_LARGEST = 200
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(phone|salary|city|date)\}")
_TYPES = {"phone": "phone", "salary": "money", "city": "place", "date": "date"}


@dataclass(frozen=True, slots=True)
class Ad:
    """``group`` numbers what was planted: ads of one campaign share it, all others have their own."""

    text: str
    entities: list[dict[str, Any]]
    group: int
    planted: Planted


@dataclass(frozen=True, slots=True)
class Noise:
    """How much an ad of a campaign departs from the others: probabilities per choice, sentence, word and ad."""

    swap: float
    drop: float
    add: float
    typo: float
    emoji: float
    case: float


def plant(count: int, seed: int) -> Iterator[Ad]:
    """``count`` ads in random order: about half in campaigns of paraphrases, a tenth in campaigns of one contact, a
    tenth look-alikes, the rest alone."""
    rng = random.Random(seed)
    ads: list[Ad] = []
    group = 0
    while len(ads) < count:
        kind = rng.choices(("template", "contact", "look-alike", "single"), (20, 10, 4, 400))[0]
        made = list(_PLANTERS[kind](rng, group))
        ads += made
        group += len({ad.group for ad in made})
    del ads[count:]
    rng.shuffle(ads)
    return iter(ads)


def _size(rng: random.Random, largest: int = _LARGEST) -> int:
    """2 to ``largest``, small ones more often."""
    return min(largest, int(2 * (largest / 2 + 0.5) ** rng.random()))


def _template(rng: random.Random, group: int) -> Iterator[Ad]:
    language = rng.choice(LANGUAGES)
    frames = _compose(rng, language)
    noise = _noise(rng)
    phones = [_phone(rng) for _ in range(rng.randint(1, 40))]
    for _ in range(_size(rng)):
        yield _ad(rng, language, _paraphrased(rng, language, frames, noise), phones, noise, group, "template")


def _noise(rng: random.Random) -> Noise:
    """A campaign's own, from none to a lot."""
    return Noise(rng.uniform(0, 0.3), rng.uniform(0, 0.2), rng.uniform(0, 0.4), rng.uniform(0, 0.05), 0.3, 0.1)


def _contact(rng: random.Random, group: int) -> Iterator[Ad]:
    """Ads in different words that share a telephone number."""
    language, phones, noise = rng.choice(LANGUAGES), [_phone(rng)], Noise(0, 0, 0, 0.01, 0.3, 0.1)
    for _ in range(_size(rng, 30)):
        frames = [*_compose(rng, language, contact=False), _resolved(rng, rng.choice(_calls(language)))]
        yield _ad(rng, language, frames, phones, noise, group, "contact")


def _single(rng: random.Random, group: int) -> Iterator[Ad]:
    language, noise = rng.choice(LANGUAGES), Noise(0, 0, 0, 0.01, 0.3, 0.1)
    yield _ad(rng, language, _compose(rng, language), [_phone(rng)], noise, group, "single")


def _look_alike(rng: random.Random, group: int) -> Iterator[Ad]:
    """Ads of different jobs and contacts under one company's footer."""
    language, noise = rng.choice(LANGUAGES), Noise(0, 0, 0, 0.01, 0.3, 0.0)
    company = rng.choice(_frames()[language]["company"])
    lines = rng.sample(_frames()[language]["footer"], rng.randint(2, 4))
    footer = [_resolved(rng, line.replace("{company}", company)) for line in lines]
    for own in range(_size(rng, 100)):
        head = _compose(rng, language, fewest=2)
        yield _ad(rng, language, [*head, *footer], [_phone(rng)], noise, group + own, "look-alike")


_PLANTERS = {"template": _template, "contact": _contact, "single": _single, "look-alike": _look_alike}


def _compose(rng: random.Random, language: str, *, contact: bool = True, fewest: int = 4) -> list[str]:
    """Up to nine sentences with their choices made and slots open, a number to call among them."""
    table = _frames()[language]
    others = [line for line in table["sentences"] if "{phone}" not in line]
    lines = rng.sample(others, rng.randint(fewest, 8))
    if contact:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(_calls(language)))
    job, company = rng.choice(table["job"]), rng.choice(table["company"])
    return [_resolved(rng, line.replace("{job}", job).replace("{company}", company)) for line in lines]


def _calls(language: str) -> list[str]:
    return [line for line in _frames()[language]["sentences"] if "{phone}" in line]


def _resolved(rng: random.Random, line: str) -> str:
    return _CHOICE.sub(lambda choice: rng.choice(choice[1].split("|")), line)


def _paraphrased(rng: random.Random, language: str, lines: Sequence[str], noise: Noise) -> list[str]:
    kept = [line for line in lines if "{phone}" in line or rng.random() >= noise.drop]
    kept = [" ".join(_swapped(rng, language, line.split(" "), noise)) for line in kept]
    if rng.random() < noise.add:
        kept.insert(rng.randrange(len(kept) + 1), rng.choice(_compose(rng, language, contact=False)))
    return kept


def _swapped(rng: random.Random, language: str, words: Sequence[str], noise: Noise) -> Iterator[str]:
    """Words, some replaced by another word of the same choice in the frames."""
    synonyms = _synonyms(language)
    for word in words:
        others = synonyms.get(word)
        yield rng.choice(others) if others and rng.random() < noise.swap else word


def _ad(
    rng: random.Random, language: str, lines: Sequence[str], phones: Sequence[str], noise: Noise, group: int,
    planted: Planted,
) -> Ad:  # fmt: skip
    text, entities = "", []
    upper = rng.random() < noise.case
    for at, part in enumerate(_SLOT.split((" " if rng.random() < 0.7 else "\n").join(lines))):
        if at % 2:
            value = _value(rng, language, part, phones)
            entity = {"type": _TYPES[part], "start": len(text), "end": len(text) + len(value), "quote": value}
            entities.append(entity | {"value": value.replace(" ", "").replace("-", ""), "details": {}})
            text += value
        else:
            words = " ".join(_mistyped(rng, word, noise.typo) for word in part.split(" "))
            text += words.upper() if upper else words
    if rng.random() < noise.emoji:
        text += " " + "".join(rng.choices(_frames()["slots"]["emoji"], k=rng.randint(1, 3)))
    return Ad(text, entities, group, planted)


def _value(rng: random.Random, language: str, slot: str, phones: Sequence[str]) -> str:
    table = _frames()["slots"]
    if slot == "phone":
        phone = rng.choice(phones)
        return rng.choice((phone, f"{phone[:4]}-{phone[4:]}", f"{phone[:4]} {phone[4:7]} {phone[7:]}"))
    if slot == "salary":
        return f"{rng.randint(8, 90) * 100} {rng.choice(table['currency'][language])}"
    if slot == "date":
        return f"{rng.randint(1, 28)} {rng.choice(table['month'][language])}"
    return str(rng.choice(table["city"][language]))


def _phone(rng: random.Random) -> str:
    return f"03{rng.randrange(10**9):09d}"


def _mistyped(rng: random.Random, word: str, typo: float) -> str:
    if len(word) < 4 or rng.random() >= typo:
        return word
    at = rng.randrange(1, len(word) - 1)
    return rng.choice((word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], _turned(word, at)))


def _turned(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@cache
def _synonyms(language: str) -> dict[str, tuple[str, ...]]:
    """Single words of a choice, each with the choice's words."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (*_frames()[language]["sentences"], *_frames()[language]["footer"]):
        for choice in _CHOICE.findall(line):
            options = tuple(option for option in choice.split("|") if option and " " not in option)
            found |= dict.fromkeys(options, options)
    return found


@cache
def _frames() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "campaign_frames.toml").read_text(encoding="utf-8"))
