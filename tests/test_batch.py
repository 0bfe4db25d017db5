import codecs
import csv
import dataclasses
import io
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import zipfile
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pyarrow.parquet
import pytest
from xlsxwriter.exceptions import FileCreateError

from tip_nlp import batch
from tip_nlp.batch import Request, scan_files
from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError, StorageError
from tip_nlp.journal import Journal
from tip_nlp.manifest import read_manifest, write_manifest
from tip_nlp.records import Columns, Layout
from tip_nlp.results.dates import posted
from tip_nlp.results.files import write_results
from tip_nlp.results.reading import read_results
from tip_nlp.types import TIERS, Versions
from tip_nlp.verification import verify_scan

ROWS = 1_500
DISTINCT = 1_000
FORMATS = ("csv", "jsonl", "xlsx", "parquet")


def stub_analyzer():
    """What a scan asks of the analyzer beside its scores."""
    return SimpleNamespace(
        versions=Versions("1", "m", "r", "t"), classifier=SimpleNamespace(sums="s"), licences=None,
        today=lambda: date(2026, 11, 21),
    )  # fmt: skip


@pytest.fixture(scope="session")
def shape(analyzer):
    return analyzer.assess("My employer has kept my passport for five months and does not pay my salary.").to_dict()


def engine_of(shape):
    """Scores that depend on the text alone, without a model."""

    def outcome(record):
        if "unreadable" in record.text:
            return "cannot be read"
        luck = int.from_bytes(sha256(record.text.encode()).digest()[:4], "big")
        tier = TIERS[luck % 4]
        return shape | {"id": record.id, "tier": tier, "scores": {"trafficking": luck / 2**32, "smuggling": 0.0}}

    def run(chunks):
        for chunk in chunks:
            yield chunk, [outcome(text.record) for text in chunk]

    return run


@pytest.fixture
def ads(tmp_path):
    path = tmp_path / "ads.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "text", "city"))
        for number in range(ROWS):
            writer.writerow(
                (number, f"Cook number {number % DISTINCT} wanted in town {number % DISTINCT * 7}", "Lahore")
            )
        writer.writerow((ROWS, "", "nowhere"))
        writer.writerow((ROWS + 1, "an unreadable text", "nowhere"))
    return path


def request(ads, folder, formats=FORMATS, **options):
    folder.mkdir(exist_ok=True)
    return Request((str(ads),), tuple(str(folder / f"out.{suffix}") for suffix in formats), campaigns=False, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".manifest.json")}


def test_rows_come_back_in_order_with_rank_and_duplicates(ads, tmp_path, shape):
    summary = scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"), show=3)

    results = list(read_results(tmp_path / "o" / "out.jsonl"))
    assert summary.counts == {"rows": ROWS + 2, "failed": 2, "texts": DISTINCT + 1, "done": DISTINCT + 1}
    assert [r.record.id for r in results] == [str(n) for n in range(ROWS + 2)]
    assert results[1200].duplicate_of == "200"
    assert results[1200].first == results[200].text_key == (str(ads), 201)
    assert results[200].duplicate_of is None
    assert results[1200].assessment | {"id": ""} == results[200].assessment | {"id": ""}
    assert sorted(r.rank for r in results if r.rank) == list(range(1, ROWS + 1))
    assert [r.rank for r in summary.best] == [1, 2, 3]
    assert summary.best[0].assessment["tier"] == "high"
    assert [r.record.error for r in results[-2:]] == ["expected a text in 'text', got an empty text", "cannot be read"]


def test_every_format_holds_the_same(ads, tmp_path, shape):
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"))

    with (tmp_path / "o" / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        by_csv = [(row["id"], row["tip_tier"], row["tip_rank"]) for row in csv.DictReader(stream)]
    table = pyarrow.parquet.read_table(tmp_path / "o" / "out.parquet").to_pylist()
    sheet = openpyxl.load_workbook(tmp_path / "o" / "out.xlsx", read_only=True).active
    rows = sheet.iter_rows(values_only=True)
    head = next(rows)
    by_xlsx = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["id"], row["tip_tier"] or "", row["tip_rank"] or "") for row in table] == by_csv
    assert [
        (r["id"], r["tip_tier"] or "", "" if r["tip_rank"] is None else str(r["tip_rank"])) for r in by_xlsx
    ] == by_csv
    assert json.loads(table[0]["tip_assessment"])["tier"] == by_csv[0][1]


