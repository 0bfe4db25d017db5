"""Fit what turns the exported model's outputs and the rules' matches into decisions: ``python -m training.decide``.

Everything is fitted on the validation split and on ordinary real texts that training did not draw; the test split
and the held-out sources stay unseen. Leaves decision.json in the build folder.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from tip_nlp.classifier import DECISION, LEXICON, Encoder, read_config, segment_logits
from tip_nlp.fusion import rule_evidence, suppressed_evidence, with_answers
from tip_nlp.lexicon import Lexicon
from tip_nlp.normalize import normalize
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.matching import RuleMatcher
from tip_nlp.rules.schema import load_rules
from tip_nlp.segments import model_text, passages, split
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Decision, Kind, Match, Strength, Tier
from training.config import DEFAULT, Config, build_folder, data_folder, load_config
from training.corpus import Item
from training.dataset import MISLEADING_BATCHES, SOURCES, TRAIN, VALIDATION, read_source, real_texts
from training.examples import FAMILIES, Example, label_names, written_documents, written_examples
from training.real_labels import indicators_of

# False-alarm budgets on the pooled texts without indicators, half of them lawful twins written to be hard.
BUDGETS: dict[Tier, float] = {"watch": 0.05, "elevated": 0.02, "high": 0.005}
WEIGHTS = ("model_weight", "lexicon_weight", "rule_weight", "length_weight", "suppressed_weight")
_MIN_POSITIVES = 12  # fewer examples of an indicator give no calibration of its own
_GRID = np.arange(0.2, 0.76, 0.02)  # thresholds tried; lower, the model names what is merely frequent
_REAL_PER_SOURCE = 60
# Whole documents are what is scanned, and few beside the segments.
_WHOLE = 2.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A whole document with what it truly holds."""

    text: str
    kind: Kind
    language: str
    indicators: frozenset[str]
    is_real: bool
    is_whole: bool = False  # a written document of several segments


@dataclass(frozen=True, slots=True)
class Scored:
    """What model and rules say of a document, before any fitted decision."""

    logits: NDArray[np.float32]  # (segments, labels)
    lexicon: NDArray[np.float32]  # (segments, labels)
    passages: NDArray[np.float32]  # (passages, labels)
    matches: tuple[Match, ...]


def main(config: Config) -> None:
    """Fit and write decision.json."""
    folder = build_folder(config)
    documents = validation_documents(config, data_folder())
    scored = score_documents(folder, documents)
    decision = fit(documents, scored)
    (folder / DECISION).write_text(json.dumps(decision, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: decision[key] for key in ("families", "rule_precision", "tiers")}, indent=1))


def validation_documents(config: Config, data: Path) -> list[Labelled]:
    """The validation halves of segments and whole documents, and real texts beyond those that training drew."""
    documents = to_documents(
        [e for e in written_examples() if e.part == VALIDATION and e.batch not in MISLEADING_BATCHES]
    )
    documents += [replace(_labelled(item), is_whole=True) for item in written_documents(VALIDATION)]
    drawn = {text.text for text in real_texts(data, per_source=config.real_per_source, seed=config.seed)}
    for source in SOURCES:
        unseen = [text for text in read_source(data, source) if not text.held_out and text.text not in drawn]
        unseen = [text for text in unseen if not indicators_of(text.text)]
        rng = np.random.default_rng(config.seed)
        for index in rng.permutation(len(unseen))[:_REAL_PER_SOURCE]:
            documents.append(Labelled(unseen[index].text[:5_000], "ad", unseen[index].language, frozenset(), True))
    return documents


def to_documents(examples: Sequence[Example]) -> list[Labelled]:
    """Written examples as documents."""
    return [_labelled(example.item) for example in examples if example.item]


def _labelled(item: Item) -> Labelled:
    return Labelled(item.text, item.kind, item.language, frozenset(item.indicators), False)


def score_documents(folder: Path, documents: Sequence[Labelled]) -> list[Scored]:
    """Run the encoder and lexicon of a folder, and the rules, over documents as serving does."""
    encoder, lexicon = Encoder.load(folder, read_config(folder)), Lexicon.load(folder / LEXICON)
    rules = RuleMatcher(load_rules(), load_cues())
    views = [normalize(document.text).text for document in documents]
    segments = [split(view, document.kind) for view, document in zip(views, documents, strict=True)]
    texts = [[model_text(view, segment).text for segment in own] for view, own in zip(views, segments, strict=True)]
    wholes = [passages(view, own) for view, own in zip(views, segments, strict=True)]
    encoded = iter(encoder.run([text for own in texts for text in own]))
    encoded_wholes = iter(encoder.run([text for own in wholes for text in own]))
    return [
        Scored(
            segment_logits([next(encoded) for _ in read], encoder.bias),
            lexicon.score(read),
            segment_logits([next(encoded_wholes) for _ in whole], encoder.bias),
            tuple(rules.match(view, own)),
        )
        for view, own, read, whole in zip(views, segments, texts, wholes, strict=True)
    ]


