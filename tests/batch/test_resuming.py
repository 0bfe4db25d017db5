import dataclasses
import io
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from hashlib import sha256

import pytest
from scans import DISTINCT, ROWS, contents, engine_of, full_disk, request, stub_analyzer
from xlsxwriter.exceptions import FileCreateError

from tip_nlp import batch
from tip_nlp.batch import Request, scan_files
from tip_nlp.errors import InputError, StorageError
from tip_nlp.journal import Journal
from tip_nlp.manifest import read_manifest
from tip_nlp.records import Columns, Layout
from tip_nlp.results.files import write_results


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
