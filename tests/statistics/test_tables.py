import csv
import json

import pytest

from tip_nlp.errors import InputError
from tip_nlp.statistics import statistics, write_statistics


def table(tables, name):
    return next(each.cells for each in tables.tables if each.name == name)


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return {(row["table"], row["row"], row["column"]): row["count"] for row in csv.DictReader(stream)}


def test_texts_are_counted_once_and_what_was_left_out_is_said(scanned):
    tables = statistics(scanned)

    assert (tables.texts, tables.duplicates, tables.failed) == (70, "<10", "<10")
    assert "left out" in tables.notes[0]


def test_duplicates_count_where_asked(scanned):
    tables = statistics(scanned, duplicates=True)

    assert (tables.texts, tables.duplicates) == (75, 0)
    assert "counted as well" in tables.notes[0]


def test_large_counts_are_shown_and_small_ones_are_not(scanned):
    tables = statistics(scanned)

    assert table(tables, "indicator")["isolation", "texts"] == 37
    assert table(tables, "indicator")["deception", "texts"] == 25
    assert table(tables, "indicator")["organ_removal", "texts"] == "<10"
    assert table(tables, "place") == {("Istanbul", "texts"): 25}
    assert table(tables, "country")["AF", "texts"] == "<10"
    assert table(tables, "country")["TR", "texts"] == 37


def test_a_route_is_two_countries_in_their_order_and_each_once(scanned):
    assert table(statistics(scanned), "route") == {("PK > TR", "texts"): 25, ("TR > PK", "texts"): 12}


def test_months_come_from_any_date_column(scanned):
    months = table(statistics(scanned), "month")

    assert months["2026-01", "texts"] == "withheld"  # 30, the smallest beside the one to protect
    assert months["2026-02", "texts"] == 37
    assert months["unknown", "texts"] == "<10"


def test_a_class_that_is_small_takes_another_with_it_where_they_sum_up(scanned):
    for name, small in (("tier", "elevated"), ("language", "ps"), ("month", "unknown")):
        shown = table(statistics(scanned, least=5), name)
        assert shown[small, "texts"] == "<5"
        assert list(shown.values()).count("withheld") == 1
        assert shown["total", "texts"] == 70


def test_as_many_are_withheld_as_leave_every_small_number_open(scanned):
    """The 12 at watch alone would leave 1 to 5 at elevated."""
    tiers = table(statistics(scanned), "tier")

    assert [tiers[name, "texts"] for name in ("none", "watch", "elevated", "high")] == [
        30,
        "withheld",
        "<10",
        "withheld",
    ]


@pytest.fixture
def mixed(write, row):
    """60 texts that show two indicators in two languages, and 3 in a third."""
    lines = [
        row(
            n,
            tier=("watch", "high")[n % 2],
            language=("en", "ur")[n % 3 > 0],
            indicators=["deception", "isolation"][: 1 + n % 2],
        )
        for n in range(60)
    ]
    return write([*lines, *(row(n, language="ps", indicators=["isolation"]) for n in range(60, 63))])


def test_two_way_rows_are_those_published_and_sum_up_with_other(mixed):
    for name in ("indicator by tier", "indicator by language"):
        cells = table(statistics(mixed, least=4), name)
        for row in ("deception", "isolation"):
            shown = [count for (each, column), count in cells.items() if each == row and column != "total"]
            assert "<4" in shown or "withheld" in shown or sum(shown) == cells[row, "total"]
        assert {row for row, _ in cells} == {"deception", "isolation"}


def test_totals_of_a_class_are_the_same_in_every_table(mixed):
    tables = statistics(mixed, least=4)

    for name in ("indicator by tier", "indicator by language"):
        totals = {row: count for (row, column), count in table(tables, name).items() if column == "total"}
        assert totals == {"deception": 60, "isolation": 33}


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_no_text_contact_id_or_name_of_a_file_is_in_the_output(suffix, scanned, tmp_path):
    target = tmp_path / f"figures{suffix}"

    write_statistics(scanned, target)

    written = target.read_text(encoding="utf-8")
    for secret in ("passport", "Unmistakable", "1234567", "secret", "zq-analyst", "c9", "2026-01-05"):
        assert secret not in written


def test_no_quote_or_value_of_the_input_is_in_the_output(scanned, tmp_path):
    write_statistics(scanned, tmp_path / "figures.json")

    written = (tmp_path / "figures.json").read_text(encoding="utf-8")
    found = [
        each["assessment"]
        for each in map(json.loads, scanned.read_text(encoding="utf-8").splitlines())
        if "assessment" in each
    ]
    quotes = {quote["quote"] for each in found for one in each["indicators"] for quote in one["evidence"]}
    contacts = {each["value"] for one in found for each in one["entities"] if each["type"] != "place"}
    assert quotes == {"They keep my passport"}
    assert contacts == {"+923001234567"}
    assert not [secret for secret in quotes | contacts if secret in written]


def test_csv_and_json_hold_the_same_counts(scanned, tmp_path):
    write_statistics(scanned, tmp_path / "figures.csv", least=5)
    write_statistics(scanned, tmp_path / "figures.json", least=5)

    whole = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    rows = read_csv(tmp_path / "figures.csv")
    counts = {
        (t["name"], each["row"], each["column"]): str(each["count"]) for t in whole["tables"] for each in t["counts"]
    }
    assert {key: count for key, count in rows.items() if key[0] != "about"} == counts
    assert rows["about", "texts", "counted"] == str(whole["texts"])
    assert [column for table, row, column in rows if (table, row) == ("about", "note")] == whole["notes"]
    assert whole["least"] == 5


def test_a_file_with_few_texts_tells_nothing(write, row, tmp_path):
    write_statistics(write([row(n) for n in range(4)]), tmp_path / "figures.json")

    whole = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert {each["count"] for one in whole["tables"] for each in one["counts"]} <= {"<10"}


@pytest.mark.parametrize(
    ("target", "options", "word"),
    [
        ("figures.xlsx", {}, ".csv, .json"),
        ("no/figures.csv", {}, "no such folder"),
        ("figures.csv", {"least": 2}, "use 3 or more"),
    ],
)
def test_what_cannot_be_used_is_refused(target, options, word, scanned, tmp_path):
    with pytest.raises(InputError, match=word):
        write_statistics(scanned, tmp_path / target, **options)
