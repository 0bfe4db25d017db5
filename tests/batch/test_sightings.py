import csv
import dataclasses
import sqlite3
from datetime import date

import openpyxl
import pyarrow.parquet
import pytest
from scans import contents, engine_of, full_disk, histories, request, stub_analyzer

from tip_nlp import batch
from tip_nlp.batch import scan_files
from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError
from tip_nlp.manifest import read_manifest


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