def fit(documents: Sequence[Labelled], scored: Sequence[Scored]) -> dict[str, object]:
    """All fitted numbers, in the shape of decision.json."""
    calibration = _calibration(documents, scored)
    precision, answered = _rule_precision()
    families = _families(documents, scored, precision)
    decision: dict[str, object] = {"families": families, "calibration": calibration, "rule_precision": precision}
    decision["answered_precision"] = answered
    tiers = _tiers(documents, scored, decision)
    watched = family_scores(scored, decision) > tiers["watch"]
    return decision | {"thresholds": _thresholds(documents, scored, calibration, watched), "tiers": tiers}


Calibration = dict[str, tuple[float, float, float]]


def _columns(scored: Sequence[Scored], label: str) -> NDArray[np.float64]:
    """(documents, 2): each document's strongest encoder and lexicon logit for a label."""
    index = label_names().index(label)
    rows = [(each.logits[:, index].max(initial=-12.0), each.lexicon[:, index].max(initial=-6.0)) for each in scored]
    return np.array(rows, dtype=float)


def _truth(documents: Sequence[Labelled], label: str) -> NDArray[np.bool_]:
    taxonomy = load_taxonomy()
    if label in FAMILIES:
        return np.array([any(taxonomy[name].family == label for name in each.indicators) for each in documents])
    return np.array([label in each.indicators for each in documents])


def _calibration(documents: Sequence[Labelled], scored: Sequence[Scored]) -> Calibration:
    """Platt scaling of both voices for each label; a rare indicator takes the scaling fitted on all together."""
    indicators = [label for label in label_names() if label not in FAMILIES]
    pooled = _platt(
        np.concatenate([_columns(scored, label) for label in indicators]),
        np.concatenate([_truth(documents, label) for label in indicators]),
    )
    found = {}
    for label in label_names():
        truth = _truth(documents, label)
        own = _platt(_columns(scored, label), truth) if truth.sum() >= _MIN_POSITIVES else pooled
        found[label] = own if min(own[:2]) >= 0 else pooled
    return found


def _platt(logits: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float, float]:
    # C = 1 holds a scaling fitted on few positives back from extremes.
    model = LogisticRegression(C=1.0).fit(logits, truth)
    encoder, lexicon = (round(float(value), 5) for value in model.coef_[0])
    return encoder, lexicon, round(float(model.intercept_[0]), 5)


def _rule_precision() -> tuple[dict[Strength, float], float]:
    """How often a counted match of each strength is right, one count smoothed towards one half, and how often one in
    an affirmed question is right of its family. The rules were not fitted to the corpus: its training split serves too.
    """
    taxonomy, rules = load_taxonomy(), RuleMatcher(load_rules(), load_cues())
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for document in to_documents([e for e in written_examples() if e.part in (TRAIN, VALIDATION)]):
        view = normalize(document.text).text
        counted = [match for match in rules.match(view, split(view, document.kind)) if match.suppressed is None]
        for indicator, strength in {(match.indicator, match.strength) for match in counted}:
            total[strength] += 1
            right[strength] += indicator in document.indicators
        families = {taxonomy[name].family for name in document.indicators}
        for family in {taxonomy[m.indicator].family for m in counted if m.answered and m.strength != "weak"}:
            total["answered"] += 1
            right["answered"] += family in families
    if right["strong"] * total["medium"] < right["medium"] * total["strong"]:
        # The twins are written to hold alarming words; where that turns the order round, the two are not told apart.
        right["strong"] = right["medium"] = right["strong"] + right["medium"]
        total["strong"] = total["medium"] = total["strong"] + total["medium"]
    print("rule matches, right and all:", {name: (right[name], total[name]) for name in total})
    share = {name: round((right[name] + 1) / (total[name] + 2), 4) for name in (*get_args(Strength), "answered")}
    return {name: share[name] for name in get_args(Strength)}, share["answered"]


