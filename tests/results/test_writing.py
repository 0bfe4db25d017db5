import csv
import io
import json

import pytest

from tip_nlp.records import Record
from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result
from tip_nlp.results.writing import CsvWriter, JsonWriter

ROW = {"=1+1": "@SUM(1)", "id": "=cmd|' /C calc'!A0", "note": "\t=1", "wide": "＝1+1", "text": "-2+3 cooks wanted"}
PLAIN = {"longitude": "-74.25", "phone": "+923001234567", "age": -5, "text": "A cook's job - now"}


def as_csv(row, **options):
    stream = io.StringIO()
    CsvWriter(stream, list(row), **options).write(Result(Record("ads.csv", 1, row, str(row.get("id")), "x"), None))
    return list(csv.reader(io.StringIO(stream.getvalue())))


def test_no_cell_and_no_column_name_is_a_formula():
    header, cells = as_csv(ROW)

    assert header[:5] == ["'=1+1", *list(ROW)[1:]]
    assert cells[:5] == [f"'{value}" for value in ROW.values()]
    assert cells[header.index("tip_id")] == f"'{ROW['id']}"


def test_raw_cells_are_the_input_s_own_and_no_others():
    header, cells = as_csv(ROW, raw=True)

    assert (header[:5], cells[:5]) == (list(ROW), list(ROW.values()))
    assert cells[header.index("tip_id")] == f"'{ROW['id']}"


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_no_formula_stays_as_it_came(name):
    header, cells = as_csv(PLAIN)

    assert cells[header.index(name)] == str(PLAIN[name])


@pytest.mark.parametrize("own", [["tip_id"], ["input_tip_id", "tip_id"], ["input_input_tip_id", "input_tip_id"]])
def test_columns_that_bear_a_name_of_ours_hide_no_other(own):
    row = {name: f"mine {number}" for number, name in enumerate(own)}

    header, cells = as_csv(row)

    assert len(set(header)) == len(header)
    assert {f"mine {number}" for number in range(len(own))} <= set(cells)


def test_a_result_scanned_again_and_again_keeps_every_column(tmp_path):
    path, row = tmp_path / "out.jsonl", {"text": "x", "error": "mine"}
    for times in range(3):
        with path.open("w", encoding="utf-8") as stream:
            JsonWriter(stream).write(Result(Record(f"{times}.jsonl", 1, row, "1", "x", error="no text"), None))
        assert next(read_results(path)).record.row == row
        row = json.loads(path.read_text("utf-8"))

    assert [row[f"{'input_' * n}record"]["source"] for n in (0, 1, 2)] == ["2.jsonl", "1.jsonl", "0.jsonl"]
    assert row["input_input_input_error"] == "mine"
