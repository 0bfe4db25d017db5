import pytest

from tip_nlp.taxonomy import load_taxonomy
from training.agreement import COLUMNS, LABELS, Pair, kappa, load_pairs
from training.corpus import STATUSES, Item, digest


def pair(first, second):
    item = Item(
        "b", "g", "s", "ad", "en", "affirmed" if first else "ordinary", "self", "t", dict.fromkeys(first, ["t"])
    )
    return Pair(item, "affirmed" if second else "ordinary", "sure", frozenset(second))


def test_kappa_takes_chance_off():
    same = [pair(["deception"], ["deception"]), pair([], [])] * 5
    opposite = [pair(["deception"], []), pair([], ["deception"])] * 5

    assert kappa(same) == kappa(same, "deception") == pytest.approx(1.0)
    assert kappa(opposite) == pytest.approx(-1.0)
    assert [p.disagree for p in opposite[:2]] == [True, True]


def test_second_labels_are_of_the_guide_and_of_the_corpus():
    rows = [line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines()]
    pairs = load_pairs()

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) - 1 >= 600
    assert {row[1] for row in rows[1:]} <= STATUSES
    assert {name for row in rows[1:] for name in row[3].split(",") if name} <= set(load_taxonomy().ids)
    assert len(pairs) >= 0.99 * (len(rows) - 1)
    assert not any(p.disagree for p in pairs)  # what two readers do not read alike left the corpus
    assert digest(pairs[0].item.text) in {row[0] for row in rows}
