"""Export the trained model for serving without torch: ``python -m training.export [CONFIG]``.

Leaves in the build folder: model.onnx (fp32, the reference), model.xml/.bin (OpenVINO, 8-bit weights and 4-bit word
embeddings, what ships) and the runners-up that ``training.runtimes`` compares.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import nncf
import openvino
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from tip_nlp.classifier import CONFIG, GRAPH, ModelConfig
from training.config import DEFAULT, Config, build_folder, load_config
from training.corpus import load_corpus
from training.model import IndicatorModel, load_trained

_EMBEDDING_GROUP = 32  # weights of one scale
_ENOUGH = 100  # written items of a language, a fifth of them in the test split


def main(config: Config) -> None:
    """Write every format."""
    folder = build_folder(config)
    model, _ = load_trained(folder)
    reference = folder / "model.onnx"
    _write_onnx(model, reference)
    quantize_dynamic(reference, folder / "model-int8.onnx", weight_type=QuantType.QInt8, per_channel=True)
    openvino.save_model(openvino.Core().read_model(reference), folder / "model-fp16.xml", compress_to_fp16=True)
    openvino.save_model(_compressed(reference), folder / GRAPH)
    (folder / CONFIG).write_text(_config(config, model).model_dump_json(indent=1) + "\n", encoding="utf-8")
    for path in sorted(folder.glob("model*")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


def _compressed(reference: Path) -> openvino.Model:
    """Word embeddings in 4 bits, as they come pretrained: a fifth off the file at 0.001 of AUROC. Layers in 8 bits: in
    4, AUROC falls by 0.07."""
    model = nncf.compress_weights(
        openvino.Core().read_model(reference),
        mode=nncf.CompressWeightsMode.INT4_ASYM,
        group_size=_EMBEDDING_GROUP,
        ratio=1.0,
        all_layers=True,
        ignored_scope=nncf.IgnoredScope(types=["MatMul"]),
    )
    return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_ASYM)


def _config(config: Config, model: IndicatorModel) -> ModelConfig:
    return ModelConfig(
        name=config.name,
        version=config.version,
        base=config.base,
        labels=model.labels,
        bias=tuple(model.bias.tolist()),
        max_tokens=config.max_tokens,
        languages=_evaluated_languages(),
    )


def _evaluated_languages() -> tuple[str, ...]:
    """Languages with enough written items to say something of them; Dari is identified, and counted, as Persian."""
    counts = Counter("fa" if item.language == "prs" else item.language for item in load_corpus())
    return tuple(sorted(language for language, count in counts.items() if count >= _ENOUGH))


def _write_onnx(model: IndicatorModel, path: Path) -> None:
    ids = torch.ones((2, 16), dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["contributions"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "contributions": axes},
        opset_version=17,
        # The tracing exporter: the newer one writes shapes that the quantiser cannot infer.
        dynamo=False,
    )


if __name__ == "__main__":
    main(load_config(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
