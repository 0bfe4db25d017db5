import gzip
import io
import json
import os
import threading
import zipfile
from hashlib import sha256

import pytest

from tests.records import test_reading as made
from tip_nlp.errors import InputError
from tip_nlp.records import Columns, Layout, Records

ROWS = [(row["id"], row["text"], None) for row in made.ROWS]


def piped(content, **layout):
    with Records(["-"], Columns(), None, Layout(**layout), standard=io.BytesIO(content)) as records:
        found = list(records)
        assert records.piped() == {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    return found


def as_pretty_object(path):
    path.write_text(json.dumps({"ads": made.ROWS}, indent=1), "utf-8")


def as_object(path):
    path.write_text(json.dumps({"ads": made.ROWS}), "utf-8")


def as_array_line(path):
    path.write_text("\ufeff " + json.dumps(made.ROWS), "utf-8")


# fmt: off
WRITERS = [
    made.as_csv, made.as_tsv, made.as_utf16, made.as_jsonl, made.as_json, made.as_json_inside, made.as_xlsx,
    made.as_parquet, made.as_gz, made.as_zip, as_pretty_object, as_object, as_array_line,
]
# fmt: on


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
@pytest.mark.parametrize("is_packed", [False, True], ids=["as it is", "in gzip"])
def test_the_format_of_standard_input_is_told(tmp_path, write, is_packed):
    write(tmp_path / "ads")
    content = (tmp_path / "ads").read_bytes()

    found = piped(gzip.compress(content) if is_packed and write is not made.as_gz else content)

    assert [(r.id, r.text, r.error) for r in found] == ROWS


# fmt: off
@pytest.mark.parametrize(("format", "content", "texts"), [
    ("txt", b"[Caller] They keep my passport\nand more", ["[Caller] They keep my passport\nand more"]),
    ("csv", b'{"a"},text\n1,Cook\n', ["Cook"]),
    ("tsv", b"id\ttext\n1\tCook\n", ["Cook"]),
    ("jsonl", b'{"text": "Cook"}', ["Cook"]),
    ("json", b'{"text": "Cook"}\n{"text": "Driver"}', ["Cook", "Driver"]),
])
# fmt: on
def test_the_format_of_standard_input_can_be_named(format, content, texts):
    assert [r.text for r in piped(content, format=format)] == texts
    assert [r.text for r in piped(gzip.compress(content), format=format)] == texts


@pytest.mark.parametrize("first", ["Scraper 1.0", '{"text": "cut', '{"text": "whole"}'])
def test_a_line_that_is_no_json_costs_itself(first):
    found = piped(f'{first}\n{{"text": "Cook"}}\n"x"\n'.encode())

    assert [r.text for r in found][1:] == ["Cook", ""]
    assert found[2].error


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_nothing_piped_is_no_row(content):
    assert piped(content) == []


# fmt: off
@pytest.mark.parametrize(("content", "format", "says"), [
    (b"no sheet", "xlsx", "-: not readable as .xlsx"), (b"PAR1 and no more", None, "-: not readable as .parquet"),
    (b"PK\x03\x04 and no more", None, "-: not a ZIP archive"), (b"\xd0\xcf\x11\xe0 old", None, "-: an old Office file"),
])
# fmt: on
def test_what_cannot_be_read_is_said(content, format, says):
    with pytest.raises(InputError, match=says):
        piped(content, format=format)


def test_what_breaks_off_keeps_what_came_before_or_says_so():
    lines = "".join(json.dumps({"text": f"ad {n} for a cook {sha256(bytes(n)).hexdigest()}"}) + "\n" for n in range(900))
    broken = gzip.compress(lines.encode())[:-3000]

    found = piped(broken)

    assert len(found) > 100
    assert [record.error is None for record in found] == [True] * (len(found) - 1) + [False]
    with pytest.raises(InputError, match="-: cannot be copied"):
        piped(broken, format="json")


def test_an_archive_without_a_known_file_and_a_second_reading_are_refused():
    with zipfile.ZipFile(archive := io.BytesIO(), "w") as packed:
        packed.writestr("readme.pdf", b"")

    with pytest.raises(InputError, match="holds no file in a format"):
        piped(archive.getvalue())
    with pytest.raises(InputError, match="once only"), Records(["-", "-"], Columns(), None, standard=io.BytesIO(b"")):
        pass


@pytest.mark.parametrize("format", [None, "jsonl"])
def test_rows_of_jsonl_are_not_waited_for(format):
    ahead = 50  # rows that may decide which column is the text
    reading, writing = os.pipe()
    taken = []

    def take():
        with (
            os.fdopen(reading, "rb") as stream,
            Records(["-"], Columns(), None, Layout(format=format), standard=stream) as records,
        ):
            for record in records:
                taken.append(record.text)
                if len(taken) == ahead + 3:
                    return

    reader = threading.Thread(target=take, daemon=True)
    reader.start()
    for number in range(ahead + 3):  # and the pipe stays open
        os.write(writing, json.dumps({"text": f"ad {number}"}).encode() + b"\n")
    reader.join(30)

    assert taken == [f"ad {number}" for number in range(ahead + 3)]
    os.close(writing)


def test_a_row_longer_than_what_is_looked_at_is_read():
    rows = [{"text": "x" * 400_000}, {"text": "y"}]

    assert [r.text for r in piped("\n".join(map(json.dumps, rows)).encode())] == ["x" * 400_000, "y"]
