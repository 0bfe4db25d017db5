import json

import numpy as np
import pytest

from tip_nlp.errors import ModelError
from tip_nlp.lexicon import Lexicon, features


@pytest.fixture
def lexicon(tmp_path):
    path = tmp_path / "lexicon.json"
    entries = {"passport": [2.0, 3.0, 0.0], "border": [2.0, 0.0, 3.0], "keep my": [1.0, 1.0, 0.0]}
    path.write_text(json.dumps({"labels": ["a", "b"], "bias": [-1.0, -1.0], "entries": entries}), encoding="utf-8")
    return Lexicon.load(path)


def test_features_are_words_and_neighbouring_pairs():
    assert features("They keep MY passport. Now, they wait") == {
        "they", "keep", "my", "passport", "now", "wait", "they keep", "keep my", "my passport", "they wait",
    }  # fmt: skip


def test_score_weighs_words_by_family(lexicon):
    scores = lexicon.score(["passport", "border", "tea", ""])

    np.testing.assert_allclose(scores, [[2.0, -1.0], [-1.0, 2.0], [-1.0, -1.0], [-1.0, -1.0]])


def test_score_does_not_grow_with_repetition(lexicon):
    np.testing.assert_allclose(*lexicon.score(["passport", "passport " * 50]))


def test_a_lexicon_tells_messages_only_where_it_was_fitted_to(tmp_path, lexicon):
    path = tmp_path / "with_kinds.json"
    content = {"labels": ["a"], "bias": [-1.0, -0.5], "tells_messages": True, "entries": {"my": [1.0, 3.0, 2.0]}}
    path.write_text(json.dumps(content), encoding="utf-8")
    telling = Lexicon.load(path)

    assert telling.is_message("my brother")
    assert not telling.is_message("drivers wanted")
    np.testing.assert_allclose(telling.score(["my"]), [[2.0]])
    assert not lexicon.is_message("my brother")


def test_score_of_nothing_has_no_rows(lexicon):
    assert lexicon.score([]).shape == (0, 2)


@pytest.mark.parametrize("content", ["{", '{"labels": []}'])
def test_load_refuses_what_is_no_lexicon(tmp_path, content):
    path = tmp_path / "lexicon.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ModelError, match="not a lexicon"):
        Lexicon.load(path)
