"""The written corpus: items and their validation.

Run ``python -m training.corpus check FILE...`` after every edit.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Kind

CORPUS = Path(__file__).parent / "corpus"
DOCUMENTS = Path(__file__).parent / "documents"  # whole ones, of several segments
KEYS = {"group", "scenario", "kind", "language", "status", "experiencer", "text", "indicators"}
KINDS = {"ad", "message", "transcript"}
LANGUAGES = frozenset({"en", "ur", "ur-Latn", "pnb", "sd", "ps", "ar", "fa", "prs", "hi", "hi-Latn", "bn", "tr"})
STATUSES = frozenset(
    {"affirmed", "negated", "question", "hypothetical", "awareness", "general", "resolved", "lawful", "ordinary"}
)
INDICATORS = frozenset(load_taxonomy().ids)


@dataclass(frozen=True, slots=True)
class Item:
    """One written segment; ``indicators`` maps an id to the exact quotes that carry it."""

    batch: str
    group: str
    scenario: str
    kind: Kind
    language: str
    status: str
    experiencer: str
    text: str
    indicators: dict[str, list[str]]


def digest(text: str) -> str:
    """How label files name a text without holding it."""
    return sha256(text.encode()).hexdigest()[:16]


def load_corpus(folder: Path = CORPUS) -> list[Item]:
    """Every item of every batch, in file order; raises ValueError on a faulty line."""
    items = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            record = json.loads(line)
            if problems := faults(record):
                raise ValueError(f"{path.name}:{number}: {'; '.join(problems)}")
            items.append(Item(batch=path.stem, **record))
    return items


def faults(record: dict[str, Any]) -> list[str]:
    found = []
    if set(record) != KEYS:
        found.append(f"keys: missing {sorted(KEYS - set(record))}, unknown {sorted(set(record) - KEYS)}")
        return found
    for key, allowed in (
        ("kind", KINDS),
        ("language", LANGUAGES),
        ("status", STATUSES),
        ("experiencer", {"self", "other"}),
    ):
        if record[key] not in allowed:
            found.append(f"{key}: {record[key]!r} is not one of {sorted(allowed)}")
    if not isinstance(record["indicators"], dict):
        return found + ["indicators: not an object"]
    if (record["status"] == "affirmed") != bool(record["indicators"]):
        found.append("indicators must be non-empty exactly when status is affirmed")
    for name, quotes in record["indicators"].items():
        if name not in INDICATORS:
            found.append(f"unknown indicator {name!r}")
        if not isinstance(quotes, list) or not quotes:
            found.append(f"{name}: needs a list of quotes")
            continue
        found += [f"{name}: quote not in text: {q!r}" for q in quotes if q not in record["text"]]
    if record["kind"] == "transcript" and ("Operator:" not in record["text"] or "Caller:" not in record["text"]):
        found.append("transcript without 'Operator:' and 'Caller:'")
    return found


def check(path: Path) -> int:
    bad = 0
    seen: Counter[str] = Counter()
    stats: Counter[str] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            print(f"{path.name}:{number}: not JSON: {error}")
            bad += 1
            continue
        problems = faults(record)
        text = record.get("text", "")
        seen[text] += 1
        if seen[text] > 1:
            problems.append("duplicate text")
        for problem in problems:
            print(f"{path.name}:{number}: {problem}")
        bad += bool(problems)
        stats["items"] += 1
        if not problems:
            stats[f"language {record['language']}"] += 1
            stats[f"kind {record['kind']}"] += 1
            stats[f"status {record['status']}"] += 1
            for name in record["indicators"]:
                stats[f"indicator {name}"] += 1
    for key in sorted(stats):
        print(f"{key}: {stats[key]}")
    missing = sorted(name for name in INDICATORS if not stats[f"indicator {name}"])
    print("indicators not used:", ", ".join(missing) or "none")
    print("faults:", bad)
    return bad


if __name__ == "__main__":
    sys.exit(min(1, sum(check(Path(name)) for name in sys.argv[2:])))
