"""A function for Spark's ``mapInPandas``; Spark itself is not needed here.

assess = spark_function(text_column="text", id_column="ad_id")
own = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in ads.schema)
found = ads.mapInPandas(assess, f"{own}, {SCHEMA}")
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from tip_nlp.analyzer import Analyzer
from tip_nlp.errors import InputError
from tip_nlp.records import Columns, Record, Row
from tip_nlp.records.columns import to_record
from tip_nlp.results.result import Result, flatten
from tip_nlp.scan import CHUNK, Outcome, assess
from tip_nlp.settings import Settings
from tip_nlp.types import Kind

if TYPE_CHECKING:
    import pandas as pd

    Frames = Iterator[pd.DataFrame]

# What is known of a row by itself: ranks, duplicates and campaigns need the whole, and are Spark's to make.
_TEXTS = (
    "tip_id", "tip_kind", "tip_language", "tip_tier", "tip_reason", "tip_indicators", "tip_evidence", "tip_dimensions",
    "tip_elements", "tip_suppressed", "tip_entities", "tip_warnings", "tip_error",
)  # fmt: skip
_TYPES = dict.fromkeys(_TEXTS, "string") | {
    "tip_urgent": "boolean",
    "tip_trafficking": "double",
    "tip_smuggling": "double",
    "tip_assessment": "string",
}
SCHEMA = ", ".join(f"{name} {type_}" for name, type_ in _TYPES.items())  # of the added columns, as Spark's DDL


def spark_function(
    text_column: str = "text",
    id_column: str | None = None,
    kind: Kind | None = None,
    settings: Settings | None = None,
) -> Callable[[Frames], Frames]:
    """A function, fit to be sent to Spark's workers, that adds the columns of SCHEMA to every frame.

    ``tip_assessment`` is the whole assessment as JSON; a row without a text has only ``tip_id`` and ``tip_error``.
    ``settings`` None: those of the worker's environment (TIP_NLP_MODEL). The model is loaded once in each worker
    process, with one thread unless the settings name a number. The function raises InputError: a column is not there,
    or has a name of SCHEMA.
    """
    return partial(_assess_frames, Columns((text_column,), id_column), kind, settings)


def _assess_frames(columns: Columns, kind: Kind | None, settings: Settings | None, frames: Frames) -> Frames:
    analyzer = _analyzer(settings)
    for frame in frames:
        _check_columns(list(frame.columns), columns)
        for start in range(0, len(frame), CHUNK):
            yield _assess_frame(analyzer, frame.iloc[start : start + CHUNK], columns, kind)


@lru_cache(maxsize=1)
def _analyzer(settings: Settings | None) -> Analyzer:
    settings = settings or Settings()
    return Analyzer.load(settings if settings.threads else settings.model_copy(update={"threads": 1}))


def _check_columns(names: list[str], columns: Columns) -> None:
    missing = [name for name in (*columns.text, columns.id) if name is not None and name not in names]
    if missing:
        raise InputError(f"no column {missing[0]!r} in the frame; it has {', '.join(names)}")
    if taken := [name for name in names if name in _TYPES]:
        raise InputError(f"the frame has a column {taken[0]!r}, which is to be added; rename or drop it")


def _assess_frame(analyzer: Analyzer, frame: pd.DataFrame, columns: Columns, kind: Kind | None) -> pd.DataFrame:
    used = frame[[name for name in frame.columns if name in (*columns.text, columns.id, "kind")]].astype(object)
    rows_in = used.where(used.notna(), None).to_dict("records")
    records = [_record({str(name): value for name, value in row.items()}, columns, kind) for row in rows_in]
    outcomes = iter(assess(analyzer, [record for record in records if record.error is None]))
    rows = [_row(record, next(outcomes) if record.error is None else record.error) for record in records]
    return frame.assign(**{name: [row.get(name) for row in rows] for name in _TYPES})


def _record(row: Row, columns: Columns, kind: Kind | None) -> Record:
    record = to_record("", 0, row, None, columns, kind)
    # A row's place says nothing where the frames are parts of a whole: without an id of its own it has none.
    is_named = columns.id is not None and row[columns.id] not in (None, "")
    return record if is_named else replace(record, id="")


def _row(record: Record, outcome: Outcome) -> Row:
    if isinstance(outcome, str):
        return {"tip_id": record.id, "tip_error": outcome}
    scores = {f"tip_{family}": score for family, score in outcome["scores"].items()}
    whole = {"tip_urgent": outcome["urgent"], "tip_assessment": json.dumps(outcome, ensure_ascii=False)}
    return flatten(Result(record, outcome)) | {"tip_error": None} | scores | whole
