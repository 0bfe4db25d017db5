import dataclasses
import json
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from scans import real_engine, request

from tip_nlp.batch import Request, scan_files
from tip_nlp.errors import InputError
from tip_nlp.manifest import read_manifest, write_manifest
from tip_nlp.records import Columns, Layout
from tip_nlp.verification import verify_scan


@pytest.fixture
def scanned(tmp_path, analyzer):
    """A scan of two rows, of which one is empty, into a folder of its own; its manifest."""
    ads = tmp_path / "in" / "ads.jsonl"
    ads.parent.mkdir()
    rows = {"id": "a", "text": "They keep my passport and do not pay my salary."}, {"id": "b", "text": ""}
    ads.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return scan_files(analyzer, real_engine(analyzer), request(ads, tmp_path / "o", ("jsonl", "csv"))).manifest


def test_verify_finds_nothing_where_nothing_was_changed(scanned, analyzer):
    found = verify_scan(analyzer, scanned, 5)

    assert found.differences == ()
    assert [path.name for path in found.files] == ["ads.jsonl", "out.jsonl", "out.csv", "out.jsonl.errors.csv"]
    assert (found.rows, found.rescored) == (2, 1)


def forged(manifest, change):
    """Change the facts or an output, and make the sums anew, as a forger would."""
    facts = read_manifest(manifest)
    change(facts)
    for each in facts["outputs"]:
        each["sha256"] = sha256(Path(each["path"]).read_bytes()).hexdigest()
    write_manifest(manifest, facts)


def without_last_row(facts):
    path = Path(facts["outputs"][0]["path"])
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def with_another_text(facts):
    path = Path(facts["outputs"][0]["path"])
    harmless = path.read_text("utf-8").replace("keep my passport and do not pay", "gave me my passport and pay")
    path.write_text(harmless, "utf-8")


def with_a_row_that_failed(facts):
    path = Path(facts["outputs"][0]["path"])
    first, rest = path.read_text("utf-8").split("\n", 1)
    row = json.loads(first)
    del row["assessment"]
    path.write_text(json.dumps(row | {"error": "cannot be read"}) + "\n" + rest, "utf-8")
    facts["counts"]["failed"] += 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without_last_row, "differ in rows"),
        (with_another_text, "line 1 of the result is not what row 1"),
        (with_a_row_that_failed, "assessed differently"),
        (lambda facts: facts["options"].update(kind="transcript"), "line 1 of the result is not what row 1"),
        (lambda facts: facts["options"].update(licences="0" * 64), "licence list"),
        (lambda facts: facts["counts"].update(rows=3), "counts 3 rows, the result holds 2"),
        (lambda facts: facts["counts"].update(failed=0), "counts 0 failed, the result holds 1"),
        (lambda facts: facts["counts"].update(texts=2), "counts 2 texts, the result holds 1"),
    ],
)
def test_verify_proves_that_the_result_came_from_those_inputs(scanned, analyzer, change, why):
    forged(scanned, change)

    assert why in " ".join(verify_scan(analyzer, scanned, 5).differences)


def test_verify_wants_the_arithmetic_of_the_scan(scanned, analyzer):
    forged(scanned, lambda facts: facts["versions"].update(arithmetic="exact"))

    found = verify_scan(analyzer, scanned, 5)

    assert found.differences == ("arithmetic is fast here, the scan was made with exact",)


@pytest.mark.parametrize(("arithmetic", "moved", "is_same"), [
    ("fast", 0.02, True), ("fast", 0.05, False), ("exact", 0.0, True), ("exact", 0.02, False),
])  # fmt: skip
def test_verify_lets_scores_differ_as_processors_do(arithmetic, moved, is_same, tmp_path, analyzer, exact_analyzer):
    used = exact_analyzer if arithmetic == "exact" else analyzer
    (tmp_path / "ads.txt").write_text("They keep my passport and do not pay my salary.", "utf-8")
    wanted = request(tmp_path / "ads.txt", tmp_path / "o", ("jsonl",))
    manifest = scan_files(used, real_engine(used), wanted).manifest

    def on_another_processor(facts):
        path = Path(facts["outputs"][0]["path"])
        row = json.loads(path.read_text("utf-8"))
        row["assessment"]["scores"]["trafficking"] -= moved
        path.write_text(json.dumps(row) + "\n", "utf-8")

    forged(manifest, on_another_processor)

    found = verify_scan(used, manifest, 5)

    assert (found.differences == ()) == is_same
    assert found.rescored == 1


