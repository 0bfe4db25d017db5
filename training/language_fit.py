"""Fits the language tables: one logistic regression per script, stored as 8-bit weights, then calibrated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tip_nlp.language import BUCKET_BITS, CLASSES, LanguageIdentifier, encode, features, script_of
from training.language_corpus import SEED, Source
from training.language_samples import Sample, training_samples

SAMPLES_PER_CLASS = {"arabic": 14_000, "latin": 16_000, "devanagari": 8_000}
INVERSE_REGULARISATION = 10.0
# How often a language is met against the script's others, by judgement: text from Pakistan in Latin letters is Roman
# Urdu more often than Roman Hindi, and most of what is met in a script is in one of the languages known.
PRIORS = {("latin", "hi-Latn"): 0.4, ("latin", "und"): 0.7, ("arabic", "und"): 0.4, ("devanagari", "und"): 0.25}
# Where an abstention costs half a mistake, answering pays from a calibrated probability of one half. On the held-out
# cuts (2026-11) the score is flat from 0.3 to 0.6.
THRESHOLD = 0.5
Tables = dict[str, NDArray[np.int8]]


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Lay out the serving features as a sparse matrix, each row scaled by the root of its feature count."""
    owners, buckets = [], []
    for start in range(0, len(texts), 5000):
        for text, bucket in features(encode(texts[start : start + 5000])):
            owners.append(text + start)
            buckets.append(bucket)
    rows, columns = np.concatenate(owners), np.concatenate(buckets)
    counts = np.bincount(rows, minlength=len(texts))
    values = 1.0 / np.sqrt(np.maximum(counts, 1.0))[rows]
    return csr_matrix((values, (rows, columns)), shape=(len(texts), 1 << BUCKET_BITS), dtype=np.float32)


def fit(sources: list[Source], *, scale: float = 1.0) -> Tables:
    """Fit the tables of all scripts on the sources given; `scale` shrinks the samples for a quick try."""
    tables: Tables = {}
    for script, classes in CLASSES.items():
        samples = training_samples(sources, int(SAMPLES_PER_CLASS[script] * scale), script)
        model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=100, tol=1e-3, random_state=SEED)
        labels = [classes.index(sample.code) for sample in samples]
        balance = len(labels) / np.bincount(labels, minlength=len(classes))
        priors = np.array([PRIORS.get((script, code), 1.0) for code in classes])
        model.fit(
            matrix([sample.text for sample in samples]), labels, sample_weight=(balance * priors / len(classes))[labels]
        )
        weights, biases = model.coef_, model.intercept_
        if len(classes) == 2:  # scikit-learn keeps one row for two classes
            weights, biases = np.vstack([-weights / 2, weights / 2]), np.hstack([-biases / 2, biases / 2])
        tables |= _quantised(script, weights.T, biases)
    return tables


def _quantised(script: str, weights: NDArray[np.float64], biases: NDArray[np.float64]) -> Tables:
    """Round to 8 bits; the few weights beyond the clip would cost all others their resolution."""
    scales = np.quantile(np.abs(weights), 0.9995, axis=0) / 127
    rounded = np.clip(np.rint(weights / scales), -127, 127).astype(np.int8)
    return {script: rounded, f"{script}_scale": scales.astype(np.float32), f"{script}_bias": biases.astype(np.float32)}


def calibrate(tables: Tables, samples: Sequence[Sample]) -> dict[str, float]:
    """Find the temperature under which a script's held-out samples are likeliest, each language counting alike."""
    model, temperatures = LanguageIdentifier.from_tables(tables, 0.0), {}
    encoded = encode([sample.text for sample in samples])
    scripts = script_of(encoded)
    logits = np.log(np.maximum(model.probabilities(encoded), 1e-300))
    for script, classes in CLASSES.items():
        rows = [i for i, s in enumerate(samples) if scripts[i] == script and s.code in classes]
        truth = np.array([classes.index(samples[i].code) for i in rows])
        weights = 1.0 / np.bincount(truth, minlength=len(classes))[truth]
        losses: list[tuple[float, float]] = []
        for temperature in np.arange(0.5, 4.01, 0.1).tolist():
            scaled = logits[rows, : len(classes)] / temperature
            chosen = scaled[np.arange(len(rows)), truth] - np.logaddexp.reduce(scaled, axis=1)
            losses.append((-float((chosen * weights).sum()), float(temperature)))
        temperatures[script] = round(min(losses)[1], 2)
    return temperatures


def tempered(tables: Tables, temperatures: dict[str, float]) -> Tables:
    """Divide scales and biases by the temperatures."""
    divided = dict(tables)
    for script, temperature in temperatures.items():
        for part in ("scale", "bias"):
            divided[f"{script}_{part}"] = (tables[f"{script}_{part}"] / temperature).astype(np.float32)
    return divided


def save(path: Path, tables: Tables, threshold: float, provenance: dict[str, object]) -> None:
    """Write the model file: plain arrays and one JSON text, no pickles, the same bytes for the same model."""
    meta = {"bucket_bits": BUCKET_BITS, "classes": CLASSES, "threshold": threshold, **provenance}
    packed = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {"meta": packed, **tables}
    np.savez_compressed(path, **arrays)
