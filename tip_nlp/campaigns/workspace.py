"""The workspace: what is remembered of texts from scan to scan, in one SQLite file, so that tomorrow's file joins
yesterday's campaigns. It holds digests and hashes, no text and no contact in the clear."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tip_nlp.campaigns.fingerprint import ALGORITHM, BANDS, Hashes, bands
from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError, StorageError
from tip_nlp.storage import guarded, transaction

VERSION = 1
_APPLICATION = 0x74697057  # "tipW" in the file's header
_AT_ONCE = 10_000
_WAIT = 60.0  # seconds for another scan to let go of the file
_CACHE = 65_536  # KiB
_DIGITS = 10  # of a campaign's id
_ADVICE = "make room, mend the disk or wait for the other scan, then run again"
_SCHEMA = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE members (
    number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, shingles BLOB NOT NULL, bands BLOB,
    template INTEGER NOT NULL, campaign INTEGER NOT NULL
);
CREATE TABLE contacts (contact INTEGER, member INTEGER, PRIMARY KEY (contact, member)) WITHOUT ROWID;
CREATE TABLE campaigns (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, member INTEGER NOT NULL, merged_into TEXT);
"""
# Made where they are missing: workspaces of before they were there know members, but not when they were seen.
_SIGHTINGS = """
CREATE TABLE IF NOT EXISTS parts (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sightings (
    part INTEGER, member INTEGER, rows INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    PRIMARY KEY (part, member)
) WITHOUT ROWID;
"""
_SEE = (
    "INSERT INTO sightings VALUES (?1, ?2, 1, ?3, ?3) "
    "ON CONFLICT DO UPDATE SET rows = rows + 1, first = min(first, ?3), last = max(last, ?3)"
)
_HISTORIES = """
WITH known AS (
    SELECT id, members.campaign FROM campaigns JOIN members ON members.number = member WHERE merged_into IS NULL
)
SELECT id, sum(rows), count(DISTINCT member), min(first), max(last)
FROM sightings JOIN members ON members.number = member JOIN known USING (campaign) GROUP BY id
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A distinct text to remember. ``digest`` is of the text; ``contacts`` are hashes."""

    number: int
    digest: bytes
    shingles: Hashes
    contacts: Sequence[int]


