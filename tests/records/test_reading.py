import gzip
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from tip_nlp.errors import InputError
from tip_nlp.records import Columns, Layout, Records

ROWS = [
    {"id": "1", "text": "Cook wanted in Multan, weekly day off."},
    {"id": "2", "text": "ڈرائیور کی ضرورت ہے، تنخواہ 45000"},
    {"id": "3", "text": "Naukri ke liye rabta karein 🙂"},
]


def read(*paths, columns=None, **layout):
    with Records([str(p) for p in paths], columns or Columns(), None, Layout(**layout)) as records:
        return list(records)


def csv_text(delimiter=","):
    lines = [delimiter.join(("id", "text"))]
    return (
        "\n".join([*lines, *(delimiter.join((r["id"], json.dumps(r["text"], ensure_ascii=False))) for r in ROWS)])
        + "\n"
    )


def as_csv(path):
    path.write_text(csv_text(), encoding="utf-8")


def as_tsv(path):
    path.write_text(csv_text("\t"), encoding="utf-8")


def as_utf16(path):
    path.write_text(csv_text(";"), encoding="utf-16")


def as_jsonl(path):
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")


def as_json(path):
    path.write_text(json.dumps(ROWS, indent=1), encoding="utf-8")


def as_json_inside(path):
    path.write_text(json.dumps({"meta": {"n": 3}, "posts": ROWS}, indent=1), encoding="utf-8")


def as_xlsx(path):
    book = openpyxl.Workbook()
    book.active.append(["id", "text"])
    for row in ROWS:
        book.active.append([row["id"], row["text"]])
    book.save(path)


def as_parquet(path):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)


def as_gz(path):
    path.write_bytes(gzip.compress(csv_text().encode()))


def as_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        inner = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), inner)
        archive.writestr("day/ads.parquet", inner.getvalue())
        archive.writestr("day/readme.pdf", b"passed over")


# fmt: off
@pytest.mark.parametrize(("name", "write"), [
    ("ads.csv", as_csv), ("ads.tsv", as_tsv), ("ads.csv", as_utf16), ("ads.jsonl", as_jsonl), ("ads.ndjson", as_jsonl),
    ("ads.json", as_json), ("ads.json", as_json_inside), ("ads.json", as_jsonl), ("ads.xlsx", as_xlsx),
    ("ads.parquet", as_parquet), ("ads.csv.gz", as_gz), ("ads.zip", as_zip),
])
# fmt: on
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)

    found = read(tmp_path / name)

    assert [(r.id, r.text, r.error) for r in found] == [(row["id"], row["text"], None) for row in ROWS]


def test_windows_arabic_is_told_from_its_bytes(tmp_path):
    text = "id;text\n" + "\n".join(f"{n};مطلوب سائق للعمل في الرياض براتب جيد مع السكن رقم {n}" for n in range(20))
    (tmp_path / "ads.csv").write_bytes(text.encode("cp1256"))

    guessed, told = read(tmp_path / "ads.csv"), read(tmp_path / "ads.csv", encoding="cp1256")

    assert guessed[3].text == told[3].text == "مطلوب سائق للعمل في الرياض براتب جيد مع السكن رقم 3"


def test_folders_and_patterns_give_their_files_by_name(tmp_path):
    for name in ("b.txt", "a.txt", "note.pdf", ".hidden.txt"):
        (tmp_path / name).write_text(f"text of {name}", encoding="utf-8")

    assert [r.text for r in read(tmp_path)] == ["text of a.txt", "text of b.txt"]
    assert [r.text for r in read(tmp_path / "*.txt")] == ["text of a.txt", "text of b.txt"]


def test_several_text_columns_are_joined(tmp_path):
    (tmp_path / "ads.csv").write_text("title,body,city\nDriver,Night shift,Lahore\n,Only body,\n,,Multan\n", "utf-8")

    found = read(tmp_path / "ads.csv", columns=Columns(("title", "body")))

    assert [r.text for r in found] == ["Driver\nNight shift", "Only body", ""]
    assert found[2].error == "expected a text in 'title' or 'body', got an empty text"


