"""The functional cases: well-formed, apart from the training text, and the harness that scores them."""

import pytest

from tip_nlp.types import KINDS
from training.corpus import DOCUMENTS, load_corpus
from training.dataset import near_duplicates
from training.functional import COLUMNS, Answer, Case, load_cases, passed

HEADER = ",".join(COLUMNS)


@pytest.fixture(scope="module")
def cases():
    return load_cases()


def test_cases_are_well_formed_and_many(cases):
    assert len(cases) >= 1_000
    assert {case.kind for case in cases} == set(KINDS)


@pytest.mark.parametrize("language", ["en", "ur", "ur-Latn"])
def test_main_languages_have_thirty_functionalities(cases, language):
    assert len({case.functionality for case in cases if case.language == language}) >= 30


def test_no_case_nearly_repeats_a_training_text(cases):
    found = near_duplicates(
        [case.text for case in cases], [item.text for item in [*load_corpus(), *load_corpus(DOCUMENTS)]]
    )

    assert [cases[i].id for i, _ in found] == []


def case(id, expected, contrast=""):
    return Case("f", id, "en", "ad", "t", expected, contrast)


def test_a_case_passes_by_its_flag_or_by_staying_near_its_contrast():
    cases = [case("a", "flag"), case("b", "clear"), case("c", "same", "a"), case("d", "same", "a")]
    answers = [
        Answer(True, {"trafficking": 0.90}),
        Answer(True, {"trafficking": 0.80}),
        Answer(True, {"trafficking": 0.86}),
        Answer(True, {"trafficking": 0.70}),
    ]

    assert passed(cases, answers) == [True, False, True, False]


def test_every_fault_is_reported(tmp_path):
    (tmp_path / "en.csv").write_text(
        f"{HEADER}\nf,1,en,poem,t,flag,\nf,2,en,ad,,clear,\nf,3,en,ad,t,same,\nf,4,en,ad,t,maybe,9\n", encoding="utf-8"
    )

    with pytest.raises(ValueError, match="kind 'poem'.*text is empty.*needs a contrast_id.*'maybe'.*no case '9'"):
        load_cases(tmp_path)
