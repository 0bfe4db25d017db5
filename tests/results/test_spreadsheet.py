import openpyxl
import pytest

from tip_nlp.records import Record, joined
from tip_nlp.results.files import write_results
from tip_nlp.results.result import Result

URDU = "مالک نے میرا پاسپورٹ رکھ لیا ہے"
RIGHT_TO_LEFT = 2


@pytest.fixture(scope="module")
def shape(analyzer):
    return analyzer.assess("A cook is wanted in Lahore.").to_dict()


def found(shape, text, quote):
    start = text.index(quote)
    evidence = {"start": start, "end": start + len(quote), "quote": quote}
    return shape | {"indicators": [{"id": "document_retention", "score": 0.9, "evidence": [evidence]}]}


def record(row, columns=("text",)):
    return Record("ads.csv", 1, row, "1", joined(row, columns), columns=columns)


def cell(tmp_path, result, name, header=None):
    target = tmp_path / "out.xlsx"
    write_results(lambda: [result], [str(target)], header or list(result.record.row))
    sheet = openpyxl.load_workbook(target, rich_text=True).active
    return sheet.cell(2, [each.value for each in sheet[1]].index(name) + 1)


def marked(cell):
    return [str(run.text) for run in cell.value if getattr(getattr(run, "font", None), "b", False)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("emoji", [1_000, 17_000])
def test_a_text_of_many_emoji_fills_its_cell(tmp_path, shape, emoji):
    text = "He keeps my passport. " + "😀" * emoji

    shown = cell(tmp_path, Result(record({"text": text}), found(shape, text, "my passport")), "text")

    assert marked(shown) == (["my passport"] if emoji == 1_000 else [])
    assert len(str(shown.value).encode("utf-16-le")) // 2 <= 32_767
    assert text.startswith(str(shown.value).removesuffix("…"))
    assert len(str(shown.value)) > emoji * 0.9


def test_evidence_is_marked_in_each_column_of_text(tmp_path, shape):
    row = {"title": "Cook, passport kept", "blank": " ", "body": URDU}
    one = record(row, ("title", "blank", "body"))

    shown = cell(tmp_path, Result(one, found(shape, one.text, "پاسپورٹ")), "body")
    title = cell(tmp_path, Result(one, found(shape, one.text, "passport kept")), "title")

    assert (marked(shown), str(shown.value), shown.alignment.readingOrder) == (["پاسپورٹ"], URDU, RIGHT_TO_LEFT)
    assert (marked(title), title.alignment.readingOrder) == (["passport kept"], 0)


@pytest.mark.parametrize(("text", "order"), [("Passport kept", 0), (URDU, RIGHT_TO_LEFT)])
@pytest.mark.parametrize("again", [1, 4_000])
def test_a_text_that_is_evidence_throughout_is_marked_as_a_whole(tmp_path, shape, text, order, again):
    whole = " ".join([text] * again)

    shown = cell(tmp_path, Result(record({"text": whole}), found(shape, whole, whole)), "text")

    assert whole.startswith(str(shown.value).removesuffix("…"))
    assert (shown.font.b, shown.font.color.rgb, shown.alignment.readingOrder) == (True, "FFC00000", order)


def test_a_text_without_evidence_is_not_marked(tmp_path, shape):
    assert not cell(tmp_path, Result(record({"text": URDU}), shape), "text").font.b


@pytest.mark.parametrize(
    ("name", "order"), [("tip_evidence", RIGHT_TO_LEFT), ("city", RIGHT_TO_LEFT), ("poster", 0), ("tip_tier", 0)]
)
def test_what_runs_from_the_right_is_shown_so_in_every_column(tmp_path, shape, name, order):
    one = record({"text": URDU, "city": "لاہور، LHR", "poster": "Café"})

    assert cell(tmp_path, Result(one, found(shape, URDU, "پاسپورٹ")), name).alignment.readingOrder == order


def test_columns_beyond_what_a_sheet_holds_are_kept_as_json(tmp_path, shape):
    row = {"text": "Cook wanted"} | {f"c{number}": str(number) for number in range(16_400)}
    result = Result(record(row), shape | {"tier": "watch"})

    assert cell(tmp_path, result, "tip_tier").value == "watch"
    assert '"c16399": "16399"' in cell(tmp_path, result, "tip_extra").value