def test_dates_and_numbers_of_a_sheet_become_json(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["text", "posted", "pay"])
    book.active.append(["Cook wanted in Multan", datetime(2026, 11, 2, 9, 30), 45_000])
    second = book.create_sheet("more")
    second.append(["text"])
    second.append(["Driver wanted in Quetta"])
    book.save(tmp_path / "ads.xlsx")

    found = read(tmp_path / "ads.xlsx")

    assert found[0].row == {"text": "Cook wanted in Multan", "posted": "2026-11-02T09:30:00", "pay": 45_000, "sheet": "Sheet"}
    assert found[1].row == {"text": "Driver wanted in Quetta", "sheet": "more"}


def test_a_file_that_breaks_off_says_so_and_keeps_what_came_before(tmp_path):
    whole = gzip.compress("".join(f"{json.dumps({'text': f'ad number {n} for a cook ' + 'x' * n})}\n" for n in range(900)).encode())
    (tmp_path / "ads.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    as_csv(tmp_path / "next.csv")

    found = read(tmp_path / "ads.jsonl.gz", tmp_path / "next.csv")

    broken = [r for r in found if r.error]
    assert len(broken) == 1
    assert "cannot be read further" in broken[0].error
    assert found[0].text.startswith("ad number 0")
    assert found[-1].text == ROWS[-1]["text"]


# fmt: off
@pytest.mark.parametrize(("name", "content", "says"), [
    ("ads.zip", b"no archive", "not a ZIP archive"),
    ("ads.xlsx", b"no sheet", "not readable as .xlsx"),
    ("ads.parquet", b"no parquet", "not readable as .parquet"),
    ("ads.gz", b"", "unknown format"),
])
# fmt: on
def test_what_cannot_be_read_is_named(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=says):
        read(tmp_path / name)


def test_an_empty_folder_and_a_wrong_encoding_are_named(tmp_path):
    as_csv(tmp_path / "ads.csv")
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputError, match="holds no file in a format"):
        read(tmp_path / "empty")
    with pytest.raises(InputError, match="unknown encoding"):
        read(tmp_path / "ads.csv", encoding="utf-99")


@pytest.mark.parametrize("later", ['3,"third, quoted"\n4,fourth\n', "3,third\n4,fourth\n"], ids=["quotes follow", "none do"])
def test_a_quote_that_is_not_closed_costs_its_own_row_only(tmp_path, later):
    (tmp_path / "ads.csv").write_text(f'id,text\n1,first\n2,"second\n{later}', "utf-8")

    found = read(tmp_path / "ads.csv")

    assert [record.id for record in found] == ["1", "2", "3", "4"]
    assert found[1].error == "a quote is opened here and not closed: mend it in the file and scan again"
    assert found[1].row == {"id": "2", "text": '"second'}
    assert [record.error for record in found if record.id != "2"] == [None] * 3
    assert found[3].text == "fourth"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quote_left_open_in_a_cell_of_several_lines(tmp_path, end):
    lines = ["id,text", "1,first", '2,"second', "more of it, and more, still", "3,third", '4,"fourth, quoted"', "5,fifth"]
    (tmp_path / "ads.csv").write_bytes(end.join(lines).encode())

    found = read(tmp_path / "ads.csv")

    assert [(record.id, record.error is None) for record in found] == [
        ("1", True), ("2", False), ("3", True), ("4", True), ("5", True),
    ]  # fmt: skip
    assert found[1].row["text"] == '"second more of it, and more, still'


def test_a_cell_of_several_lines_with_odd_quotes_is_not_cut_into_rows(tmp_path):
    ad = 'We need drivers\nfood, room, visa\nno "agent" fee'
    (tmp_path / "ads.csv").write_text(f'id,text,city\n1,"{ad}",Dubai\n2,b,c\n', "utf-8")

    found = read(tmp_path / "ads.csv")

    assert [(record.id, record.error) for record in found] == [("1", None), ("2", None)]
    assert "food, room, visa" in found[0].text
    assert found[0].row["city"] == "Dubai"


def test_a_quote_open_to_the_end_of_the_file_is_said(tmp_path):
    (tmp_path / "ads.csv").write_text('text\n"one ad\nand another\nand a third\n', "utf-8")

    [found] = read(tmp_path / "ads.csv")

    assert "not closed" in found.error
    assert "a third" in found.row["text"]


def test_a_quote_open_in_the_header_is_an_error(tmp_path):
    (tmp_path / "ads.csv").write_text('id,"text\n1,one\n2,two\n', "utf-8")

    with pytest.raises(InputError, match=r"ads\.csv: the header cannot be read"):
        read(tmp_path / "ads.csv")


