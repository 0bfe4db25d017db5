"""What is counted while the results stream by."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tip_nlp.results.result import Result, TextKey
from tip_nlp.types import TIERS

_THRESHOLD = re.compile(r"the (watch|elevated|high) threshold (\d\.\d+)")
MOST_SUPPRESSED = 100  # shown one by one; the others are counted


def is_flagged(assessment: dict[str, Any]) -> bool:
    """Whether the tier is watch or above."""
    return bool(assessment["tier"] != TIERS[0])


def family(assessment: dict[str, Any]) -> str:
    """The family with the higher score."""
    scores: dict[str, float] = assessment["scores"]
    return max(scores, key=lambda name: scores[name])


@dataclass(frozen=True, slots=True)
class SuppressedWords:
    """Words that would be an indicator, where they stand, and why they do not count."""

    key: TextKey
    id: str
    language: str
    indicator: str
    reason: str
    quote: str


@dataclass(slots=True)
class Counts:
    """Rows by tier, family, language, kind, indicator. ``flagged`` counts are of rows at tier watch or above."""

    rows: int = 0
    failed: int = 0
    duplicates: int = 0
    urgent: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    flagged_languages: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    flagged_kinds: Counter[str] = field(default_factory=Counter)
    indicators: Counter[str] = field(default_factory=Counter)
    indicator_languages: Counter[tuple[str, str]] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    versions: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    thresholds: dict[str, str] = field(default_factory=dict)
    suppressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    suppressed_words: list[SuppressedWords] = field(default_factory=list)

    @property
    def flagged(self) -> int:
        """Rows at tier watch or above."""
        return sum(count for tier, count in self.tiers.items() if tier != TIERS[0])

    def add(self, result: Result) -> None:
        """Count a row."""
        self.rows += 1
        found = result.assessment
        if found is None:
            self.failed += 1
            return
        self.duplicates += result.duplicate_of is not None
        self.tiers[found["tier"]] += 1
        self.languages[found["language"]["code"]] += 1
        self.kinds[found["kind"]] += 1
        self.warnings.update(set(found["warnings"]))
        self.versions[tuple(sorted(found["versions"].items()))] += 1
        self.thresholds |= dict(_THRESHOLD.findall(found["reason"]))
        self._add_suppressed(result, found)
        if is_flagged(found):
            self._add_flagged(found)

    def _add_flagged(self, found: dict[str, Any]) -> None:
        language = found["language"]["code"]
        self.urgent += bool(found["urgent"])
        self.families[family(found)] += 1
        self.flagged_languages[language] += 1
        self.flagged_kinds[found["kind"]] += 1
        for each in found["indicators"]:
            self.indicators[each["id"]] += 1
            self.indicator_languages[each["id"], language] += 1

    def _add_suppressed(self, result: Result, found: dict[str, Any]) -> None:
        for each in found["suppressed"]:
            self.suppressed[each["id"], each["reason"]] += 1
            if len(self.suppressed_words) < MOST_SUPPRESSED:
                quote, language = each["evidence"]["quote"], found["language"]["code"]
                self.suppressed_words.append(
                    SuppressedWords(result.text_key, result.record.id, language, each["id"], each["reason"], quote)
                )
