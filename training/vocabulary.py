"""Trim a Unigram vocabulary to the pieces that the target languages use.

Four fifths of the pretrained encoder's weights are embeddings of pieces that never occur in these languages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel, PreTrainedTokenizerFast

_BATCH = 2_000


def count_pieces(tokenizer: PreTrainedTokenizerFast, texts: Iterable[str]) -> Counter[int]:
    """How often each piece id occurs."""
    counts: Counter[int] = Counter()
    for batch in _batches(texts, _BATCH):
        for encoding in tokenizer.backend_tokenizer.encode_batch(batch, add_special_tokens=False):
            counts.update(encoding.ids)
    return counts


def trim(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, counts: Counter[int], size: int
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Keep the specials, every single character seen and the most frequent pieces, up to ``size``.

    The model's word embeddings are cut to match. A vocabulary that is not Unigram is returned whole.
    """
    layout = json.loads(tokenizer.backend_tokenizer.to_str())
    if layout["model"]["type"] != "Unigram":
        return model, tokenizer
    kept = _choose(layout, counts, size)
    vocabulary = layout["model"]["vocab"]
    place = {old: new for new, old in enumerate(kept)}
    layout["model"]["vocab"] = [vocabulary[old] if old < len(vocabulary) else ["<mask>", 0.0] for old in kept]
    layout["model"]["unk_id"] = place[layout["model"]["unk_id"]]
    for token in layout["added_tokens"]:
        token["id"] = place[token["id"]]
    for special in layout["post_processor"]["special_tokens"].values():
        special["ids"] = [place[old] for old in special["ids"]]
    _cut_embeddings(model, kept)
    specials = {name: str(token) for name, token in tokenizer.special_tokens_map.items() if isinstance(token, str)}
    trimmed = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(layout)), **specials)
    model.config.pad_token_id = trimmed.pad_token_id
    return model, trimmed


def _choose(layout: dict[str, Any], counts: Counter[int], size: int) -> list[int]:
    vocabulary = layout["model"]["vocab"]
    kept = {token["id"] for token in layout["added_tokens"]}
    letters = {character for piece in counts if piece < len(vocabulary) for character in vocabulary[piece][0]}
    kept |= {
        index
        for index, (piece, _) in enumerate(vocabulary)
        if len(piece.lstrip("▁")) <= 1 and set(piece) <= letters | {"▁"}
    }
    for piece, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(piece)
    return sorted(kept)


def _cut_embeddings(model: PreTrainedModel, kept: list[int]) -> None:
    embeddings = model.get_input_embeddings()
    assert isinstance(embeddings, torch.nn.Embedding)
    old = embeddings.weight.data
    cut = torch.nn.Embedding(len(kept), old.shape[1])
    cut.weight.data = old[torch.tensor(kept)].clone()
    model.set_input_embeddings(cut)
    model.config.vocab_size = len(kept)


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    stream = iter(texts)
    while batch := list(islice(stream, size)):
        yield batch
