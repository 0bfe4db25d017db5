from training.corpus import Item
from training.dataset import TEST, TRAIN
from training.examples import Example, target_of
from training.weaving import woven_examples

RISKY = "They keep my passport in the office safe."


def example(text, part=TRAIN, indicators=None, status="ordinary"):
    item = Item("b", text[:9], "s", "message", "en", status, "self", text, indicators or {})
    return Example(text, target_of(item.indicators), part, "en", item)


def test_a_woven_passage_keeps_its_text_and_its_labels():
    examples = [
        example(RISKY, indicators={"document_retention": ["keep my passport"]}, status="affirmed"),
        *(example(f"Fresh mangoes number {n} in the bazaar today.") for n in range(20)),
        example("Nobody may read this measuring text.", part=TEST),
        example("If they kept it, what then?", status="hypothetical"),
    ]

    woven = woven_examples(examples, 40, seed=1)

    risky = [e for e in woven if e.target.any()]
    assert len(risky) == 20
    assert all(RISKY in e.text and "mangoes" in e.text for e in risky)
    assert not any("measuring" in e.text for e in woven)
    assert all(len(e.text) <= 1_300 for e in woven)
    assert [e.text for e in woven] == [e.text for e in woven_examples(examples, 40, seed=1)]
