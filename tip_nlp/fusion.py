"""Fusion: rule matches and model probabilities become indicator scores, family scores, a tier and urgency.

All numbers come from the model folder (decision.json), where they were fitted on text neither rules nor model saw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tip_nlp.combination import combine
from tip_nlp.taxonomy import Indicator, Taxonomy
from tip_nlp.types import Combination, Decision, Fused, IndicatorScore, Kind, Match, Phase, Prediction, Tier

_EPSILON = 1e-6
_LIKELY = 0.5  # an indicator that is more likely there than not


def fuse(
    prediction: Prediction,
    matches: Sequence[Match],
    *,
    kind: Kind,
    taxonomy: Taxonomy,
    decision: Decision,
) -> Fused:
    """Combine the outputs for a document's segments with its matches.

    A document without segments scores 0 everywhere.
    """
    counted = [match for match in matches if match.suppressed is None]
    scores = {
        family: _family_score(family, prediction, matches, taxonomy, decision) if len(prediction.passages) else 0.0
        for family in decision.families
    }
    indicators = _indicators(prediction, counted, scores, kind, taxonomy, decision)
    # A hint may be worth an analyst's look and still be no brick to build on: what is said of the whole, that a
    # dimension is positive or the elements complete, rests on likely indicators alone. Urgency heeds hints: a call too
    # many costs less than one too few.
    combination = combine([each for each in indicators if each.score >= _LIKELY], taxonomy)
    by_score = _tier_by_score(scores, decision)
    held = by_score == "high" and not _stands_together(indicators, combination, taxonomy)
    tier: Tier = "elevated" if held else by_score
    urgent = tier in ("elevated", "high") and kind != "ad" and any(taxonomy[each.id].urgent for each in indicators)
    return Fused(scores, tier, urgent, indicators, combination, held)


def segments_matter(prediction: Prediction, matches: Sequence[Match], taxonomy: Taxonomy, decision: Decision) -> bool:
    """Whether the segments of a document whose passages were read must be read too, as dear as reading the passages: to
    say what is where, or whether what somebody denied is what the model heard. Elsewhere they would change nothing.
    """
    if not len(prediction.passages):
        return False
    scores = (_family_score(family, prediction, matches, taxonomy, decision) for family in decision.families)
    return any(match.suppressed is None for match in matches) or max(scores) > min(decision.tiers.values())


def rule_evidence(matches: Sequence[Match], family: str, taxonomy: Taxonomy, decision: Decision) -> float:
    """How unlikely it is that every indicator's strongest match is wrong: the sum of -ln(1 - precision)."""
    best: dict[str, float] = {}
    for match in matches:
        if taxonomy[match.indicator].family == family:
            precision = decision.rule_precision[match.strength]
            best[match.indicator] = max(best.get(match.indicator, 0.0), precision)
    return sum(-math.log(max(1 - precision, _EPSILON)) for precision in best.values())


def suppressed_evidence(
    logits: NDArray[np.float32], matches: Sequence[Match], family: str, taxonomy: Taxonomy, decision: Decision
) -> float:
    """What rules found and something suppressed in the segment of the highest of the ``logits`` (segments), as rule
    evidence; 0 where a match of the family counts there: the model may have meant that one, and where none was read.
    """
    if not len(logits):
        return 0.0
    strongest = int(logits.argmax())
    own = [match for match in matches if match.segment == strongest]
    if any(match.suppressed is None and taxonomy[match.indicator].family == family for match in own):
        return 0.0
    return rule_evidence(own, family, taxonomy, decision)


def with_answers(score: float, counted: Sequence[Match], family: str, taxonomy: Taxonomy, decision: Decision) -> float:
    """Join what a caller affirmed to a family's score, as if independent: the model hears too little in a bare yes."""
    affirmed = any(
        match.answered and match.strength != "weak" and taxonomy[match.indicator].family == family for match in counted
    )
    return 1 - (1 - score) * (1 - decision.answered_precision) if affirmed else score


