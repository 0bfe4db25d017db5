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
    IndicatorScore,
    Match,
    NormalizedText,
    Prediction,
    Segment,
    Suppressed,
)

_WORD = regex.compile(r"\S+")
_MAX_WORDS = 10  # of a model's quote; a longer one is no pointer
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
    """Write out what does not count, one entry an indicator, reason and place."""
    return tuple(
        Suppressed(match.indicator, match.suppressed, _rule_evidence(view, match, decision))
        for match in matches
        if match.suppressed is not None
    )


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
    word for the sum of its pieces. Words above the mean of the positive ones are kept, joined over one weak word, and
    the heaviest _MAX_SPANS stretches are returned in text order.
    """
    words = [found.span() for found in _WORD.finditer(text, segment.start, segment.end)]
    if not words:
        return []
    inside = [each for each in weights if segment.start <= each[0] < segment.end]
    if not inside:
        return []
    average = sum(weight for _, _, weight in inside) / len(inside)
    totals = _word_totals(words, [(start, end, weight - average) for start, end, weight in inside])
    positive = [total for total in totals if total > 0]
    if not positive:
        return []
    floor = sum(positive) / len(positive)
    stretches = _stretches([total >= floor for total in totals])
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


def _stretches(kept: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of kept words, bridging single gaps, cut at _MAX_WORDS."""
    runs: list[tuple[int, int]] = []
    for index, keep in enumerate(kept):
        if not keep:
            continue
        if runs and index - runs[-1][1] <= 1 and index + 1 - runs[-1][0] <= _MAX_WORDS:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _without_repeats(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """Drop model quotes that lie within a quote already given."""
    given: list[Evidence] = []
    for each in evidence:
        if each.source == "model" and any(e.start <= each.start and each.end <= e.end for e in given):
            continue
        given.append(each)
        yield each
