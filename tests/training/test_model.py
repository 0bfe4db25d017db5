import openvino
import pytest
import torch
from transformers import BertConfig, BertModel

from tip_nlp.classifier import ModelConfig, read_config
from tip_nlp.settings import Settings
from training.config import Config, load_config
from training.examples import label_names, target_of
from training.export import _write_onnx
from training.model import IndicatorModel
from training.train import freeze


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, pad_token_id=1
    )
    return IndicatorModel(BertModel(config, add_pooling_layer=False), ["a", "b", "c"], dropout=0.1).eval()


def test_contributions_sum_to_the_logits(model):
    ids = torch.tensor([[4, 5, 6, 7], [8, 9, 1, 1]])
    mask = (ids != 1).long()

    assert torch.allclose(model(ids, mask).sum(1) + model.bias, model.logits(ids, mask))


def test_padding_contributes_nothing_and_changes_nothing(model):
    short = torch.tensor([[8, 9]])
    padded = torch.tensor([[8, 9, 1, 1]])

    found = model(padded, (padded != 1).long())

    assert torch.equal(found[0, 2:], torch.zeros(2, 3))
    assert torch.allclose(found[:, :2], model(short, torch.ones_like(short)), atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_exported_graph_agrees_with_torch(model, tmp_path):
    _write_onnx(model, tmp_path / "model.onnx")
    graph = openvino.Core().compile_model(tmp_path / "model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    ids = torch.randint(4, 50, (5, 23))
    mask = torch.ones_like(ids)

    found = graph({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]

    assert torch.allclose(torch.from_numpy(found.copy()), model(ids, mask), atol=1e-4)


def test_target_marks_indicators_and_their_family():
    names = label_names()

    target = target_of(["irregular_route"])

    assert [name for name, value in zip(names, target, strict=True) if value] == ["irregular_route", "smuggling"]
    assert not target_of({}).any()


def test_shipped_model_has_the_labels_of_the_taxonomy():
    config = read_config(Settings().model)

    assert isinstance(config, ModelConfig)
    assert config.labels == label_names()


def test_config_refuses_unknown_keys():
    with pytest.raises(ValueError, match="colour"):
        Config.model_validate(load_config().model_dump() | {"colour": 1})


def test_only_the_named_parameters_learn(model):
    freeze(model.encoder, ["query", "LayerNorm"])
    learning = {name for name, parameter in model.encoder.named_parameters() if parameter.requires_grad}
    freeze(model.encoder, [])

    assert learning
    assert all("query" in name or "LayerNorm" in name for name in learning)
    assert all(parameter.requires_grad for parameter in model.encoder.parameters())
