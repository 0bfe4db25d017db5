"""The journal of a scan: every row and every assessment made so far, in one SQLite file beside the output.

Each step is one transaction, so that a scan killed at any moment, or stopped by a full disk, goes on where it was.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from tip_nlp.campaigns.history import History
from tip_nlp.errors import InputError, StorageError
from tip_nlp.records import Record, joined
from tip_nlp.results.dates import find_day
from tip_nlp.results.result import Result
from tip_nlp.storage import guarded, transaction
from tip_nlp.types import TIERS, Tier

_VERSION = 1
_ROWS_AT_ONCE = 5_000
_ADVICE = "what was stored is safe: make room or mend the disk, then run again with --resume"
_NO_ROOM = "nothing was stored yet: make room or name an output in another place"
_NO_JOURNAL = "not a journal of a scan; delete it and scan without --resume"
_SCHEMA = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (
    position INTEGER PRIMARY KEY, source TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, row BLOB NOT NULL,
    columns TEXT NOT NULL, kind TEXT, error TEXT, text INTEGER
);
CREATE TABLE texts (
    number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, first INTEGER NOT NULL,
    assessment BLOB, error TEXT, tier INTEGER, urgent INTEGER, score REAL, campaign TEXT
);
CREATE TABLE ranks (position INTEGER PRIMARY KEY, rank INTEGER NOT NULL);
"""
# Made where it is missing: journals of before it was there are resumed.
_CAMPAIGNS = "CREATE TABLE IF NOT EXISTS campaigns (id TEXT PRIMARY KEY, history TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Text:
    """A distinct text, in order of first appearance, with the first row that has it."""

    number: int
    record: Record


@dataclass(frozen=True, slots=True)
class Sighting:
    """A row with a text: the text's number, what names the part of its file, and the row's own day."""

    text: int
    part: bytes
    day: date | None


