import codecs
import csv
import dataclasses
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from scans import DISTINCT, ROWS, engine_of, real_engine, request, stub_analyzer

from tip_nlp.batch import Request, scan_files
from tip_nlp.errors import InputError
from tip_nlp.manifest import read_manifest
from tip_nlp.records import Columns
from tip_nlp.results.dates import posted
from tip_nlp.results.reading import read_results
from tip_nlp.verification import verify_scan


def test_rows_come_back_in_order_with_rank_and_duplicates(ads, tmp_path, shape):
    summary = scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"), show=3)

    results = list(read_results(tmp_path / "o" / "out.jsonl"))
    assert summary.counts == {"rows": ROWS + 2, "failed": 2, "texts": DISTINCT + 1, "done": DISTINCT + 1}
    assert [r.record.id for r in results] == [str(n) for n in range(ROWS + 2)]
    assert results[1200].duplicate_of == "200"
    assert results[1200].first == results[200].text_key == (str(ads), 201)
    assert results[200].duplicate_of is None
    assert results[1200].assessment | {"id": ""} == results[200].assessment | {"id": ""}
    assert sorted(r.rank for r in results if r.rank) == list(range(1, ROWS + 1))
    assert [r.rank for r in summary.best] == [1, 2, 3]
    assert summary.best[0].assessment["tier"] == "high"
    assert [r.record.error for r in results[-2:]] == ["expected a text in 'text', got an empty text", "cannot be read"]


def test_every_format_holds_the_same(ads, tmp_path, shape):
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"))

    with (tmp_path / "o" / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        by_csv = [(row["id"], row["tip_tier"], row["tip_rank"]) for row in csv.DictReader(stream)]
    table = pyarrow.parquet.read_table(tmp_path / "o" / "out.parquet").to_pylist()
    sheet = openpyxl.load_workbook(tmp_path / "o" / "out.xlsx", read_only=True).active
    rows = sheet.iter_rows(values_only=True)
    head = next(rows)
    by_xlsx = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["id"], row["tip_tier"] or "", row["tip_rank"] or "") for row in table] == by_csv
    assert [
        (r["id"], r["tip_tier"] or "", "" if r["tip_rank"] is None else str(r["tip_rank"])) for r in by_xlsx
    ] == by_csv
    assert json.loads(table[0]["tip_assessment"])["tier"] == by_csv[0][1]


def test_bad_rows_go_to_an_errors_file_with_reasons(ads, tmp_path, shape):
    summary = scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("csv",)))

    assert summary.errors.read_bytes().startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(summary.errors.open(encoding="utf-8-sig")))
    assert [(row["row"], row["id"], row["reason"]) for row in rows] == [
        (str(ROWS + 1), str(ROWS), "expected a text in 'text', got an empty text"),
        (str(ROWS + 2), str(ROWS + 1), "cannot be read"),
    ]


def test_a_workspace_that_cannot_be_one_is_refused_before_anything_is_assessed(ads, tmp_path, shape):
    (tmp_path / "letter").write_text("a letter, no workspace. " * 100)
    for name, why in (("nowhere/w", "no such folder"), ("", "is a folder"), ("letter", "not a workspace")):
        wanted = dataclasses.replace(request(ads, tmp_path / "o", ("csv",)), campaigns=True, workspace=tmp_path / name)
        with pytest.raises(InputError, match=why):
            scan_files(stub_analyzer(), None, wanted)

    assert list((tmp_path / "o").iterdir()) == []


@pytest.mark.parametrize(
    ("outputs", "workspace"),
    [
        (("o/a.csv", "o/../o/a.csv"), None),
        (("o/a.csv", "o/a.csv.errors.csv"), None),
        (("ads.csv",), None),  # its errors file is the input
        (("o/a.csv",), "o/a.csv"),
        (("o/a.csv",), "o/a.csv.journal"),
        (("o/a.csv",), "ads.csv.errors.csv"),
    ],
)
def test_no_file_has_two_roles(ads, tmp_path, outputs, workspace):
    (tmp_path / "o").mkdir()
    given = ads.rename(tmp_path / "ads.csv.errors.csv")
    places = tuple(str(tmp_path / name) for name in outputs)
    wanted = Request((str(given),), places, workspace=workspace and tmp_path / workspace)

    with pytest.raises(InputError, match="would destroy the other"):
        scan_files(stub_analyzer(), None, wanted)

    assert given.is_file()
    assert list((tmp_path / "o").iterdir()) == []


