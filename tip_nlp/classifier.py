"""The classifier at serving time: OpenVINO and a tokenizer, no torch.

A model folder (models/NAME/VERSION) is loaded only if every file is what SHA256SUMS says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import openvino
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from tokenizers import Tokenizer

from tip_nlp.errors import ModelError
from tip_nlp.lexicon import Lexicon
from tip_nlp.types import Decision, FamilyDecision, ModelText, Prediction, Strength, Tier

PREFIX = "query: "  # the encoder was pretrained with it
GRAPH, WEIGHTS, TOKENIZER, LEXICON = "model.xml", "model.bin", "tokenizer.json", "lexicon.json"
CONFIG, DECISION, SUMS = "config.json", "decision.json", "SHA256SUMS"
REQUIRED = (GRAPH, WEIGHTS, TOKENIZER, LEXICON, CONFIG, DECISION)

# In one batch: the memory that attention takes grows with a batch's texts times the square of their length.
_PIECES = 1_024
# Left to itself, the runtime computes in bfloat16 where the processor can, and rounds activations to eight bits.
_EXACT = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
# Pieces: a text is padded to a multiple of these.
_STEP = 8

Array = NDArray[np.float32]
_Shape = TypeVar("_Shape", bound=BaseModel)


class ModelConfig(BaseModel):
    """config.json: what the graph expects and gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    base: str
    labels: tuple[str, ...]
    bias: tuple[float, ...]
    max_tokens: int
    languages: tuple[str, ...]


class DecisionFile(BaseModel):
    """decision.json: what was fitted after training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    families: dict[str, FamilyDecision]
    calibration: dict[str, tuple[float, float, float]]
    rule_precision: dict[Strength, float]
    thresholds: dict[str, float]
    tiers: dict[Tier, float]
    answered_precision: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text through the graph: contributions (pieces, labels), and each piece's place in the text."""

    weights: Array
    offsets: tuple[tuple[int, int], ...]


