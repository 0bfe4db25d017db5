"""Which indicators have rules in which language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tip_nlp.rules.schema import RuleSet

# Dari is read by the Persian rules.
LANGUAGES = ("en", "ur", "ur-Latn", "pnb", "sd", "ps", "ar", "fa", "prs", "hi", "hi-Latn", "bn", "tr")


@dataclass(frozen=True, slots=True)
class Coverage:
    """``counts[indicator][language]`` rules; ``gaps`` are the cells with none that no file marks as absent."""

    counts: dict[str, dict[str, int]]
    gaps: tuple[tuple[str, str], ...]


def coverage(rule_set: RuleSet, indicators: Sequence[str]) -> Coverage:
    """Count the rules of every indicator in every supported language."""
    rules = Counter((rule.entry.indicator, rule.language) for rule in rule_set.rules)
    home = {language: rule_set.languages.get(language, language) for language in LANGUAGES}
    counts = {name: {language: rules[name, home[language]] for language in LANGUAGES} for name in indicators}
    gaps = tuple(
        (name, language)
        for name, row in counts.items()
        for language, count in row.items()
        if not count and (home[language], name) not in rule_set.absent
    )
    return Coverage(counts, gaps)
