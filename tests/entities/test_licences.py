from datetime import date

import pytest

from tip_nlp.entities.extraction import find_entities
from tip_nlp.entities.licences import read_licences
from tip_nlp.errors import InputError
from tip_nlp.normalize import normalize

TODAY = date(2026, 11, 21)
LIST = """number,holder,status,valid_until
0123/LHR,Example Promoters,valid,2027-06-30
OEP/0456/RWP,Example Two,valid,2026-11-20
0789/KAR,Example Three,cancelled,
"""


@pytest.fixture
def licences(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return read_licences(path)


# fmt: off
@pytest.mark.parametrize(("text", "status"), [
    ("Licence No. 0123 / lhr", "valid"),
    ("oep-0456/RWP", "expired"),
    ("License 0789/KAR", "cancelled"),
    ("licence 9999/ISB", "unknown"),
])
# fmt: on
def test_status_of_a_number_in_a_text(licences, text, status):
    [found] = find_entities(normalize(text), licences, TODAY)

    assert found.details["status"] == status


def test_without_a_list_no_status_is_claimed():
    [found] = find_entities(normalize("Licence No. 0123/LHR"), None, TODAY)

    assert "status" not in found.details


def test_every_faulty_row_is_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("number,holder,status,valid_until\n,a,valid,\n1/LHR,b,fine,\n2/LHR,c,valid,soon\n", encoding="utf-8")

    with pytest.raises(InputError, match="line 2.*line 3.*'fine'.*line 4.*'soon'"):
        read_licences(path)


def test_missing_columns_are_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("no,name\n1,a\n", encoding="utf-8")

    with pytest.raises(InputError, match="number, holder, status, valid_until.*got no, name"):
        read_licences(path)
