"""Language identification of a document or a segment, by script and a small linear model.

A text's letters vote for a script; the script's own multinomial logistic regression over hashed character n-grams,
words and word pairs then names the language. Everything is array arithmetic over a whole batch: numpy is all it needs.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tip_nlp.errors import ModelError
from tip_nlp.types import Language, LanguagePart

UNDETERMINED = "und"
MIXED = "mixed"
CLASSES: dict[str, tuple[str, ...]] = {
    "arabic": ("ur", "pnb", "sd", "ps", "fa", "ar", UNDETERMINED),
    "latin": ("en", "ur-Latn", "hi-Latn", "tr", UNDETERMINED),
    "devanagari": ("hi", UNDETERMINED),
}
CODES = ("en", "ur", "ur-Latn", "pnb", "sd", "ps", "ar", "fa", "hi", "hi-Latn", "bn", "tr", UNDETERMINED, MIXED)
MODEL_PATH = Path(__file__).parent / "data" / "language.npz"

BUCKET_BITS = 16
NGRAM_ORDERS = (1, 2, 3, 4)
MAX_CHARACTERS = 4000  # a language shows long before this; it bounds the cost of one huge document
MIN_LETTERS = 3  # "ok", "ہے": two letters are no evidence in any of these languages
# In Pakistan the frame of a sentence with two scripts is the native one and the Latin words are loans
# ("یہ job urgent ہے apply کریں"), so a Latin letter has half a vote.
LATIN_VOTE = 0.5
SECOND_LANGUAGE_SHARE = 0.25
LOAN_LETTERS = (
    25  # an English segment below this beside another language ("Urgent hiring", "WhatsApp only") is loan words
)

_BATCH_CHARACTERS = 400_000
_DELETED = 1  # a mark inside the letter table, not a character: the code point is dropped without breaking the word
_NONE, _LATIN, _ARABIC, _DEVANAGARI, _BENGALI, _OTHER = range(6)
_SCRIPT_NAMES = {_LATIN: "latin", _ARABIC: "arabic", _DEVANAGARI: "devanagari", _BENGALI: "bengali"}
_BLOCKS = (
    (0x0041, 0x024F, _LATIN), (0x1E00, 0x1EFF, _LATIN),
    (0x0620, 0x06FF, _ARABIC), (0x0750, 0x077F, _ARABIC), (0x08A0, 0x08FF, _ARABIC),
    (0xFB50, 0xFDFF, _ARABIC), (0xFE70, 0xFEFC, _ARABIC),
    (0x0900, 0x097F, _DEVANAGARI), (0x0980, 0x09FF, _BENGALI),
)  # fmt: skip
# Keyboards of the region type these letters interchangeably, whatever the language; the difference is no evidence.
_FOLDED = str.maketrans("يىكهۀ", "ییکہہ")
_ASSAMESE = frozenset((0x09F0, 0x09F1))
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|@\w+|[A-Za-z0-9.-]+\.[A-Za-z]{2,}/\S*")
_BASE = np.uint64(0x9E3779B185EBCA87)
_SPREAD = np.uint64(0xC2B2AE3D27D4EB4F)

Codes = NDArray[np.uint64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of one text; for `und` the confidence is that it is none of those known (0.0: no evidence)."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch as one array: per character its letter (0 between words) and its text; per text its script."""

    letters: Codes
    owners: Indices
    scripts: Indices
    script_share: NDArray[np.float64]
    letter_counts: Indices
    is_assamese: NDArray[np.bool_]


