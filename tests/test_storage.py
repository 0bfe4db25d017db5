import os
import sqlite3

import pytest

from tip_nlp.errors import StorageError
from tip_nlp.storage import complete, guarded, transaction


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    target = tmp_path / "out.csv"
    with complete(target) as partial:
        partial.write_text("new")
        assert not target.exists()

    assert target.read_text() == "new"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a folder cannot be opened")
def test_the_disk_has_the_content_before_the_name_and_the_name_before_it_ends(tmp_path, monkeypatch):
    target, steps = tmp_path / "out.csv", []
    monkeypatch.setattr(os, "fsync", lambda open_file: steps.append((os.fstat(open_file).st_ino, target.exists())))

    with complete(target) as partial:
        partial.write_text("new")

    assert steps == [(target.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


@pytest.mark.parametrize("error", [ValueError("faulty"), KeyboardInterrupt()])
def test_what_goes_wrong_leaves_the_earlier_file_and_no_rest(tmp_path, error):
    target = tmp_path / "out.csv"
    target.write_text("old")
    (tmp_path / ".out.csv.partial").write_text("the rest of a scan that was killed")

    def fail():
        with complete(target) as partial:
            partial.write_text("ne")
            raise error

    with pytest.raises(type(error)):
        fail()

    assert target.read_text() == "old"
    assert names(tmp_path) == ["out.csv"]


def test_a_folder_joins_what_is_there(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept").write_text("kept")
    (tmp_path / "out" / "a").write_text("old")

    with complete(tmp_path / "out") as partial:
        partial.mkdir()
        (partial / "a").write_text("new")
        (partial / "b").mkdir()
        (partial / "b" / "c").write_text("c")

    assert names(tmp_path / "out") == ["a", "b", "kept"]
    assert (tmp_path / "out" / "a").read_text() == "new"
    assert names(tmp_path) == ["out"]


def test_a_disk_that_refuses_is_a_storage_error_with_advice(tmp_path):
    with (
        pytest.raises(StorageError, match=r"out\.csv: No space left; buy a disk"),
        complete(tmp_path / "out.csv", "buy a disk"),
    ):
        raise OSError(28, "No space left")


def test_a_place_that_cannot_be_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StorageError, match="Not a directory"), complete(tmp_path / "file" / "out.csv") as partial:
        partial.write_text("new")


def test_a_transaction_holds_or_never_was():
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("CREATE TABLE t (n INTEGER)")

    def add(*numbers):
        with transaction(database):
            for number in numbers:
                database.execute(f"INSERT INTO t VALUES ({number})")

    add(1)
    with pytest.raises(sqlite3.Error):
        add(2, "no number")

    assert database.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_sqlite_errors_say_of_which_file_and_what_to_do():
    with pytest.raises(StorageError, match="a journal: no such table: t; mend it"), guarded("a journal", "mend it"):
        sqlite3.connect(":memory:").execute("SELECT * FROM t")
