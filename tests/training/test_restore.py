import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from tip_nlp.classifier import TOKENIZER, Encoder, read_config, segment_logits
from tip_nlp.errors import ModelError
from tip_nlp.settings import Settings
from training.restore import main, restore
from training.train import predict

TEXTS = ["My employer has kept my passport for five months.", "نوکری چاہیے", "Cook wanted, weekly day off. " * 20]


def test_a_restored_model_says_what_the_shipped_one_says():
    folder = Settings().model
    config = read_config(folder)
    encoder = Encoder.load(folder, config)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / TOKENIZER), pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>"
    )

    restored = predict(restore(folder), tokenizer, TEXTS, config.max_tokens)

    shipped = segment_logits(encoder.run(TEXTS), encoder.bias)
    np.testing.assert_allclose(restored, shipped, atol=0.15)


def test_a_changed_model_is_not_restored(tmp_path):
    with pytest.raises(ModelError, match="holds no model"):
        main(tmp_path)