class Encoder:
    """Tokenizer and graph. Calls may come from several threads, one at a time."""

    def __init__(self, graph: openvino.CompiledModel, tokenizer: Tokenizer, config: ModelConfig, batch: int) -> None:
        self._graph = graph
        self._tokenizer = tokenizer
        self._pad = tokenizer.token_to_id("<pad>")
        self._batch = batch
        self.config = config
        self.bias = np.asarray(config.bias, dtype=np.float32)

    @classmethod
    def load(
        cls,
        folder: Path,
        config: ModelConfig,
        threads: int = 0,
        batch: int = 8,
        device: str = "CPU",
        exact: bool = False,
    ) -> Encoder:
        """Load GRAPH and TOKENIZER of ``folder``; ``threads`` 0 leaves their number to the runtime, ``exact`` keeps it
        from rounding as its processor does that fastest. ModelError when the machine has no such ``device``.
        """
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        tokenizer.enable_truncation(config.max_tokens)
        tokenizer.no_padding()
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if threads and device == "CPU":
            options["INFERENCE_NUM_THREADS"] = threads
        if exact:
            options |= _EXACT
        core = openvino.Core()
        try:
            compiled = core.compile_model(core.read_model(folder / GRAPH), device, options)
        except RuntimeError as error:
            known = ", ".join(core.available_devices)
            raise ModelError(
                f"the model cannot run on {device!r} here; set TIP_NLP_DEVICE to one of {known}"
            ) from error
        return cls(compiled, tokenizer, config, batch)

    def fitting(self, text: str) -> list[str]:
        """The text, halved at a space until no part has more pieces than ``run`` reads of one."""
        if not self._tokenizer.encode(as_read(text)).overflowing:
            return [text]
        middle = len(text) // 2
        cut = text.rfind(" ", 1, middle) + 1 or middle
        return self.fitting(text[:cut]) + self.fitting(text[cut:])

    def run(self, texts: Sequence[str]) -> list[Encoded]:
        """Run texts in batches of similar length; results in the order of ``texts``. Of each its first ``max_tokens``
        pieces are read.
        """
        read = [as_read(text) for text in texts]
        encodings = self._tokenizer.encode_batch(read)
        found: dict[int, Encoded] = {}
        for chosen in _batches([len(encoding) for encoding in encodings], self._batch):
            output = self._outputs([encodings[index].ids for index in chosen])
            for row, index in enumerate(chosen):
                places = tuple(_place(read[index], *offset) for offset in encodings[index].offsets)
                # A copy of the text's own pieces, so that the batch's memory can go.
                found[index] = Encoded(np.array(output[row, : len(places)], dtype=np.float32), places)
        return [found[index] for index in range(len(texts))]

    def _outputs(self, ids: Sequence[Sequence[int]]) -> Array:
        shape = len(ids), _padded(max(map(len, ids)))
        padded, mask = np.full(shape, self._pad, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, own in enumerate(ids):
            padded[row, : len(own)], mask[row, : len(own)] = own, 1
        output: Array = self._graph({"input_ids": padded, "attention_mask": mask})[0]
        return output


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Indices in batches of similar length: at most ``most`` texts and _PIECES pieces, padding counted.

    The runtime keeps memory for every shape that it has met: with few lengths, and powers of two for texts, a scan of
    millions stays small.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    start = 0
    while start < len(order):
        count = 1 << (min(most, len(order) - start).bit_length() - 1)
        while count > 1 and count * _padded(lengths[order[start + count - 1]]) > _PIECES:
            count //= 2
        yield order[start : start + count]
        start += count


def as_read(text: str) -> str:
    """A text as the encoder reads it: small letters, one for one, so that capitals change no score; PREFIX first."""
    small = text.lower()
    if len(small) != len(text):  # İ becomes two characters
        small = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return PREFIX + small


def _place(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a piece lies in the text without PREFIX; its leading space belongs to no word. Outside: negative."""
    while start < end and text[start].isspace():
        start += 1
    return (start - len(PREFIX), end - len(PREFIX)) if end > start else (-1, -1)


class Classifier:
    """Encoder and lexicon with what was fitted on them."""

    def __init__(self, encoder: Encoder, lexicon: Lexicon, decision: Decision) -> None:
        self._encoder = encoder
        self._lexicon = lexicon
        config = encoder.config
        calibration = np.asarray([decision.calibration[label] for label in config.labels], dtype=np.float32)
        self._slopes, self._lexicon_slopes, self._shifts = calibration.T
        self.decision = decision
        self.labels = config.labels
        self.languages = frozenset(config.languages)
        self.version = f"{config.name}/{config.version}"
        self.exact = False  # whether its encoder was loaded so
        self.sums = ""  # of the model's files, one for all; empty until loaded from a folder

    @classmethod
    def load(
        cls, folder: Path, *, threads: int = 0, batch: int = 8, device: str = "CPU", exact: bool = False
    ) -> Classifier:
        """Check the folder's sums and load it; ModelError says which file is missing or changed."""
        verify(folder)
        fitted = _read(folder / DECISION, DecisionFile)
        encoder = Encoder.load(folder, read_config(folder), threads, batch, device, exact)
        classifier = cls(encoder, Lexicon.load(folder / LEXICON), Decision(**dict(fitted)))
        classifier.exact = exact
        classifier.sums = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
        return classifier

    def is_message(self, text: str) -> bool:
        """Whether normalised text reads like a message or an account, not like an ad."""
        return self._lexicon.is_message(text)

    def read_passages(
        self, documents: Sequence[Sequence[ModelText]], passages: Sequence[Sequence[str]]
    ) -> list[Prediction]:
        """Score documents, each a sequence of segments, by their passages, to the last word. Only of a document of one
        segment, which is its own passage, are the segments read. One without segments yields empty arrays.
        """
        parts = [[part for passage in own for part in self._encoder.fitting(passage)] for own in passages]
        encoded = iter(self._encoder.run([part for own in parts for part in own]))
        return [
            self._prediction(document, [next(encoded) for _ in own])
            for document, own in zip(documents, parts, strict=True)
        ]

    def read_segments(
        self, predictions: Sequence[Prediction], documents: Sequence[Sequence[ModelText]]
    ) -> list[Prediction]:
        """The predictions with the segments given for each read too; where none are, as they were."""
        unread = [() if len(p.logits) else own for p, own in zip(predictions, documents, strict=True)]
        encoded = iter(self._encoder.run([text.text for own in unread for text in own]))
        return [
            self._with_segments(prediction, own, [next(encoded) for _ in own]) if own else prediction
            for prediction, own in zip(predictions, unread, strict=True)
        ]

    def _prediction(self, document: Sequence[ModelText], encoded: Sequence[Encoded]) -> Prediction:
        none = segment_logits((), self._encoder.bias)
        lexicon = self._lexicon.score([text.text for text in document])
        prediction = Prediction(self.labels, segment_logits(encoded, self._encoder.bias), lexicon, none, none)
        is_segment = len(document) == len(encoded) == 1
        return self._with_segments(prediction, document, encoded) if is_segment else prediction

    def _with_segments(
        self, prediction: Prediction, document: Sequence[ModelText], encoded: Sequence[Encoded]
    ) -> Prediction:
        logits = segment_logits(encoded, self._encoder.bias)
        combined = logits * self._slopes + prediction.lexicon * self._lexicon_slopes + self._shifts
        places = (
            tuple(text.to_document(start, end) for start, end in one.offsets)
            for text, one in zip(document, encoded, strict=True)
        )
        return replace(
            prediction,
            logits=logits,
            probabilities=1 / (1 + np.exp(-combined)),
            weights=tuple(one.weights for one in encoded),
            places=tuple(places),
        )


def segment_logits(encoded: Sequence[Encoded], bias: Array) -> Array:
    """Logits (segments, labels): each piece's contribution, summed, plus the bias."""
    if not encoded:
        return np.zeros((0, len(bias)), dtype=np.float32)
    return np.stack([one.weights.sum(0) for one in encoded]) + bias


def read_config(folder: Path) -> ModelConfig:
    """The model's own description."""
    return _read(folder / CONFIG, ModelConfig)


def verify(folder: Path) -> None:
    """Raise ModelError unless the folder is complete and every file has the sum that SHA256SUMS gives."""
    if not (folder / SUMS).is_file():
        raise ModelError(
            f"{folder} holds no model ({SUMS} not found); set TIP_NLP_MODEL to a folder models/NAME/VERSION"
        )
    sums = dict(_sums(folder / SUMS))
    faults = [f"{name} is not listed in {SUMS}" for name in REQUIRED if name not in sums]
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif (actual := hashlib.sha256(path.read_bytes()).hexdigest()) != expected:
            faults.append(f"{name} has SHA-256 {actual[:12]}…, expected {expected[:12]}…")
    if faults:
        raise ModelError(f"{folder} is not the model it should be: {'; '.join(faults)}. Fetch it again or retrain.")


def _sums(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or Path(name).name != name:
            raise ModelError(f"{path}: a line is not '<sha256>  <file name>'")
        yield name, digest


def _read(path: Path, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, ValidationError) as error:
        raise ModelError(f"{path}: {error}") from error