def test_bad_rows_go_to_an_errors_file_with_reasons(ads, tmp_path, shape):
    summary = scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("csv",)))

    assert summary.errors.read_bytes().startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(summary.errors.open(encoding="utf-8-sig")))
    assert [(row["row"], row["id"], row["reason"]) for row in rows] == [
        (str(ROWS + 1), str(ROWS), "expected a text in 'text', got an empty text"),
        (str(ROWS + 2), str(ROWS + 1), "cannot be read"),
    ]


def scan_until(last, shape, asked, told):
    """A scan in a process of its own that is killed at its ``last`` call of a function; else tells how many it made."""
    made = 0

    def count(_frame, event, _what):
        nonlocal made
        made += event in ("call", "c_call")
        if made == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    try:
        scan_files(stub_analyzer(), engine_of(shape), asked)
    finally:
        sys.setprofile(None)
    told.write_text(str(made))


def test_killed_at_any_moment_and_resumed_the_outputs_are_the_same_to_the_byte(ads, tmp_path, shape):
    kills = 20
    lines = ads.read_text(encoding="utf-8").splitlines(keepends=True)
    yesterday = tmp_path / "yesterday.csv"
    yesterday.write_text("".join(lines[:100]), encoding="utf-8")
    ads.write_text("".join([lines[0], *lines[50:650], *lines[-2:]]), encoding="utf-8")

    def wanted(name, source=ads):
        place = tmp_path / f"{name}.sqlite"
        if source is ads:
            shutil.copy(tmp_path / "yesterday.sqlite", place)
        return dataclasses.replace(request(source, tmp_path / name), campaigns=True, workspace=place)

    def run(last, asked):
        child = server.Process(target=scan_until, args=(last, shape, asked, tmp_path / "calls"))
        child.start()
        child.join(300)
        return child.exitcode

    # Forked from a process without threads: a copy of this one could wait for ever on a lock that a thread held.
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tip_nlp.batch"])
    scan_files(stub_analyzer(), engine_of(shape), wanted("yesterday", yesterday))
    assert run(None, wanted("whole")) == 0
    calls = int((tmp_path / "calls").read_text())
    expected = contents(tmp_path / "whole")
    assert b'"campaign": "c-' in expected["out.jsonl"]

    for kill in range(kills):
        asked = wanted(f"killed{kill}")
        assert run(calls * (2 * kill + 1) // (2 * kills), asked) == -signal.SIGKILL
        assert (tmp_path / f"killed{kill}" / "out.csv.journal").is_file()  # otherwise this tested nothing
        scan_files(stub_analyzer(), engine_of(shape), asked, resume=True)
        assert contents(tmp_path / f"killed{kill}") == expected, f"kill {kill}"


def test_an_interrupted_scan_is_neither_overwritten_nor_mixed_with_another(ads, tmp_path, shape):
    wanted = request(ads, tmp_path / "o", ("csv",))

    def breaks(chunks):
        yield next(iter(chunks)), []

    with pytest.raises(ValueError, match="argument"):
        scan_files(stub_analyzer(), breaks, wanted)
    with pytest.raises(InputError, match="interrupted scan was left here"):
        scan_files(stub_analyzer(), engine_of(shape), wanted)
    ads.write_text(ads.read_text(encoding="utf-8") + "x,one more ad,y\n", encoding="utf-8")
    with pytest.raises(InputError, match="differs in inputs"):
        scan_files(stub_analyzer(), engine_of(shape), wanted, resume=True)


def test_a_workspace_that_cannot_be_one_is_refused_before_anything_is_assessed(ads, tmp_path, shape):
    (tmp_path / "letter").write_text("a letter, no workspace. " * 100)
    for name, why in (("nowhere/w", "no such folder"), ("", "is a folder"), ("letter", "not a workspace")):
        wanted = dataclasses.replace(request(ads, tmp_path / "o", ("csv",)), campaigns=True, workspace=tmp_path / name)
        with pytest.raises(InputError, match=why):
            scan_files(stub_analyzer(), None, wanted)

    assert list((tmp_path / "o").iterdir()) == []


@pytest.mark.parametrize(
    ("outputs", "workspace"),
    [
        (("o/a.csv", "o/../o/a.csv"), None),
        (("o/a.csv", "o/a.csv.errors.csv"), None),
        (("ads.csv",), None),  # its errors file is the input
        (("o/a.csv",), "o/a.csv"),
        (("o/a.csv",), "o/a.csv.journal"),
        (("o/a.csv",), "ads.csv.errors.csv"),
    ],
)
def test_no_file_has_two_roles(ads, tmp_path, outputs, workspace):
    (tmp_path / "o").mkdir()
    given = ads.rename(tmp_path / "ads.csv.errors.csv")
    places = tuple(str(tmp_path / name) for name in outputs)
    wanted = Request((str(given),), places, workspace=workspace and tmp_path / workspace)

    with pytest.raises(InputError, match="would destroy the other"):
        scan_files(stub_analyzer(), None, wanted)

    assert given.is_file()
    assert list((tmp_path / "o").iterdir()) == []


def histories(folder):
    return {r.record.id: r.history for r in read_results(folder / "out.jsonl") if r.campaign}


def test_campaigns_tell_their_history_over_scans(tmp_path, shape):
    words = "Urgent requirement of {} cleaners for a hotel in a far town with free room and food and a visa in ten days"
    one, two = words.format("forty"), words.format("fifty")
    (tmp_path / "monday.csv").write_text(f"id,text,date\n1,{one},2026-11-02\n2,{two},2026-11-03\n3,{one},2026-11-01\n")
    (tmp_path / "tuesday.csv").write_text(f"id,text\n4,{one}\n5,Cook wanted in Lahore with a weekly day off\n")

    for folder, name in (("a", "monday"), ("b", "tuesday"), ("c", "tuesday")):
        wanted = request(tmp_path / f"{name}.csv", tmp_path / folder)
        wanted = dataclasses.replace(wanted, campaigns=True, workspace=tmp_path / "w.sqlite")
        scan_files(stub_analyzer(), engine_of(shape), wanted)

    assert histories(tmp_path / "a") == dict.fromkeys("123", History(3, 2, "2026-11-01", "2026-11-03"))
    assert histories(tmp_path / "b") == {"4": History(4, 2, "2026-11-01", "2026-11-21")}
    assert histories(tmp_path / "c") == histories(tmp_path / "b")
    for row in (
        next(csv.DictReader((tmp_path / "b" / "out.csv").open(encoding="utf-8-sig"))),
        pyarrow.parquet.read_table(tmp_path / "b" / "out.parquet").to_pylist()[0],
    ):
        assert [row[f"tip_campaign_{name}"] for name in ("size", "rows", "texts")] == ["1", "4", "2"]
        assert (row["tip_campaign_first_seen"], row["tip_campaign_last_seen"]) == ("2026-11-01", "2026-11-21")
    head, first, *_ = openpyxl.load_workbook(tmp_path / "b" / "out.xlsx").active.iter_rows(values_only=True)
    assert dict(zip(head, first, strict=True))["tip_campaign_rows"] == 4


def test_a_file_that_has_grown_counts_its_old_rows_once(tmp_path, shape):
    words = "Urgent requirement of {} cleaners for a hotel in a far town with free room and food and a visa in ten days"
    rows = [f"{n},{words.format(count)}\n" for n, count in enumerate(["forty", "fifty", "forty", "sixty", "forty"])]
    workspace = tmp_path / "w.sqlite"

    def scanned(name, count, day):
        (tmp_path / f"{name}.csv").write_text("id,text\n" + "".join(rows[:count]))
        wanted = dataclasses.replace(
            request(tmp_path / f"{name}.csv", tmp_path / name), campaigns=True, workspace=workspace
        )
        analyzer = stub_analyzer()
        analyzer.today = lambda: date(2026, 11, day)
        scan_files(analyzer, engine_of(shape), wanted)
        (history,) = set(histories(tmp_path / name).values())
        return history

    assert scanned("ads", 2, 1) == History(2, 2, "2026-11-01", "2026-11-01")
    assert scanned("ads", 4, 2) == History(4, 3, "2026-11-01", "2026-11-02")
    assert scanned("renamed", 4, 3) == History(4, 3, "2026-11-01", "2026-11-02")
    assert scanned("ads", 5, 4) == History(5, 3, "2026-11-01", "2026-11-04")
    assert scanned("backup", 2, 5) == History(5, 3, "2026-11-01", "2026-11-04")


def linked_but_not_told(self, campaigns):
    """The workspace is saved, the journal does not know."""
    list(campaigns)
    raise OSError(28, "No space left")


@pytest.mark.parametrize(
    ("place", "broken"),
    [
        ("tip_nlp.batch.Journal.link", linked_but_not_told),
        ("tip_nlp.batch.write_results", lambda *_, **__: full_disk()),
    ],
)
def test_a_scan_resumed_on_another_day_tells_the_same_history(ads, tmp_path, shape, monkeypatch, place, broken):
    def wanted(name):
        options = {"campaigns": True, "workspace": tmp_path / f"{name}.sqlite"}
        return dataclasses.replace(request(ads, tmp_path / name, ("jsonl",)), **options)

    later = stub_analyzer()
    later.today = lambda: date(2026, 12, 31)
    scan_files(stub_analyzer(), engine_of(shape), wanted("whole"))
    monkeypatch.setattr(place, broken)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), wanted("broken"))
    monkeypatch.undo()

    scan_files(later, engine_of(shape), wanted("broken"), resume=True)

    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")
    assert {history.last_seen for history in histories(tmp_path / "whole").values()} == {"2026-11-21"}


