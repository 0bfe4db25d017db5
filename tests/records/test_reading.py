import gzip
import io
import json
import zipfile
from datetime import datetime

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from tip_nlp.errors import InputError
from tip_nlp.records import Columns, Records

ROWS = [
    {"id": "1", "text": "Cook wanted in Multan, weekly day off."},
    {"id": "2", "text": "ڈرائیور کی ضرورت ہے، تنخواہ 45000"},
    {"id": "3", "text": "Naukri ke liye rabta karein 🙂"},
]


def read(*paths, columns=None, encoding=None):
    with Records([str(p) for p in paths], columns or Columns(), None, encoding) as records:
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
