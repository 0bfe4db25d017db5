"""The lexicon: what single words and pairs of neighbouring words say, weighed by logistic regression.

It reads what the encoder reads and helps it where its pretraining saw little, above all in Roman Urdu, and tells a
message from an ad where nobody says which it is. Training and serving share ``features``, so that the two cannot drift
apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tip_nlp.errors import ModelError
from tip_nlp.tokens import BOUNDARY, COMMA, tokenize


def features(text: str) -> set[str]:
    """The different folded words of a text, and pairs of words that no sign parts."""
    keys = tokenize(text).keys
    words = {key for key in keys if key not in (BOUNDARY, COMMA)}
    return words | {f"{a} {b}" for a, b in zip(keys, keys[1:], strict=False) if a in words and b in words}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``rows`` maps a feature to its row in ``table``: its inverse document frequency, its weight for each label, and
    last, where ``tells_messages``, its weight for a message as against an ad.
    """

    labels: tuple[str, ...]
    bias: NDArray[np.float32]
    rows: dict[str, int]
    table: NDArray[np.float32]
    tells_messages: bool = False

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read lexicon.json of a model folder."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            labels, bias = tuple(found["labels"]), np.array(found["bias"], dtype=np.float32)
            entries: dict[str, list[float]] = found["entries"]
            table = np.array(list(entries.values()), dtype=np.float32)
            return cls(
                labels,
                bias,
                dict(zip(entries, range(len(entries)), strict=True)),
                table,
                found.get("tells_messages", False),
            )
        except (json.JSONDecodeError, KeyError) as error:
            raise ModelError(f"{path}: not a lexicon: {error!r}") from error

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits (texts, labels); a text without a known word scores the bias."""
        count = len(self.labels)
        return np.array([self._logits(text)[:count] for text in texts], dtype=np.float32).reshape(-1, count)

    def is_message(self, text: str) -> bool:
        """Whether a text reads like a message or an account, not like an ad."""
        return self.tells_messages and bool(self._logits(text)[-1] > 0)

    def _logits(self, text: str) -> NDArray[np.float32]:
        # In order, so that the sum does not depend on the order of a set.
        known = sorted(self.rows[feature] for feature in features(text) if feature in self.rows)
        if not known:
            return self.bias
        table = self.table[known]
        frequencies, weights = table[:, 0], table[:, 1:]
        logits: NDArray[np.float32] = frequencies @ weights / np.linalg.norm(frequencies) + self.bias
        return logits