def test_a_journal_of_before_histories_is_resumed(ads, tmp_path, shape, monkeypatch):
    wanted = dataclasses.replace(request(ads, tmp_path / "o", ("jsonl",)), campaigns=True)
    monkeypatch.setattr(batch, "write_results", full_disk)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), wanted)
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "o" / "out.jsonl.journal") as journal:
        journal.execute("DROP TABLE campaigns")

    scan_files(stub_analyzer(), engine_of(shape), wanted, resume=True)

    assert set(histories(tmp_path / "o").values()) == {History()}


def test_until_texts_are_linked_another_workspace_may_be_named(ads, tmp_path, shape, monkeypatch):
    def wanted(name):
        return dataclasses.replace(request(ads, tmp_path / "o", ("csv",)), campaigns=True, workspace=tmp_path / name)

    monkeypatch.setattr(batch, "link_texts", full_disk)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), wanted("one"))
    monkeypatch.undo()
    monkeypatch.setattr(batch, "write_results", full_disk)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), wanted("two"), resume=True)
    monkeypatch.undo()

    with pytest.raises(InputError, match="differs in workspace"):
        scan_files(stub_analyzer(), engine_of(shape), wanted("one"), resume=True)
    manifest = scan_files(stub_analyzer(), engine_of(shape), wanted("two"), resume=True).manifest
    assert read_manifest(manifest)["options"]["workspace"] == str(tmp_path / "two")


