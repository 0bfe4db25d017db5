"""A shipped model as torch weights to learn on from: ``python -m training.restore models/NAME/VERSION``.

The 8-bit and 4-bit weights of the graph are read back as numbers, so that a next run needs no earlier run's build
folder. Leaves in build/NAME/VERSION what training leaves: weights, the encoder's description and the tokenizer.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino
import torch
from numpy.typing import NDArray
from safetensors.torch import save_model
from transformers import BertConfig, BertModel

from tip_nlp.classifier import GRAPH, TOKENIZER, read_config, verify
from training.config import ROOT
from training.model import IndicatorModel

Array = NDArray[np.float32]


def main(folder: Path) -> None:
    """Restore ``folder`` into the build folder of the same name and version."""
    verify(folder)
    config = read_config(folder)
    build = ROOT / "build" / config.name / config.version
    build.mkdir(parents=True, exist_ok=True)
    model = restore(folder)
    save_model(model, str(build / "model.safetensors"))
    model.encoder.config.save_pretrained(build / "encoder")
    shutil.copy(folder / TOKENIZER, build / TOKENIZER)
    print(f"{build}: restored")


def restore(folder: Path) -> IndicatorModel:
    """The torch model whose numbers the graph of ``folder`` holds; its encoder must be a BERT."""
    graph = openvino.Core().read_model(folder / GRAPH)
    config = read_config(folder)
    weights = dict(_weights(graph)) | {"bias": np.asarray(config.bias, dtype=np.float32)}
    pieces, hidden = weights["encoder.embeddings.word_embeddings.weight"].shape
    inner = weights["encoder.encoder.layer.0.intermediate.dense.bias"].size
    layers = sum(name.endswith("intermediate.dense.bias") for name in weights)
    encoder = BertModel(
        BertConfig(
            vocab_size=pieces,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=hidden // _head_size(graph),
            intermediate_size=inner,
            max_position_embeddings=len(weights["encoder.embeddings.position_embeddings.weight"]),
            layer_norm_eps=1e-12,
        ),
        add_pooling_layer=False,
    )
    model = IndicatorModel(encoder, config.labels, dropout=0.0)
    model.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return model.eval()


def _head_size(graph: openvino.Model) -> int:
    heads = next(
        n for n in graph.get_ordered_ops() if n.get_friendly_name().endswith("layer.0/attention/self/Transpose")
    )
    return int(heads.get_output_partial_shape(0)[3].get_length())


def _weights(graph: openvino.Model) -> Iterator[tuple[str, Array]]:
    """Every parameter but the last bias, by torch's name."""
    sources = dict(_sources(graph))
    compiled = openvino.Core().compile_model(
        openvino.Model(list(sources.values()), [], "weights"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    found = compiled({})
    for index, name in enumerate(sources):
        values = np.array(found[index], dtype=np.float32)
        # The graph multiplies by (in, out), torch keeps (out, in).
        is_linear = values.ndim == 2 and "embeddings" not in name
        yield name, np.ascontiguousarray(values.T) if is_linear else values


def _sources(graph: openvino.Model) -> Iterator[tuple[str, openvino.Output]]:
    """Where each parameter leaves its 8-bit or 4-bit form."""
    for node in graph.get_ordered_ops():
        kind, name = node.get_type_name(), node.get_friendly_name()
        if kind == "MatMul" and name.endswith(
            ("/dense/MatMul", "/query/MatMul", "/key/MatMul", "/value/MatMul", "head/MatMul")
        ):
            yield f"{name.strip('/').removesuffix('/MatMul').replace('/', '.')}.weight", node.input_value(1)
        elif kind == "Gather" and name.endswith("_embeddings/Gather"):
            yield f"{name.strip('/').removesuffix('/Gather').replace('/', '.')}.weight", node.input_value(0)
        elif kind == "Constant" and name.endswith((".bias", "LayerNorm.weight")):
            yield name, node.output(0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("say which model: python -m training.restore models/NAME/VERSION")
    main(Path(sys.argv[1]))