def _family_score(
    family: str,
    prediction: Prediction,
    matches: Sequence[Match],
    taxonomy: Taxonomy,
    decision: Decision,
) -> float:
    weights, column = decision.families[family], prediction.labels.index(family)
    logits = prediction.logits[:, column]
    counted = [match for match in matches if match.suppressed is None]
    logit = (
        weights.model_weight * float(prediction.passages[:, column].max())
        + weights.lexicon_weight * float(prediction.lexicon[:, column].max())
        + weights.rule_weight * rule_evidence(counted, family, taxonomy, decision)
        - weights.suppressed_weight * suppressed_evidence(logits, matches, family, taxonomy, decision)
        - weights.length_weight * math.log(len(prediction.lexicon))
        + weights.bias
    )
    return with_answers(sigmoid(logit), counted, family, taxonomy, decision)


def _indicators(
    prediction: Prediction,
    counted: Sequence[Match],
    scores: Mapping[str, float],
    kind: Kind,
    taxonomy: Taxonomy,
    decision: Decision,
) -> tuple[IndicatorScore, ...]:
    # Indicators are rare, and most calibrated probabilities low: the model names one only where it also scores the
    # family, and its strongest wherever a person is asked to look and no rule says at what.
    watched = {family for family, score in scores.items() if score > decision.tiers["watch"]}
    by_rules = {taxonomy[match.indicator].family for match in counted if match.strength != "weak"}
    shown = {
        _strongest(prediction, family, taxonomy)
        for family, score in scores.items()
        if score > decision.tiers["elevated"] and family not in by_rules
    }
    found = []
    for column, label in enumerate(prediction.labels):
        if label not in taxonomy:
            continue
        indicator, threshold = taxonomy[label], decision.thresholds[label]
        column_scores = prediction.probabilities[:, column]
        own = tuple(match for match in counted if match.indicator == label)
        by_rule = max((_precision(match, decision) for match in own), default=0.0)
        by_model = float(column_scores.max(initial=0.0))
        score = 1 - (1 - by_rule) * (1 - by_model)
        is_named = indicator.family in watched and by_model >= threshold
        # With rules, the two together must pass one half: a weak red flag is reported only with the model's support.
        if not is_named and label not in shown and (not own or score < _LIKELY):
            continue
        limit = min(threshold, by_model) if label in shown else threshold
        segments = (
            tuple(int(index) for index in np.flatnonzero(column_scores >= limit)) if is_named or label in shown else ()
        )
        phase = own[0].phase if own else default_phase(indicator, kind)
        found.append(IndicatorScore(label, score, phase, own, segments))
    return tuple(sorted(found, key=lambda each: -each.score))


def _precision(match: Match, decision: Decision) -> float:
    precision = decision.rule_precision[match.strength]
    return max(precision, decision.answered_precision) if match.answered and match.strength != "weak" else precision


def _strongest(prediction: Prediction, family: str, taxonomy: Taxonomy) -> str:
    """The family's indicator of highest probability; "" without segments."""
    labels = [each.id for each in taxonomy.indicators if each.family == family]
    if not len(prediction.probabilities):
        return ""
    return max(labels, key=lambda label: float(prediction.probabilities[:, prediction.labels.index(label)].max()))


def default_phase(indicator: Indicator, kind: Kind) -> Phase:
    """Where the model alone speaks: smuggling is transit, an ad is recruitment, otherwise as in the Delphi list."""
    if indicator.family == "smuggling":
        return "transit"
    if kind == "ad" or all(item.phase == "recruitment" for item in indicator.delphi):
        return "recruitment"
    return "destination"


def _tier_by_score(scores: Mapping[str, float], decision: Decision) -> Tier:
    top = max(scores.values(), default=0.0)
    tier: Tier = "none"
    for name, threshold in decision.tiers.items():  # in rising order
        if top > threshold:
            tier = name
    return tier


def _stands_together(indicators: Sequence[IndicatorScore], combination: Combination, taxonomy: Taxonomy) -> bool:
    """One indicator proves nothing: the top tier takes several, a combination, or danger to life or limb."""
    return len(indicators) >= 2 or combination.is_positive or any(taxonomy[each.id].urgent for each in indicators)


def sigmoid(logit: float) -> float:
    """Logistic function, safe at both ends."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
