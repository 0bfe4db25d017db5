"""Samples for language identification: cuts of the sources' texts, each with the language that its words show."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass, replace

from tip_nlp.language import CLASSES, encode, script_of
from training import language_translit as translit
from training.language_corpus import MEASURED_ROWS, PHRASES, SEED, Source, vocabulary

LENGTHS = ("under 30", "30-100", "over 100")
# Pashto and Sindhi typed on an Urdu keyboard lose the letters that Urdu lacks.
_URDU_KEYBOARD = {
    "ps": str.maketrans("ټډړځڅږښېۍڼۀ", "ٹڈڑزسگخےیننہ"[:11]),
    "sd": str.maketrans("ڪٽڊڙڻٻڄڳڱڦڃ", "کٹڈڑنبجگنپج"),
}


@dataclass(frozen=True)
class Sample:
    """One text with its language and the source it was cut from."""

    text: str
    code: str
    source: str


def _cut(text: str, longest: int, chance: random.Random) -> str:
    """Take whole words from a random place, up to a length in characters."""
    words = text.split()
    start = chance.randrange(len(words))
    taken = words[start]
    for word in words[start + 1 :]:
        if len(taken) + len(word) >= longest:
            break
        taken += " " + word
    return taken


class _Labeller:
    """Settles the language of a cut, which can differ from its source's, by the words in it."""

    def __init__(self, sources: list[Source], chance: random.Random) -> None:
        self._chance = chance
        self._urdu_sounds = {translit.sound(word) for word in vocabulary(sources, "roman-urdu-uci")}
        self._english = vocabulary(sources, "tatoeba", "tico-19", "aims-statements", code="en", least=3)
        self._loans = [word for word in self._english if len(word) > 3]

    def label(self, sample: Sample, *, training: bool) -> str | None:
        """Return the language to learn or expect, or None for a cut that does not show it."""
        if sample.source == PHRASES:
            return sample.code
        words = re.findall(r"[^\W\d_]+", sample.text.lower())
        if sample.code == "hi-Latn":
            return self._hindi(words, training=training)
        if sample.source.endswith("(made, Urdu words)"):
            return None if self._own_share(words) > 0.0 else "ur-Latn"
        if sample.code == "ur-Latn":  # tweets and comments in English stand among those in Roman Urdu
            return None if sum(word in self._english for word in words) >= 0.7 * len(words) else "ur-Latn"
        if sample.code == "pnb" and "(made)" in sample.source and "sib-200" not in sample.source:
            return "pnb" if sum(word in translit.PUNJABI_MARKS for word in words) >= 0.15 * len(words) else None
        return sample.code

    def _own_share(self, words: list[str]) -> float:
        return sum(translit.sound(word) not in self._urdu_sounds for word in words) / max(len(words), 1)

    def _hindi(self, words: list[str], *, training: bool) -> str | None:
        """Words that Roman Urdu never has make a cut Roman Hindi; the rest is Hindustani, the same in both languages.

        Training gives that rest to Roman Urdu seven times in ten, about its share where this software is used, so that
        the probabilities of the two stay honest; it cannot be measured.
        """
        if self._own_share(words) >= 0.12:
            return "hi-Latn"
        if not training:
            return None
        return "ur-Latn" if self._chance.random() < 0.7 else "hi-Latn"

    def with_loans(self, sample: Sample) -> Sample:
        """Put English words for some long words of Roman Urdu and Hindi, one text in five ("packing normal thi")."""
        if not sample.code.endswith("-Latn") or self._chance.random() > 0.2:
            return sample
        words = [self._loan() if len(w) > 4 and self._chance.random() < 0.5 else w for w in sample.text.split()]
        return replace(sample, text=" ".join(words))

    def _loan(self) -> str:
        return self._chance.choice(self._loans)

    def usable(self, samples: list[Sample], *, training: bool) -> list[Sample]:
        """Keep what has six letters of the script its language is written in (a Roman row in an Urdu file goes)."""
        encoded = encode([sample.text for sample in samples])
        kept = []
        for sample, script, letters in zip(samples, script_of(encoded), encoded.letter_counts, strict=True):
            fits = sample.code == "und" or sample.code in CLASSES.get(script, ("bn",) if script == "bengali" else ())
            code = self.label(sample, training=training) if fits and letters >= 6 else None
            if code:
                kept.append(replace(sample, code=code))
        return kept


def training_samples(sources: list[Source], per_class: int, script: str) -> list[Sample]:
    """Draw whole texts and cuts of all lengths, the sources of a language alike, up to four a text."""
    chance = random.Random(SEED)
    drawn: list[Sample] = []
    for code in CLASSES[script]:
        pools = [source for source in sources if source.code == code]
        for source in pools:
            scripts = script_of(encode(source.texts))
            texts = [text for text, found in zip(source.texts, scripts, strict=True) if found == script]
            for _ in range(min(per_class // len(pools), 4 * len(texts))):
                text = chance.choice(texts)
                cut = (
                    text[:300]
                    if chance.random() < 0.2
                    else _cut(text, chance.choice((12, 20, 30, 50, 90, 160)), chance)
                )
                if chance.random() < 0.25:
                    cut = cut.translate(_URDU_KEYBOARD.get(code, {}))
                drawn.append(Sample(cut, code, source.name))
    labeller = _Labeller(sources, chance)
    return [labeller.with_loans(sample) for sample in labeller.usable(drawn, training=True)]


def test_samples(sources: list[Source], per_cell: int) -> dict[tuple[str, str], list[Sample]]:
    """Cut the held-out texts to three lengths: at most `per_cell` samples of each language and length."""
    chance = random.Random(SEED + 1)
    labeller = _Labeller(sources, chance)
    held_out = [source for source in sources if source.held_out and not source.name.endswith("(made, Urdu words)")]
    cells: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for source in held_out:
        pools = sum(other.code == source.code for other in held_out)
        rows = source.texts[::MEASURED_ROWS]
        texts = chance.sample(rows, min(len(rows), 4 * per_cell)) * (2 if len(rows) > 100 else 4)
        for length, longest in zip(LENGTHS, (29, 100, 400), strict=True):
            cuts = [Sample(_cut(text, longest, chance), source.code, source.name) for text in texts if text.split()]
            fitting = [s for s in labeller.usable(cuts, training=False) if length_of(s.text) == length]
            cells[source.code, length] += list(dict.fromkeys(fitting))[: per_cell // pools]
    return dict(cells)


def length_of(text: str) -> str:
    """Name the length group of a text."""
    return LENGTHS[0] if len(text) < 30 else LENGTHS[1] if len(text) <= 100 else LENGTHS[2]