def full_disk(*_, **__):
    raise OSError(28, "No space left")


def test_nothing_to_resume_is_said(ads, tmp_path, shape):
    with pytest.raises(InputError, match="no interrupted scan"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"), resume=True)


@pytest.mark.parametrize("left", [b"", None], ids=["nothing", "no table"])
def test_a_scan_killed_before_its_first_row_is_resumed_from_the_start(ads, tmp_path, shape, left):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    journal = tmp_path / "two" / "out.jsonl.journal"
    if left is None:
        with sqlite3.connect(journal) as database:
            database.execute("PRAGMA journal_mode = WAL")
    else:
        journal.write_bytes(left)

    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "one", ("jsonl",)))
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "two", ("jsonl",)), resume=True)

    assert contents(tmp_path / "two") == contents(tmp_path / "one")


@pytest.mark.parametrize("left", [b"a letter, not a journal. " * 50, None], ids=["no database", "another database"])
def test_what_is_no_journal_is_refused_and_left_alone(ads, tmp_path, shape, left):
    (tmp_path / "o").mkdir()
    journal = tmp_path / "o" / "out.jsonl.journal"
    if left is None:
        with sqlite3.connect(journal) as database:
            database.execute("CREATE TABLE accounts (n INTEGER)")
    else:
        journal.write_bytes(left)
    before = journal.read_bytes()

    with pytest.raises(InputError, match="not a journal of a scan"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("jsonl",)), resume=True)

    assert journal.read_bytes() == before


