import pytest

from tip_nlp.errors import InputError, StorageError
from tip_nlp.exports import FORMATS, export, read_reviewed


def contents(target):
    if target.is_file():
        return target.read_bytes()
    return {path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_results_give_the_same_export(name, results, tmp_path):
    export(results, tmp_path / "one", name)
    export(results, tmp_path / "two", name)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("name", FORMATS)
def test_no_export_holds_the_folder_of_the_input_or_a_failed_row(name, results, tmp_path):
    export(results, tmp_path / "out", name)

    whole = contents(tmp_path / "out")
    whole = whole if isinstance(whole, bytes) else b"".join(whole.values())
    assert b"zq-analyst" not in whole
    assert b"row-5" not in whole


@pytest.mark.parametrize("name", FORMATS)
def test_results_without_any_rows_give_an_export_as_well(name, tmp_path):
    (tmp_path / "results.jsonl").write_text("", encoding="utf-8")

    export(tmp_path / "results.jsonl", tmp_path / "out", name)

    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if not each.reads and name != "campaigns"])
def test_a_text_below_the_lowest_tier_is_left_out(name, results, tmp_path):
    export(results, tmp_path / "default", name)
    export(results, tmp_path / "all", name, least="none")

    default, everything = contents(tmp_path / "default"), contents(tmp_path / "all")
    assert b"row-4" not in (default if isinstance(default, bytes) else b"".join(default.values()))
    assert b"row-4" in (everything if isinstance(everything, bytes) else b"".join(everything.values()))


def test_bytes_that_no_format_can_hold_are_replaced(results, tmp_path):
    line = results.read_text(encoding="utf-8").splitlines()[0].replace("They keep", "They\\u0000\\udc80eep")
    (tmp_path / "odd.jsonl").write_text(line.replace('"row-1"', '"row\\udcff\\u000b1"') + "\n", encoding="utf-8")

    for name in FORMATS:
        export(tmp_path / "odd.jsonl", tmp_path / name, name)

    assert "row\ufffd\ufffd1" in (tmp_path / "graphml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("out", "visio"), "graphml"),
        (("results.jsonl", "graphml"), "also the input"),
        (("no/such/out", "graphml"), "no such folder"),
        (("file", "i2"), "folder"),
        (("folder", "stix"), "folder"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(arguments, word, results, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept", encoding="utf-8")

    with pytest.raises(InputError, match=word):
        export(results, tmp_path / arguments[0], arguments[1])

    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("options", [{"least": "urgent"}, {"tlp": "blue"}])
def test_unknown_options_are_refused(options, results, tmp_path):
    with pytest.raises(InputError, match="use"):
        export(results, tmp_path / "out", "stix", **options)


def test_a_faulty_result_leaves_the_earlier_export_as_it_was(results, tmp_path):
    export(results, tmp_path / "out", "graphml")
    before = contents(tmp_path / "out")
    results.write_text(results.read_text(encoding="utf-8") + '{"text": "no result"}\n', encoding="utf-8")

    with pytest.raises(InputError, match="line 6"):
        export(results, tmp_path / "out", "graphml")

    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_disk_that_refuses_is_a_storage_error(results, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tip_nlp.exports.doccano.write_doccano", refuse)

    with pytest.raises(StorageError, match="No space left"):
        export(results, tmp_path / "out", "doccano")


def test_only_annotation_tools_are_read_back(tmp_path):
    with pytest.raises(InputError, match="labelstudio, doccano"):
        read_reviewed(tmp_path / "x", "i2")
