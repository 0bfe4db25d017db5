"""Tables as a CSV or JSON file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from tip_nlp.errors import InputError
from tip_nlp.statistics.tables import Shown, Tables, statistics
from tip_nlp.storage import complete

COLUMNS = ("table", "row", "column", "count")


def write_statistics(results_path: Path, target: Path, *, least: int = 10, duplicates: bool = False) -> None:
    """Count the results of a scan and write the tables to ``target``, .csv (one count a row) or .json.

    InputError: another suffix, or what :func:`statistics` refuses. StorageError: the disk is full or refuses.
    """
    write = WRITERS.get(target.suffix.lower())
    if write is None:
        raise InputError(f"{target}: cannot write {target.suffix or '(none)'!r}; use {', '.join(WRITERS)}")
    if target.resolve() == results_path.resolve():
        raise InputError(f"{target}: is also the input and would be destroyed; name another target")
    if not target.resolve().parent.is_dir():
        raise InputError(f"{target}: there is no such folder to put it in; make it first")
    tables = statistics(results_path, least=least, duplicates=duplicates)
    with complete(target) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        write(tables, stream)


def _write_csv(tables: Tables, stream: TextIO) -> None:
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(tables))


def _rows(tables: Tables) -> Iterator[tuple[str, str, str, Shown]]:
    yield "about", "texts", "counted", tables.texts
    yield "about", "rows", "left out as duplicates", tables.duplicates
    yield "about", "rows", "left out as failed", tables.failed
    yield from (("about", "note", note, "") for note in tables.notes)
    for table in tables.tables:
        yield from ((table.name, row, column, shown) for (row, column), shown in table.cells.items())


def _write_json(tables: Tables, stream: TextIO) -> None:
    content = {
        "texts": tables.texts,
        "left_out": {"duplicates": tables.duplicates, "failed": tables.failed},
        "least": tables.least,
        "notes": tables.notes,
        "tables": [
            {
                "name": table.name,
                "counts": [
                    {"row": row, "column": column, "count": shown} for (row, column), shown in table.cells.items()
                ],
            }
            for table in tables.tables
        ],
    }
    json.dump(content, stream, ensure_ascii=False, indent=1)
    stream.write("\n")


WRITERS: dict[str, Callable[[Tables, TextIO], None]] = {".csv": _write_csv, ".json": _write_json}