def _plain(character: str) -> str:
    """Undo a presentation form (an Arabic letter as drawn, a full-width Latin one) where it stands for one letter."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if character >= "\ufb50" and len(plain) == 1 else character


def _letter_table() -> tuple[Codes, Indices]:
    """Map each code point of the basic plane to the letter it counts as (0: none, 1: drop it) and to a script."""
    letters, scripts = np.zeros(0x10000, dtype=np.uint64), np.zeros(0x10000, dtype=np.int64)
    for point in range(0x27, 0x10000):
        category = unicodedata.category(chr(point))
        if category[0] == "L" or category in ("Mn", "Mc"):
            letters[point], scripts[point] = ord(_plain(chr(point)).translate(_FOLDED)), _OTHER
    for first, last, script in _BLOCKS:
        block = slice(first, last + 1)
        scripts[block] = np.where(letters[block] > 0, script, _NONE)
    # Arabic vowel signs, tatweel, combining accents, apostrophes and direction marks; a zero-width non-joiner
    # (U+200C) stays a separator because Persian writers type a space for it as often.
    dropped = (*range(0x0300, 0x0370), *range(0x0610, 0x061B), 0x0640, *range(0x064B, 0x0660), 0x0670,
               *range(0x06D6, 0x06EE), 0x27, 0x2018, 0x2019, 0x02BC, 0x200D, 0x200E, 0x200F, 0xFEFF)  # fmt: skip
    letters[list(dropped)], scripts[list(dropped)] = _DELETED, _NONE
    return letters, scripts


_LETTERS, _SCRIPTS = _letter_table()


def _join(texts: Sequence[str]) -> Codes:
    """Join a batch into one lower-case array of code points, a line feed opening each text."""
    lines = (text[:MAX_CHARACTERS].replace("\n", " ") for text in texts)
    joined = _NOISE.sub(" ", "\n" + " \n".join(lines) + " ").lower()
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def encode(texts: Sequence[str]) -> Encoded:
    """Fold the letters, choose each text's script and blank the letters of other scripts.

    Training calls this and `features` too, so that it cannot drift from serving.
    """
    points = _join(texts)
    owners = np.cumsum(points == 10, dtype=np.int64) - 1
    letters = _LETTERS[np.minimum(points, 0xFFFF)]
    keep = letters != _DELETED
    # A letter drawn out ("plzzzz", "ہاااائے") counts twice at most.
    keep[2:] &= (letters[2:] == 0) | (letters[2:] != letters[1:-1]) | (letters[2:] != letters[:-2])
    letters, owners = letters[keep], owners[keep]
    scripts = _SCRIPTS[letters]
    counts = np.bincount(owners * 6 + scripts, minlength=6 * len(texts)).reshape(-1, 6)
    votes = counts * np.array([0.0, LATIN_VOTE, 1.0, 1.0, 1.0, 1.0])
    chosen = votes.argmax(axis=1)
    share = votes.max(axis=1) / np.maximum(votes.sum(axis=1), 1e-9)
    assamese = np.zeros(len(texts), dtype=np.bool_)
    assamese[owners[np.isin(letters, list(_ASSAMESE))]] = True
    letters = np.where(scripts == chosen[owners], letters, np.uint64(0))
    tight = np.ones(len(letters), dtype=np.bool_)
    tight[1:] = (letters[1:] != 0) | (letters[:-1] != 0) | (owners[1:] != owners[:-1])
    return Encoded(letters[tight], owners[tight], chosen, share, counts[np.arange(len(texts)), chosen], assamese)


def _bucket(hashes: Codes, kind: int) -> Indices:
    return (((hashes + np.uint64(kind)) * _SPREAD) >> np.uint64(64 - BUCKET_BITS)).astype(np.int64)


def _words(encoded: Encoded) -> tuple[Codes, Indices]:
    """Hash each word of the batch; returns the hashes and the texts they belong to."""
    letters = encoded.letters
    starts = np.flatnonzero((letters[1:] != 0) & (letters[:-1] == 0)) + 1
    if not len(starts):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    place = (
        np.arange(len(letters)) - starts[np.maximum(np.searchsorted(starts, np.arange(len(letters)), "right") - 1, 0)]
    )
    powers = np.cumprod(np.full(64, _BASE, dtype=np.uint64))
    return np.add.reduceat(letters * powers[np.clip(place, 0, 63)], starts), encoded.owners[starts]


def features(encoded: Encoded) -> Iterator[tuple[Indices, Indices]]:
    """Yield the features of a batch as (text, bucket) arrays in text order: n-grams by order, words, word pairs."""
    letters, owners = encoded.letters, encoded.owners
    hashes = np.zeros(len(letters), dtype=np.uint64)
    for order in range(1, max(NGRAM_ORDERS) + 1):
        last = len(letters) - order + 1
        hashes = hashes[:last] * _BASE + letters[order - 1 :] + np.uint64(1)
        inside = owners[:last] == owners[order - 1 :] if order > 1 else letters != 0
        yield owners[:last][inside], _bucket(hashes[inside], order)
    words, texts = _words(encoded)
    yield texts, _bucket(words, 101)
    pair = texts[1:] == texts[:-1]
    yield texts[1:][pair], _bucket((words[:-1] * _BASE + words[1:])[pair], 102)


def script_of(encoded: Encoded) -> list[str]:
    """Name each text's script; empty for one that none of the languages uses."""
    return [_SCRIPT_NAMES.get(script, "") for script in encoded.scripts.tolist()]


