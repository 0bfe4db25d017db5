"""Fit the lexicon on the training split: ``python -m training.lexicon [CONFIG]``; leaves it in the build folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tip_nlp.classifier import LEXICON
from tip_nlp.lexicon import features
from training.config import DEFAULT, Config, build_folder, data_folder, load_config
from training.dataset import TRAIN
from training.examples import document_examples, label_names, real_examples, written_examples

_MIN_TEXTS = 3  # a word that one or two texts hold names those texts
_INVERSE_REGULARISATION = 10.0


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
    table = np.round(np.stack([vectorizer.idf_, *weights], axis=1), 2)
    entries = {str(name): row.tolist() for name, row in zip(vectorizer.get_feature_names_out(), table, strict=True)}
    found = {"labels": label_names(), "bias": biases, "entries": entries}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (build_folder(config) / LEXICON).write_text(text + "\n", encoding="utf-8")
    print(f"{len(entries)} words and pairs from {len(examples)} texts")


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
