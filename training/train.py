"""Fine-tune the encoder: ``python -m training.train [CONFIG]``.

A plain loop: the batches are bucketed by length, the word embeddings are frozen, everything else learns.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_model, save_model
from sklearn.metrics import roc_auc_score
from transformers import PreTrainedTokenizerFast, get_linear_schedule_with_warmup

from tip_nlp.classifier import PREFIX
from training.base_model import load_base
from training.config import DEFAULT, ROOT, Config, build_folder, data_folder, load_config
from training.dataset import TRAIN, VALIDATION, vocabulary_texts
from training.examples import FAMILIES, Example, label_names, real_examples, written_examples
from training.model import IndicatorModel
from training.vocabulary import count_pieces, trim


def main(config: Config) -> None:
    """Train, keep the epoch that validates best, and leave weights and tokenizer in the build folder."""
    random.seed(config.seed)
    np.random.seed(config.seed)
    torch.manual_seed(config.seed)
    torch.set_num_threads(os.cpu_count() or 1)  # torch itself counts cores, not processors
    folder, data = build_folder(config), data_folder()
    written = written_examples()
    training = [e for e in written if e.part == TRAIN] + [e for e in real_examples(config, data) if e.part == TRAIN]
    validation = [e for e in written if e.part == VALIDATION]
    print(f"{len(training)} training examples, {len(validation)} for validation", flush=True)
    model, tokenizer = prepare(config, [e.text for e in written if e.part == TRAIN], data)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    history = fit(model, tokenizer, training, validation, config, folder)
    (folder / "training.json").write_text(json.dumps({"config": config.model_dump(), "epochs": history}, indent=1))
    model.encoder.config.save_pretrained(folder / "encoder")


def prepare(config: Config, texts: Sequence[str], data: Path) -> tuple[IndicatorModel, PreTrainedTokenizerFast]:
    """The pretrained encoder with its vocabulary trimmed to the pieces of training ``texts``, and a new head."""
    encoder, tokenizer = load_base(config.base)
    counts = count_pieces(tokenizer, vocabulary_texts(texts, data))
    encoder, tokenizer = trim(encoder, tokenizer, counts, config.vocabulary)
    model = IndicatorModel(encoder, label_names(), config.dropout)
    if config.start:
        load_model(model, str(ROOT / "build" / config.start / "model.safetensors"))
    return model, tokenizer


def fit(
    model: IndicatorModel,
    tokenizer: PreTrainedTokenizerFast,
    training: Sequence[Example],
    validation: Sequence[Example],
    config: Config,
    folder: Path,
) -> list[dict[str, float]]:
    """Run the epochs; save whenever the mean of the validation AUROCs rises."""
    model.to(device())
    pieces = model.encoder.get_input_embeddings().weight
    pieces.requires_grad_(config.embedding_learning_rate > 0)
    groups = [
        {"params": [p for p in model.encoder.parameters() if p is not pieces], "lr": config.learning_rate},
        {"params": [pieces], "lr": config.embedding_learning_rate},
        {"params": [model.head.weight, model.bias], "lr": config.head_learning_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
    steps = config.epochs * -(-len(training) // config.batch)
    schedule = get_linear_schedule_with_warmup(optimizer, int(steps * config.warmup), steps)
    history, best = [], 0.0
    for epoch in range(config.stop_after):
        started, losses = time.monotonic(), []
        model.train()
        for batch in batches(training, config.batch, random.Random(config.seed + epoch)):
            ids, mask = encode(tokenizer, [e.text for e in batch], config.max_tokens)
            target = torch.from_numpy(np.stack([e.target for e in batch])).to(device())
            with torch.autocast(device().type, dtype=torch.bfloat16):
                logits = model.logits(ids, mask)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), target, reduction="none")
            # The families decide the tier: weigh each as much as ten indicators.
            weights = torch.ones(loss.shape[1], device=device())
            weights[-len(FAMILIES) :] = 10
            loss = (loss * weights).sum(1).mean() / weights.sum()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        scores = predict(model, tokenizer, [e.text for e in validation], config.max_tokens)
        figures = {"loss": float(np.mean(losses)), "auroc": risk_auroc(scores, validation)}
        figures["seconds"] = round(time.monotonic() - started)
        history.append(figures)
        print(f"epoch {epoch + 1}: {figures}", flush=True)
        if figures["auroc"] >= best:
            best = figures["auroc"]
            save_model(model, str(folder / "model.safetensors"))
    return history


def risk_auroc(logits: NDArray[np.float32], examples: Sequence[Example]) -> float:
    """AUROC of trafficking-or-smuggling against nothing, over all languages."""
    risky = np.array([e.target.any() for e in examples])
    return float(roc_auc_score(risky, logits[:, -len(FAMILIES) :].max(1)))


@torch.inference_mode()
def predict(
    model: IndicatorModel, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int
) -> NDArray[np.float32]:
    """Logits (texts, labels) of the torch model."""
    model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.zeros((len(texts), len(model.labels)), dtype=np.float32)
    for start in range(0, len(order), 32):
        chosen = order[start : start + 32]
        ids, mask = encode(tokenizer, [texts[i] for i in chosen], max_tokens)
        with torch.autocast(device().type, dtype=torch.bfloat16):
            out[chosen] = model.logits(ids, mask).float().cpu().numpy()
    return out


def encode(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask, padded to the longest of the batch."""
    found = tokenizer(
        [PREFIX + text for text in texts],
        padding=True,
        # Few different shapes: the CPU kernels are compiled anew for each.
        pad_to_multiple_of=16,
        truncation=True,
        max_length=max_tokens,
        return_tensors="pt",
        return_token_type_ids=False,
    )
    return found["input_ids"].to(device()), found["attention_mask"].to(device())


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Shuffled batches of texts of similar length."""
    order = sorted(examples, key=lambda e: len(e.text) + rng.random() * 40)
    chunks = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(chunks)
    yield from chunks


def device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
