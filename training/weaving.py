"""Passages woven for training: one written text among ordinary ones, so that the model learns to hear it there."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from training.dataset import TRAIN
from training.examples import Example, quotes_in, target_of

_LONGEST = 1_200  # characters, as a passage has in serving
_NEIGHBOURS = 4
_HARMLESS = frozenset({"ordinary", "lawful"})


def woven_examples(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """``count`` passages, half of them risky: a training text with one to four harmless ones of its language."""
    rng = random.Random(f"{seed} woven")
    prose = [e for e in examples if e.part == TRAIN and not (e.item and e.item.kind == "transcript")]
    harmless: dict[str, list[Example]] = defaultdict(list)
    for example in prose:
        if example.item is None or example.item.status in _HARMLESS:
            harmless[example.language].append(example)
    written = [e for e in prose if e.item and harmless[e.language]]
    risky = [e for e in written if e.target.any()]
    safe = [e for e in written if not e.target.any()]
    chosen = [rng.choice(risky if number % 2 else safe) for number in range(count)]
    return [_woven(example, harmless[example.language], rng) for example in chosen]


def _woven(example: Example, harmless: Sequence[Example], rng: random.Random) -> Example:
    texts = [example.text]
    for neighbour in rng.choices(harmless, k=rng.randint(1, _NEIGHBOURS)):
        if sum(map(len, texts)) + len(neighbour.text) < _LONGEST:
            texts.append(neighbour.text)
    rng.shuffle(texts)
    text = rng.choice(("\n", " ")).join(texts)
    if example.item is None:
        return Example(text, target_of({}), TRAIN, example.language)
    return Example(
        text, target_of(example.item.indicators), TRAIN, example.language, quotes=quotes_in(example.item, text)
    )
