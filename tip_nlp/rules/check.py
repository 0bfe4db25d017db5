"""Run every rule on its own examples: what it must match and what it must leave alone."""

from __future__ import annotations

from bisect import bisect_left

from tip_nlp.normalize import normalize
from tip_nlp.rules.assertion import Asserter, CueSet, Scene, is_heard
from tip_nlp.rules.ruler import Ruler
from tip_nlp.rules.schema import ANSWERED, RuleSet
from tip_nlp.tokens import tokenize


def failures(rule_set: RuleSet, cue_set: CueSet) -> list[str]:
    """One sentence for each example that goes wrong, naming the rule."""
    ruler = Ruler(rule_set)
    asserter = Asserter(cue_set, ruler)
    found = []
    for rule in rule_set.rules:
        for text in rule.entry.match:
            fired, counted = _outcome(ruler, asserter, rule.entry.id, text)
            if not counted:
                why = "is suppressed" if fired else "is not matched"
                found.append(f"{rule.entry.id}: must match but {why}: {text}")
        for text in rule.entry.avoid:
            if _outcome(ruler, asserter, rule.entry.id, text)[1]:
                found.append(f"{rule.entry.id}: must not match: {text}")
    return found


def _outcome(ruler: Ruler, asserter: Asserter, rule_id: str, text: str) -> tuple[bool, bool]:
    """Whether the rule fires on the text, and whether a hit of it counts."""
    view = normalize(text).text
    reading = ruler.words.read(tokenize(view))
    scene = Scene(0, bisect_left(reading.tokens.starts, max(0, view.find(ANSWERED))), len(reading.tokens.keys))
    hits = [hit for hit in ruler.match(reading) if hit.rule.entry.id == rule_id and is_heard(hit, scene)]
    verdicts = asserter.judge(reading, scene, hits)
    return bool(hits), any(reason is None for reason, _ in verdicts)
