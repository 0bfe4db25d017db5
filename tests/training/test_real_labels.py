import re
from collections import Counter

import pytest

from tip_nlp.taxonomy import load_taxonomy
from training.config import data_folder
from training.corpus import STATUSES, digest
from training.dataset import SOURCES, read_source
from training.real_labels import COLUMNS, LABELS, indicators_of, load_labels

HEAD = "\t".join(COLUMNS) + "\n"


def test_labels_hold_ids_and_labels_of_the_guide_and_no_text():
    header, *rows = (line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines())
    names = {name.removeprefix("?") for row in rows for name in row[4].split(",") if name}

    assert tuple(header) == COLUMNS
    assert len({row[1] for row in rows}) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{16}", row[1]) for row in rows)
    assert {row[2] for row in rows} <= STATUSES
    assert {row[3] for row in rows} <= {"sure", "arguable"}
    assert names <= set(load_taxonomy().ids)
    assert Counter(row[0] for row in rows)["locanto-jobs"] >= 800
    assert Counter(row[0] for row in rows)["jobinja-fa"] >= 250


def test_what_counts_and_what_is_a_hint_are_told_apart(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text(
        HEAD + f"locanto-jobs\t{digest('an ad')}\taffirmed\targuable\tsuspicious_offer,?deception\n", encoding="utf-8"
    )

    [(key, label)] = load_labels(path).items()

    assert key == digest("an ad")
    assert (label.indicators, label.hints) == (("suspicious_offer",), ("deception",))


def test_only_what_counts_has_indicators():
    for label in load_labels().values():
        assert bool(label.indicators) == (label.status == "affirmed")
    assert indicators_of("a text that nobody annotated") == ()


def test_labels_name_texts_of_their_sources():
    try:
        data = data_folder()
    except SystemExit:
        pytest.skip("the real text is not here: set TIP_NLP_DATA")
    known = {source.name: {digest(text.text) for text in read_source(data, source)} for source in SOURCES[:2]}

    assert all(key in known[label.source] for key, label in load_labels().items())
