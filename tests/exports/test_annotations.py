import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tip_nlp.errors import InputError
from tip_nlp.exports import export, read_reviewed, write_reviewed
from tip_nlp.exports.annotations import LABELS, Utf16
from training.corpus import faults


def units(text, start, end):
    """A slice by UTF-16 code units, as JavaScript takes it."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def tasks(results, tmp_path):
    export(results, tmp_path / "labelstudio", "labelstudio")
    return json.loads((tmp_path / "labelstudio" / "tasks.json").read_text(encoding="utf-8"))


def lines(results, tmp_path):
    export(results, tmp_path / "doccano.jsonl", "doccano")
    return [json.loads(each) for each in (tmp_path / "doccano.jsonl").read_text(encoding="utf-8").splitlines()]


def accepted(task):
    """The task as Label Studio exports it once a reviewer has taken over the prediction."""
    result = [
        {name: value for name, value in each.items() if name != "score"} for each in task["predictions"][0]["result"]
    ]
    annotation = {"id": 1, "was_cancelled": False, "updated_at": "2026-11-22T10:00:00Z", "result": result}
    return {"id": 7, "data": task["data"], "annotations": [annotation]}


def read(rows, tmp_path, name):
    path = tmp_path / "reviewed"
    text = json.dumps(rows) if name == "labelstudio" else "".join(json.dumps(each) + "\n" for each in rows)
    path.write_text(text, encoding="utf-8")
    return list(read_reviewed(path, name))


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_label_studio_counts_code_points(source, request, tmp_path):
    exported = tasks(request.getfixturevalue(source), tmp_path)

    values = [(task["data"]["text"], each["value"]) for task in exported for each in task["predictions"][0]["result"]]
    assert values
    for text, value in values:
        assert text[value["start"] : value["end"]] == value["text"]


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_doccano_counts_utf16_code_units(source, request, tmp_path):
    path = request.getfixturevalue(source)
    exported = lines(path, tmp_path)

    by_document = {task["data"]["document"]: task["predictions"][0]["result"] for task in tasks(path, tmp_path)}
    assert any(line["label"] for line in exported)
    for line in exported:
        quotes = [(units(line["text"], start, end), label) for start, end, label in line["label"]]
        assert quotes == [(each["value"]["text"], each["value"]["labels"][0]) for each in by_document[line["document"]]]


def test_a_text_with_emoji_tells_the_two_counts_apart(results, tmp_path):
    (task, *_), (line, *_) = tasks(results, tmp_path), lines(results, tmp_path)

    value = task["predictions"][0]["result"][0]["value"]
    assert value["start"] + 2 == line["label"][0][0]  # two emoji stand before


def test_tasks_fit_the_labelling_interface_and_each_text_is_there_once(results, tmp_path):
    exported = tasks(results, tmp_path)

    interface = (tmp_path / "labelstudio" / "config.xml").read_text(encoding="utf-8")
    assert len(exported) == 3
    for region in (each for task in exported for each in task["predictions"][0]["result"]):
        assert f'name="{region["from_name"]}" toName="{region["to_name"]}"' in interface
        assert f'<Label value="{region["value"]["labels"][0]}"' in interface
        assert region["value"]["labels"][0] in LABELS


@pytest.mark.parametrize("name", ["labelstudio", "doccano"])
@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_what_a_reviewer_accepts_comes_back_as_the_evidence_of_the_scan(name, source, request, tmp_path):
    path = request.getfixturevalue(source)
    exported = tasks(path, tmp_path)
    rows = [accepted(each) for each in exported] if name == "labelstudio" else lines(path, tmp_path)

    records = read(rows, tmp_path, name)

    assert len(records) == len(exported)
    for record, task in zip(records, exported, strict=True):
        marked = [(each["value"]["labels"][0], each["value"]["text"]) for each in task["predictions"][0]["result"]]
        kept = {(label, quote) for label, quotes in record["indicators"].items() for quote in quotes}
        assert record["text"] == task["data"]["text"]
        assert kept == {(label, quote) for label, quote in marked if label in LABELS[:28]}
        assert (record["status"] == "affirmed") == bool(kept)


@pytest.mark.parametrize("name", ["labelstudio", "doccano"])
def test_a_reviewers_edit_becomes_a_record_of_the_corpus(name, results, tmp_path):
    """One indicator is taken away, another marked anew, behind the emoji."""
    text = tasks(results, tmp_path)[0]["data"]["text"]
    start = text.index("no salary for 4 months")
    end = start + len("no salary for 4 months")
    if name == "labelstudio":
        row = accepted(tasks(results, tmp_path)[0])
        value = {"start": start, "end": end, "text": text[start:end], "labels": ["wage_withholding"]}
        row["annotations"][0]["result"] = [
            {"type": "labels", "from_name": "indicators", "to_name": "text", "value": value}
        ]
    else:
        row = lines(results, tmp_path)[0] | {"id": 3, "Comments": []}
        row["label"] = [[start + 2, end + 2, "wage_withholding"]]

    (record,) = read([row], tmp_path, name)

    assert record["indicators"] == {"wage_withholding": ["no salary for 4 months"]}
    assert (record["language"], record["kind"], record["status"]) == ("en", "message", "affirmed")
    assert record["group"] == "reviewed-c1"
    assert faults(record) == []


@pytest.mark.parametrize("name", ["labelstudio", "doccano"])
def test_reasons_become_the_status(name, results, tmp_path):
    rows = tasks(results, tmp_path) if name == "labelstudio" else lines(results, tmp_path)
    calm = accepted(rows[2]) if name == "labelstudio" else rows[2]

    (record,) = read([calm], tmp_path, name)

    assert (record["status"], record["indicators"]) == ("negated", {})
    assert faults(record) == []


def test_a_text_with_nothing_marked_is_ordinary(results, tmp_path):
    row = lines(results, tmp_path)[0] | {"label": []}

    (record,) = read([row], tmp_path, "doccano")

    assert (record["status"], record["indicators"]) == ("ordinary", {})
    assert faults(record) == []


def test_tasks_nobody_finished_are_left_out_and_the_last_annotation_counts(results, tmp_path):
    first, second, third = (accepted(each) for each in tasks(results, tmp_path))
    first["annotations"].append({"was_cancelled": False, "updated_at": "2026-11-23T10:00:00Z", "result": []})
    second["annotations"] = []
    third["annotations"][0]["was_cancelled"] = True

    (record,) = read([first, second, third], tmp_path, "labelstudio")

    assert record["indicators"] == {}


def test_an_export_of_an_older_label_studio_is_read_by_its_words(results, tmp_path):
    row = accepted(tasks(results, tmp_path)[0])
    for each in row["annotations"][0]["result"]:
        each["value"]["start"] += 2  # UTF-16 code units behind two emoji
        each["value"]["end"] += 2

    (record,) = read([row], tmp_path, "labelstudio")

    assert record["indicators"] == {"document_retention": ["keep my passport"], "wage_withholding": ["no salary"]}


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("doccano", {"label": [[1, 9, "wage_withholding"]]}, "grapheme"),  # inside the first emoji
        ("doccano", {"label": [[0, 9999, "wage_withholding"]]}, "outside"),
        ("doccano", {"label": [[5, 9, "trafficker"]]}, "unknown label"),
        ("doccano", {"label": [[9, 9, "wage_withholding"]]}, "does not fit"),
        ("doccano", {"kind": None}, "lacks kind"),
        ("doccano", {"text": None}, "not a JSONL export"),
        ("labelstudio", {"text": "Somebody else's words."}, "not in its text"),
    ],
)
def test_a_review_that_does_not_fit_is_refused(name, change, word, results, tmp_path):
    if name == "doccano":
        row = lines(results, tmp_path)[0] | change
    else:
        row = accepted(tasks(results, tmp_path)[0])
        row["data"] |= change

    with pytest.raises(InputError, match=word):
        read([row], tmp_path, name)


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', '[{"data": {}}]', "\x00"])
@pytest.mark.parametrize("name", ["labelstudio", "doccano"])
def test_another_file_is_refused(name, content, tmp_path):
    (tmp_path / "other").write_text(content, encoding="utf-8")

    if name == "doccano" and not content:
        assert list(read_reviewed(tmp_path / "other", name)) == []
        return
    with pytest.raises(InputError, match="export"):
        list(read_reviewed(tmp_path / "other", name))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.data())
def test_offsets_in_code_units_cut_the_same_words(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    unit = Utf16(text)

    assert units(text, unit(start), unit(end)) == text[start:end]
    assert (unit.point(unit(start)), unit.point(unit(end))) == (start, end)


def test_reviewed_records_are_written_whole_or_not_at_all(results, tmp_path):
    export(results, tmp_path / "doccano.jsonl", "doccano")
    (tmp_path / "bad.jsonl").write_text((tmp_path / "doccano.jsonl").read_text("utf-8") + '{"text": 1}', "utf-8")
    target = tmp_path / "records.jsonl"

    count = write_reviewed(tmp_path / "doccano.jsonl", target, "doccano")

    written = target.read_bytes()
    assert len(written.splitlines()) == count > 0
    with pytest.raises(InputError, match="no such folder"):
        write_reviewed(tmp_path / "doccano.jsonl", tmp_path / "nowhere" / "records.jsonl", "doccano")
    with pytest.raises(InputError, match="would be destroyed"):
        write_reviewed(target, target, "doccano")
    with pytest.raises(InputError, match="not a JSONL export"):
        write_reviewed(tmp_path / "bad.jsonl", target, "doccano")
    assert target.read_bytes() == written
