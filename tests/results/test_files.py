import codecs
import csv
import json

import openpyxl
import pyarrow.parquet
import pytest

from tip_nlp.records import Columns, Record, Records
from tip_nlp.results.files import FORMATS, write_results
from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result

BAD = "caf\udce9 کام"  # a byte that is no UTF-8, as it is read
ROW = {"text": BAD, "b\udcffd": "x", "n": float("nan"), "nested": {"high": float("inf"), "a": [BAD]}}


def row_as_written(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.DictReader(stream))
    if path.suffix == ".jsonl":
        return json.loads(path.read_text("utf-8"), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()[0]
    head, first = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return dict(zip(head, first, strict=True))


@pytest.fixture
def written(tmp_path):
    def written(suffix):
        target = tmp_path / f"out{suffix}"
        result = Result(Record("ads.csv", 1, ROW, "1", "", error="no text", columns=("text",)), None)
        write_results(lambda: [result], [str(target)], list(ROW))
        return target

    return written


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_file_is_unicode_and_has_numbers_only(written, suffix):
    row = row_as_written(written(suffix))

    assert row["text"].encode("utf-8", "backslashreplace").decode() == "caf\\udce9 کام"
    assert row["n"] in (None, "")
    nested = row["nested"] if suffix == ".jsonl" else json.loads(row["nested"])
    assert nested == {"high": None, "a": [BAD]}


def test_what_is_no_unicode_is_read_back_as_it_was(written):
    assert next(read_results(written(".jsonl"))).record.row == ROW | {
        "n": None,
        "nested": {"high": None, "a": [BAD]},
    }


def test_csv_says_that_it_is_utf8_and_is_read_again(written):
    path = written(".csv")

    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with Records([str(path)], Columns(), None) as records:
        assert records.header[0] == "text"
