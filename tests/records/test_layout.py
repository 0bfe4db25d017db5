import pytest

from tests.records.test_reading import read, workbook
from tip_nlp.errors import InputError
from tip_nlp.records import Columns, Layout, Records

ROWS = [["1", "Cook wanted, day off", "0300-1234567"], ["2", "Driver wanted, night", "0301-1234567"]]
NAMED = [{f"column_{n}": cell for n, cell in enumerate(row, 1)} for row in ROWS]
TEXT = Columns(("column_2",))


def seen(path, **layout):
    with Records([str(path)], Columns(), None, Layout(**layout)) as records:
        return records


@pytest.mark.parametrize(
    ("given", "delimiter"), [("#", "#"), ("tab", "\t"), ("Pipe", "|"), ("\\t", "\t"), ("semicolon", ";")]
)
@pytest.mark.parametrize("first", ["", "sep=,\n"], ids=["plain", "another stated"])
def test_a_delimiter_that_is_named_counts(tmp_path, given, delimiter, first):
    lines = [delimiter.join(cells) for cells in (["id", "a,b"], *(row[:2] for row in ROWS))]
    (tmp_path / "ads.csv").write_text(first + "\n".join(lines), "utf-8")

    assert [r.row for r in read(tmp_path / "ads.csv", delimiter=given)] == [
        {"id": row[0], "a,b": row[1]} for row in ROWS
    ]


# fmt: off
@pytest.mark.parametrize("wrong", [
    {"delimiter": "||"}, {"delimiter": ""}, {"delimiter": '"'}, {"delimiter": "\n"}, {"encoding": "utf-99"}, {"format": "pdf"},
])
# fmt: on
def test_what_no_file_is_written_in_is_refused(wrong):
    with pytest.raises(InputError, match="got|unknown"):
        Layout(**wrong)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_without_a_header_the_first_row_of_csv_is_data(tmp_path, delimiter):
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in ROWS]
    (tmp_path / "ads.csv").write_text("\n" + "\n".join(map(delimiter.join, quoted)), "utf-8")

    assert [r.row for r in read(tmp_path / "ads.csv", columns=TEXT, no_header=True)] == NAMED
    assert seen(tmp_path / "ads.csv", no_header=True).hints() == []


def test_without_a_header_a_ragged_or_open_row_is_one_row_as_ever(tmp_path):
    (tmp_path / "ads.csv").write_text('1,"Cook wanted\n2,Driver wanted\n3,"Tailor, day"\n4,Nurse,x\n', "utf-8")

    found = read(tmp_path / "ads.csv", columns=TEXT, no_header=True)

    assert [r.error for r in found] == [
        "a quote is opened here and not closed: mend it in the file and scan again", None, None,
        "has 3 cells, the first row has 2",
    ]  # fmt: skip
    assert found[3].row == {"column_1": "4", "column_2": "Nurse", "column_3": "x"}


def test_without_a_header_the_first_row_of_every_sheet_is_data(tmp_path):
    workbook(tmp_path / "ads.xlsx", old=ROWS, new=[[None, *ROWS[0][1:], "more"]])

    found = read(tmp_path / "ads.xlsx", columns=TEXT, no_header=True)

    assert [r.row for r in found] == [
        *(row | {"sheet": "old"} for row in NAMED),
        {**NAMED[0], "column_1": None, "column_4": "more", "sheet": "new"},
    ]
    assert [r.text for r in found] == [ROWS[0][1], ROWS[1][1], ROWS[0][1]]


# fmt: off
@pytest.mark.parametrize(("header", "hint"), [
    (["1", "Cook wanted, food and room and a day off in every week of it", "x"], "--no-header"),
    (["1", "Cook", "0300-1234567"], "--no-header"), (["1", "Cook", "12/03/2026"], "--no-header"),
    (["1", "Cook", "https://example.com/a"], "--no-header"), (["0", "1", "2"], None), (["id", "12/03/2026"], None),
    (["What did the agent promise?", "When"], None), (["id#text#seen"], "--delimiter '#'"), (["ad-text"], None),
    (["Operator: what happened?"], "--format txt"),
])
# fmt: on
def test_what_looks_odd_in_a_first_row_is_said(tmp_path, header, hint):
    (tmp_path / "ads.tsv").write_text("\t".join(header) + "\n" + "\t".join("a" for _ in header), "utf-8")
    workbook(tmp_path / "ads.xlsx", ads=[header, ["a"] * len(header)])

    for name in ("ads.tsv", "ads.xlsx")[: 2 if hint in (None, "--no-header") else 1]:
        hints = seen(tmp_path / name).hints()
        assert [hint in each for each in hints] == [True] if hint else hints == []


def test_a_missing_column_is_told_with_the_hint_and_without_whole_texts(tmp_path):
    (tmp_path / "ads.csv").write_text(f"1,{'Cook wanted ' * 20},x\n2,b,c\n", "utf-8")

    with pytest.raises(InputError, match=r"no column 'text'; it has 1, .{40}…, x \(its first row .*--no-header") as caught:
        read(tmp_path / "ads.csv", columns=Columns(("text",)))
    assert len(str(caught.value)) < 300 + len(str(tmp_path))
    with pytest.raises(InputError, match="no column 'seen'"):
        read(tmp_path / "ads.csv", columns=Columns(date="seen"))
