"""Fine-tune the encoder: ``python -m training.train [CONFIG]``.

A plain loop over batches bucketed by length.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_model
from sklearn.metrics import roc_auc_score
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import PreTrainedTokenizerFast, get_linear_schedule_with_warmup

from tip_nlp.classifier import as_read
from training.base_model import load_base
from training.config import DEFAULT, ROOT, Config, build_folder, data_folder, load_config
from training.dataset import TRAIN, VALIDATION, vocabulary_texts
from training.examples import FAMILIES, Example, document_examples, label_names, real_examples, written_examples
from training.model import IndicatorModel, load_trained
from training.rationale import quoted_pieces, rationale_loss
from training.vocabulary import count_pieces, trim
from training.weaving import woven_examples


def main(config: Config) -> None:
    """Train, keep the epoch that validates best, and leave weights and tokenizer in the build folder."""
    random.seed(config.seed)
    np.random.seed(config.seed)
    torch.manual_seed(config.seed)
    torch.set_num_threads(os.cpu_count() or 1)  # torch itself counts cores, not processors
    folder, data = build_folder(config), data_folder()
    written = [e for e in written_examples() if not config.batches or e.batch in config.batches]
    training = [e for e in written if e.part == TRAIN] + [e for e in real_examples(config, data) if e.part == TRAIN]
    training += woven_examples(training, config.woven, config.seed)
    training += [e for e in document_examples() if not config.batches or e.batch in config.batches]
    validation = [e for e in written if e.part == VALIDATION]
    print(f"{len(training)} training examples, {len(validation)} for validation", flush=True)
    model, tokenizer = prepare(config, [e.text for e in written if e.part == TRAIN], data)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    history = fit(model, tokenizer, training, validation, config, folder)
    (folder / "training.json").write_text(json.dumps({"config": config.model_dump(), "epochs": history}, indent=1))
    model.encoder.config.save_pretrained(folder / "encoder")


def prepare(config: Config, texts: Sequence[str], data: Path) -> tuple[IndicatorModel, PreTrainedTokenizerFast]:
    """An earlier run with its own vocabulary, or the pretrained encoder with its vocabulary trimmed to the pieces of
    training ``texts``, and a new head."""
    if config.start:
        return load_trained(ROOT / "build" / config.start, config.dropout)
    encoder, tokenizer = load_base(config.base)
    counts = count_pieces(tokenizer, vocabulary_texts(texts, data))
    encoder, tokenizer = trim(encoder, tokenizer, counts, config.vocabulary)
    return IndicatorModel(encoder, label_names(), config.dropout), tokenizer


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
    freeze(model.encoder, config.learnt)
    pieces.requires_grad_(config.embedding_learning_rate > 0)
    groups = [
        {"params": [p for p in model.encoder.parameters() if p is not pieces], "lr": config.learning_rate},
        {"params": [pieces], "lr": config.embedding_learning_rate},
        {"params": [model.head.weight, model.bias], "lr": config.head_learning_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=True)
    # Validated and kept are not the last weights but their moving average, which generalises better.
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.average))
    steps = config.epochs * -(-len(training) // config.batch)
    schedule = get_linear_schedule_with_warmup(optimizer, int(steps * config.warmup), steps)
    history, best = [], 0.0
    for epoch in range(config.stop_after):
        started, losses = time.monotonic(), []
        model.train()
        for batch in batches(training, config.batch, random.Random(config.seed + epoch), twins=config.twin_weight > 0):
            ids, mask, offsets = encode(tokenizer, [e.text for e in batch], config.max_tokens)
            ids = hide(ids, mask, config.token_dropout, tokenizer.unk_token_id)
            target = torch.from_numpy(np.stack([e.target for e in batch])).to(device())
            with half_precision():
                contributions = model(ids, mask)
            logits = contributions.float().sum(1) + model.bias
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            # The families decide the tier: weigh each as much as ten indicators.
            weights = torch.ones(loss.shape[1], device=device())
            weights[-len(FAMILIES) :] = 10
            loss = (loss * weights).sum(1).mean() / weights.sum()
            if config.twin_weight:
                loss = loss + config.twin_weight * twin_loss(logits, target, [e.group for e in batch])
            if config.rationale_weight:
                quoted = quoted_pieces([e.quotes for e in batch], offsets).to(device())
                loss = loss + config.rationale_weight * rationale_loss(contributions.float(), mask, quoted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            averaged.update_parameters(model)
            losses.append(loss.item())
        kept = cast(IndicatorModel, averaged.module)
        scores = predict(kept, tokenizer, [e.text for e in validation], config.max_tokens)
        figures = {"loss": float(np.mean(losses)), "auroc": risk_auroc(scores, validation)}
        figures["seconds"] = round(time.monotonic() - started)
        history.append(figures)
        print(f"epoch {epoch + 1}: {figures}", flush=True)
        if figures["auroc"] >= best:
            best = figures["auroc"]
            save_model(kept, str(folder / "model.safetensors"))
    return history


def freeze(encoder: torch.nn.Module, learnt: Sequence[str]) -> None:
    """Let only the parameters learn whose names hold one of ``learnt``; () lets all."""
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad_(not learnt or any(part in name for part in learnt))


def hide(ids: torch.Tensor, mask: torch.Tensor, share: float, unknown: int) -> torch.Tensor:
    """Make a share of the pieces unreadable, so that no single word decides; the first and last stay."""
    hidden = (torch.rand(ids.shape, device=ids.device) < share) & mask.bool()
    hidden &= (torch.arange(ids.shape[1], device=ids.device) > 0) & (mask.cumsum(1) < mask.sum(1, keepdim=True))
    return ids.masked_fill(hidden, unknown)


def twin_loss(logits: torch.Tensor, target: torch.Tensor, groups: Sequence[str]) -> torch.Tensor:
    """How far the risky texts of a batch fail to stand above their own safe twins (pairwise logistic loss)."""
    risk = torch.logsumexp(logits[:, -len(FAMILIES) :], dim=1)
    risky = target.any(1)
    same = torch.tensor([[a == b != "" for b in groups] for a in groups], device=logits.device)
    pairs = same & risky[:, None] & ~risky[None, :]
    if not pairs.any():
        return logits.new_zeros(())
    return torch.nn.functional.softplus(risk[None, :] - risk[:, None])[pairs].mean()


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
        ids, mask, _ = encode(tokenizer, [texts[i] for i in chosen], max_tokens)
        with half_precision():
            out[chosen] = model.logits(ids, mask).float().cpu().numpy()
    return out


def encode(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_tokens: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Token ids and mask, padded to the longest of the batch, and the places of the pieces in the text as read."""
    found = tokenizer(
        [as_read(text) for text in texts],
        padding=True,
        # Few different shapes: the CPU kernels are compiled anew for each.
        pad_to_multiple_of=16,
        truncation=True,
        max_length=max_tokens,
        return_tensors="pt",
        return_token_type_ids=False,
        return_offsets_mapping=True,
    )
    return found["input_ids"].to(device()), found["attention_mask"].to(device()), found["offset_mapping"]


def batches(examples: Sequence[Example], size: int, rng: random.Random, *, twins: bool) -> Iterator[list[Example]]:
    """Shuffled batches of texts of similar length; with ``twins`` the texts of a group stay side by side."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for number, example in enumerate(examples):
        groups[(twins and example.group) or f" {number}"].append(example)
    order = sorted(groups.values(), key=lambda group: max(len(e.text) for e in group) + rng.random() * 40)
    lined = [example for group in order for example in group]
    chunks = [lined[start : start + size] for start in range(0, len(lined), size)]
    rng.shuffle(chunks)
    yield from chunks


def half_precision() -> torch.autocast:
    """Sixteen-bit arithmetic where the processor has it; emulated, it takes ten times as long as none."""
    has = device().type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast(device().type, dtype=torch.bfloat16, enabled=has)


def device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
