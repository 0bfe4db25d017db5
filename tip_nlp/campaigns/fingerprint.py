"""What a text is recognised by: shingles (hashes of neighbouring words) and the bands of their MinHash signature."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from tip_nlp.campaigns.slots import SHORT, Entities, is_slot, plain_words, slot_words

Hashes = NDArray[np.uint32]

ALGORITHM = f"rensa.RMinHash {RMinHash.ALGORITHM_VERSION}"
BANDS = 32
_ROWS = 4  # a pair of Jaccard 0.5 shares a band with probability 1 - (1 - 0.5**4)**32 = 0.87, one of 0.1 with 0.003
_SEED = 20_261_122
_LONGEST = 2_000  # words
_FEWEST = 3  # words below which a text is no more than a greeting
_GRAM = 3  # characters
_OF_LETTERS = np.uint32(1 << 31)  # set in the shingles of short texts, so that short and long share none
_FOLD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], dtype=np.uint64)


def is_short(text: Hashes) -> bool:
    """Whether the shingles (not none) are of letters."""
    return bool(text[0] & _OF_LETTERS)


def shingles(text: str, entities: Entities) -> Hashes:
    """Hashes of the text's word pairs in their order, slots left open; of a short text those of its letters, slots and
    all, so that only nearly identical ones meet. Empty: too little to recognise."""
    words = slot_words(text, entities)[:_LONGEST]
    if sum(not is_slot(word) for word in words) >= SHORT:
        return np.array(_pairs(words), dtype=np.uint32) & ~_OF_LETTERS
    words = plain_words(text)
    return np.array(_grams(words) if len(words) >= _FEWEST else [], dtype=np.uint32) | _OF_LETTERS


def _pairs(words: Sequence[str]) -> list[int]:
    return [crc32(f"{a} {b}".encode()) for a, b in pairwise(words) if not (is_slot(a) and is_slot(b))]


def _grams(words: Sequence[str]) -> list[int]:
    line = " ".join(words)
    return [crc32(line[at : at + _GRAM].encode()) for at in range(max(1, len(line) - _GRAM + 1))]


def bands(texts: Sequence[Hashes]) -> Hashes:
    """(texts, BANDS): two texts are candidates where any of their bands are equal. No text may be empty."""
    matrix = RMinHash.digest_matrix_from_token_hash_sets([text.tolist() for text in texts], BANDS * _ROWS, _SEED)
    rows = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(texts), BANDS, _ROWS)
    return np.asarray((rows * _FOLD).sum(axis=2) >> np.uint64(32), dtype=np.uint32)
