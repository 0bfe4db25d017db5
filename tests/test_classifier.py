import random
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from tip_nlp.classifier import REQUIRED, SUMS, Classifier, Encoder, _batches, as_read, verify
from tip_nlp.errors import ModelError
from tip_nlp.segments import model_text, passages, split
from tip_nlp.settings import Settings

TEXT = "My employer has kept my passport for five months and does not pay my salary."


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(Settings().model, tmp_path / "model")


def predict(classifier, *texts):
    documents = [[model_text(t, s) for s in split(t, "ad")] for t in texts]
    found = classifier.read_passages(documents, [passages(t, split(t, "ad")) for t in texts])
    return classifier.read_segments(found, documents)


def test_verify_accepts_the_shipped_model():
    verify(Settings().model)


@pytest.mark.parametrize("name", REQUIRED)
def test_load_refuses_a_changed_file(copied, name):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=f"{name} has SHA-256"):
        Classifier.load(copied)


def test_load_refuses_a_missing_file_and_an_unlisted_one(copied):
    (copied / "tokenizer.json").unlink()
    sums = (copied / SUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    (copied / SUMS).write_text("".join(line for line in sums if "config.json" not in line), encoding="utf-8")

    with pytest.raises(ModelError) as caught:
        Classifier.load(copied)

    assert "tokenizer.json is missing" in str(caught.value)
    assert "config.json is not listed" in str(caught.value)


def test_load_says_what_to_do_where_there_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="TIP_NLP_MODEL"):
        Classifier.load(tmp_path)


def test_sums_may_not_name_a_path(copied):
    (copied / SUMS).write_text(f"{'0' * 64}  ../elsewhere\n", encoding="utf-8")

    with pytest.raises(ModelError, match="is not '<sha256>"):
        verify(copied)


def test_load_names_the_devices_that_are_there():
    with pytest.raises(ModelError, match=r"cannot run on 'TPU' .* TIP_NLP_DEVICE to one of CPU"):
        Classifier.load(Settings().model, device="TPU")


def test_predict_of_a_batch_equals_one_by_one(analyzer):
    texts = [TEXT, "نوکری چاہیے", "weather is nice today " * 40, "ok"]

    together = predict(analyzer.classifier, *texts)

    # 8-bit weights and padding to different lengths: equal up to rounding.
    for text, batched in zip(texts, together, strict=True):
        np.testing.assert_allclose(predict(analyzer.classifier, text)[0].logits, batched.logits, atol=0.15)


def test_in_exact_arithmetic_a_text_scores_the_same_in_every_batch(exact_analyzer):
    texts = [TEXT, "نوکری چاہیے", "weather is nice today " * 40, "ok"]

    together = predict(exact_analyzer.classifier, *texts)

    # 32-bit floats, added in another order: four digits, which are all that is told, stay.
    for text, batched in zip(texts, together, strict=True):
        np.testing.assert_allclose(predict(exact_analyzer.classifier, text)[0].logits, batched.logits, atol=2e-4)


def test_predict_gives_probabilities_that_follow_the_logits(analyzer):
    prediction = predict(analyzer.classifier, TEXT)[0]

    assert prediction.probabilities.shape == (1, len(analyzer.classifier.labels))
    assert ((prediction.probabilities >= 0) & (prediction.probabilities <= 1)).all()


def test_contributions_sum_to_the_logit_and_lie_in_the_text(analyzer):
    prediction = predict(analyzer.classifier, TEXT)[0]

    weights = prediction.contributions(0, "document_retention")

    column = prediction.labels.index("document_retention")
    bias = analyzer.classifier._encoder.bias[column]
    assert sum(w for _, _, w in weights) + bias == pytest.approx(float(prediction.logits[0, column]), abs=1e-3)
    assert all(-1 <= start <= end <= len(TEXT) for start, end, _ in weights)


def test_every_word_of_a_text_has_a_piece(analyzer):
    # The tokenizer counts the space before a word to its piece; the places may not.
    text = "They keep my passport, مالک نے رکھ لیا"
    weights = predict(analyzer.classifier, text)[0].contributions(0, "document_retention")

    starts = {start for start, _, _ in weights}

    assert {text.index(word) for word in text.split()} <= starts


def test_a_text_of_more_pieces_than_the_model_takes_is_halved_until_each_fits(analyzer):
    encoder = analyzer.classifier._encoder
    long = "7 3 9 1 " * 300

    parts = encoder.fitting(long)

    assert encoder.fitting(TEXT) == [TEXT]
    assert "".join(parts) == long
    assert len(parts) > 1
    assert all(encoder.fitting(part) == [part] for part in parts)
    assert encoder.fitting("7391" * 600) != ["7391" * 600]  # nowhere a space


def test_segments_are_read_where_they_are_given_and_not_known(analyzer):
    long = " ".join([TEXT, "The weather is nice in Quetta, and the bus was late again."] * 4)
    documents = [[model_text(t, s) for s in split(t, "ad")] for t in (TEXT, long, long)]
    wholes = [passages(t, split(t, "ad")) for t in (TEXT, long, long)]

    outlines = analyzer.classifier.read_passages(documents, wholes)
    read = analyzer.classifier.read_segments(outlines, [documents[0], documents[1], []])

    assert [len(each.passages) for each in outlines] == [1, 1, 1]
    assert [len(each.logits) for each in outlines] == [1, 0, 0]
    assert [len(each.logits) for each in read] == [1, len(documents[1]), 0]
    assert read[0] is outlines[0]
    np.testing.assert_array_equal(read[0].passages, read[0].logits)
    np.testing.assert_array_equal(read[1].passages, outlines[1].passages)
    assert len(read[1].weights) == len(read[1].places) == len(documents[1])


def test_predict_of_no_segments_is_empty(analyzer):
    [prediction] = analyzer.classifier.read_passages([[]], [()])

    assert prediction.logits.shape == (0, len(analyzer.classifier.labels))


def test_batches_are_of_similar_length_and_bounded_in_texts_and_pieces():
    assert list(_batches([], 32)) == []
    assert list(_batches([9_000], 32)) == [[0]]  # one text is never too long
    assert list(_batches([5, 9_000, 3, 9_000], 32)) == [[2, 0], [1], [3]]
    assert [len(batch) for batch in _batches([10] * 40, 32)] == [32, 8]
    assert [len(batch) for batch in _batches([512] * 11, 32)] == [2, 2, 2, 2, 2, 1]
    assert sorted(index for batch in _batches([7, 300, 40] * 9, 20) for index in batch) == list(range(27))


class Letters:
    """Splits a text into its letters, 256 at most."""

    def token_to_id(self, _):
        return 0

    def encode_batch(self, texts):
        return [Letter(text[:256]) for text in texts]


class Letter(str):
    @property
    def ids(self):
        return [1] * len(self)

    @property
    def offsets(self):
        return [(place, place + 1) for place in range(len(self))]


def test_a_long_scan_meets_few_shapes():
    # What the runtime keeps grows with the shapes it has met.
    rng, shapes = random.Random(1), set()

    def graph(inputs):
        shapes.add(inputs["input_ids"].shape)
        return [inputs["attention_mask"][:, :, None].repeat(2, axis=2)]

    encoder = Encoder(graph, Letters(), SimpleNamespace(bias=(0.0, 0.0)), 32)
    for _ in range(100):
        texts = ["a" * rng.randint(1, 256) for _ in range(rng.randint(1, 300))]
        found = encoder.run(texts)
        # No piece is lost and none of the padding counts.
        assert [each.weights[:, 0].sum() for each in found] == [len(as_read(text)[:256]) for text in texts]

    assert len(shapes) < 100