def test_verify_reads_inputs_as_the_scan_did(tmp_path, analyzer):
    with zipfile.ZipFile(tmp_path / "ads.zip", "w") as archive:
        archive.writestr("one.csv", "a;b;city\nThey keep my passport;no salary;لاہور\n".encode("utf-16"))
        archive.writestr("two.jsonl", '{"a": "bad \\udc80 sign", "b": "NaN", "price": NaN}\n')
    (tmp_path / "link.zip").symlink_to(tmp_path / "ads.zip")
    (tmp_path / "o").mkdir()
    (tmp_path / "more.csv").write_text("a,b\nThey keep my passport,no salary\n", "utf-8")
    given = tuple(str(tmp_path / name) for name in ("more.csv", "link.zip", "more.csv"))
    wanted = Request(given, (str(tmp_path / "o" / "out.jsonl"),), Columns(("a", "b")), campaigns=False)

    found = verify_scan(analyzer, scan_files(analyzer, real_engine(analyzer), wanted).manifest, 5)

    assert (found.differences, found.rows, found.rescored) == ((), 4, 4)


def test_verify_says_where_it_can_compare_no_row(scanned, analyzer, tmp_path):
    wanted = request(tmp_path / "in" / "ads.jsonl", tmp_path / "c", ("csv",))

    found = verify_scan(analyzer, scan_files(analyzer, real_engine(analyzer), wanted).manifest, 5)

    assert (found.differences, found.rows, found.rescored) == ((), None, 0)


@pytest.mark.parametrize("name", ["in/ads.jsonl", "o/out.jsonl", "o/out.csv", "o/out.jsonl.errors.csv"])
def test_verify_finds_what_was_changed(scanned, analyzer, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(path.read_bytes().replace(b"a", b"e", 1))
    assert f"{name} was changed" in verify_scan(analyzer, scanned, 5).differences[0]

    path.unlink()
    assert f"{name} is missing" in verify_scan(analyzer, scanned, 5).differences[0]


def test_a_manifest_that_was_changed_is_none(scanned):
    whole = scanned.read_text(encoding="utf-8")
    scanned.write_text(whole.replace('"rows": 2', '"rows": 3'), encoding="utf-8")

    with pytest.raises(InputError, match="was changed after"):
        read_manifest(scanned)


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["outputs"][0].pop("sha256"),
        lambda facts: facts["inputs"][0].pop("path"),
        lambda facts: facts.pop("options"),
        lambda facts: facts.update(outputs=[]),
        lambda facts: facts.update(inputs=["ads.csv"]),
    ],
)
def test_a_manifest_that_lacks_something_is_none(scanned, change):
    facts = read_manifest(scanned)
    change(facts)
    write_manifest(scanned, facts)

    with pytest.raises(InputError, match="not the manifest of a scan"):
        read_manifest(scanned)


@pytest.mark.parametrize("name", ["in/ads.jsonl", "o/out.jsonl", "o/out.csv"])
def test_verify_compares_the_copy_it_is_given_not_the_original(scanned, analyzer, tmp_path, name):
    for folder in ("in", "o"):
        shutil.copytree(tmp_path / folder, tmp_path / "evidence" / folder)
    manifest = tmp_path / "evidence" / "o" / scanned.name
    assert verify_scan(analyzer, manifest, 5).differences == ()

    path = tmp_path / "evidence" / name
    path.write_bytes(path.read_bytes().replace(b"a", b"e", 1))

    found = verify_scan(analyzer, manifest, 5)
    assert f"{path} was changed" in found.differences[0]
    assert path in found.files


def test_verify_compares_a_copy_in_one_folder(scanned, analyzer, tmp_path):
    copy = tmp_path / "elsewhere" / "evidence"
    copy.mkdir(parents=True)
    for path in (*(tmp_path / "in").iterdir(), *(tmp_path / "o").iterdir()):
        shutil.copy(path, copy)

    found = verify_scan(analyzer, copy / scanned.name, 5)

    assert found.differences == ()
    assert {path.parent for path in found.files} == {copy}


def test_verify_takes_no_file_for_another_of_the_same_name(tmp_path, analyzer):
    for folder in ("in", "o"):
        (tmp_path / folder).mkdir()
    ads = tmp_path / "in" / "ads.jsonl"
    ads.write_text(json.dumps({"text": "They keep my passport."}) + "\n", "utf-8")
    wanted = Request((str(ads),), (str(tmp_path / "o" / "ads.jsonl"),), campaigns=False)
    manifest = scan_files(analyzer, real_engine(analyzer), wanted).manifest
    copy = shutil.copytree(tmp_path / "o", tmp_path / "elsewhere" / "evidence")

    assert verify_scan(analyzer, copy / manifest.name, 5).differences == ()


