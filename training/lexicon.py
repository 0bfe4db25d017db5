"""Fit the lexicon on the training split: ``python -m training.lexicon [CONFIG]``; leaves it in the build folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tip_nlp.classifier import LEXICON
from tip_nlp.lexicon import features
from training.config import DEFAULT, Config, build_folder, data_folder, load_config
from training.dataset import TRAIN, VALIDATION
from training.examples import Example, document_examples, label_names, real_examples, written_examples

_MIN_TEXTS = 3  # a word that one or two texts hold names those texts
_INVERSE_REGULARISATION = 10.0
ADS_AS_MESSAGES = 0.05  # share of ads that may be taken for messages; these then may be called urgent


def main(config: Config) -> None:
    """Fit one logistic regression a label over TF-IDF of words and word pairs."""
    available = [*written_examples(), *document_examples(), *real_examples(config, data_folder())]
    examples = [example for example in available if example.part == TRAIN]
    vectorizer = TfidfVectorizer(analyzer=lambda text: sorted(features(text)), min_df=_MIN_TEXTS)
    matrix = vectorizer.fit_transform([example.text for example in examples])
    targets = np.stack([example.target for example in examples])
    weights, biases = [], []
    for column in range(len(label_names())):
        model = LogisticRegression(C=_INVERSE_REGULARISATION, solver="liblinear", class_weight="balanced")
        model.fit(matrix, targets[:, column])
        weights.append(model.coef_[0])
        biases.append(round(float(model.intercept_[0]), 4))
    kind_weights, kind_bias = _message(examples, matrix, [e for e in available if e.part == VALIDATION], vectorizer)
    table = np.round(np.stack([vectorizer.idf_, *weights, kind_weights], axis=1), 2)
    biases.append(kind_bias)
    entries = {str(name): row.tolist() for name, row in zip(vectorizer.get_feature_names_out(), table, strict=True)}
    found = {"labels": label_names(), "bias": biases, "tells_messages": True, "entries": entries}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (build_folder(config) / LEXICON).write_text(text + "\n", encoding="utf-8")
    print(f"{len(entries)} words and pairs from {len(examples)} texts")


def _message(
    examples: Sequence[Example], matrix: csr_matrix, held: Sequence[Example], vectorizer: TfidfVectorizer
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias that tell a message from an ad, above 0 for about ADS_AS_MESSAGES of the held ads."""
    told = [index for index, example in enumerate(examples) if _told(example)]
    model = LogisticRegression(C=_INVERSE_REGULARISATION, solver="liblinear", class_weight="balanced")
    model.fit(matrix[told], [_told(examples[index]) == "message" for index in told])
    held = [example for example in held if _told(example)]
    logits = model.decision_function(vectorizer.transform([example.text for example in held]))
    is_ad = np.array([_told(example) == "ad" for example in held])
    limit = float(np.quantile(logits[is_ad], 1 - ADS_AS_MESSAGES))
    print(f"messages known as such: {(logits[~is_ad] > limit).mean():.1%} of {(~is_ad).sum()}")
    return model.coef_[0], round(float(model.intercept_[0]) - limit, 4)


def _told(example: Example) -> str:
    """``ad`` or ``message``, as its writer meant it; empty for a transcript and for real text of other kinds."""
    kind = example.item.kind if example.item else ""
    return "" if kind == "transcript" else kind


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
