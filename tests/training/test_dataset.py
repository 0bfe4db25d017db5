import dataclasses
import json

import pytest

from training.corpus import CORPUS, DOCUMENTS, Item, faults, load_corpus
from training.dataset import (
    DROPPED,
    FIRST_BATCHES,
    MEASURED_DOCUMENTS,
    MISLEADING_BATCHES,
    REGISTERS,
    TEST,
    TRAIN,
    UNSEEN,
    UNSEEN_BATCHES,
    VALIDATION,
    document_part,
    near_duplicates,
    pieces_of,
    split_corpus,
)
from training.examples import parts_of

GOOD = {
    "group": "g-1", "scenario": "tailor in Sharjah", "kind": "message", "language": "en", "status": "affirmed",
    "experiencer": "self", "text": "They keep my passport.", "indicators": {"document_retention": ["keep my passport"]},
}  # fmt: skip


def item(group, text):
    return Item("en-a", group, "s", "message", "en", "ordinary", "self", text, {})


@pytest.fixture(scope="module")
def corpus():
    return load_corpus()


# fmt: off
@pytest.mark.parametrize(("change", "says"), [
    ({"language": "xx"}, "language: 'xx'"),
    ({"indicators": {"document_retention": ["keep a passport"]}}, "quote not in text"),
    ({"indicators": {"nothing": ["keep"]}}, "unknown indicator"),
    ({"indicators": {}}, "exactly when status is affirmed"),
    ({"status": "lawful"}, "exactly when status is affirmed"),
    ({"colour": 1}, "unknown ['colour']"),
    ({"kind": "transcript"}, "transcript without"),
])
# fmt: on
def test_faults_are_named(change, says):
    assert faults(GOOD) == []
    assert any(says in fault for fault in faults(GOOD | change))


def test_load_corpus_refuses_a_faulty_line(tmp_path):
    (tmp_path / "b.jsonl").write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"kind": "poem"}), encoding="utf-8")

    with pytest.raises(ValueError, match="b.jsonl:2"):
        load_corpus(tmp_path)


def test_split_keeps_groups_and_near_duplicates_together():
    texts = [f"story number {n} about a driver in town {n * 7} who likes tea and long roads" for n in range(200)]
    items = [item(f"g-{n}", text) for n, text in enumerate(texts)]
    twins = [item("g-0", "another text of the first group"), item("far", texts[5] + ".")]

    parts = split_corpus([*items, *twins])

    assert parts[0] == parts[-2]
    assert parts[5] == parts[-1]


def test_unseen_batches_are_neither_learnt_from_nor_move_other_texts():
    items = [item(f"g-{n}", f"story number {n} about a driver in town {n * 7} who likes tea") for n in range(50)]
    new = [
        dataclasses.replace(item("a-1", "quite another tale of a baker, his oven and the rain"), batch="en-i"),
        dataclasses.replace(item("a-2", items[3].text + "!"), batch="en-i"),
    ]

    parts = split_corpus([*items, *new])

    assert parts[:-2] == split_corpus(items)
    assert parts[-2:] == [UNSEEN, DROPPED]


def test_the_batches_that_are_measured_on_are_all_there(corpus):
    registers = frozenset().union(*REGISTERS.values())

    assert {each.batch for each in corpus} >= FIRST_BATCHES | UNSEEN_BATCHES | MISLEADING_BATCHES | registers
    assert not FIRST_BATCHES & (UNSEEN_BATCHES | MISLEADING_BATCHES)
    assert not registers & (FIRST_BATCHES | UNSEEN_BATCHES | MISLEADING_BATCHES)


def test_texts_written_to_measure_a_register_are_never_learnt_from_or_fitted_on(corpus):
    parts = {part for each, part in zip(corpus, split_corpus(corpus), strict=True) if each.batch in REGISTERS["plain"]}

    assert parts <= {UNSEEN, DROPPED}


def test_later_batches_are_never_measured_and_do_not_move_other_texts():
    items = [item(f"g-{n}", f"story number {n} about a driver in town {n * 7} who likes tea") for n in range(50)]
    tales = [f"quite another tale, the {n}th, of baker {n * 13}, his oven and the rain" for n in range(60)]
    later = [dataclasses.replace(item(f"l-{n}", tale), batch="en-m") for n, tale in enumerate(tales)]
    repeated = dataclasses.replace(item("l-x", items[3].text + "!"), batch="en-m")

    parts = split_corpus([*items, *later, repeated])

    assert parts[: len(items)] == split_corpus(items)
    assert set(parts[len(items) : -1]) <= {TRAIN, VALIDATION}
    assert parts[-1] == DROPPED


