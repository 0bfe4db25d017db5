import csv

from tip_nlp.exports import export
from tip_nlp.exports.htcds import FIELDS, REFERENCE
from tip_nlp.taxonomy import load_taxonomy


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_columns_are_those_of_the_standard_after_the_reference(results, tmp_path):
    export(results, tmp_path / "htcds.csv", "htcds")

    assert tuple(rows(tmp_path / "htcds.csv")[0]) == REFERENCE + FIELDS
    assert len(FIELDS) == 17
    assert all(each.startswith("MethodsOfControl") for each in FIELDS)


def test_fields_are_true_or_not_known(results, tmp_path):
    export(results, tmp_path / "htcds.csv", "htcds")

    first, second = rows(tmp_path / "htcds.csv")  # the repeated text and the one without indicators are left out
    assert {name for name in FIELDS if first[name]} == {
        "MethodsOfControlWithholdsDocuments",
        "MethodsOfControlTakesEarnings",
    }
    assert {name for name in FIELDS if second[name]} == {"MethodsOfControlWithholdsDocuments"}
    assert {first[name] for name in FIELDS} == {"TRUE", ""}
    assert second["tip_id"] == "'=cmd()"


def test_every_field_the_taxonomy_names_has_its_column():
    assert {each.htcds for each in load_taxonomy().indicators} - {""} <= set(FIELDS)