def test_spreadsheets_mark_evidence_and_turn_right_to_left(tmp_path, analyzer):
    ads = tmp_path / "ads.jsonl"
    text = "مالک نے میرا پاسپورٹ اپنے پاس رکھ لیا ہے، پانچ مہینے سے تنخواہ نہیں دی اور باہر نہیں جانے دیتا۔"
    ads.write_text(
        json.dumps({"id": "=1+1", "text": text}) + "\n" + json.dumps({"id": "b", "text": "=2+2 chai"}), "utf-8"
    )

    scan_files(analyzer, real_engine(analyzer), request(ads, tmp_path / "o", ("xlsx",)))

    sheet = openpyxl.load_workbook(tmp_path / "o" / "out.xlsx", rich_text=True).active
    column = [cell.value for cell in sheet[1]].index("text") + 1
    marked = sheet.cell(2, column)
    bold = [str(run.text) for run in marked.value if getattr(getattr(run, "font", None), "b", False)]
    assert str(marked.value) == text
    assert any("پاسپورٹ" in run for run in bold)
    assert marked.alignment.readingOrder == 2
    assert sheet.cell(3, column).value == "=2+2 chai"
    assert sheet.cell(3, column).data_type != "f"


def test_a_file_of_a_folder_that_may_not_be_read_is_in_the_manifest_with_the_reason(tmp_path, analyzer, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_text("text\nThey keep my passport\n", "utf-8")
    real = io.FileIO, Path.open

    def refuse(opened):
        def wrapped(path, *args, **options):
            if str(path).endswith("b.csv"):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *args, **options)

        return wrapped

    monkeypatch.setattr("tip_nlp.records.sources.io.FileIO", refuse(real[0]))
    monkeypatch.setattr(Path, "open", refuse(real[1]))
    wanted = request(tmp_path / "in", tmp_path / "o", ("jsonl",))

    summary = scan_files(analyzer, real_engine(analyzer), wanted)

    good, bad = read_manifest(summary.manifest)["inputs"]
    assert good["sha256"]
    assert (bad["path"], bad["sha256"]) == (str(tmp_path / "in" / "b.csv"), None)
    assert bad["error"] in summary.errors.read_text("utf-8-sig")
    found = verify_scan(analyzer, summary.manifest, 5)
    assert (found.differences, found.rows) == ((), 2)
    assert "b.csv could not be read when it was scanned" in found.gaps[0]
    assert tmp_path / "in" / "b.csv" not in found.files
    monkeypatch.undo()
    assert verify_scan(analyzer, summary.manifest, 5).differences == ()


def test_the_day_of_the_column_that_was_named_goes_with_the_row(tmp_path, shape):
    ads = tmp_path / "ads.csv"
    ads.write_text("text,date,seen\nCook wanted,2020-01-01,3/4/2026\nDriver wanted,2020-01-01,soon\n", "utf-8")
    scan_files(
        stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("jsonl",), columns=Columns(date="seen"))
    )
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "guessed", ("jsonl",)))

    named, guessed = (list(read_results(tmp_path / name / "out.jsonl")) for name in ("o", "guessed"))
    written = json.loads((tmp_path / "o" / "out.jsonl").read_text("utf-8").splitlines()[0])["record"]
    assert (written["day"], written["date_column"]) == ("2026-04-03", "seen")
    assert [posted(result.record) for result in named] == [date(2026, 4, 3), None]
    assert [posted(result.record) for result in guessed] == [date(2020, 1, 1)] * 2
