"""Which texts of a scan a person should review, so that the next model learns most from them.

Three kinds, mixed so that the sample does not give away why a text is in it: those the score leaves open (uncertainty
sampling, Lewis and Gale 1994), those on which the rules say other than the score (after query by committee, Seung and
others 1992), and some drawn at random, since what rules and model both miss is found no other way.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from tip_nlp.errors import InputError
from tip_nlp.results.files import check_target
from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result
from tip_nlp.storage import complete

UNCERTAIN, DISAGREEMENT, CHANCE = "uncertain", "rules and score disagree", "drawn at random"
_RETRY = "run again"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of a scan's result; ``value`` (0..1) is what its review would teach, and ``why``."""

    line: int
    language: str
    value: float
    why: str


def sample(results: Path, target: Path, *, count: int, at_random: float = 0.2, seed: int = 0) -> Counter[str]:
    """Write ``count`` lines of a scan's .jsonl, unchanged and in no order, to ``target``; say how many and why.

    Copies of a text are left out, and of a campaign all but the first; the languages take turns. InputError: no result
    of a scan, or ``at_random`` outside 0..1; StorageError: no room.
    """
    if not 0 <= at_random <= 1:
        raise InputError(f"the share drawn at random must lie between 0 and 1, got {at_random}")
    if target.suffix.lower() != ".jsonl":
        raise InputError(f"{target}: a sample is written as .jsonl, which `tip-nlp export` takes")
    check_target(str(target), [str(results)])
    rng = random.Random(seed)
    candidates = list(_candidates(read_results(results)))
    chosen = list(_in_turns(candidates))[: count - round(count * at_random)]
    taken = {each.line for each in chosen}
    rest = [each for each in candidates if each.line not in taken]
    drawn = rng.sample(rest, min(len(rest), count - len(chosen)))
    with complete(target, _RETRY) as partial:
        partial.write_bytes(b"".join(_lines(results, taken | {each.line for each in drawn}, rng)))
    return Counter(each.why for each in chosen) + Counter({CHANCE: len(drawn)})


def teaches(assessment: dict[str, Any]) -> tuple[float, str]:
    """How much the review of an assessed text (in its JSON shape) would teach, 0..1, and why."""
    score: float = max(assessment["scores"].values())
    by_rule = [
        quote["score"]
        for finding in assessment["indicators"]
        for quote in finding["evidence"]
        if quote["source"] == "rule"
    ]
    open_ = 4 * score * (1 - score)
    apart = abs(max(by_rule, default=0.0) - score)
    return (open_, UNCERTAIN) if open_ >= apart else (apart, DISAGREEMENT)


def _candidates(results: Iterable[Result]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for line, result in enumerate(results):
        # A scan that only streams marks no copies.
        key = result.campaign or sha256(result.record.text.encode("utf-8", "surrogateescape")).hexdigest()
        if result.assessment is None or key in seen:
            continue
        seen.add(key)
        yield Candidate(line, result.assessment["language"]["code"], *teaches(result.assessment))


def _in_turns(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The most valuable of each language, then the second of each, and so on."""
    by_language: dict[str, list[Candidate]] = defaultdict(list)
    for each in sorted(candidates, key=lambda one: (-one.value, one.line)):
        by_language[each.language].append(each)
    return (each for each in chain.from_iterable(zip_longest(*by_language.values())) if each)


def _lines(results: Path, wanted: set[int], rng: random.Random) -> list[bytes]:
    with results.open(encoding="utf-8", errors="surrogateescape") as stream:  # as read_results counts them
        filled = (line for line in stream if line.strip())
        lines = [line.rstrip("\n") + "\n" for number, line in enumerate(filled) if number in wanted]
    rng.shuffle(lines)
    return [line.encode("utf-8", "surrogateescape") for line in lines]
