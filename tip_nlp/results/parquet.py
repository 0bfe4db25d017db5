"""Results as Parquet: the input's columns as text, the added ones, and the whole assessment as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow
import pyarrow.parquet

from tip_nlp.results.result import ADDED, Result, flatten
from tip_nlp.results.writing import as_json, cell, extra_of, renamed, unicode_only

_ROWS_A_GROUP = 5_000
ASSESSMENT = "tip_assessment"


class ParquetWriter:
    """Every column is text, so that any input fits; ``tip_assessment`` holds the JSON shape."""

    def __init__(self, file: pyarrow.parquet.ParquetWriter, names: Sequence[str], known: frozenset[str]) -> None:
        self._file = file
        self._names = names
        self._known = known
        self._rows: list[dict[str, Any]] = []

    def write(self, result: Result) -> None:
        """Take a row; written a group at a time."""
        row = renamed(result.record.row, (*ADDED, ASSESSMENT))
        cells = {name: _text(value) for name, value in row.items() if name in self._known}
        whole = None if result.assessment is None else as_json(result.assessment)
        added = {name: value or None for name, value in flatten(result).items()}
        self._rows.append(cells | added | {"tip_extra": extra_of(row, self._known) or None, ASSESSMENT: whole})
        if len(self._rows) == _ROWS_A_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what was taken."""
        columns = [pyarrow.array([row.get(name) for row in self._rows], pyarrow.string()) for name in self._names]
        self._file.write_table(pyarrow.Table.from_arrays(columns, schema=self._file.schema))
        self._rows.clear()


@contextmanager
def open_parquet(target: str, header: Sequence[str]) -> Iterator[ParquetWriter]:
    """A Parquet file written in groups of rows."""
    own = list(renamed(dict.fromkeys(header), (*ADDED, ASSESSMENT)))
    names = [*own, *ADDED, ASSESSMENT]
    schema = pyarrow.schema([(unicode_only(name), pyarrow.string()) for name in names])
    with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as file:
        writer = ParquetWriter(file, names, frozenset(own))
        yield writer
        writer.flush()


def _text(value: object) -> str | None:
    shown = cell(value)
    return None if shown is None else str(shown)