def test_a_damaged_journal_is_no_reason_to_try_for_ever(ads, tmp_path, shape):
    def breaks(chunks):
        yield next(iter(chunks)), []

    with pytest.raises(ValueError, match="argument"):
        scan_files(stub_analyzer(), breaks, request(ads, tmp_path / "o", ("jsonl",)))
    journal = tmp_path / "o" / "out.jsonl.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(InputError, match="damaged; delete it"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("jsonl",)), resume=True)


def test_the_analyzer_lives_in_its_own_day_again_after_a_scan(ads, tmp_path, shape):
    analyzer = stub_analyzer()
    usual = analyzer.today

    scan_files(analyzer, engine_of(shape), request(ads, tmp_path / "o", ("jsonl",)))

    assert analyzer.today is usual


def test_a_full_disk_keeps_what_was_done(ads, tmp_path, shape, monkeypatch):
    wanted = request(ads, tmp_path / "o", ("jsonl",))
    real = batch.Journal.store
    calls = []

    def full(self, texts, outcomes):
        calls.append(1)
        if len(calls) == 3:
            self._db.execute("PRAGMA max_page_count = 1")
            self._db.execute("CREATE TABLE filler AS SELECT zeroblob(10000000) AS z")
        real(self, texts, outcomes)

    monkeypatch.setattr(Journal, "store", full)
    with pytest.raises(Exception, match="full"):
        scan_files(stub_analyzer(), engine_of(shape), wanted)
    monkeypatch.setattr(Journal, "store", real)
    done = []

    def counting(chunks):
        for chunk, outcomes in engine_of(shape)(chunks):
            done.append(len(chunk))
            yield chunk, outcomes

    scan_files(stub_analyzer(), counting, wanted, resume=True)

    assert sum(done) == DISTINCT + 1 - 2 * 256


def test_a_target_that_cannot_be_written_loses_nothing(ads, tmp_path, shape, monkeypatch):
    wanted = request(ads, tmp_path / "o", ("jsonl",))
    monkeypatch.setattr(
        "tip_nlp.results.files.open_writer", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left"))
    )

    with pytest.raises(StorageError, match="No space left"):
        scan_files(stub_analyzer(), engine_of(shape), wanted)

    assert (tmp_path / "o" / "out.jsonl.journal").is_file()


def test_a_place_that_takes_no_journal_is_not_said_to_hold_anything(ads, tmp_path, shape, monkeypatch):
    real = sqlite3.connect
    monkeypatch.setattr("tip_nlp.journal.sqlite3.connect", lambda *_, **__: real("file:/proc/x?mode=ro", uri=True))

    with pytest.raises(StorageError, match="unable to open.*nothing was stored yet") as caught:
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("jsonl",)))

    assert "--resume" not in str(caught.value)


def test_a_spreadsheet_that_finds_no_room_loses_nothing(ads, tmp_path, shape, monkeypatch):
    def full(*_):
        raise FileCreateError(OSError(28, "No space left"))

    monkeypatch.setattr("xlsxwriter.workbook.Workbook.close", full)

    with pytest.raises(StorageError, match="No space left.*--resume"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("xlsx",)))

    assert [path.name for path in (tmp_path / "o").glob("out*")] == ["out.xlsx.journal"]


def test_spreadsheets_mark_evidence_and_turn_right_to_left(tmp_path, analyzer):
    ads = tmp_path / "ads.jsonl"
    text = "مالک نے میرا پاسپورٹ اپنے پاس رکھ لیا ہے، پانچ مہینے سے تنخواہ نہیں دی اور باہر نہیں جانے دیتا۔"
    ads.write_text(
        json.dumps({"id": "=1+1", "text": text}) + "\n" + json.dumps({"id": "b", "text": "=2+2 chai"}), "utf-8"
    )

    scan_files(analyzer, _real_engine(analyzer), request(ads, tmp_path / "o", ("xlsx",)))

    sheet = openpyxl.load_workbook(tmp_path / "o" / "out.xlsx", rich_text=True).active
    column = [cell.value for cell in sheet[1]].index("text") + 1
    marked = sheet.cell(2, column)
    bold = [str(run.text) for run in marked.value if getattr(getattr(run, "font", None), "b", False)]
    assert str(marked.value) == text
    assert any("پاسپورٹ" in run for run in bold)
    assert marked.alignment.readingOrder == 2
    assert sheet.cell(3, column).value == "=2+2 chai"
    assert sheet.cell(3, column).data_type != "f"


