"""Functional tests: ``python -m training.functional`` prints pass rates by functionality and language.

Three systems: rules alone (any match of medium or strong strength that counts), the model alone (family scores without
rule evidence), and both together as served. Cases are tests/functional/*.csv.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from tip_nlp.analyzer import Analyzer
from tip_nlp.fusion import fuse
from tip_nlp.normalize import normalize
from tip_nlp.segments import model_text, passages, split
from tip_nlp.types import KINDS, Kind
from training.config import ROOT

CASES = ROOT / "tests" / "functional"
COLUMNS = ("functionality", "id", "language", "kind", "text", "expected", "contrast_id")
EXPECTED = ("flag", "clear", "same")
SYSTEMS = ("rules", "model", "fused")
LOOKED_AT, KEPT = frozenset({"en", "ur", "ur-Latn"}), 1
SAME = 0.05  # how far a score may move when only an identity is swapped


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the CSV."""

    functionality: str
    id: str
    language: str
    kind: Kind
    text: str
    expected: str
    contrast_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of a case: whether it flags it, and its score of each family."""

    flagged: bool
    scores: Mapping[str, float]


def load_cases(folder: Path = CASES) -> list[Case]:
    """All cases; ValueError lists every fault."""
    cases: list[Case] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{path.name}: needs the columns {', '.join(COLUMNS)}; got {reader.fieldnames}")
            for line, row in enumerate(reader, 2):
                faults += [f"{path.name}:{line}: {fault}" for fault in _faults(row)]
                cases.append(Case(**cast(dict[str, Any], row)))
    ids = {case.id for case in cases}
    faults += [f"{case.id}: no case {case.contrast_id!r}" for case in cases if case.contrast_id not in ids | {""}]
    if len(ids) < len(cases):
        faults.append("an id is used twice")
    if faults:
        raise ValueError("; ".join(faults))
    return cases


def _faults(row: Mapping[str, str]) -> list[str]:
    found = [f"{name} is empty" for name in COLUMNS[:-1] if not (row[name] or "").strip()]
    if row["kind"] not in KINDS:
        found.append(f"kind {row['kind']!r} is not one of {', '.join(KINDS)}")
    if row["expected"] not in EXPECTED:
        found.append(f"expected {row['expected']!r} is not one of {', '.join(EXPECTED)}")
    if row["expected"] == "same" and not row["contrast_id"]:
        found.append("expected same needs a contrast_id")
    return found


def answers(analyzer: Analyzer, cases: Sequence[Case]) -> dict[str, list[Answer]]:
    """Each system's answers, in the order of the cases."""
    views = [normalize(case.text).text for case in cases]
    segments = [split(view, case.kind) for view, case in zip(views, cases, strict=True)]
    texts = [[model_text(view, each) for each in own] for view, own in zip(views, segments, strict=True)]
    wholes = [passages(view, own) for view, own in zip(views, segments, strict=True)]
    predictions = analyzer.classifier.read_segments(analyzer.classifier.read_passages(texts, wholes), texts)
    decision, taxonomy = analyzer.classifier.decision, analyzer.taxonomy
    found: dict[str, list[Answer]] = {system: [] for system in SYSTEMS}
    for case, view, own, prediction in zip(cases, views, segments, predictions, strict=True):
        matches = analyzer.rules.match(view, own)
        hits = {m.indicator for m in matches if m.suppressed is None and m.strength != "weak"}
        families = {family: float(any(taxonomy[hit].family == family for hit in hits)) for family in decision.families}
        found["rules"].append(Answer(bool(hits), families))
        for system, evidence in (("model", ()), ("fused", matches)):
            fused = fuse(prediction, evidence, kind=case.kind, taxonomy=taxonomy, decision=decision)
            found[system].append(Answer(fused.tier != "none", fused.scores))
    return found


def passed(cases: Sequence[Case], given: Sequence[Answer]) -> list[bool]:
    """Whether each case passes."""
    by_id = {case.id: answer for case, answer in zip(cases, given, strict=True)}
    return [_passes(case, answer, by_id) for case, answer in zip(cases, given, strict=True)]


def _passes(case: Case, answer: Answer, by_id: Mapping[str, Answer]) -> bool:
    if case.expected == "same":
        other = by_id[case.contrast_id].scores
        return all(abs(score - other[family]) <= SAME for family, score in answer.scores.items())
    return answer.flagged == (case.expected == "flag")


def is_kept(case: Case) -> bool:
    """Whether nobody who writes rules has looked at the case: half of those in en, ur and ur-Latn, by their ids."""
    is_half = int(sha256(case.id.encode()).hexdigest(), 16) % 2 == KEPT
    return case.language not in LOOKED_AT or is_half


def table(cases: Sequence[Case], passes: Mapping[str, Sequence[bool]], key: Callable[[Case], str]) -> str:
    """Markdown: pass rates of every system for each value of ``key``."""
    rows = defaultdict(list)
    for index, case in enumerate(cases):
        rows[key(case)].append(index)
    lines = ["| | cases | " + " | ".join(SYSTEMS) + " |", "| --- |" + " --- |" * (1 + len(SYSTEMS))]
    for name, members in rows.items():
        rates = (f"{sum(passes[system][i] for i in members) / len(members):.0%}" for system in SYSTEMS)
        lines.append(f"| {name} | {len(members)} | " + " | ".join(rates) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    cases = load_cases()
    given = answers(Analyzer.load(), cases)
    passes = {system: passed(cases, given[system]) for system in SYSTEMS}
    print(table(cases, passes, lambda case: "all"))
    print("\n" + table(cases, passes, lambda case: "kept from rule writers" if is_kept(case) else "looked at by them"))
    print("\n" + table(cases, passes, lambda case: case.language))
    print("\n" + table(cases, passes, lambda case: case.functionality))
    worst = defaultdict(list)
    for case, ok in zip(cases, passes["fused"], strict=True):
        worst[case.functionality, case.language].append(ok)
    low = {key: sum(oks) / len(oks) for key, oks in worst.items() if sum(oks) / len(oks) < 0.9}
    print(f"\n{len(low)} of {len(worst)} cells functionality × language pass fewer than 90 %:")
    for (functionality, language), rate in sorted(low.items(), key=lambda item: item[1]):
        print(f"- {functionality}, {language}: {rate:.0%}")


if __name__ == "__main__":
    main()
