import json

import pytest

from tests.records.test_reading import ROWS, read

TEXTS = [row["text"] for row in ROWS]


# fmt: off
@pytest.mark.parametrize("value", [
    {"posts": ROWS},
    {"status": "ok", "data": {"items": ROWS}},
    {"errors": [], "ads": ROWS},
    {"meta": {"tags": ["a", "b"]}, "ads": ROWS},
    {"images": [{"url": "https://example.com/a-picture"}], "ads": ROWS},
    {"message": "OK", "ads": ROWS},
    {row["id"]: row for row in ROWS},
], ids=["array", "deep", "empty array first", "array of texts first", "array of links first", "status", "keyed"])
# fmt: on
@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_rows_of_an_object_are_found(tmp_path, value, indent, encoding):
    (tmp_path / "ads.json").write_text(json.dumps(value, indent=indent, ensure_ascii=False), encoding)

    assert [(r.text, r.error) for r in read(tmp_path / "ads.json")] == [(text, None) for text in TEXTS]


@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
def test_an_object_with_a_text_of_its_own_is_the_row(tmp_path, indent):
    ad = ROWS[0] | {"images": [{"url": "https://example.com/a-picture"}], "tags": ["cook"]}
    (tmp_path / "ad.json").write_text(json.dumps(ad, indent=indent), "utf-8")

    [found] = read(tmp_path / "ad.json")

    assert found.text == TEXTS[0]
    assert found.row == ad


def test_objects_one_after_another_and_the_keys_they_stand_under_are_kept(tmp_path):
    (tmp_path / "ads.json").write_text("\n".join(json.dumps(row, indent=1) for row in ROWS), "utf-8")
    (tmp_path / "keyed.json").write_text(json.dumps({"a1": {"text": "one", "key": 7}, "a2": {"text": "two"}}), "utf-8")

    assert [r.text for r in read(tmp_path / "ads.json")] == TEXTS
    assert [r.row for r in read(tmp_path / "keyed.json")] == [
        {"text": "one", "key": 7, "key_2": "a1"}, {"text": "two", "key": "a2"},
    ]  # fmt: skip


def test_one_line_of_jsonl_that_is_no_json_costs_itself(tmp_path):
    (tmp_path / "ads.json").write_text('{"text": one}\n{"text": "two"}\n', "utf-8")

    assert [r.text for r in read(tmp_path / "ads.json")] == ["", "two"]


@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
def test_values_of_an_array_are_those_of_jsonl(tmp_path, indent):
    rows = [{"text": "first"}, {"text": "of pay \ud800", "pay": float("inf"), "of": -0.5e-7, "n": 10**30}]
    written = json.dumps(rows, indent=indent).encode().replace(b"first", b"fir\xd2st")
    (tmp_path / "ads.json").write_bytes(written)
    (tmp_path / "ads.jsonl").write_bytes(b"\n".join(json.dumps(r).encode().replace(b"first", b"fir\xd2st") for r in rows))

    found = [r.row for r in read(tmp_path / "ads.json")]

    assert found == [r.row for r in read(tmp_path / "ads.jsonl")]
    assert found[1] == rows[1]


@pytest.mark.parametrize("length", [65_530, 65_536, 200_000])
def test_values_longer_than_a_piece_are_read_whole(tmp_path, length):
    rows = [{"text": "x" * length, "n": n} for n in (12345, 678)] + [{"text": '\\"' * length, "n": [1, 23]}]
    (tmp_path / "ads.json").write_text(json.dumps(rows), "utf-8")

    assert [r.row for r in read(tmp_path / "ads.json")] == rows


def test_a_number_is_not_cut_where_a_piece_ends(tmp_path):
    for blanks in range(65_510, 65_540):
        (tmp_path / "ads.json").write_text(f'[{" " * blanks}{{"text": "one"}}, 12.5e3, {{"text": "two"}}]', "utf-8")

        assert [r.row for r in read(tmp_path / "ads.json")] == [{"text": "one"}, {"line": "12500.0"}, {"text": "two"}]


# fmt: off
@pytest.mark.parametrize("content", [
    '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}",
    '[{"text": ' + "[" * 100_000 + "]" * 100_000 + "}]",
    '{"a":' * 100_000 + "1" + "}" * 100_000,
    '[{"text": "unclosed', '{"ads": [{"id": 1,', "[1 2]", '{"a" 1}', "nonsense", "[]", '{"ads": []}', "{}",
])
# fmt: on
def test_what_gives_no_row_says_so(tmp_path, content):
    (tmp_path / "ads.json").write_text(content, "utf-8")

    found = read(tmp_path / "ads.json")

    assert found
    assert all(record.error for record in found)


def test_what_breaks_off_keeps_what_came_before(tmp_path):
    (tmp_path / "ads.json").write_text('{"ads": [{"text": "one"}, {"text": "two"}, {"text": oh}, {"text": "four"}]}', "utf-8")

    found = read(tmp_path / "ads.json")

    assert [r.text for r in found] == ["one", "two", ""]
    assert found[2].error == "the file cannot be read further: Expecting value"