# fmt: off
@pytest.mark.parametrize(("move", "drop", "differs"), [(0.005, 0, False), (0.05, 0, True), (0.0, 1, True)])
# fmt: on
def test_verify_assesses_rows_again(tmp_path, analyzer, monkeypatch, move, drop, differs):
    text = "They keep my passport and do not pay my salary."
    ads = tmp_path / "ads.jsonl"
    ads.write_text(json.dumps({"id": "a", "text": text}) + "\n", "utf-8")
    truth = analyzer.assess(text, id="a")
    scores = {family: score - move for family, score in truth.scores.items()}
    other = dataclasses.replace(truth, scores=scores, indicators=truth.indicators[drop:])
    monkeypatch.setattr(type(analyzer), "assess_batch", lambda *_, **__: [other])
    summary = scan_files(analyzer, real_engine(analyzer), request(ads, tmp_path / "o", ("jsonl",)))
    monkeypatch.undo()

    assert bool(verify_scan(analyzer, summary.manifest, 5).differences) == differs


PIPED = b"1;They keep my passport and do not pay my salary, 03/04/2026\n2;\n"


@pytest.fixture
def scanned_pipe(tmp_path, analyzer, piped):
    """A scan of standard input, of which two rows are data and one of these is empty; its manifest."""
    piped(PIPED)
    layout = Layout(delimiter=";", no_header=True)
    wanted = request("-", tmp_path / "o", ("jsonl",), columns=Columns(("column_2",), "column_1"), layout=layout)
    return scan_files(analyzer, real_engine(analyzer), wanted).manifest


def test_what_was_piped_is_in_the_manifest_and_can_be_compared(scanned_pipe, analyzer, tmp_path):
    (tmp_path / "kept").write_bytes(PIPED)
    facts = read_manifest(scanned_pipe)
    assert facts["inputs"] == [{"path": "-", "bytes": len(PIPED), "sha256": sha256(PIPED).hexdigest()}]

    found = verify_scan(analyzer, scanned_pipe, 5, tmp_path / "kept")

    assert (found.differences, found.gaps, found.rows, found.rescored) == ((), (), 2, 1)
    assert tmp_path / "kept" in found.files
    (tmp_path / "kept").write_bytes(PIPED.replace(b"keep", b"kept"))
    assert "kept is not what was piped" in verify_scan(analyzer, scanned_pipe, 5, tmp_path / "kept").differences[0]


def test_without_what_was_piped_the_rest_is_verified(scanned_pipe, analyzer):
    found = verify_scan(analyzer, scanned_pipe, 5)

    assert (found.differences, found.rows, found.rescored) == ((), None, 1)
    assert "standard input and was not kept" in found.gaps[0]
    forged(scanned_pipe, with_another_text)
    assert "assessed differently" in verify_scan(analyzer, scanned_pipe, 5).differences[0]
    forged(scanned_pipe, without_last_row)
    assert "counts 2 rows, the result holds 1" in verify_scan(analyzer, scanned_pipe, 5).differences[0]


def test_a_manifest_without_a_sum_of_standard_input_says_so(scanned_pipe, analyzer, tmp_path):
    (tmp_path / "kept").write_bytes(PIPED)
    forged(scanned_pipe, lambda facts: facts["inputs"][0].update(bytes=None, sha256=None))

    found = verify_scan(analyzer, scanned_pipe, 5, tmp_path / "kept")

    assert (found.differences, found.rows) == ((), 2)
    assert "no sum of standard input" in found.gaps[0]


def test_what_was_piped_is_asked_for_only_where_something_was(scanned, analyzer, tmp_path):
    for kept, why in ((tmp_path / "in" / "ads.jsonl", "did not read standard input"), (tmp_path / "x", "no such file")):
        with pytest.raises(InputError, match=why):
            verify_scan(analyzer, scanned, 5, kept)


def test_verify_reads_an_archive_named_twice_and_every_sheet_once(tmp_path, analyzer):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("more")):
        sheet.append(["text"])
        sheet.append([f"They keep my passport, says {sheet.title}"])
    book.save(tmp_path / "ads.xlsx")
    with zipfile.ZipFile(tmp_path / "ads.zip", "w") as archive:
        archive.writestr("one.csv", "text\nThey keep my passport\n")
        archive.write(tmp_path / "ads.xlsx", "two.xlsx")
    (tmp_path / "o").mkdir()
    given = tuple(str(tmp_path / name) for name in ("ads.zip", "ads.zip", "ads.xlsx"))
    wanted = Request(given, (str(tmp_path / "o" / "out.jsonl"),), campaigns=False)

    found = verify_scan(analyzer, scan_files(analyzer, real_engine(analyzer), wanted).manifest, 5)

    assert (found.differences, found.rows) == ((), 8)
