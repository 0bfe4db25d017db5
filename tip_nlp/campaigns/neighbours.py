"""Near-duplicates: candidates by equal MinHash bands, each verified on the shingles themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from tip_nlp.campaigns.fingerprint import Hashes, is_short
from tip_nlp.campaigns.sets import DisjointSets

# Set on 20,000 ads of seed 1 of training.campaign_bench, 2026-11-22; its report is on another seed.
ALIKE = 0.50  # Jaccard of word pairs
ALIKE_BRIEF = 0.60  # of texts of few shingles, which are easily alike by chance
ALIKE_SHORT = 0.80  # of short texts, which must be nearly identical
_FEW = 20  # shingles
# Two texts that each have a stretch of their own share a footer, not a template. A stretch gains with each shingle of
# its own and loses half as much with each shared one, since unlike jobs are told in like phrases.
_SHARED_COST = 0.5
_OWN_STRETCH = 7.0
_OWN_SHARE = 0.06  # of the text's shingles, where that is more: in a long text changes meet by chance
_HEADS = 12  # texts of unlike templates that a newcomer of the same band is compared with
_REMEMBERED = 500_000  # refused pairs, so that the next band does not verify them again


def is_alike(one: Hashes, other: Hashes) -> bool:
    """Whether two texts are versions of one template, by their shingles in text order."""
    a, b = one.tolist(), other.tolist()
    own, others = set(a), set(b)
    shared = len(own & others)
    similarity = shared / (len(own) + len(others) - shared)
    if similarity < _threshold(one, min(len(own), len(others))):
        return False
    return not (_has_own_stretch(a, others) and _has_own_stretch(b, own))


def _threshold(one: Hashes, fewest: int) -> float:
    if is_short(one):
        return ALIKE_SHORT
    return ALIKE if fewest >= _FEW else ALIKE_BRIEF


def _has_own_stretch(shingles: list[int], others: set[int]) -> bool:
    enough = max(_OWN_STRETCH, _OWN_SHARE * len(shingles))
    stretch = 0.0
    for shingle in shingles:
        stretch = max(0.0, stretch - _SHARED_COST) if shingle in others else stretch + 1
        if stretch >= enough:
            return True
    return False


def link_neighbours(buckets: Iterator[list[int]], templates: DisjointSets, shingles: Callable[[int], Hashes]) -> None:
    """Join members of a bucket (equal in a band) that are alike. Each is compared with one text of each template met
    in the bucket, so that a bucket of thousands costs no thousands squared."""
    refused: set[tuple[int, int]] = set()
    for bucket in buckets:
        heads: list[int] = []
        for member in bucket:
            template = templates.find(member)
            if any(templates.find(head) == template for head in heads):
                continue
            joined = False
            for head in heads[-_HEADS:]:
                pair = (head, member)
                if pair not in refused:
                    if is_alike(shingles(head), shingles(member)):
                        templates.join(head, member)
                        joined = True
                    else:
                        refused.add(pair)
            if not joined:
                heads.append(member)
        if len(refused) > _REMEMBERED:
            refused.clear()


def buckets(keys: NDArray[np.uint32], members: NDArray[np.int64], roots: NDArray[np.int64]) -> Iterator[list[int]]:
    """Members with equal keys, in ascending order, where they are not of one set already."""
    order = np.lexsort((members, keys))
    keys, members, roots = keys[order], members[order], roots[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    low, high = np.minimum.reduceat(roots, starts), np.maximum.reduceat(roots, starts)
    ends = np.r_[starts[1:], len(keys)]
    for start, end in zip(starts[low != high].tolist(), ends[low != high].tolist(), strict=True):
        yield members[start:end].tolist()
