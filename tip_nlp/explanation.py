"""Explanation: evidence written out as exact slices of the original text, with the law and ILO number of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from tip_nlp.taxonomy import Taxonomy
from tip_nlp.types import (
    Decision,
    Evidence,
    Experiencer,
    Finding,
    Fused,
    IndicatorScore,
    Match,
    NormalizedText,
    Prediction,
    Segment,
    Suppressed,
    Tier,
)

_WORD = regex.compile(r"\S+")
_MAX_WORDS, _MIN_WORDS = 10, 3  # of a model's quote: a longer one is no pointer, a longer one's part no crumb
_CLOSING, _QUOTES = frozenset(",.;:!?،؛۔؟।…"), "\"'”’»)]"
_NEIGHBOURS = (0.3, 0.7, 1.0, 0.7, 0.3)  # how much of the words around it a word takes on
_SHARE = 1 / 3  # of the heaviest word's weight, which a word needs to stand in a quote
_MAX_SPANS = 2  # quotes a segment may give for one indicator


def explain_findings(
    view: NormalizedText,
    segments: Sequence[Segment],
    found: Sequence[IndicatorScore],
    prediction: Prediction,
    decision: Decision,
    taxonomy: Taxonomy,
) -> tuple[Finding, ...]:
    """Write out each indicator's evidence: the rules' words, and where the model spoke, the words that weighed most."""
    return tuple(_finding(view, segments, each, prediction, decision, taxonomy) for each in found)


def explain_suppressed(view: NormalizedText, matches: Sequence[Match], decision: Decision) -> tuple[Suppressed, ...]:
    """Write out what does not count, one entry an indicator, reason and place: of places that overlap the longest."""
    given: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.start - match.end, match.start)):
        if match.suppressed is not None and not any(_is_same(match, other) for other in given):
            given.append(match)
    return tuple(
        Suppressed(match.indicator, match.suppressed, _rule_evidence(view, match, decision))
        for match in sorted(given, key=lambda match: (match.start, match.end))
        if match.suppressed is not None
    )


def explain_tier(fused: Fused, decision: Decision) -> str:
    """One sentence: which score passed which threshold, and what stands together."""
    family, score = max(fused.scores.items(), key=lambda item: item[1])
    if fused.tier == "none":
        watch = decision.tiers["watch"]
        return f"No score is above the watch threshold {watch:.2f}; the highest is {family} {_told(score)}."
    passed: Tier = "high" if fused.held else fused.tier
    parts = [f"{family.capitalize()} {_told(score)} is above the {passed} threshold {decision.tiers[passed]:.2f}"]
    if fused.held:
        parts.append("but a single indicator proves nothing, so the tier is held at elevated")
    for dimension in fused.combination.dimensions:
        if dimension.positive:
            items = " + ".join(f"{item.indicator.replace('_', ' ')} ({item.strength})" for item in dimension.items)
            parts.append(f"{dimension.id.replace('_', ' ')} is positive: {items}")
    elements = fused.combination.elements
    if elements.complete:
        parts.append(
            "act and purpose concern a child" if elements.child else "act, means and purpose are all indicated"
        )
    return "; ".join(parts) + "."


def _told(score: float) -> str:
    """Two digits; no score says that something is certain."""
    return ">0.99" if score >= 0.995 else f"{score:.2f}"


def _finding(
    view: NormalizedText,
    segments: Sequence[Segment],
    found: IndicatorScore,
    prediction: Prediction,
    decision: Decision,
    taxonomy: Taxonomy,
) -> Finding:
    indicator = taxonomy[found.id]
    rule_evidence = [_rule_evidence(view, match, decision) for match in found.matches]
    who: Experiencer = found.matches[0].experiencer if found.matches else "self"
    model_evidence = [
        evidence
        for index in found.segments
        for evidence in _model_evidence(view, segments[index], found.id, prediction, who)
    ]
    return Finding(
        id=found.id,
        score=round(found.score, 4),
        phase=found.phase,
        evidence=tuple(_without_repeats([*rule_evidence, *model_evidence])),
        law=tuple(reference.cite for reference in indicator.law),
        ilo=indicator.ilo or None,
    )


def _rule_evidence(view: NormalizedText, match: Match, decision: Decision) -> Evidence:
    start, end = view.to_original(match.start, match.end)
    return Evidence(
        start=start,
        end=end,
        quote=view.original[start:end],
        segment=match.segment,
        source="rule",
        score=round(decision.rule_precision[match.strength], 4),
        rule_id=match.rule_id,
        experiencer=match.experiencer,
    )


def _model_evidence(
    view: NormalizedText, segment: Segment, indicator: str, prediction: Prediction, who: Experiencer
) -> Iterator[Evidence]:
    score = float(prediction.probabilities[segment.index, prediction.labels.index(indicator)])
    weights = prediction.contributions(segment.index, indicator)
    for start, end in salient_words(view.text, segment, weights):
        left, right = view.to_original(start, end)
        yield Evidence(
            start=left,
            end=right,
            quote=view.original[left:right],
            segment=segment.index,
            source="model",
            score=round(score, 4),
            experiencer=who,
        )


def salient_words(text: str, segment: Segment, weights: Sequence[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """The stretches of whole words that carried a decision.

    ``weights`` are (start, end, contribution) of the pieces, offsets in normalised ``text``. A piece counts for what
    it contributes beyond the average of the segment's pieces (the rest is the label's rarity, which all share), and a
    word for the sum of its pieces and a share of its neighbours', so that phrases stand out rather than single words.
    Words that weigh a third of the heaviest are kept, joined over one weak word, parted where they are weakest if there
    are more than _MAX_WORDS, and the heaviest _MAX_SPANS stretches are returned in text order.
    """
    words = [found.span() for found in _WORD.finditer(text, segment.start, segment.end)]
    if not words:
        return []
    inside = [each for each in weights if segment.start <= each[0] < segment.end]
    if not inside:
        return []
    average = sum(weight for _, _, weight in inside) / len(inside)
    totals = _with_neighbours(_word_totals(words, [(start, end, weight - average) for start, end, weight in inside]))
    floor = max(totals) * _SHARE
    if floor <= 0:
        return []
    closing = [text[start:end].rstrip(_QUOTES)[-1:] in _CLOSING for start, end in words]
    runs = _runs([total >= floor for total in totals])
    stretches = [part for run in runs for part in _parts(*run, totals, closing)]
    ranked = sorted(stretches, key=lambda s: -sum(totals[s[0] : s[1]]))[:_MAX_SPANS]
    return sorted((words[left][0], words[right - 1][1]) for left, right in ranked)


def _word_totals(words: Sequence[tuple[int, int]], weights: Sequence[tuple[int, int, float]]) -> list[float]:
    totals = [0.0] * len(words)
    index = 0
    for start, _, weight in sorted(weights):
        while index + 1 < len(words) and start >= words[index + 1][0]:
            index += 1
        if words[index][0] <= start < words[index][1]:
            totals[index] += weight
    return totals


def _with_neighbours(totals: Sequence[float]) -> list[float]:
    padded = [0.0, 0.0, *totals, 0.0, 0.0]
    windows = (padded[place : place + len(_NEIGHBOURS)] for place in range(len(totals)))
    return [sum(share * total for share, total in zip(_NEIGHBOURS, window, strict=True)) for window in windows]


def _runs(kept: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of kept words, bridging single gaps."""
    runs: list[tuple[int, int]] = []
    for index, keep in enumerate(kept):
        if keep and runs and index - runs[-1][1] <= 1:
            runs[-1] = (runs[-1][0], index + 1)
        elif keep:
            runs.append((index, index + 1))
    return runs