def _real_engine(analyzer):
    from tip_nlp.scan import local_engine

    return local_engine(analyzer)


@pytest.fixture
def scanned(tmp_path, analyzer):
    """A scan of two rows, of which one is empty, into a folder of its own; its manifest."""
    ads = tmp_path / "in" / "ads.jsonl"
    ads.parent.mkdir()
    rows = {"id": "a", "text": "They keep my passport and do not pay my salary."}, {"id": "b", "text": ""}
    ads.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return scan_files(analyzer, _real_engine(analyzer), request(ads, tmp_path / "o", ("jsonl", "csv"))).manifest


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
    path.write_text(path.read_text("utf-8").replace("They keep", "They kept"), "utf-8")


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


def test_verify_reads_inputs_as_the_scan_did(tmp_path, analyzer):
    with zipfile.ZipFile(tmp_path / "ads.zip", "w") as archive:
        archive.writestr("one.csv", "a;b;city\nThey keep my passport;no salary;لاہور\n".encode("utf-16"))
        archive.writestr("two.jsonl", '{"a": "bad \\udc80 sign", "b": "NaN", "price": NaN}\n')
    (tmp_path / "link.zip").symlink_to(tmp_path / "ads.zip")
    (tmp_path / "o").mkdir()
    (tmp_path / "more.csv").write_text("a,b\nThey keep my passport,no salary\n", "utf-8")
    given = tuple(str(tmp_path / name) for name in ("more.csv", "link.zip", "more.csv"))
    wanted = Request(given, (str(tmp_path / "o" / "out.jsonl"),), Columns(("a", "b")), campaigns=False)

    found = verify_scan(analyzer, scan_files(analyzer, _real_engine(analyzer), wanted).manifest, 5)

    assert (found.differences, found.rows, found.rescored) == ((), 4, 4)


def test_verify_says_where_it_can_compare_no_row(scanned, analyzer, tmp_path):
    wanted = request(tmp_path / "in" / "ads.jsonl", tmp_path / "c", ("csv",))

    found = verify_scan(analyzer, scan_files(analyzer, _real_engine(analyzer), wanted).manifest, 5)

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
    manifest = scan_files(analyzer, _real_engine(analyzer), wanted).manifest
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
    summary = scan_files(analyzer, _real_engine(analyzer), request(ads, tmp_path / "o", ("jsonl",)))
    monkeypatch.undo()

    assert bool(verify_scan(analyzer, summary.manifest, 5).differences) == differs


def test_a_folder_that_is_scanned_into_can_be_resumed_and_scanned_again(ads, tmp_path, shape, monkeypatch):
    def interrupted(results, targets, header, **options):
        write_results(results, targets[:1], header, **options)
        raise KeyboardInterrupt

    outputs = tuple(str(tmp_path / name) for name in ("r.jsonl", "r.csv"))
    request = Request((str(tmp_path),), outputs, campaigns=False)
    with monkeypatch.context() as patch:
        patch.setattr(batch, "write_results", interrupted)
        with pytest.raises(KeyboardInterrupt):
            scan_files(stub_analyzer(), engine_of(shape), request)

    first = scan_files(stub_analyzer(), engine_of(shape), request, resume=True)
    again = scan_files(
        stub_analyzer(), engine_of(shape), dataclasses.replace(request, outputs=(str(tmp_path / "next.jsonl"),))
    )

    assert first.counts == again.counts
    assert first.counts["rows"] == ROWS + 2


