"""Rows in: whatever a scraper left behind, as a stream of records that keep every column of the input."""

from tip_nlp.records.columns import ID_COLUMNS, TEXT_COLUMNS
from tip_nlp.records.layout import Layout
from tip_nlp.records.reading import Records
from tip_nlp.records.record import STANDARD, Columns, Record, Row, joined
from tip_nlp.records.tables import SUFFIXES

__all__ = [
    "ID_COLUMNS",
    "STANDARD",
    "SUFFIXES",
    "TEXT_COLUMNS",
    "Columns",
    "Layout",
    "Record",
    "Records",
    "Row",
    "joined",
]
