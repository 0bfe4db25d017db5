"""Fusion: rule matches and model probabilities become indicator scores, family scores, a tier and urgency.

All numbers come from the model folder (decision.json), where they were fitted on text neither rules nor model saw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tip_nlp.taxonomy import Indicator, Taxonomy
from tip_nlp.types import Decision, IndicatorScore, Kind, Match, Phase, Prediction, Tier

_EPSILON = 1e-6
_TOGETHER = 0.5


@dataclass(frozen=True, slots=True)
class Fused:
    """The decision on one document."""

    scores: dict[str, float]
    tier: Tier
    urgent: bool
    indicators: tuple[IndicatorScore, ...]


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
        family: _family_score(family, prediction, counted, taxonomy, decision) if len(prediction.logits) else 0.0
        for family in decision.families
    }
    indicators = _indicators(prediction, counted, scores, kind, taxonomy, decision)
    tier = _tier(scores, indicators, taxonomy, decision)
    urgent = tier in ("elevated", "high") and kind != "ad" and any(taxonomy[each.id].urgent for each in indicators)
    return Fused(scores, tier, urgent, indicators)


def rule_evidence(matches: Sequence[Match], family: str, taxonomy: Taxonomy, decision: Decision) -> float:
    """How unlikely it is that every indicator's strongest match is wrong: the sum of -ln(1 - precision)."""
    best: dict[str, float] = {}
    for match in matches:
        if taxonomy[match.indicator].family == family:
            precision = decision.rule_precision[match.strength]
            best[match.indicator] = max(best.get(match.indicator, 0.0), precision)
    return sum(-math.log(max(1 - precision, _EPSILON)) for precision in best.values())


def _family_score(
    family: str, prediction: Prediction, counted: Sequence[Match], taxonomy: Taxonomy, decision: Decision
) -> float:
    weights, column = decision.families[family], prediction.labels.index(family)
    logit = (
        weights.model_weight * float(prediction.logits[:, column].max())
        + weights.lexicon_weight * float(prediction.lexicon[:, column].max())
        + weights.rule_weight * rule_evidence(counted, family, taxonomy, decision)
        + weights.bias
    )
    return sigmoid(logit)


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
        by_rule = max((decision.rule_precision[match.strength] for match in own), default=0.0)
        by_model = float(column_scores.max(initial=0.0))
        score = 1 - (1 - by_rule) * (1 - by_model)
        is_named = indicator.family in watched and by_model >= threshold
        # With rules, the two together must pass one half: a weak red flag is reported only with the model's support.
        if not is_named and label not in shown and (not own or score < _TOGETHER):
            continue
        limit = min(threshold, by_model) if label in shown else threshold
        segments = (
            tuple(int(index) for index in np.flatnonzero(column_scores >= limit)) if is_named or label in shown else ()
        )
        phase = own[0].phase if own else default_phase(indicator, kind)
        found.append(IndicatorScore(label, score, phase, own, segments))
    return tuple(sorted(found, key=lambda each: -each.score))


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


def _tier(
    scores: Mapping[str, float], indicators: Sequence[IndicatorScore], taxonomy: Taxonomy, decision: Decision
) -> Tier:
    top = max(scores.values(), default=0.0)
    tier: Tier = "none"
    for name, threshold in decision.tiers.items():  # in rising order
        if top > threshold:
            tier = name
    # One indicator proves nothing: the top tier takes a combination, or one that means danger to life or limb.
    if tier == "high" and len(indicators) < 2 and not any(taxonomy[each.id].urgent for each in indicators):
        return "elevated"
    return tier


def sigmoid(logit: float) -> float:
    """Logistic function, safe at both ends."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
