"""Files that are there whole or not at all, and transactions that hold or never were; a full disk is a StorageError."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tip_nlp.errors import StorageError

ADVICE = "make room or choose another place"


@contextmanager
def complete(target: Path, advice: str = ADVICE) -> Iterator[Path]:
    """A place beside ``target`` to write to; what stands there takes the target's name only when all went well, and is
    on the disk when this ends: not even a power cut takes it away.

    A folder's files replace those of the same names in the target. StorageError: the disk is full or refuses.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        _remove(partial)
        yield partial
        _put(partial, target)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}; {advice}") from error
    finally:
        with suppress(OSError):  # what went wrong first is what to tell
            _remove(partial)


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; another writer waits until it is through."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


@contextmanager
def guarded(name: str | Path, advice: str) -> Iterator[None]:
    """Turn SQLite's errors into a StorageError that says of which file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{name}: {error}; {advice}") from error


def _put(partial: Path, target: Path) -> None:
    if not partial.is_dir():
        _replace(partial, target)
        return
    for path in sorted(partial.rglob("*")):
        place = target / path.relative_to(partial)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, place)


def _replace(path: Path, place: Path) -> None:
    """Content before name, or a power cut could leave the name with nothing in it."""
    _settle(path)
    path.replace(place)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        _settle(place.parent)


def _settle(path: Path) -> None:
    """Wait until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