def _families(
    documents: Sequence[Labelled], scored: Sequence[Scored], precision: dict[Strength, float]
) -> dict[str, dict[str, float]]:
    """Logistic regression of each family on logits and rule evidence; weights never negative."""
    found = {}
    weights = np.where([each.is_whole for each in documents], _WHOLE, 1.0)
    for family in FAMILIES:
        features = family_features(scored, family, precision)
        truth = _truth(documents, family)
        model = LogisticRegression(C=1.0).fit(features, truth, weights)
        while (model.coef_[0] < 0).any():  # a voice that misleads on this split gets no say rather than a perverse one
            features = features * (model.coef_[0] >= 0)
            model = LogisticRegression(C=1.0).fit(features, truth, weights)
        found[family] = dict(zip(WEIGHTS, (round(float(value), 5) for value in model.coef_[0]), strict=True))
        found[family]["bias"] = round(float(model.intercept_[0]), 5)
    return found


def family_features(scored: Sequence[Scored], family: str, precision: dict[Strength, float]) -> NDArray[np.float64]:
    """(documents, 5): strongest passage logit and lexicon logit, rule evidence, minus the log of the segments, and
    minus the suppressed evidence."""
    decision = Decision({}, {}, precision, {}, {})
    taxonomy = load_taxonomy()
    evidence = [
        rule_evidence([m for m in each.matches if m.suppressed is None], family, taxonomy, decision) for each in scored
    ]
    length = [-math.log(max(1, len(each.logits))) for each in scored]
    index = label_names().index(family)
    passage = [each.passages[:, index].max(initial=-12.0) for each in scored]
    lexicon = [each.lexicon[:, index].max(initial=-6.0) for each in scored]
    suppressed = [
        -suppressed_evidence(each.logits[:, index], each.matches, family, taxonomy, decision) for each in scored
    ]
    return np.column_stack([passage, lexicon, evidence, length, suppressed]).astype(float)


def family_scores(scored: Sequence[Scored], decision: dict[str, object]) -> NDArray[np.float64]:
    """(documents, families): the fused probabilities."""
    columns = []
    for family in FAMILIES:
        weights = decision["families"][family]  # type: ignore[index]
        features = family_features(scored, family, decision["rule_precision"])  # type: ignore[arg-type]
        z = features @ [weights[name] for name in WEIGHTS] + weights["bias"]
        columns.append(
            [_with_answers(*each, family, decision) for each in zip(1 / (1 + np.exp(-z)), scored, strict=True)]
        )
    return np.stack(columns, axis=1)


def _with_answers(score: float, scored: Scored, family: str, decision: dict[str, object]) -> float:
    fitted = Decision({}, {}, {}, {}, {}, float(decision.get("answered_precision", 0.0)))  # type: ignore[arg-type]
    counted = [match for match in scored.matches if match.suppressed is None]
    return with_answers(float(score), counted, family, load_taxonomy(), fitted)


def _thresholds(
    documents: Sequence[Labelled],
    scored: Sequence[Scored],
    calibration: Calibration,
    watched: NDArray[np.bool_],
) -> dict[str, float]:
    """The calibrated probability at which each indicator's F1 is best, among the documents whose family is watched."""
    taxonomy, found = load_taxonomy(), {}
    for label in label_names():
        *slopes, shift = calibration[label]
        probability = 1 / (1 + np.exp(-(_columns(scored, label) @ slopes + shift)))
        family = label if label in FAMILIES else taxonomy[label].family
        seen = watched[:, FAMILIES.index(family)]
        truth = _truth(documents, label)
        best = max(_GRID, key=lambda t: _f1(seen & (probability >= t), truth)) if truth.any() else 0.5
        found[label] = round(float(best), 2)
    return found


def _f1(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    both = int((predicted & truth).sum())
    return 2 * both / max(1, int(predicted.sum() + truth.sum()))


def _tiers(documents: Sequence[Labelled], scored: Sequence[Scored], decision: dict[str, object]) -> dict[Tier, float]:
    """The score above which at most the budgeted share of texts without indicators lies; twins weigh one half."""
    top = family_scores(scored, decision).max(1)
    safe = np.array([not each.indicators for each in documents])
    real = np.array([each.is_real for each in documents])
    weights = np.where(real, 0.5 / max(1, (safe & real).sum()), 0.5 / max(1, (safe & ~real).sum()))[safe]
    order = np.argsort(-top[safe])
    above = np.cumsum(weights[order])
    ranked = top[safe][order]
    return {
        tier: float(ranked[min(int(np.searchsorted(above, budget, side="right")), len(ranked) - 1)])
        for tier, budget in BUDGETS.items()
    }


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
