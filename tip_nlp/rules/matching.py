"""Rules on a document: tokens, hits, assertion, and matches in the segments they fall in."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tip_nlp.rules.assertion import Asserter, CueSet, Scene, is_heard
from tip_nlp.rules.ruler import RuleHit, Ruler
from tip_nlp.rules.schema import RuleSet
from tip_nlp.tokens import Tokens, tokenize
from tip_nlp.types import Experiencer, Match, Reason, Segment


class RuleMatcher:
    """Compiled rules and assertion cues. Not thread-safe: hold a lock, or one a thread."""

    def __init__(self, rule_set: RuleSet, cue_set: CueSet) -> None:
        self._ruler = Ruler(rule_set)
        self._asserter = Asserter(cue_set, self._ruler)
        self.languages = frozenset(rule_set.languages)
        self.version = hashlib.sha256(f"{rule_set.version} {cue_set.version}".encode()).hexdigest()[:12]

    def match(self, text: str, segments: Sequence[Segment]) -> list[Match]:
        """Matches in normalised text, those that do not count marked with the reason."""
        return self.match_batch([(text, segments)])[0]

    def match_batch(self, documents: Iterable[tuple[str, Sequence[Segment]]]) -> list[list[Match]]:
        """As ``match``, of several documents, each its normalised text and its segments."""
        with self._ruler.forgetting():
            return [self._matches(tokenize(text), segments) for text, segments in documents]

    def _matches(self, tokens: Tokens, segments: Sequence[Segment]) -> list[Match]:
        reading = self._ruler.words.read(tokens)
        hits = self._ruler.match(reading, is_asked=any(segment.answer > segment.start for segment in segments))
        if not hits:
            return []
        starts = [hit.start for hit in hits]
        found: list[Match] = []
        for segment in segments:
            scene = _scene(tokens, segment)
            near = hits[bisect_left(starts, scene.start) : bisect_left(starts, scene.end)]
            own = [hit for hit in near if is_heard(hit, scene)]
            verdicts = self._asserter.judge(reading, scene, own) if own else []
            judged = [each for each in zip(own, verdicts, strict=True) if not _is_unanswered(*each)]
            found += [_match(tokens, segment, scene, hit, *verdict) for hit, verdict in _longest(judged)]
        return found


def _is_unanswered(hit: RuleHit, verdict: tuple[Reason | None, Experiencer]) -> bool:
    """Whether a rule for questions heard neither yes nor no: a question alone tells nothing, not even a doubt."""
    return hit.rule.entry.answer is not None and verdict[0] == "question"


Judged = tuple[RuleHit, tuple[Reason | None, Experiencer]]


def _longest(judged: Sequence[Judged]) -> list[Judged]:
    """Per rule the longest places that do not overlap, those that count before those that do not, in text order."""
    kept: list[Judged] = []
    taken: dict[str, list[RuleHit]] = defaultdict(list)
    for each in sorted(judged, key=lambda one: (one[1][0] is not None, one[0].start - one[0].end, one[0].start)):
        hit = each[0]
        own = taken[hit.rule.entry.id]
        if all(hit.end <= other.start or other.end <= hit.start for other in own):
            own.append(hit)
            kept.append(each)
    return sorted(kept, key=lambda one: (one[0].start, one[0].end, one[0].rule.entry.id))


def _scene(tokens: Tokens, segment: Segment) -> Scene:
    return Scene(
        bisect_left(tokens.starts, segment.start),
        bisect_left(tokens.starts, segment.answer),
        bisect_left(tokens.starts, segment.end),
    )


def _match(
    tokens: Tokens, segment: Segment, scene: Scene, hit: RuleHit, reason: Reason | None, who: Experiencer
) -> Match:
    entry = hit.rule.entry
    return Match(
        rule_id=entry.id,
        indicator=entry.indicator,
        phase=entry.phase,
        strength=entry.strength,
        segment=segment.index,
        start=tokens.starts[hit.start],
        end=tokens.ends[hit.end - 1],
        suppressed=reason,
        experiencer=who,
        answered=reason is None and hit.start < scene.answer,
    )