class Journal:
    """Use as a context manager. ``plan`` says what is scanned, with what and how; a journal of another plan is
    refused."""

    def __init__(self, path: Path, advice: str = _ADVICE) -> None:
        self.path = path
        with guarded(path, advice):
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")

    @classmethod
    def begin(cls, path: Path, plan: dict[str, Any]) -> Journal:
        """A new journal; a rest of an earlier one is replaced."""
        for rest in _files(path):
            rest.unlink(missing_ok=True)
        journal = cls(path, _NO_ROOM)
        with guarded(path, _NO_ROOM), transaction(journal._db):
            for statement in filter(str.strip, [*_SCHEMA.split(";"), _CAMPAIGNS]):
                journal._db.execute(statement)
            journal.remember("version", _VERSION)
            journal.remember("plan", plan)
        return journal

    @classmethod
    def resume(cls, path: Path, plan: dict[str, Any]) -> Journal:
        """The journal of an interrupted scan; InputError names what has changed since."""
        if not path.is_file():
            raise InputError(f"{path}: there is no interrupted scan to resume; leave --resume out")
        tables = _tables(path)
        if not tables:  # killed before the first row was stored
            return cls.begin(path, plan)
        if not tables >= {"state", "rows", "texts", "ranks"}:
            raise InputError(f"{path}: {_NO_JOURNAL}")
        journal = cls(path)
        try:
            version, known = journal.recall("version"), journal.recall("plan") or {}
            if not journal.recall("linked"):  # until texts are linked the workspace may be another one
                known["workspace"] = plan.get("workspace")
        except BaseException as error:
            journal.close()
            if isinstance(error, StorageError) and not isinstance(error.__cause__, sqlite3.OperationalError):
                raise InputError(f"{path}: damaged; delete it and scan without --resume") from None
            raise
        changed = [name for name in {**known, **plan} if known.get(name) != plan.get(name)]
        if version != _VERSION or changed:
            journal.close()
            raise InputError(
                f"{path}: the interrupted scan differs in {', '.join(changed) or 'its version'}; "
                "make them the same again, or scan anew without --resume"
            )
        with guarded(path, _ADVICE):
            journal._db.execute(_CAMPAIGNS)
        journal.remember("plan", plan)
        return journal

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was stored stays."""
        self._db.close()

    def discard(self) -> None:
        """Close and delete the file."""
        self.close()
        for rest in _files(self.path):
            rest.unlink(missing_ok=True)

    def remember(self, name: str, value: object) -> None:
        """Store a fact of the scan as JSON."""
        with guarded(self.path, _ADVICE):
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, json.dumps(value)))

    def recall(self, name: str) -> Any:
        """A fact stored before, or None."""
        with guarded(self.path, _ADVICE):
            found = self._db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def take_in(self, records: Iterable[Record]) -> None:
        """Store every row, and every distinct text once. Rows already stored are compared, not stored again: InputError
        where the input is not what it was."""
        stream = iter(records)
        position, texts = self._count("rows"), self._count("texts")
        for known, record in enumerate(islice(stream, position)):
            if self._row(known) != _stored(record):
                raise InputError(f"{record.source} row {record.number}: not what it was when the scan began")
        while chunk := list(islice(stream, _ROWS_AT_ONCE)):
            with guarded(self.path, _ADVICE), transaction(self._db):
                for record in chunk:
                    texts += self._take_one(position, texts, record)
                    position += 1
        self.remember("taken_in", True)

    def _take_one(self, position: int, texts: int, record: Record) -> bool:
        is_new, text = False, None
        if record.error is None:
            digest = sha256(f"{record.kind}\0{record.text}".encode("utf-8", "surrogatepass")).digest()
            added = self._db.execute(
                "INSERT OR IGNORE INTO texts (number, digest, first) VALUES (?, ?, ?)", (texts, digest, position)
            )
            is_new = added.rowcount == 1
            text = texts if is_new else self._one("SELECT number FROM texts WHERE digest = ?", digest)
        self._db.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (position, *_stored(record), text))
        return is_new

    def _row(self, position: int) -> tuple[Any, ...]:
        query = "SELECT source, number, id, row, columns, kind, error FROM rows WHERE position = ?"
        return next(self._found(query, position))

    def counts(self) -> dict[str, int]:
        """Rows, rows without an assessment, distinct texts and those assessed so far."""
        return {
            "rows": self._count("rows"),
            "failed": self._one(
                "SELECT count(*) FROM rows LEFT JOIN texts ON texts.number = rows.text "
                "WHERE coalesce(rows.error, texts.error) IS NOT NULL"
            ),
            "texts": self._count("texts"),
            "done": self._one("SELECT count(*) FROM texts WHERE assessment IS NOT NULL OR error IS NOT NULL"),
        }

    def tiers(self) -> dict[Tier, int]:
        """Rows by tier, the highest first."""
        found = dict(
            self._found(
                "SELECT tier, count(*) FROM rows JOIN texts ON texts.number = rows.text "
                "WHERE assessment IS NOT NULL GROUP BY tier"
            )
        )
        return {tier: found.get(number, 0) for number, tier in reversed(list(enumerate(TIERS)))}

    def campaigns(self) -> Iterator[History]:
        """The history of each campaign."""
        return (_history(stored) for (stored,) in self._found("SELECT history FROM campaigns"))

    def pending(self, size: int) -> Iterator[list[Text]]:
        """Chunks of ``size`` texts that have not been assessed; the same chunks however often the scan is resumed."""
        for start in range(0, self._count("texts"), size):
            rows = self._found(
                "SELECT texts.number, source, rows.number, id, row, columns, kind FROM texts "
                "JOIN rows ON position = first WHERE texts.number >= ? AND texts.number < ? "
                "AND assessment IS NULL AND texts.error IS NULL ORDER BY texts.number",
                start,
                start + size,
            )
            if chunk := [Text(number, _record(rest)) for number, *rest in rows]:
                yield chunk

    def store(self, texts: Sequence[Text], outcomes: Sequence[dict[str, Any] | str]) -> None:
        """Store the assessments (JSON shape) of a chunk, or why there is none."""
        with guarded(self.path, _ADVICE), transaction(self._db):
            for text, outcome in zip(texts, outcomes, strict=True):
                if isinstance(outcome, str):
                    self._db.execute("UPDATE texts SET error = ? WHERE number = ?", (outcome, text.number))
                    continue
                packed = zlib.compress(json.dumps(outcome, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)
                order = TIERS.index(outcome["tier"]), bool(outcome["urgent"]), max(outcome["scores"].values())
                self._db.execute(
                    "UPDATE texts SET assessment = ?, tier = ?, urgent = ?, score = ? WHERE number = ?",
                    (packed, *order, text.number),
                )

    def assessed(self) -> Iterator[tuple[Text, dict[str, Any]]]:
        """Every distinct text that has an assessment, in order of first appearance."""
        query = (
            "SELECT texts.number, assessment, source, rows.number, id, row, columns, kind FROM texts "
            "JOIN rows ON position = first WHERE assessment IS NOT NULL ORDER BY texts.number"
        )
        for number, packed, *rest in self._found(query):
            yield Text(number, _record(rest)), json.loads(zlib.decompress(packed))

    def sightings(self, known: Collection[bytes]) -> Iterator[Sighting]:
        """Every row whose text was assessed, also those that repeat one; ``known`` are parts met in earlier scans."""
        parts, date_column = self._parts(known), self._date_column()
        query = (
            "SELECT position, source, row, text FROM rows JOIN texts ON texts.number = text "
            "WHERE assessment IS NOT NULL ORDER BY position"
        )
        for position, source, packed, text in self._found(query):
            while parts[source][0][0] < position:
                parts[source].popleft()
            found = find_day(json.loads(zlib.decompress(packed)), date_column)
            yield Sighting(text, parts[source][0][1], found and found[1])

    def _date_column(self) -> str | None:
        """The one that was named, for all rows."""
        return (self.recall("plan") or {}).get("date_column")

    def _parts(self, known: Collection[bytes]) -> dict[str, deque[tuple[int, bytes]]]:
        """By source, where each part of it ends and a digest of all its rows up to there: the known ones, with which a
        file that has grown begins, and the whole. Of the rows, so that another name or standard input changes none."""
        sums: dict[str, Any] = {}
        last: dict[str, tuple[int, bytes]] = {}
        parts: dict[str, deque[tuple[int, bytes]]] = {}
        for position, source, packed in self._found("SELECT position, source, row FROM rows ORDER BY position"):
            rows = sums.setdefault(source, sha256())
            rows.update(zlib.decompress(packed) + b"\n")
            last[source] = end = position, rows.digest()
            if end[1] in known:
                parts.setdefault(source, deque()).append(end)
        for source, end in last.items():
            parts.setdefault(source, deque()).append(end)
        return parts

    def link(self, campaigns: Iterable[tuple[int, str | None, History]]) -> None:
        """Store the campaign of texts, by their number, and its history."""
        with guarded(self.path, _ADVICE), transaction(self._db):
            for number, campaign, history in campaigns:
                self._db.execute("UPDATE texts SET campaign = ? WHERE number = ?", (campaign, number))
                if campaign is not None:
                    self._db.execute("REPLACE INTO campaigns VALUES (?, ?)", (campaign, json.dumps(history.to_dict())))

    def rank(self) -> None:
        """Number the rows by tier, urgency and score; equals keep the input's order."""
        with guarded(self.path, _ADVICE), transaction(self._db):
            self._db.execute("DELETE FROM ranks")
            self._db.execute(
                "INSERT INTO ranks SELECT position, row_number() OVER (ORDER BY tier DESC, urgent DESC, score DESC, "
                "texts.number, position) FROM rows JOIN texts ON texts.number = rows.text WHERE assessment IS NOT NULL"
            )

    def results(self, *, best: int | None = None, failed: bool = False) -> Iterator[Result]:
        """Every row with what was found, in the order of the input; or the ``best`` of them, by rank; or those that
        ``failed``."""
        query = (
            "SELECT rows.source, rows.number, rows.id, rows.row, rows.columns, rows.kind, "
            "coalesce(rows.error, texts.error), assessment, rank, "
            "f.id, f.source, f.number, "
            "texts.campaign, sizes.size, history FROM rows LEFT JOIN texts ON texts.number = rows.text "
            "LEFT JOIN rows AS f ON f.position = first AND first < rows.position "
            "LEFT JOIN ranks ON ranks.position = rows.position "
            "LEFT JOIN (SELECT campaign, count(*) AS size FROM rows JOIN texts ON texts.number = rows.text "
            "WHERE campaign IS NOT NULL GROUP BY campaign) AS sizes ON sizes.campaign = texts.campaign "
            "LEFT JOIN campaigns ON campaigns.id = texts.campaign "
        )
        if best is not None:
            query += f"WHERE rank <= {int(best)} ORDER BY rank"
        else:
            query += "WHERE assessment IS NULL ORDER BY rows.position" if failed else "ORDER BY rows.position"
        date_column = self._date_column()
        for *origin, error, packed, rank, duplicate_of, source, number, campaign, size, history in self._found(query):
            record = replace(_record([*origin, error]), date_column=date_column)
            found = None if packed is None else json.loads(zlib.decompress(packed)) | {"id": record.id}
            first = None if duplicate_of is None else (source, number)
            yield Result(record, found, rank, duplicate_of, campaign, size or 0, first, _history(history))

    def _count(self, table: str) -> int:
        return int(self._one(f"SELECT count(*) FROM {table}"))

    def _one(self, query: str, *values: object) -> Any:
        with guarded(self.path, _ADVICE):
            return self._db.execute(query, values).fetchone()[0]

    def _found(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with guarded(self.path, _ADVICE):
            yield from self._db.execute(query, values)


def _files(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]


def _tables(path: Path) -> set[str]:
    """The tables of an SQLite file; InputError: it is none."""
    try:
        with guarded(path, _ADVICE), closing(sqlite3.connect(path)) as database:
            return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except StorageError as error:
        if isinstance(error.__cause__, sqlite3.OperationalError):
            raise
        raise InputError(f"{path}: {_NO_JOURNAL}") from None


def _history(stored: str | None) -> History:
    return History() if stored is None else History.from_dict(json.loads(stored))


def _stored(record: Record) -> tuple[Any, ...]:
    row = zlib.compress(json.dumps(record.row).encode(), 1)
    return record.source, record.number, record.id, row, json.dumps(record.columns), record.kind, record.error


def _record(stored: Sequence[Any]) -> Record:
    """A record from its columns in the table; of a row with a text the last, its error, may be left out."""
    source, number, id, packed, columns, kind, error = (*stored, None)[:7]
    row, names = json.loads(zlib.decompress(packed)), tuple(json.loads(columns))
    return Record(source, number, row, id, joined(row, names) if error is None else "", kind, error, names)