def _parts(left: int, right: int, totals: Sequence[float], closing: Sequence[bool]) -> list[tuple[int, int]]:
    """A run in parts of at most _MAX_WORDS, cut behind a sign that closes a clause if it can be, else where the words
    weigh least."""
    if right - left <= _MAX_WORDS:
        return [(left, right)]
    places = range(left + _MIN_WORDS, right - _MIN_WORDS + 1)
    cut = min(places, key=lambda place: (not closing[place - 1], totals[place - 1] + totals[place]))
    return [*_parts(left, cut, totals, closing), *_parts(cut, right, totals, closing)]


def _without_repeats(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """Drop rule quotes that lie within another, and the model's words in segments where a rule points."""
    ruled = {each.segment for each in evidence if each.source == "rule"}
    kept = [each for each in evidence if each.source == "rule" or each.segment not in ruled]
    given: list[Evidence] = []
    for each in kept:
        if any(_within(each, other) for other in given) or any(_is_wider(other, each) for other in kept):
            continue
        given.append(each)
        yield each


def _within(inner: Evidence, outer: Evidence) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_same(match: Match, other: Match) -> bool:
    overlap = match.start < other.end and other.start < match.end
    return overlap and (match.indicator, match.suppressed) == (other.indicator, other.suppressed)


def _is_wider(outer: Evidence, inner: Evidence) -> bool:
    return _within(inner, outer) and (outer.end - outer.start) > (inner.end - inner.start)