@pytest.fixture
def piped(monkeypatch):
    """Put bytes on standard input."""

    def put(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return put


PIPED = b"1;They keep my passport and do not pay my salary, 03/04/2026\n2;\n"


@pytest.fixture
def scanned_pipe(tmp_path, analyzer, piped):
    """A scan of standard input, of which two rows are data and one of these is empty; its manifest."""
    piped(PIPED)
    layout = Layout(delimiter=";", no_header=True)
    wanted = request("-", tmp_path / "o", ("jsonl",), columns=Columns(("column_2",), "column_1"), layout=layout)
    return scan_files(analyzer, _real_engine(analyzer), wanted).manifest


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


def test_a_scan_of_standard_input_is_resumed_with_its_sum(tmp_path, shape, piped, monkeypatch):
    content = b'{"text": "Cook wanted in Multan"}\n'
    monkeypatch.setattr(batch, "write_results", full_disk)
    piped(content)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), request("-", tmp_path / "o", ("jsonl",)))
    monkeypatch.undo()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    made = scan_files(stub_analyzer(), engine_of(shape), request("-", tmp_path / "o", ("jsonl",)), resume=True)

    assert read_manifest(made.manifest)["inputs"][0]["sha256"] == sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"layout": Layout(delimiter=",")}, "delimiter"),
        ({"layout": Layout(no_header=True)}, "no_header"),
        ({"columns": Columns(date="city")}, "date_column"),
    ],
)
def test_a_scan_is_resumed_only_with_the_same_way_of_reading(ads, tmp_path, shape, monkeypatch, other, why):
    monkeypatch.setattr(batch, "write_results", full_disk)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"))

    with pytest.raises(InputError, match=f"differs in .*{why}"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", **other), resume=True)


def test_a_journal_that_knew_no_way_of_reading_is_resumed(ads, tmp_path, shape, monkeypatch):
    monkeypatch.setattr(batch, "write_results", full_disk)
    with pytest.raises(OSError, match="No space"):
        scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"))
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "o" / "out.csv.journal") as database:
        plan = json.loads(database.execute("SELECT value FROM state WHERE name = 'plan'").fetchone()[0])
        older = {name: plan[name] for name in plan if name not in ("date_column", "delimiter", "no_header", "format")}
        database.execute("UPDATE state SET value = ? WHERE name = 'plan'", (json.dumps(older),))

    assert scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"), resume=True).counts["rows"]


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

    found = verify_scan(analyzer, scan_files(analyzer, _real_engine(analyzer), wanted).manifest, 5)

    assert (found.differences, found.rows) == ((), 8)


def test_a_file_of_a_folder_that_may_not_be_read_is_in_the_manifest_with_the_reason(tmp_path, analyzer, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_text("text\nThey keep my passport\n", "utf-8")
    real = io.FileIO, Path.open

    def refuse(opened):
        def wrapped(path, *args, **options):
            if str(path).endswith("b.csv"):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *args, **options)

        return wrapped

    monkeypatch.setattr("tip_nlp.records.sources.io.FileIO", refuse(real[0]))
    monkeypatch.setattr(Path, "open", refuse(real[1]))
    wanted = request(tmp_path / "in", tmp_path / "o", ("jsonl",))

    summary = scan_files(analyzer, _real_engine(analyzer), wanted)

    good, bad = read_manifest(summary.manifest)["inputs"]
    assert good["sha256"]
    assert (bad["path"], bad["sha256"]) == (str(tmp_path / "in" / "b.csv"), None)
    assert bad["error"] in summary.errors.read_text("utf-8-sig")
    found = verify_scan(analyzer, summary.manifest, 5)
    assert (found.differences, found.rows) == ((), 2)
    assert "b.csv could not be read when it was scanned" in found.gaps[0]
    assert tmp_path / "in" / "b.csv" not in found.files
    monkeypatch.undo()
    assert verify_scan(analyzer, summary.manifest, 5).differences == ()


def test_the_day_of_the_column_that_was_named_goes_with_the_row(tmp_path, shape):
    ads = tmp_path / "ads.csv"
    ads.write_text("text,date,seen\nCook wanted,2020-01-01,3/4/2026\nDriver wanted,2020-01-01,soon\n", "utf-8")
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o", ("jsonl",), columns=Columns(date="seen")))
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "guessed", ("jsonl",)))

    named, guessed = (list(read_results(tmp_path / name / "out.jsonl")) for name in ("o", "guessed"))
    written = json.loads((tmp_path / "o" / "out.jsonl").read_text("utf-8").splitlines()[0])["record"]
    assert (written["day"], written["date_column"]) == ("2026-04-03", "seen")
    assert [posted(result.record) for result in named] == [date(2026, 4, 3), None]
    assert [posted(result.record) for result in guessed] == [date(2020, 1, 1)] * 2
