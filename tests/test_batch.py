import csv
import dataclasses
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from datetime import date
from hashlib import sha256
from types import SimpleNamespace

import openpyxl
import pyarrow.parquet
import pytest
from xlsxwriter.exceptions import FileCreateError

from tip_nlp import batch
from tip_nlp.batch import Request, scan_files
from tip_nlp.errors import InputError, StorageError
from tip_nlp.journal import Journal
from tip_nlp.manifest import read_manifest
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


def engine_of(shape, pause=0.0):
    """Scores that depend on the text alone, without a model."""

    def outcome(record):
        if "unreadable" in record.text:
            return "cannot be read"
        luck = int.from_bytes(sha256(record.text.encode()).digest()[:4], "big")
        tier = TIERS[luck % 4]
        return shape | {"id": record.id, "tier": tier, "scores": {"trafficking": luck / 2**32, "smuggling": 0.0}}

    def run(chunks):
        for chunk in chunks:
            time.sleep(pause)
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
    assert results[200].duplicate_of is None
    assert results[1200].assessment | {"id": ""} == results[200].assessment | {"id": ""}
    assert sorted(r.rank for r in results if r.rank) == list(range(1, ROWS + 1))
    assert [r.rank for r in summary.best] == [1, 2, 3]
    assert summary.best[0].assessment["tier"] == "high"
    assert [r.record.error for r in results[-2:]] == ["expected a text in 'text', got an empty text", "cannot be read"]


def test_every_format_holds_the_same(ads, tmp_path, shape):
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "o"))

    with (tmp_path / "o" / "out.csv").open(encoding="utf-8", newline="") as stream:
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

    rows = list(csv.DictReader(summary.errors.open(encoding="utf-8")))
    assert [(row["row"], row["id"], row["reason"]) for row in rows] == [
        (str(ROWS + 1), str(ROWS), "expected a text in 'text', got an empty text"),
        (str(ROWS + 2), str(ROWS + 1), "cannot be read"),
    ]


def test_killed_at_any_moment_and_resumed_the_outputs_are_the_same_to_the_byte(ads, tmp_path, shape):
    scan_files(stub_analyzer(), engine_of(shape), request(ads, tmp_path / "whole"))
    expected = contents(tmp_path / "whole")
    fork = multiprocessing.get_context("fork")
    interrupted = 0

    for kill in range(20):
        folder = tmp_path / f"killed{kill}"
        wanted = request(ads, folder)
        child = fork.Process(target=scan_files, args=(stub_analyzer(), engine_of(shape, 0.03), wanted))
        child.start()
        child.join(random.Random(kill).uniform(0.0, 0.8))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        left = (folder / "out.csv.journal").is_file()
        interrupted += left
        if left or not (folder / "out.csv.manifest.json").is_file():
            scan_files(stub_analyzer(), engine_of(shape), wanted, resume=left)
        assert contents(folder) == expected, f"kill {kill}"

    assert interrupted >= 5  # otherwise this tested nothing


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
        "tip_nlp.results.files.open_writer", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )

    with pytest.raises(StorageError, match="No space left"):
        scan_files(stub_analyzer(), engine_of(shape), wanted)

    assert (tmp_path / "o" / "out.jsonl.journal").is_file()


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


def test_verify_finds_what_was_changed(tmp_path, analyzer):
    ads = tmp_path / "ads.jsonl"
    ads.write_text(json.dumps({"id": "a", "text": "They keep my passport and do not pay my salary."}) + "\n", "utf-8")
    summary = scan_files(analyzer, _real_engine(analyzer), request(ads, tmp_path / "o", ("jsonl",)))
    out = tmp_path / "o" / "out.jsonl"

    assert verify_scan(analyzer, summary.manifest, 5) == type(verify_scan(analyzer, summary.manifest, 0))(2, 1, ())

    before = out.read_text(encoding="utf-8")
    out.write_text(before.replace('"tier": "', '"tier": "x'), encoding="utf-8")
    assert "was changed" in verify_scan(analyzer, summary.manifest, 5).differences[0]
    out.unlink()
    assert "missing" in verify_scan(analyzer, summary.manifest, 5).differences[0]
    whole = summary.manifest.read_text(encoding="utf-8")
    summary.manifest.write_text(whole.replace('"rows": 1', '"rows": 2'), encoding="utf-8")
    with pytest.raises(InputError, match="was changed after"):
        read_manifest(summary.manifest)


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