class Workspace:
    """Members are numbered from 0 in the order in which they came. Use as a context manager.

    ``path`` None: a temporary file that goes when closed. InputError: the file is no workspace; StorageError: it
    cannot be read or written, or another scan holds it.
    """

    def __init__(self, path: Path | None) -> None:
        self._name = "the temporary workspace" if path is None else str(path)
        with guarded(self._name, _ADVICE):
            self._db = sqlite3.connect(path or "", timeout=_WAIT, isolation_level=None)
        try:
            self._check()
            self._db.execute(f"PRAGMA cache_size = {-_CACHE}")
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; another scan waits until it is through."""
        with guarded(self._name, _ADVICE), transaction(self._db):
            yield

    def __len__(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(number) + 1, 0) FROM members").fetchone()[0])

    def find(self, digest: bytes) -> int | None:
        """The number of the member with this text."""
        found = self._db.execute("SELECT number FROM members WHERE digest = ?", (digest,)).fetchone()
        return None if found is None else int(found[0])

    def add(self, members: Sequence[Member]) -> None:
        """Remember new members, each standing alone so far."""
        rich = [member for member in members if len(member.shingles)]
        keys = _bands_of([member.shingles for member in rich])
        packed = {member.number: row.tobytes() for member, row in zip(rich, keys, strict=True)}
        self._db.executemany(
            "INSERT INTO members VALUES (?1, ?2, ?3, ?4, ?1, ?1)",
            ((m.number, m.digest, m.shingles.tobytes(), packed.get(m.number)) for m in members),
        )
        self._db.executemany("INSERT INTO contacts VALUES (?, ?)", ((c, m.number) for m in members for c in m.contacts))

    def shingles(self, number: int) -> Hashes:
        """The shingles of a member, in text order."""
        found = self._db.execute("SELECT shingles FROM members WHERE number = ?", (number,)).fetchone()
        return np.frombuffer(found[0], dtype=np.uint32)

    def bands(self, start: int, stop: int) -> Iterator[tuple[NDArray[np.int64], Hashes]]:
        """Chunks of members start..stop-1 that have bands: their numbers, and (members, BANDS) keys."""
        query = "SELECT number, bands FROM members WHERE number >= ? AND number < ? AND bands IS NOT NULL"
        for first in range(start, stop, _AT_ONCE):
            rows = self._db.execute(query, (first, min(stop, first + _AT_ONCE))).fetchall()
            if rows:
                keys = np.frombuffer(b"".join(packed for _, packed in rows), dtype=np.uint32).reshape(-1, BANDS)
                yield np.array([number for number, _ in rows], dtype=np.int64), keys

    def shared_contacts(self) -> Iterator[list[int]]:
        """For each contact of several members: these, in ascending order."""
        members: list[int] = []
        last = None
        for contact, member in self._db.execute("SELECT contact, member FROM contacts ORDER BY contact, member"):
            if contact != last:
                if len(members) > 1:
                    yield members
                last, members = contact, []
            members.append(member)
        if len(members) > 1:
            yield members

    def templates(self) -> Iterator[int]:
        """For each member the lowest of its near-duplicates."""
        yield from (row[0] for row in self._db.execute("SELECT template FROM members ORDER BY number"))

    def campaigns(self) -> Iterator[int]:
        """For each member the lowest of its campaign."""
        yield from (row[0] for row in self._db.execute("SELECT campaign FROM members ORDER BY number"))

    def save(self, templates: NDArray[np.int64], campaigns: NDArray[np.int64]) -> dict[int, str]:
        """Remember the sets of all members, by the lowest of each; returns the id of each campaign by its lowest
        member. Where known campaigns have become one, the oldest keeps its id and the others are marked as merged."""
        rows = zip(templates.tolist(), campaigns.tolist(), range(len(campaigns)), strict=True)
        self._db.executemany(
            "UPDATE members SET template = ?1, campaign = ?2 WHERE number = ?3 AND (template, campaign) <> (?1, ?2)",
            rows,
        )
        ids: dict[int, str] = {}
        query = "SELECT id, member FROM campaigns WHERE merged_into IS NULL ORDER BY number"
        for known, member in self._db.execute(query).fetchall():
            kept = ids.setdefault(int(campaigns[member]), known)
            if kept != known:
                self._db.execute("UPDATE campaigns SET merged_into = ?1 WHERE ?2 IN (id, merged_into)", (kept, known))
        sizes = np.bincount(campaigns, minlength=len(campaigns))
        for lowest in np.flatnonzero(sizes > 1).tolist():
            if lowest not in ids:
                ids[lowest] = self._found(lowest)
        return ids

    def parts(self) -> set[bytes]:
        """The digests of the files, and parts of files, that were seen."""
        return {digest for (digest,) in self._db.execute("SELECT digest FROM parts")}

    def see(self, sightings: Iterable[tuple[bytes, int, date | None]], today: date) -> None:
        """Remember in how many rows of a part of a file, and from which day to which, members were seen: the part's
        digest, the member and the row's day, for every row.

        What was known of the same parts is replaced. A row without a day counts as of the first scan of its part.
        """
        parts: dict[bytes, tuple[int, str]] = {}
        for digest, member, day in sightings:
            if digest not in parts:
                parts[digest] = self._begin_part(digest, today)
            part, scanned = parts[digest]
            self._db.execute(_SEE, (part, member, day.isoformat() if day else scanned))

    def histories(self, ids: Collection[str]) -> dict[str, History]:
        """The history of each of these campaigns."""
        merged: dict[str, list[str]] = {}
        query = "SELECT merged_into, id FROM campaigns WHERE merged_into IS NOT NULL ORDER BY number"
        for kept, id in self._db.execute(query):
            merged.setdefault(kept, []).append(id)
        return {
            id: History(rows, texts, first, last, tuple(merged.get(id, ())))
            for id, rows, texts, first, last in self._db.execute(_HISTORIES)
            if id in ids
        }

    def _begin_part(self, digest: bytes, today: date) -> tuple[int, str]:
        """The number of a part and the day of its first scan; what was seen in it is forgotten."""
        self._db.execute("INSERT OR IGNORE INTO parts (digest, day) VALUES (?, ?)", (digest, today.isoformat()))
        number, day = self._db.execute("SELECT number, day FROM parts WHERE digest = ?", (digest,)).fetchone()
        self._db.execute("DELETE FROM sightings WHERE part = ?", (number,))
        return number, day

    def _found(self, member: int) -> str:
        """A new campaign, named after its first member's text."""
        digest = self._db.execute("SELECT digest FROM members WHERE number = ?", (member,)).fetchone()[0].hex()
        for digits in range(_DIGITS, len(digest) + 1):  # more digits in the rare case that fewer are taken
            id = f"c-{digest[:digits]}"
            query = "INSERT OR IGNORE INTO campaigns (id, member) VALUES (?, ?)"
            if self._db.execute(query, (id, member)).rowcount:
                break
        return id

    def _check(self) -> None:
        """Make an empty file a workspace; refuse any other that is none."""
        try:
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise StorageError(f"{self._name}: {error}") from error
            raise InputError(f"{self._name}: not a workspace of tip_nlp; name another file") from error
        if not tables and application in (0, _APPLICATION):
            self._create()
        elif application != _APPLICATION:
            raise InputError(f"{self._name}: not a workspace of tip_nlp; name another file")
        state = dict(self._db.execute("SELECT name, value FROM state"))
        if state["version"] != str(VERSION):
            raise InputError(
                f"{self._name}: a workspace of version {state['version']}, this tip_nlp reads {VERSION}; "
                "install the matching tip_nlp or name a new file"
            )
        if "sightings" not in tables:
            with self.transaction():
                self._make(_SIGHTINGS)
        if state["algorithm"] != ALGORITHM:
            self._refresh_bands()

    def _create(self) -> None:
        with self.transaction():
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._make(_SCHEMA)
            state = {"version": str(VERSION), "algorithm": ALGORITHM}
            self._db.executemany("INSERT INTO state VALUES (?, ?)", state.items())

    def _make(self, schema: str) -> None:
        for statement in filter(str.strip, schema.split(";")):
            self._db.execute(statement)

    def _refresh_bands(self) -> None:
        """Compute all bands anew: the library that makes them has changed how."""
        with self.transaction():
            query = "SELECT number, shingles FROM members WHERE number >= ? AND number < ? AND bands IS NOT NULL"
            for first in range(0, len(self), _AT_ONCE):
                rows = self._db.execute(query, (first, first + _AT_ONCE)).fetchall()
                keys = _bands_of([np.frombuffer(packed, dtype=np.uint32) for _, packed in rows])
                renewed = ((row.tobytes(), number) for row, (number, _) in zip(keys, rows, strict=True))
                self._db.executemany("UPDATE members SET bands = ? WHERE number = ?", renewed)
            self._db.execute("UPDATE state SET value = ? WHERE name = 'algorithm'", (ALGORITHM,))


def check_workspace(path: Path) -> None:
    """InputError or StorageError where the file cannot serve as a workspace; one that is not there yet is made."""
    if not path.resolve().parent.is_dir():
        raise InputError(f"{path}: there is no such folder; make it first")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file in it as the workspace")
    with Workspace(path):
        pass


def _bands_of(texts: Sequence[Hashes]) -> Hashes:
    return bands(texts) if texts else np.empty((0, BANDS), dtype=np.uint32)