@dataclass(frozen=True, slots=True)
class LanguageIdentifier:
    """The tables of the three scripts stacked: weights per bucket and class, with the calibration fitted on them."""

    # The temperatures inside the scales were fitted on held-out sources and the threshold follows from them
    # (training/language_fit.py, training/reports/language.md): they belong to the model and travel in its file.
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]
    threshold: float

    @classmethod
    def load(cls, path: Path = MODEL_PATH) -> LanguageIdentifier:
        """Load the packaged model; pickled content is refused."""
        with np.load(path, allow_pickle=False) as archive:
            meta = json.loads(archive["meta"].tobytes())
            if meta["bucket_bits"] != BUCKET_BITS or meta["classes"] != {k: list(v) for k, v in CLASSES.items()}:
                raise ModelError(
                    f"{path.name} was made for other features or classes: run python -m training.language train"
                )
            return cls.from_tables({name: archive[name] for name in archive.files if name != "meta"}, meta["threshold"])

    @classmethod
    def from_tables(cls, tables: dict[str, NDArray[np.int8]], threshold: float) -> LanguageIdentifier:
        """Stack the scripts' tables: `NAME` holds int8 weights, `NAME_scale` and `NAME_bias` (temperature applied)."""
        width, size = max(map(len, CLASSES.values())), 1 << BUCKET_BITS
        weights = np.zeros((len(CLASSES) * size, width), dtype=np.int8)
        scales = np.zeros((len(CLASSES), width), dtype=np.float32)
        biases = np.full((len(CLASSES), width), -np.inf, dtype=np.float32)
        for row, (name, classes) in enumerate(CLASSES.items()):
            weights[row * size : (row + 1) * size, : len(classes)] = tables[name]
            scales[row, : len(classes)], biases[row, : len(classes)] = tables[f"{name}_scale"], tables[f"{name}_bias"]
        return cls(weights, scales, biases, threshold)

    def detect(self, text: str) -> Detection:
        """Identify one text."""
        return self.detect_batch([text])[0]

    def detect_batch(self, texts: Sequence[str]) -> list[Detection]:
        """Identify each text on its own; the answer does not depend on its neighbours."""
        detections: list[Detection] = []
        for chunk in _chunks(texts):
            detections.extend(self._detect_chunk(chunk))
        return detections

    def probabilities(self, encoded: Encoded) -> NDArray[np.float64]:
        """Class probabilities per text, in the class order of its script; rows of other scripts mean nothing."""
        count, size = len(encoded.scripts), 1 << BUCKET_BITS
        table = np.array(
            [list(CLASSES).index(name) if name in CLASSES else 0 for name in map(_SCRIPT_NAMES.get, range(6))]
        )
        rows = table[encoded.scripts]
        sums = np.zeros((count, self.weights.shape[1]), dtype=np.float64)
        total = np.zeros(count)
        for texts, buckets in features(encoded):
            if len(texts):
                first = np.flatnonzero(np.r_[True, texts[1:] != texts[:-1]])
                gathered = self.weights[rows[texts] * size + buckets].astype(np.int32)
                sums[texts[first]] += np.add.reduceat(gathered, first, axis=0)
                total += np.bincount(texts, minlength=count)
        logits = sums * self.scales[rows] / np.sqrt(np.maximum(total, 1.0))[:, None] + self.biases[rows]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def _detect_chunk(self, texts: Sequence[str]) -> list[Detection]:
        encoded = encode(texts)
        rows, scripts = self.probabilities(encoded).tolist(), script_of(encoded)
        shares, counts = encoded.script_share.tolist(), encoded.letter_counts.tolist()
        found = []
        for place, (row, script, share, letters) in enumerate(zip(rows, scripts, shares, counts, strict=True)):
            if letters < MIN_LETTERS:
                found.append(Detection(UNDETERMINED, 0.0))
            elif script in CLASSES:
                found.append(self._decide(row, CLASSES[script], share))
            else:
                is_bengali = script == "bengali" and not encoded.is_assamese[place]
                found.append(Detection("bn" if is_bengali else UNDETERMINED, round(share, 4)))
        return found

    def _decide(self, row: list[float], classes: tuple[str, ...], share: float) -> Detection:
        """Name the likeliest class unless all is too weak: then `und`, with that class's own probability."""
        best = max(range(len(classes)), key=row.__getitem__)
        strength = row[best]
        # Everyday Roman Urdu and Roman Hindi are one language: torn between the two is no reason to abstain, and the
        # confidence stays the probability of the one named.
        if classes[best] in ("ur-Latn", "hi-Latn"):
            strength = row[classes.index("ur-Latn")] + row[classes.index("hi-Latn")]
        if classes[best] == UNDETERMINED or strength < self.threshold:
            return Detection(UNDETERMINED, round(row[classes.index(UNDETERMINED)] * share, 4))
        return Detection(classes[best], round(row[best] * share, 4))


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a batch where its characters would make the arrays large."""
    start, size = 0, 0
    for place, text in enumerate(texts):
        size += min(len(text), MAX_CHARACTERS) + 2
        if size > _BATCH_CHARACTERS:
            yield texts[start : place + 1]
            start, size = place + 1, 0
    if start < len(texts):
        yield texts[start:]


def compose(detections: Sequence[Detection], lengths: Sequence[int]) -> Language:
    """Name a document's language from its segments' detections and their lengths in letters; parts come largest first.

    One language in two scripts is one language, Roman Urdu and Roman Hindi side by side are taken for the larger of the
    two, and short English segments beside another language are loan words.
    """
    spoken = [(d, n) for d, n in zip(detections, lengths, strict=True) if d.code not in (UNDETERMINED, MIXED) and n > 0]
    letters, confidences = _tally(_without_loans(spoken))
    if not letters:
        return Language(UNDETERMINED, max((d.confidence for d in detections), default=0.0))
    total = sum(letters.values())
    parts = tuple(
        LanguagePart(code, n / total) for code, n in sorted(letters.items(), key=lambda item: (-item[1], item[0]))
    )
    shares: dict[str, float] = defaultdict(float)
    for part in parts:
        shares[_language(part.code)] += part.share
    ranked = sorted(shares, key=shares.__getitem__, reverse=True)
    present = [language for language in ranked if shares[language] >= SECOND_LANGUAGE_SHARE]
    if len(present) > 1:
        return Language(MIXED, min(c for code, c in confidences.items() if _language(code) in present), parts)
    main = next(part.code for part in parts if _language(part.code) == ranked[0])
    return Language(main, confidences[main], parts)


def _language(code: str) -> str:
    return code.split("-")[0]


def _without_loans(spoken: list[tuple[Detection, int]]) -> list[tuple[Detection, int]]:
    """Drop short English segments where another language holds a quarter, and settle Roman Urdu against Roman Hindi."""
    total = sum(length for _, length in spoken)
    other = sum(length for detection, length in spoken if detection.code != "en")
    if other and other / total >= SECOND_LANGUAGE_SHARE:
        spoken = [(d, n) for d, n in spoken if d.code != "en" or n >= LOAN_LETTERS]
    roman = {code: sum(n for d, n in spoken if d.code == code) for code in ("ur-Latn", "hi-Latn")}
    larger = max(roman, key=roman.__getitem__)
    return [(Detection(larger, d.confidence) if d.code in roman else d, n) for d, n in spoken]


def _tally(spoken: list[tuple[Detection, int]]) -> tuple[dict[str, int], dict[str, float]]:
    """Sum the letters of each code and average its confidence over them."""
    letters: dict[str, int] = defaultdict(int)
    weighed: dict[str, float] = defaultdict(float)
    for detection, length in spoken:
        letters[detection.code] += length
        weighed[detection.code] += detection.confidence * length
    return letters, {code: round(weighed[code] / n, 4) for code, n in letters.items()}
