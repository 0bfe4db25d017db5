"""Results into files, in the format that a file's name asks for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tip_nlp.errors import InputError
from tip_nlp.records import STANDARD
from tip_nlp.results.parquet import open_parquet
from tip_nlp.results.result import Result
from tip_nlp.results.spreadsheet import open_spreadsheet
from tip_nlp.results.writing import CsvWriter, JsonWriter, Writer
from tip_nlp.storage import complete

FORMATS = (".csv", ".jsonl", ".parquet", ".xlsx")
RESUME = "all assessments are kept: make room and run again with --resume"


def check_target(target: str, inputs: Sequence[str]) -> None:
    """InputError: an unknown format, no such folder, or a target that is one of the ``inputs``."""
    if target == STANDARD:
        return
    suffix = Path(target).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{target}: cannot write {suffix or '(none)'!r}; use {', '.join(FORMATS)} or -")
    if Path(target).resolve() in {Path(path).resolve() for path in inputs if path != STANDARD}:
        raise InputError(f"{target}: is also an input and would be destroyed; name another output")
    if not Path(target).resolve().parent.is_dir():
        raise InputError(f"{target}: there is no such folder; make it first")


@contextmanager
def open_writer(target: str, suffix: str, header: Sequence[str], *, raw_cells: bool = False) -> Iterator[Writer]:
    """A writer of the format ``suffix`` to the file ``target``, or of JSONL to standard output (-); ``header`` are the
    input's columns, ``raw_cells`` leaves them in CSV as they came."""
    if target == STANDARD:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        yield JsonWriter(sys.stdout)
        return
    if suffix == ".xlsx":
        with open_spreadsheet(target, header) as sheet:
            yield sheet
    elif suffix == ".parquet":
        with open_parquet(target, header) as parquet:
            yield parquet
    else:
        # Only with a byte order mark does a spreadsheet take CSV for UTF-8.
        encoding = "utf-8-sig" if suffix == ".csv" else "utf-8"
        with Path(target).open("w", encoding=encoding, newline="") as stream:
            yield CsvWriter(stream, header, raw=raw_cells) if suffix == ".csv" else JsonWriter(stream)


def write_results(
    results: Callable[[], Iterable[Result]], targets: Sequence[str], header: Sequence[str], *, raw_cells: bool = False
) -> None:
    """Write the results to each target, complete or not at all; ``raw_cells`` leaves the input's cells in CSV as they
    came. StorageError: the disk is full."""
    for target in targets:
        suffix = Path(target).suffix.lower()
        with (
            complete(Path(target), RESUME) as partial,
            open_writer(str(partial), suffix, header, raw_cells=raw_cells) as writer,
        ):
            for result in results():
                writer.write(result)