def test_odd_quotes_in_a_line_are_read_as_well_as_can_be(tmp_path):
    rows = ['1,"she said "two" there"', '2,"a 5"" pipe"', '3,a 5" pipe', '4,"two', 'lines"']
    (tmp_path / "ads.csv").write_text("\n".join(["id,text", *rows]), "utf-8")

    found = read(tmp_path / "ads.csv")

    assert [record.error for record in found] == [None] * 4
    assert [record.text for record in found][1:] == ['a 5" pipe', 'a 5" pipe', "two\nlines"]
    assert "two" in found[0].text


def without_dimension(path):
    """The same workbook as programs write it that say of every sheet that it is one cell."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content))


def test_a_sheet_is_read_beyond_the_size_it_states(tmp_path):
    as_xlsx(tmp_path / "ads.xlsx")
    without_dimension(tmp_path / "ads.xlsx")

    assert [r.text for r in read(tmp_path / "ads.xlsx")] == [row["text"] for row in ROWS]


@pytest.mark.parametrize(("name", "content"), [("ads.csv", b"id,text\n"), ("ads.tsv.gz", gzip.compress(b"id\ttext\n"))])
def test_a_file_of_no_rows_says_so(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    [found] = read(tmp_path / name)

    assert found.error == "holds no rows"


def test_a_workbook_of_no_rows_says_so_and_a_blank_file_is_none(tmp_path):
    openpyxl.Workbook().save(tmp_path / "ads.xlsx")
    (tmp_path / "ads.jsonl").write_bytes(b" \n\n")

    assert [r.error for r in read(tmp_path / "ads.xlsx")] == ["holds no rows"]
    assert read(tmp_path / "ads.jsonl") == []


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_every_sheet_has_a_text_column_of_its_own(tmp_path):
    old, new = [["no", "ad"], [1, "Cook wanted"]], [["id", "text"], ["x", "Driver wanted"]]
    workbook(tmp_path / "ads.xlsx", old=old, new=new, empty=[])

    found = read(tmp_path / "ads.xlsx")

    assert [(r.number, r.id, r.text, r.row["sheet"]) for r in found] == [
        (1, "ads.xlsx:1", "Cook wanted", "old"),
        (2, "x", "Driver wanted", "new"),
    ]
    assert [r.text for r in read(tmp_path / "ads.xlsx", columns=Columns(("text",)))] == ["", "Driver wanted"]
    with pytest.raises(InputError, match="no column 'body'"):
        read(tmp_path / "ads.xlsx", columns=Columns(("body",)))


def test_cells_under_no_name_are_kept(tmp_path):
    rows = [["id", "text", None, "column_3"], ["1", "Cook wanted", "Multan", "x", None, "0300"], ["2", "Driver wanted"]]
    workbook(tmp_path / "ads.xlsx", ads=rows)

    with Records([str(tmp_path / "ads.xlsx")], Columns(), None) as records:
        found = list(records)

    assert [r.row for r in found] == [
        {"id": "1", "text": "Cook wanted", "column_3": "Multan", "column_3_2": "x", "column_6": "0300"},
        {"id": "2", "text": "Driver wanted", "column_3_2": None},
    ]
    assert set(records.header) == set(found[0].row)


def test_the_text_is_found_under_a_title_row(tmp_path):
    text = "Cook wanted in Multan, weekly day off, accommodation"
    workbook(tmp_path / "ads.xlsx", ads=[["Report of ads"], ["id", "text"], ["1", text]])

    assert [r.text for r in read(tmp_path / "ads.xlsx")] == ["text", text]


def test_a_surplus_cell_does_not_hide_a_column(tmp_path):
    (tmp_path / "ads.csv").write_text("id,text,column_4\n1,Cook wanted,X,Y,Z\n", "utf-8")

    [found] = read(tmp_path / "ads.csv")

    assert found.row == {"id": "1", "text": "Cook wanted", "column_4": "X", "column_4_2": "Y", "column_5": "Z"}


def test_columns_that_repeat_are_all_kept(tmp_path):
    (tmp_path / "ads.csv").write_text("text,text,text_2\na,b,c\n", "utf-8")

    assert list(read(tmp_path / "ads.csv")[0].row.values()) == ["a", "b", "c"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_both_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "ads.zip", "w") as archive:
        archive.writestr("ads.csv", "id,text\n1,Cook wanted\n")
        archive.writestr("ads.csv", "id,text\n2,Driver wanted\n")

    found = read(tmp_path / "ads.zip")

    assert [r.text for r in found] == ["Cook wanted", "Driver wanted"]
    assert len({(r.source, r.number) for r in found}) == 2


def broken(tmp_path):
    """An archive of which two members cannot be read, and a file that cannot."""
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr("a.csv", csv_text())
        archive.writestr("b.xlsx", b"no sheet")
        archive.writestr("c.zip", b"an archive in it")
        archive.writestr("d.csv", "id,text\n4,damaged\n")
    whole = (tmp_path / "day.zip").read_bytes()
    (tmp_path / "day.zip").write_bytes(whole.replace(b"4,damaged", b"4,DAMAGED"))
    (tmp_path / "e.parquet").write_bytes(b"no parquet")
    (tmp_path / "f.zip").write_bytes(b"no archive")
    as_csv(tmp_path / "g.csv")


def test_what_cannot_be_read_of_a_folder_costs_itself_only(tmp_path):
    broken(tmp_path)

    for found in (read(tmp_path), read(tmp_path / "*")):
        assert [r.text for r in found if not r.error] == [row["text"] for row in ROWS] * 2
        assert [(Path(r.source).name, r.error.split(":")[0]) for r in found if r.error] == [
            ("b.xlsx", "not readable as .xlsx"),
            ("c.zip", "an archive inside an archive is not read"),
            ("d.csv", "not readable as .csv"),
            ("e.parquet", "not readable as .parquet"),
            ("f.zip", "not a ZIP archive that can be read"),
        ]
    assert [r.error is None for r in read(tmp_path / "day.zip")] == [True] * 3 + [False] * 3


def test_a_folder_does_not_give_what_scans_wrote(tmp_path):
    as_csv(tmp_path / "ads.csv")
    for name in ("monday.csv", "monday.csv.errors.csv", "now.csv"):
        as_csv(tmp_path / name)
    manifest = {"manifest_version": 1, "outputs": [{"path": "/elsewhere/monday.csv", "sha256": ""}]}
    (tmp_path / "monday.csv.manifest.json").write_text(json.dumps(manifest), "utf-8")
    (tmp_path / "other.manifest.json").write_text("[1]", "utf-8")

    for path in (tmp_path, tmp_path / "*"):
        with Records([str(path)], Columns(), None, outputs=[str(tmp_path / "now.csv")]) as records:
            assert records.files == (str(tmp_path / "ads.csv"),)
    assert len(read(tmp_path / "monday.csv")) == 3


def test_a_kind_counts_however_it_is_written_and_the_first_of_two_columns(tmp_path):
    (tmp_path / "ads.csv").write_text("text,Text,kind\none,two, Transcript\n", "utf-8")

    [found] = read(tmp_path / "ads.csv")

    assert (found.text, found.kind) == ("one", "transcript")


@pytest.mark.parametrize("delimiter", [*",;|\t^:~\x01"])
def test_the_delimiter_is_told_from_the_header(tmp_path, delimiter):
    (tmp_path / "ads.csv").write_text(csv_text(delimiter), "utf-8")
    (tmp_path / "excel.csv").write_text(f"sep={delimiter}\r\n{csv_text(delimiter)}", "utf-16")

    for name in ("ads.csv", "excel.csv"):
        assert [(r.id, r.text) for r in read(tmp_path / name)] == [(row["id"], row["text"]) for row in ROWS]


def test_a_colon_in_a_title_is_no_delimiter(tmp_path):
    (tmp_path / "ads.csv").write_text("Ads of the day: text\nCook wanted: call us\n", "utf-8")

    assert [r.row for r in read(tmp_path / "ads.csv")] == [{"Ads of the day: text": "Cook wanted: call us"}]


@pytest.mark.parametrize("encoding", ["cp1251", "gbk"])
def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path, encoding):
    text = {"cp1251": "Требуется повар в Дубай и паспорт", "gbk": "招聘厨师到迪拜工作"}[encoding]
    (tmp_path / "ads.csv").write_bytes(f"id,text\n1,{text}\n".encode(encoding))

    with pytest.raises(InputError, match=r"ads\.csv: its encoding cannot be told .* --encoding"):
        read(tmp_path / "ads.csv")
    assert read(tmp_path / "ads.csv", encoding=encoding)[0].text == text
    assert "--encoding" in read(tmp_path)[0].error
