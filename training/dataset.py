"""What the model learns from and is measured on: the written corpus and ordinary real text, split without leaks."""

from __future__ import annotations

import csv
import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from tip_nlp.normalize import normalize
from tip_nlp.segments import split as split_text
from tip_nlp.segments import stretches
from training.corpus import Item

csv.field_size_limit(10**9)

TRAIN, VALIDATION, TEST = "train", "validation", "test"
# Texts whose character 5-gram sets overlap this much (Jaccard) may not stand on two sides of a split.
NEAR_DUPLICATE = 0.5


# Batches of the corpus no run learns from: what a new voice and new scenarios do to the figures.
UNSEEN_BATCHES = frozenset({"en-i", "ur-i", "url-f", "mix-d"})
UNSEEN, DROPPED = "unseen", "dropped"
# The batches there were when the test split was frozen (0.3.0), so that figures compare from version to version. Every
# other one, but the unseen, came later: it is learnt from and validated on, never measured on.
FIRST_BATCHES = frozenset(
    {f"en-{letter}" for letter in "abcdefghjkl"}
    | {f"ur-{letter}" for letter in "abcdefghjk"}
    | {f"url-{letter}" for letter in "abcdeg"}
    | {"mix-b", "mix-c", "mix-e", "ar-tr-a", "hi-bn-a", "pnb-sd-a", "ps-fa-a"}
)
# Of the later ones, written with an earlier model at hand to find what it gets wrong: to learn from, but how often a
# model errs on them says nothing of other text, so no decision is fitted on them.
MISLEADING_BATCHES = frozenset(
    {f"en-{name}" for name in ("t", "u", "v", "w", "x", "y", "z", "aa", "ab", "ac")}
    | {f"ur-{letter}" for letter in "pqrstu"}
    | {f"url-{letter}" for letter in "jklmn"}
    | {f"mix-{letter}" for letter in "ghijk"}
    | {"ar-tr-b", "tr-b", "pnb-sd-b", "ps-fa-b"}
    # Bare lines beside harmless twins of nearly their words, written after what the model gets wrong there.
    | {"en-ai", "en-aj", "en-ak", "ur-ab", "ur-ac", "url-s", "url-t", "hi-bn-e", "pnb-sd-g", "ps-fa-e", "ar-tr-g"}
)
# Written to measure and never learnt from: plain words by people who had read how such texts are put in life, the
# registers of news, files and testimony, and single bare lines. No decision is fitted on them.
REGISTERS = {
    "plain": frozenset({"ar-tr-c", "en-ad", "hi-bn-b", "pnb-sd-c", "ps-fa-c", "ur-v", "url-o"}),
    "reports": frozenset({"mix-l"}),
    "short": frozenset({"pnb-sd-f", "ps-fa-d", "ur-z", "url-q"}),
}
# Whole documents written before any run learnt from documents: half fit decisions, half measure.
MEASURED_DOCUMENTS = frozenset({"doc-a", "doc-b"})


@dataclass(frozen=True, slots=True)
class Source:
    """A real source: a file of the data folder, its text columns and language (or the column that names it)."""

    name: str
    path: str
    columns: tuple[str, ...]
    language: str
    held_out: bool = False  # never trained on: its false alarms are measured


SOURCES = (
    Source("locanto-jobs", "locanto-jobs/locanto_jobs.csv", ("title", "desc"), "en"),
    Source("jobinja-fa", "jobinja-fa/jobinja_jobs.csv", ("title", "definition"), "fa", held_out=True),
    Source("aims-statements", "aims-statements/GT_MSA_Training_NewDataLabels_WithText.csv", ("Text",), "en"),
    Source("udhr", "udhr/udhr.csv", ("text",), "lang"),
    Source("counsel-chat", "counsel-chat/counsel_chat.csv", ("questionText",), "en", held_out=True),
    Source("roman-urdu-uci", "roman-urdu-uci/roman_urdu_sentiment.csv", ("text",), "ur-Latn"),
    Source("ruhsold-normal", "ruhsold-normal/ruhsold_normal.csv", ("text",), "ur-Latn", held_out=True),
    Source("urdu-news", "urdu-news/real_fake_news_train.csv", ("news",), "ur"),
    Source("urdu-tweets", "urdu-comments/urdu_tweets.csv", ("Tweet",), "ur", held_out=True),
    Source("urdu-products", "urdu-comments/products_sentiment_urdu.csv", ("text",), "ur"),
    Source("daraz-reviews", "urdu-comments/daraz_reviews.csv", ("Reviews",), "ur-Latn"),
    Source("pashto-news", "pashto/pashto_news_articles.csv", ("title", "content"), "ps", held_out=True),
    Source("pashto-web", "pashto/pashto_web_lines.txt", (), "ps"),
    Source("ud-sindhi", "ud-sindhi/sindhi_sentences.csv", ("text",), "sd"),
    Source("arsarcasm", "arsarcasm/ArSarcasm_train.csv", ("tweet",), "ar"),
    Source("arsarcasm-test", "arsarcasm/ArSarcasm_test.csv", ("tweet",), "ar", held_out=True),
    Source("bangla-sms", "bangla-sms/bangla_sms.csv", ("text",), "bn"),
    Source("sib-200", "sib-200/sib200.csv", ("text",), "lang"),
    Source("tatoeba", "tatoeba/tatoeba.csv", ("text",), "lang"),
)


@dataclass(frozen=True, slots=True)
class RealText:
    """An ordinary real text; ``held_out`` ones only measure false alarms."""

    source: str
    language: str
    text: str
    held_out: bool