def test_whole_documents_repeat_no_segment(corpus):
    documents = load_corpus(DOCUMENTS)

    assert near_duplicates([i.text for i in documents], [i.text for i in corpus]) == []


def test_the_first_documents_are_never_learnt_from(corpus):
    documents = load_corpus(DOCUMENTS)

    assert {document_part(i) for i in documents if i.batch in MEASURED_DOCUMENTS} == {VALIDATION, TEST}
    assert not {(i.group, document_part(i)) for i in documents} & {
        (i.group, other) for i in documents for other in {TRAIN, VALIDATION, TEST} - {document_part(i)}
    }


def test_a_part_of_a_document_has_what_is_quoted_from_it():
    filler = "We sell rice and flour in the bazaar, and tea when it rains. " * 6
    whole = dataclasses.replace(
        item("d-1", filler + "\nThe owner keeps my passport.\n" + filler), indicators={"document_retention": ["keeps my passport"]}
    )

    examples = parts_of(whole)

    held = ["keeps my passport" in e.text for e in examples]
    assert held.count(True) == 2 < len(held)  # a segment, and the passage it stands in
    assert [bool(e.target.any()) for e in examples] == held


def test_no_piece_of_a_real_text_is_learnt_twice():
    short, long = "We sell rice and flour.", "We sell rice and flour in the bazaar, and tea when it rains. " * 12

    assert pieces_of(short, 4, 1) == [short]
    *first, whole = pieces_of(long, 4, 1)
    assert len(first) > 1
    assert all(piece in whole and piece != whole for piece in first)


def test_near_duplicates_finds_a_reworded_copy_and_not_a_neighbour():
    copy = "They took my passport at the airport and said wait."
    found = near_duplicates(
        ["They took my passport at the airport and said to wait.", "He sells mangoes by the road."], [copy, "Fresh mangoes!"]
    )

    assert found == [(0, 0)]


def shared_words(left, right):
    return len(left & right) / max(1, len(left | right))


def test_no_near_duplicate_crosses_the_splits_of_the_corpus(corpus):
    """Another measure than the split's own: the overlap of the texts' words."""
    parts = split_corpus(corpus)
    words = [frozenset(i.text.casefold().split()) for i in corpus]
    seen = [n for n, part in enumerate(parts) if part != TEST]
    by_word = {}
    for n in seen:
        for word in words[n]:
            by_word.setdefault(word, set()).add(n)

    for n, part in enumerate(parts):
        if part == TEST and len(words[n]) >= 6:
            # Only texts that share a rare word of this one can share most of its words.
            rare = sorted(words[n], key=lambda w: len(by_word.get(w, ())))[: len(words[n]) // 2]
            near = set().union(*(by_word.get(w, ()) for w in rare))
            assert all(shared_words(words[n], words[m]) < 0.75 for m in near), corpus[n].group


def test_groups_and_scenarios_do_not_cross(corpus):
    parts = split_corpus(corpus)

    assert len({(i.group, p) for i, p in zip(corpus, parts, strict=True)}) == len({i.group for i in corpus})


def test_corpus_has_the_breadth_it_claims(corpus):
    safe = [i for i in corpus if not i.indicators]

    assert len(corpus) >= 1_500
    assert len(safe) / len(corpus) >= 0.4
    assert {i.language for i in corpus} >= {"en", "ur", "ur-Latn", "pnb", "sd", "ps", "ar", "fa", "hi", "bn", "tr"}
    for language in ("en", "ur", "ur-Latn"):
        covered = {name for i in corpus if i.language == language for name in i.indicators}
        assert len(covered) == 28, language


def test_samples_are_not_in_the_corpus(corpus):
    lines = (CORPUS.parent.parent / "data_samples" / "samples.jsonl").read_text(encoding="utf-8").splitlines()

    assert near_duplicates([json.loads(line)["text"] for line in lines], [i.text for i in corpus]) == []
