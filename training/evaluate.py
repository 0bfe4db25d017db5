"""Measure everything on text the model never saw: ``python -m training.evaluate [CONFIG [PART ...]]``.

Written test split: per language, per kind and per indicator, beside the baselines. Real held-out sources: false alarms
by tier. Then calibration, attribution and the runtimes. Leaves evaluation.json and evaluation.md in
training/reports/NAME/VERSION.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tip_nlp.analyzer import Analyzer
from tip_nlp.classifier import Classifier, Encoder, read_config
from tip_nlp.settings import MODELS
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import KINDS, TIERS, Assessment
from training.attribution import faithfulness, overlap
from training.baselines import keyword_scores, tfidf_scores, zero_shot_scores
from training.config import DEFAULT, ROOT, Config, data_folder, load_config
from training.corpus import Item
from training.dataset import MEASURED_DOCUMENTS, REGISTERS, SOURCES, TEST, TRAIN, UNSEEN, UNSEEN_BATCHES, read_source
from training.decide import WEIGHTS, family_scores, score_documents, to_documents
from training.examples import (
    FAMILIES,
    Example,
    document_examples,
    label_names,
    real_examples,
    written_documents,
    written_examples,
)
from training.fairness import fairness, groups_of
from training.gate import model_digest, split_digest
from training.metrics import auroc, average_precision, bootstrap, expected_calibration_error, f1, recall_at
from training.perturbation import DISGUISES
from training.plots import draw
from training.real_labels import indicators_of
from training.report import render

# What earlier versions were measured on, for comparison: the batches there were by their last run.
EARLIER = {
    version: frozenset(load_config(ROOT / "training" / "configs" / f"e5-small-{run}.toml").batches)
    for version, run in (("0.1.0", "02"), ("0.2.0", "04"))
}
MAIN_LANGUAGES = ("en", "ur", "ur-Latn")
_REAL_PER_SOURCE = 500
_DISGUISED = 300  # test items put through every disguise


def main(config: Config, only: Sequence[str] = ()) -> None:
    """Evaluate the released model of the configuration; with ``only``, measure these parts of its report anew."""
    folder = MODELS / config.name / config.version
    target = ROOT / "training" / "reports" / config.name / config.version
    analyzer = Analyzer(Classifier.load(folder))
    written = written_examples()
    test = [example for example in written if example.part == TEST]
    unseen = [example for example in written if example.part == UNSEEN]
    assessments = _assess(analyzer, test)
    head = {
        "model": f"{config.name}/{config.version}",
        "model_digest": model_digest(folder),
        "test_items": len(test),
        "test_digest": split_digest(test),
    }
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "detection": lambda: detection(config, written, test, assessments),
        "unseen_batches": lambda: unseen_batches(analyzer, [e for e in unseen if e.batch in UNSEEN_BATCHES]),
        "registers": lambda: registers(analyzer, unseen),
        "indicators": lambda: indicators(test, assessments),
        "tiers": lambda: tiers(test, assessments),
        "documents": lambda: documents(analyzer),
        "calibration": lambda: calibration(test, assessments),
        "robustness": lambda: robustness(analyzer, test, assessments, config.seed),
        "real": lambda: real_false_alarms(analyzer, data_folder(), config.seed),
        "fairness": lambda: fairness_figures(test, assessments),
        "attribution": lambda: attribution(Encoder.load(folder, read_config(folder)), test),
    }
    known = _known_parts(target, head, parts, only)
    report = head | {name: known[name] if name in known else part() for name, part in parts.items()}
    target.mkdir(parents=True, exist_ok=True)
    draw(target, _truth(test), risk(assessments), [e.language for e in test], MAIN_LANGUAGES)
    (target / "evaluation.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (target / "evaluation.md").write_text(render(report), encoding="utf-8")
    print(render(report))


def _known_parts(
    target: Path, head: dict[str, Any], parts: Collection[str], only: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What stays of an earlier report; it must be of this very model and test split."""
    if not only:
        return {}
    if unknown := set(only) - set(parts):
        raise SystemExit(f"no part of the report is called {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    earlier = json.loads((target / "evaluation.json").read_text(encoding="utf-8"))
    if changed := [key for key, value in head.items() if earlier[key] != value]:
        raise SystemExit(f"{target} was measured with another {', '.join(changed)}: measure all parts")
    return {name: earlier[name] for name in parts if name in earlier and name not in only}


def attribution(encoder: Encoder, test: Sequence[Example]) -> dict[str, Any]:
    """Whether the model's words carry its decision, and are those that the writers quoted."""
    prose = [e for e in test if e.item and e.item.kind != "transcript"]
    return {
        "faithfulness": asdict(faithfulness(encoder, [e.text for e in prose], load_taxonomy().ids)),
        "quotes": {
            which: asdict(overlap(encoder, prose, named=which == "named")) for which in ("named", "all that are there")
        },
    }


def _assess(analyzer: Analyzer, examples: Sequence[Example]) -> list[Assessment]:
    items = [example.item for example in examples if example.item]
    return analyzer.assess_batch([item.text for item in items], kinds=[item.kind for item in items])


def risk(assessments: Sequence[Assessment]) -> NDArray[np.float64]:
    """The higher of the two family scores."""
    return np.array([max(each.scores.values()) for each in assessments])


def _truth(test: Sequence[Example]) -> NDArray[np.bool_]:
    return np.array([bool(e.target.any()) for e in test])


def detection(
    config: Config, written: Sequence[Example], test: Sequence[Example], assessments: Sequence[Assessment]
) -> dict[str, Any]:
    """AUROC, average precision, recall at 5 % and 1 % false alarms of every system, per language and kind."""
    truth, groups = _truth(test), np.array([e.group for e in test])
    systems = _systems(config, written, test) | {"fused": risk(assessments)}
    slices: dict[str, NDArray[np.bool_]] = {"all": np.ones(len(test), dtype=bool)}
    for language in sorted({e.language for e in test}, key=lambda code: (code not in MAIN_LANGUAGES, code)):
        slices[language] = np.array([e.language == language for e in test])
    for kind in ("ad", "message", "transcript"):
        slices[f"kind {kind}"] = np.array([e.item is not None and e.item.kind == kind for e in test])
    for version, batches in EARLIER.items():
        slices[f"items of {version}"] = np.array([e.batch in batches for e in test])
    metrics: dict[str, Callable[..., float]] = {
        "auroc": auroc,
        "average_precision": average_precision,
        "recall_at_5": recall_at(0.05),
        "recall_at_1": recall_at(0.01),
    }
    return {
        name: {
            "items": int(chosen.sum()),
            "risky": int(truth[chosen].sum()),
            "systems": {
                system: {
                    metric: found.to_dict()
                    if (found := bootstrap(call, truth[chosen], scores[chosen], groups[chosen].tolist()))
                    else None
                    for metric, call in metrics.items()
                }
                for system, scores in systems.items()
            },
        }
        for name, chosen in slices.items()
    }


def _systems(config: Config, written: Sequence[Example], test: Sequence[Example]) -> dict[str, NDArray[np.float64]]:
    texts = [example.text for example in test]
    real = [e for e in real_examples(config, data_folder()) if e.part == TRAIN]
    train = [*(e for e in written if e.part == TRAIN), *document_examples(), *real]
    folder = MODELS / config.name / config.version
    scored = score_documents(folder, to_documents(test))
    columns = [label_names().index(family) for family in FAMILIES]
    decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    unanswered = decision | {"answered_precision": 0.0}
    return {
        "keywords": keyword_scores(texts),
        "zero-shot e5": zero_shot_scores(config.base, texts),
        "tf-idf + logistic regression": tfidf_scores(
            [e.text for e in train], np.array([e.target.any() for e in train]), texts
        ),
        "rules alone": family_scores(scored, decision | {"families": _only("rule_weight")}).max(1),
        "lexicon alone": family_scores(scored, unanswered | {"families": _only("lexicon_weight")}).max(1),
        "model alone": np.array([float(each.passages[:, columns].max(initial=-20.0)) for each in scored]),
    }


def _only(voice: str) -> dict[str, dict[str, float]]:
    """A fusion in which one voice speaks."""
    weights = {name: float(name == voice) for name in WEIGHTS} | {"bias": 0.0}
    return dict.fromkeys(FAMILIES, weights)


def unseen_batches(analyzer: Analyzer, examples: Sequence[Example]) -> dict[str, Any]:
    """Batches no run learnt anything of: AUROC and recall at 5 % false alarms of the fused score, per language."""
    return _by_language(examples, _assess(analyzer, examples))


def registers(analyzer: Analyzer, unseen: Sequence[Example]) -> dict[str, Any]:
    """The same of the texts written to measure a register, with how many risky and safe ones reach each tier."""
    return {name: _register(analyzer, [e for e in unseen if e.batch in batches]) for name, batches in REGISTERS.items()}


def _register(analyzer: Analyzer, examples: Sequence[Example]) -> dict[str, Any]:
    assessments = _assess(analyzer, examples)
    found = _by_language(examples, assessments)
    truth = _truth(examples)
    for name, row in found.items():
        chosen = np.array([name in ("all", e.language) for e in examples])
        for which, mask in (("risky", chosen & truth), ("safe", chosen & ~truth)):
            counts = Counter(assessments[index].tier for index in np.flatnonzero(mask))
            row[which] = {tier: counts[tier] for tier in TIERS}
    return found


def _by_language(examples: Sequence[Example], assessments: Sequence[Assessment]) -> dict[str, Any]:
    scores, truth = risk(assessments), _truth(examples)
    groups = np.array([e.group for e in examples])
    found: dict[str, Any] = {}
    for name in ("all", *sorted({e.language for e in examples}, key=lambda code: (code not in MAIN_LANGUAGES, code))):
        chosen = np.array([name in ("all", e.language) for e in examples])
        figures = {
            metric: bootstrap(call, truth[chosen], scores[chosen], groups[chosen].tolist())
            for metric, call in (("auroc", auroc), ("recall_at_5", recall_at(0.05)))
        }
        found[name] = {"items": int(chosen.sum())} | {
            metric: figure.to_dict() if figure else None for metric, figure in figures.items()
        }
    return found


def indicators(test: Sequence[Example], assessments: Sequence[Assessment]) -> dict[str, Any]:
    """Precision, recall and F1 of the indicators as reported."""
    found: dict[str, Any] = {}
    for indicator in load_taxonomy().ids:
        truth = np.array([e.item is not None and indicator in e.item.indicators for e in test])
        reported = np.array([any(f.id == indicator for f in a.indicators) for a in assessments])
        both = int((truth & reported).sum())
        found[indicator] = {
            "positives": int(truth.sum()),
            "precision": round(both / max(1, int(reported.sum())), 3),
            "recall": round(both / max(1, int(truth.sum())), 3),
            "f1": round(f1(reported, truth), 3),
        }
    found["macro"] = {
        "positives": sum(each["positives"] for each in found.values()),
        **{
            key: round(float(np.mean([each[key] for each in found.values()])), 3)
            for key in ("precision", "recall", "f1")
        },
    }
    return found


def tiers(test: Sequence[Example], assessments: Sequence[Assessment]) -> dict[str, dict[str, int]]:
    """How many risky and safe test items land in each tier, by why the safe ones are safe."""
    rows: dict[str, dict[str, int]] = {}
    for example, assessment in zip(test, assessments, strict=True):
        row = rows.setdefault(example.item.status if example.item else "real", dict.fromkeys(TIERS, 0))
        row[assessment.tier] += 1
    return rows


def documents(analyzer: Analyzer) -> dict[str, Any]:
    """Whole written documents: AUROC by kind, language and batch, and the tiers by status."""
    items = written_documents(TEST)
    found = analyzer.assess_batch([item.text for item in items], kinds=[item.kind for item in items])
    scores, truth = risk(found), np.array([item.status == "affirmed" for item in items])
    slices = {"all": np.ones(len(items), dtype=bool)}
    slices["never learnt from any of their batch"] = np.array([item.batch in MEASURED_DOCUMENTS for item in items])
    slices |= {f"kind {kind}": np.array([i.kind == kind for i in items]) for kind in KINDS}
    slices |= {language: np.array([i.language == language for i in items]) for language in MAIN_LANGUAGES}
    rows: dict[str, dict[str, int]] = {}
    for item, assessment in zip(items, found, strict=True):
        rows.setdefault(item.status, dict.fromkeys(TIERS, 0))[assessment.tier] += 1
    return {"slices": {name: _slice(items, truth, scores, chosen) for name, chosen in slices.items()}, "tiers": rows}


def _slice(
    items: Sequence[Item], truth: NDArray[np.bool_], scores: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> dict[str, Any]:
    figure = bootstrap(auroc, truth[chosen], scores[chosen], [i.group for i, c in zip(items, chosen, strict=True) if c])
    return {"items": int(chosen.sum()), "auroc": figure.to_dict() if figure else None}


def fairness_figures(test: Sequence[Example], assessments: Sequence[Assessment]) -> dict[str, Any]:
    """AUROCs by the group that a text mentions and by language."""
    members = groups_of([e.text for e in test], [e.language for e in test])
    return fairness(_truth(test), risk(assessments), members, [e.group for e in test])


def calibration(test: Sequence[Example], assessments: Sequence[Assessment]) -> dict[str, float]:
    """Expected calibration error of each family's score on the written test split."""
    found = {}
    for family in FAMILIES:
        column = label_names().index(family)
        truth = np.array([bool(e.target[column]) for e in test])
        found[family] = round(expected_calibration_error(truth, np.array([a.scores[family] for a in assessments])), 4)
    return found


def robustness(
    analyzer: Analyzer, test: Sequence[Example], assessments: Sequence[Assessment], seed: int
) -> dict[str, dict[str, float]]:
    """Of test items in each disguise: how many keep their tier, and how far the higher family score moves."""
    chosen = np.random.default_rng(seed).permutation(len(test))[:_DISGUISED]
    items = [(item, assessments[index]) for index in chosen if (item := test[index].item)]
    found = {}
    for name, disguise in DISGUISES.items():
        rng = random.Random(f"{seed} {name}")
        disguised = analyzer.assess_batch(
            [disguise(item.text, rng) for item, _ in items], kinds=[item.kind for item, _ in items]
        )
        pairs = [(before, after) for (_, before), after in zip(items, disguised, strict=True)]
        found[name] = {
            "same_tier": round(sum(a.tier == b.tier for a, b in pairs) / len(pairs), 4),
            "mean_move": round(
                float(np.mean([abs(max(a.scores.values()) - max(b.scores.values())) for a, b in pairs])), 4
            ),
        }
    return found


def real_false_alarms(analyzer: Analyzer, data: Path, seed: int) -> dict[str, Any]:
    """Whole real documents of sources never trained on: how many reach each tier. Ads that the annotation says count
    are no false alarms and are left out."""
    found = {}
    for source in SOURCES:
        texts = [text for text in read_source(data, source) if text.held_out and not indicators_of(text.text)]
        order = np.random.default_rng(seed).permutation(len(texts))[:_REAL_PER_SOURCE]
        chosen = [texts[index].text[:20_000] for index in order]
        if not chosen:
            continue
        assessments = analyzer.assess_batch(chosen, kinds=["ad"] * len(chosen))
        counts = {str(tier): sum(each.tier == tier for each in assessments) for tier in TIERS}
        found[source.name] = {"documents": len(chosen)} | counts
    return found


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT), sys.argv[2:])
