"""The multi-label classifier: an encoder, mean pooling and one linear layer.

With this head a logit is exactly the sum of its tokens' contributions plus a bias, so the share of each word in a
decision is read off, not estimated afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_model
from transformers import AutoConfig, AutoModel, PreTrainedModel, PreTrainedTokenizerFast

from training.examples import label_names


class IndicatorModel(torch.nn.Module):
    """``forward`` maps token ids to contributions (batch, tokens, labels); logits are their sum plus ``bias``."""

    def __init__(self, encoder: PreTrainedModel, labels: Sequence[str], dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.labels = tuple(labels)
        self.dropout = torch.nn.Dropout(dropout)
        self.head = torch.nn.Linear(encoder.config.hidden_size, len(labels), bias=False)
        self.bias = torch.nn.Parameter(torch.zeros(len(labels)))
        torch.nn.init.normal_(self.head.weight, std=0.02)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return self.head(self.dropout(hidden)) * mask / mask.sum(1, keepdim=True)

    def logits(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits (batch, labels)."""
        return self(input_ids, attention_mask).sum(1) + self.bias


def load_trained(folder: Path, dropout: float = 0.0) -> tuple[IndicatorModel, PreTrainedTokenizerFast]:
    """The torch model and tokenizer that training left in ``folder``, on the CPU."""
    encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder / "encoder"), add_pooling_layer=False)
    model = IndicatorModel(encoder, label_names(), dropout)
    load_model(model, str(folder / "model.safetensors"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
    )
    return model.eval(), tokenizer