def read_source(data: Path, source: Source) -> list[RealText]:
    """All texts of a source, empty and repeated ones dropped, in file order."""
    seen: dict[str, RealText] = {}
    for text, language in _rows(data / source.path, source):
        if len(text) >= 15 and text not in seen:
            seen[text] = RealText(source.name, language, text, source.held_out or _is_held_out_ad(source, text))
    return list(seen.values())


def _is_held_out_ad(source: Source, text: str) -> bool:
    """Half of the only large set of job ads is kept for measuring; the title decides, so reposts stay together."""
    return source.name == "locanto-jobs" and _bucket(text.partition("\n")[0].casefold()) < 50


def _rows(path: Path, source: Source) -> Iterator[tuple[str, str]]:
    if not source.columns:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            yield line.strip(), source.language
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = "\n".join(part.strip() for column in source.columns if (part := row.get(column) or ""))
            yield text.strip(), row[source.language] if source.language == "lang" else source.language


def real_texts(data: Path, *, per_source: int, seed: int) -> list[RealText]:
    """Up to ``per_source`` texts of every source (ads: of each half), drawn with a fixed seed."""
    chosen: list[RealText] = []
    for source in SOURCES:
        pools: dict[bool, list[RealText]] = defaultdict(list)
        for text in read_source(data, source):
            pools[text.held_out].append(text)
        for pool in pools.values():
            random.Random(f"{seed} {source.name}").shuffle(pool)
            chosen += pool[:per_source]
    return chosen


def pieces_of(text: str, segments: int, passages: int) -> list[str]:
    """The first ``segments`` and the first ``passages`` of a real text, normalised as in serving."""
    normalized = normalize(text[:20_000]).text
    found = split_text(normalized, "ad")
    several = [group for group in stretches(found) if len(group) > 1]
    spans = [(segment.start, segment.end) for segment in found[:segments]]
    spans += [(group[0].start, group[-1].end) for group in several[:passages]]
    return [normalized[start:end] for start, end in spans]


def split_corpus(items: Sequence[Item]) -> list[str]:
    """Assign every item to train (70 %), validation (10 %) or test (20 %), or to the unseen batches.

    Groups and near-duplicates stay together. Later batches are for training (90 %) and validation alone. A group of an
    unseen or later batch that nearly repeats a text of those before it is dropped.
    """
    first, unseen, later = (
        [item for item in items if _standing(item) == standing] for standing in ("first", UNSEEN, "later")
    )
    parent = _union_groups(first) | _union_groups(later)
    repeated = _groups_like(unseen, first) | _groups_like(later, first + unseen)

    def part(item: Item) -> str:
        if item.group in repeated:
            return DROPPED
        standing = _standing(item)
        return UNSEEN if standing == UNSEEN else _part(parent[item.group], is_later=standing == "later")

    return [part(item) for item in items]


def _standing(item: Item) -> str:
    unseen = UNSEEN_BATCHES.union(*REGISTERS.values())
    return UNSEEN if item.batch in unseen else "first" if item.batch in FIRST_BATCHES else "later"


def _groups_like(items: Sequence[Item], others: Sequence[Item]) -> set[str]:
    if not items or not others:
        return set()
    pairs = near_duplicates([item.text for item in items], [item.text for item in others])
    return {items[index].group for index, _ in pairs}


def _part(group: str, *, is_later: bool = False) -> str:
    bucket = _bucket(group)
    if is_later:
        return VALIDATION if bucket < 10 else TRAIN
    return TEST if bucket < 20 else VALIDATION if bucket < 30 else TRAIN


def document_part(document: Item) -> str:
    """Of the first batches half fit decisions and half measure; of later ones 60 % are learnt from, 20 and 20 %."""
    bucket = _bucket(document.group)
    if document.batch in MEASURED_DOCUMENTS:
        return VALIDATION if bucket < 50 else TEST
    return TEST if bucket < 20 else VALIDATION if bucket < 40 else TRAIN


def _bucket(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 100


def _union_groups(items: Sequence[Item]) -> dict[str, str]:
    parent = {item.group: item.group for item in items}
    if not items:
        return parent

    def find(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    for left, right in near_duplicates([item.text for item in items], [item.text for item in items]):
        first, second = sorted((find(items[left].group), find(items[right].group)))
        parent[second] = first
    return {group: find(group) for group in parent}


def near_duplicates(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs (i, j) whose character 5-gram sets have a Jaccard overlap of NEAR_DUPLICATE or more."""
    vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=(5, 5), binary=True, dtype=np.int32)
    vectorizer.fit([*left, *right])
    a, b = vectorizer.transform(left).tocsr(), vectorizer.transform(right).tocsr()
    sizes_a, sizes_b = np.asarray(a.sum(1)).ravel(), np.asarray(b.sum(1)).ravel()
    pairs = []
    for start in range(0, a.shape[0], 500):
        shared = (a[start : start + 500] @ b.T).tocoo()
        rows = shared.row + start
        overlap = shared.data / (sizes_a[rows] + sizes_b[shared.col] - shared.data)
        pairs += [
            (int(i), int(j))
            for i, j in zip(rows[overlap >= NEAR_DUPLICATE], shared.col[overlap >= NEAR_DUPLICATE], strict=True)
        ]
    return pairs


def vocabulary_texts(texts: Iterable[str], data: Path) -> Iterator[str]:
    """Text that shows which pieces the target languages use: ``texts`` and every source that is trained on."""
    yield from texts
    for source in SOURCES:
        yield from (normalize(text.text[:20_000]).text for text in read_source(data, source) if not text.held_out)
