"""What the model has to beat: a keyword list, TF-IDF with logistic regression, and the encoder untrained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tip_nlp.classifier import PREFIX
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.tokens import tokenize
from training.base_model import load_base

# The words an analyst would type into a search box.
KEYWORDS = frozenset(Path(__file__).with_name("keywords.txt").read_text(encoding="utf-8").split())


def keyword_scores(texts: Sequence[str]) -> NDArray[np.float64]:
    """How many different keywords a text holds."""
    folded = frozenset(key for word in KEYWORDS for key in tokenize(word).keys)
    return np.array([len(folded & set(tokenize(text).keys)) for text in texts], dtype=float)


def tfidf_scores(train: Sequence[str], risky: NDArray[np.bool_], texts: Sequence[str]) -> NDArray[np.float64]:
    """Character 2–4-grams and logistic regression, trained on the same texts as the model."""
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1_000, class_weight="balanced"),
    )
    pipeline.fit(list(train), risky)
    return np.asarray(pipeline.predict_proba(list(texts))[:, 1])


def zero_shot_scores(base: str, texts: Sequence[str]) -> NDArray[np.float64]:
    """The untrained encoder: the highest cosine to the description of an indicator."""
    model, tokenizer = load_base(base)
    model.eval()

    @torch.inference_mode()
    def embed(batch: Sequence[str]) -> torch.Tensor:
        found = tokenizer(
            [PREFIX + text for text in batch],
            padding=True,
            truncation=True,
            max_length=160,
            return_tensors="pt",
            return_token_type_ids=False,
        )
        hidden = model(**found).last_hidden_state
        mask = found["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)

    anchors = embed([f"{each.name_en}: {each.description}" for each in load_taxonomy().indicators])
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    scores = np.zeros(len(texts))
    for start in range(0, len(order), 32):
        chosen = order[start : start + 32]
        scores[chosen] = (embed([texts[i] for i in chosen]) @ anchors.T).max(1).values.numpy()
    return scores
