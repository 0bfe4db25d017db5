"""Compare the torch-free runtimes on the written test split: ``python -m training.runtimes [CONFIG]``.

Accuracy against the fp32 graph and against the labels, and speed, of what ``training.export`` left in the build folder.
Leaves runtimes.md beside the evaluation.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tip_nlp.classifier import TOKENIZER, as_read, read_config
from training.config import DEFAULT, ROOT, Config, build_folder, load_config
from training.dataset import TEST
from training.examples import FAMILIES, written_examples
from training.metrics import auroc

Run = Callable[[dict[str, NDArray[np.int64]]], NDArray[np.float32]]
_BATCH = 32
_REPEATS = 2


def main(config: Config) -> None:
    """Print and save the table."""
    folder = build_folder(config)
    test = [example for example in written_examples() if example.part == TEST]
    truth = np.array([example.target.any() for example in test])
    batches = _batches([as_read(example.text) for example in test], folder, config.max_tokens)
    bias = np.array(read_config(folder).bias, dtype=np.float32)
    rows = ["| runtime | size | texts/s | AUROC | largest change of a logit |", "| --- | --- | --- | --- | --- |"]
    reference: NDArray[np.float32] | None = None
    for name, file, run in _runtimes(folder):
        logits = np.concatenate([run(batch).sum(1) for batch in batches]) + bias
        reference = logits if reference is None else reference
        seconds = statistics.median(_seconds(run, batches) for _ in range(_REPEATS))
        found = auroc(truth, logits[:, -len(FAMILIES) :].max(1).astype(float))
        parts = (file, file.with_suffix(".bin")) if file.suffix == ".xml" else (file,)
        size = sum(part.stat().st_size for part in parts) / 1e6
        change = np.abs(logits - reference).max()
        rows.append(f"| {name} | {size:.0f} MB | {len(test) / seconds:.0f} | {found:.4f} | {change:.3f} |")
    table = "\n".join(rows) + "\n"
    target = ROOT / "training" / "reports" / config.name / config.version
    target.mkdir(parents=True, exist_ok=True)
    (target / "runtimes.md").write_text(
        f"# Runtimes, {len(test)} test segments, two cores\n\n{table}", encoding="utf-8"
    )
    print(table)


def _runtimes(folder: Path) -> list[tuple[str, Path, Run]]:
    return [
        ("ONNX Runtime fp32", folder / "model.onnx", _onnx(folder / "model.onnx")),
        ("ONNX Runtime dynamic int8", folder / "model-int8.onnx", _onnx(folder / "model-int8.onnx")),
        ("OpenVINO fp16 weights, bf16", folder / "model-fp16.xml", _openvino(folder / "model-fp16.xml", "bf16")),
        ("OpenVINO, what ships, f32", folder / "model.xml", _openvino(folder / "model.xml", "f32")),
        ("OpenVINO, what ships, bf16", folder / "model.xml", _openvino(folder / "model.xml", "bf16")),
    ]


def _onnx(path: Path) -> Run:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda batch: np.asarray(session.run(None, batch)[0])


def _openvino(path: Path, precision: str) -> Run:
    compiled = openvino.Core().compile_model(
        path, "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    )
    return lambda batch: np.array(compiled(batch)[0], dtype=np.float32)


def _batches(texts: Sequence[str], folder: Path, max_tokens: int) -> list[dict[str, NDArray[np.int64]]]:
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("<pad>"), pad_token="<pad>")
    found = []
    for start in range(0, len(texts), _BATCH):
        encodings = tokenizer.encode_batch(list(texts[start : start + _BATCH]))
        found.append(
            {
                "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
                "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
            }
        )
    return found


def _seconds(run: Run, batches: Sequence[dict[str, NDArray[np.int64]]]) -> float:
    started = time.perf_counter()
    for batch in batches:
        run(batch)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
