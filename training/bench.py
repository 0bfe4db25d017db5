"""Where the time of a scan goes, and how fast beside named peers, in one run: ``python -m training.bench``.

The texts are the shipped samples, repeated. Absolute figures hold for the machine they ran on; quote the ratios.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from multiprocessing import get_context

from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tip_nlp.analyzer import Analyzer
from tip_nlp.entities.extraction import find_entities
from tip_nlp.normalize import normalize
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.pattern import token_patterns
from tip_nlp.rules.schema import RuleSet, load_rules, read_rules, rule_files
from tip_nlp.segments import model_text, passages, split
from tip_nlp.tokens import BOUNDARY, tokenize
from tip_nlp.types import Kind, NormalizedText, Segment
from training.config import ROOT

_REPEATS = 5
_PROCESSES, _ROUNDS = 2, 10
_PEER_TEXTS = 20  # the naive matcher is slow
_PEER_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample taken as far as the stages need it."""

    text: str
    kind: Kind
    view: NormalizedText
    segments: tuple[Segment, ...]


def main() -> None:
    """Print the tables."""
    analyzer = Analyzer.load()
    samples = _samples()
    texts, kinds = [s.text for s in samples], [s.kind for s in samples]
    views = [s.view.text for s in samples]
    pieces = [v[g.start : g.end] for v, s in zip(views, samples, strict=True) for g in s.segments]
    read = [[model_text(s.view.text, g) for g in s.segments] for s in samples]
    wholes = [passages(s.view.text, s.segments) for s in samples]
    predictions = analyzer.classifier.read_passages(read, wholes)
    stages: dict[str, Callable[[], object]] = {
        "normalise": lambda: [normalize(text) for text in texts],
        "language": lambda: analyzer.languages.detect_batch(pieces),
        "segments": lambda: [split(view, kind) for view, kind in zip(views, kinds, strict=True)],
        "entities": lambda: [find_entities(s.view, None, date.today()) for s in samples],
        "rules": lambda: _match(analyzer.rules, samples),
        "classifier, passages": lambda: analyzer.classifier.read_passages(read, wholes),
        "classifier, all segments of several": lambda: analyzer.classifier.read_segments(predictions, read),
        "whole scan": lambda: analyzer.assess_batch(texts, kinds=kinds),
    }
    times = {name: median_time(call) for name, call in stages.items()}
    words = statistics.mean(len(text.split()) for text in texts)
    print(f"{len(texts)} samples of {words:.0f} words, {platform.machine()}, Python {platform.python_version()}\n")
    print(_table(times, len(texts)))
    print(f"\nThe rule stage, tokens to judged matches, in two processes: {_rules_in_two_processes():,.0f} texts/s")
    own = read_rules(source for source in rule_files("patterns") if source.name == f"{_PEER_LANGUAGE}.toml")
    matcher = RuleMatcher(own, load_cues())
    gated, naive = (
        median_time(lambda: _match(matcher, samples[:_PEER_TEXTS])),
        median_time(_naive(own, views[:_PEER_TEXTS]), 1),
    )
    print(
        f"\n{len(own.rules)} rules ({_PEER_LANGUAGE}) beside spaCy's Matcher over every pattern of them: "
        f"{naive / gated:.0f} times as fast"
    )


def median_time(call: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Median seconds of ``repeats`` calls after one that warms up."""
    if repeats > 1:
        call()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


@cache
def _samples() -> list[Sample]:
    lines = (ROOT / "data_samples" / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        view = normalize(row["text"])
        found.append(Sample(row["text"], row["kind"], view, split(view.text, row["kind"])))
    return found


def _table(times: dict[str, float], count: int) -> str:
    whole = times["whole scan"]
    lines = ["| stage | texts/s | share of the scan |", "| --- | --- | --- |"]
    lines += [f"| {name} | {count / t:,.0f} | {100 * t / whole:.0f} % |" for name, t in times.items()]
    return "\n".join(lines)


def _rules_in_two_processes() -> float:
    """Texts a second through the rules, by two processes that share nothing."""
    # Started afresh: a copy of a process in which the model's threads run may hang.
    with ProcessPoolExecutor(_PROCESSES, get_context("spawn")) as pool:
        seconds = median_time(lambda: list(pool.map(_match_samples, [_ROUNDS] * _PROCESSES)))
        return _PROCESSES * _ROUNDS * len(_samples()) / seconds


def _match_samples(rounds: int) -> None:
    for _ in range(rounds):
        _match(_shipped_rules(), _samples())


@cache
def _shipped_rules() -> RuleMatcher:
    return RuleMatcher(load_rules(), load_cues())


def _match(matcher: RuleMatcher, samples: Iterable[Sample]) -> None:
    matcher.match_batch((sample.view.text, sample.segments) for sample in samples)


def _naive(rules: RuleSet, views: Sequence[str]) -> Callable[[], None]:
    vocab = Vocab()
    matcher = Matcher(vocab)
    for number, rule in enumerate(rules.rules):
        patterns = [pattern for elements in rule.sequences for pattern in token_patterns(elements)]
        matcher.add(str(number), patterns, greedy="LONGEST")

    def run() -> None:
        for view in views:
            for is_end, keys in groupby(tokenize(view).keys, BOUNDARY.__eq__):
                if not is_end:
                    matcher(Doc(vocab, words=list(keys)))

    return run


if __name__ == "__main__":
    main()
