"""Results as an Excel workbook: filters, a frozen header, tiers in colour, evidence marked in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import regex
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from tip_nlp.records import Record, joined
from tip_nlp.results.result import ADDED, Result, flatten
from tip_nlp.results.writing import cell, extra_of, renamed, unicode_only

_ROWS_A_SHEET = 1_048_000  # Excel holds 1,048,576
_COLUMNS = 16_384  # columns a sheet holds
_CELL = 32_767  # UTF-16 code units a cell holds
_RUNS = 40  # stretches of evidence marked in one cell
_COLOURS = {"watch": "#FFF2CC", "elevated": "#F8CBAD", "high": "#E6A1A1"}
_EVIDENCE = {"bold": True, "font_color": "#C00000"}
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=AL}\p{Bidi_Class=R}]")
_LEFT_TO_RIGHT = regex.compile(r"\p{Bidi_Class=L}")
# What an analyst reads first stands first; the input's own columns follow.
_LEADING = ("tip_rank", "tip_tier", "tip_urgent", "tip_indicators", "tip_evidence")
_NUMBERS = frozenset({
    "tip_rank", "tip_trafficking", "tip_smuggling", "tip_campaign_size", "tip_campaign_rows", "tip_campaign_texts",
})  # fmt: skip
_WIDTHS = {"tip_reason": 40, "tip_indicators": 40, "tip_evidence": 60, "tip_entities": 30}
# One moment for all files: the same results make the same bytes.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class XlsxWriter:
    """One row a result; the text's evidence in bold red, right-to-left text from the right."""

    def __init__(self, book: Workbook, header: Sequence[str]) -> None:
        # Columns beyond what a sheet holds are kept in tip_extra.
        own = list(renamed(dict.fromkeys(header), ADDED))[: _COLUMNS - len(ADDED)]
        self._known = frozenset(own)
        self._names = [*_LEADING, *own, *(name for name in ADDED if name not in _LEADING)]
        self._book = book
        self._marked = book.add_format(_EVIDENCE)
        self._formats = {(tier, rtl): self._format(tier, rtl) for tier in ("", *_COLOURS) for rtl in (False, True)}
        self._whole = {rtl: self._format("", rtl, **_EVIDENCE) for rtl in (False, True)}
        self._plain = self._formats["", False]
        self._head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "valign": "top"})
        self._start_sheet()

    def write(self, result: Result) -> None:
        """Write a row; a sheet that is full is followed by another."""
        if self._row > _ROWS_A_SHEET:
            self.finish()
            self._start_sheet()
        record, found = result.record, result.assessment or {}
        row, starts = renamed(record.row, ADDED), renamed(_starts(record), ADDED)
        cells = row | flatten(result) | {"tip_extra": extra_of(row, self._known)}
        tier = found.get("tier", "")
        for column, name in enumerate(self._names):
            value = cells.get(name, "")
            if name in _NUMBERS and value:
                value = float(value)
            # Evidence stands among ids: which way it runs is for the text to say.
            rtl = _is_right_to_left(record.text if name == "tip_evidence" and value else value)
            look = self._formats[tier if name in _LEADING and tier in _COLOURS else "", rtl]
            if name in starts:
                runs = list(_runs(value, found, starts[name]))
                # A rich string takes two pieces at least; a text that is evidence throughout is one.
                look = self._whole[rtl] if runs and all(is_evidence for _, is_evidence in runs) else look
                self._write_text(column, value, runs, look)
            else:
                self._write_cell(column, value, look)
        self._row += 1

    def finish(self) -> None:
        """Set the filter over the rows of the sheet."""
        self._sheet.autofilter(0, 0, max(1, self._row - 1), len(self._names) - 1)

    def _start_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, len(_LEADING))
        for column, name in enumerate(self._names):
            self._sheet.set_column(column, column, _WIDTHS.get(name, 14 if name.startswith("tip_") else 30))
            self._sheet.write_string(0, column, _shown(name), self._head)
        self._row = 1

    def _format(self, tier: str, rtl: bool, **more: Any) -> Format:
        look: dict[str, Any] = {"text_wrap": True, "valign": "top"} | more
        if tier:
            look["bg_color"] = _COLOURS[tier]
        if rtl:
            look |= {"reading_order": 2, "align": "right"}
        return self._book.add_format(look)

    def _write_cell(self, column: int, value: object, look: Format) -> None:
        """Numbers as numbers; everything else as text, never as a formula."""
        value = cell(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._sheet.write_number(self._row, column, value, look)
        elif value not in ("", None):
            self._sheet.write_string(self._row, column, _shown(str(value)), look)
        elif look is not self._plain:
            self._sheet.write_blank(self._row, column, None, look)

    def _write_text(self, column: int, text: str, runs: Sequence[tuple[str, bool]], look: Format) -> None:
        pieces: list[Any] = []
        for piece, is_evidence in runs:
            pieces += [self._marked, unicode_only(piece)] if is_evidence else [unicode_only(piece)]
        is_rich = len(runs) > 1 and _units(unicode_only(text)) <= _CELL
        if not is_rich or self._sheet.write_rich_string(self._row, column, *pieces, look):
            self._write_cell(column, text, look)


@contextmanager
def open_spreadsheet(target: str, header: Sequence[str]) -> Iterator[XlsxWriter]:
    """A workbook written row by row, in memory that does not grow with it."""
    book = xlsxwriter.Workbook(
        target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": _EPOCH})
    writer = XlsxWriter(book, header)
    try:
        yield writer
    finally:
        writer.finish()
        try:
            book.close()
        except FileCreateError as error:  # the library wraps what the disk said, and not as an OSError
            raise OSError(str(error)) from error


def _shown(text: str) -> str:
    text = unicode_only(text)
    if _units(text) <= _CELL:
        return text
    return text.encode("utf-16-le")[: 2 * (_CELL - 1)].decode("utf-16-le", "ignore") + "…"


def _units(text: str) -> int:
    """Length in UTF-16 code units, as Excel counts: most emoji are two."""
    return len(text.encode("utf-16-le")) // 2


def _is_right_to_left(value: object) -> bool:
    """Whether most letters of a text run from the right."""
    if not isinstance(value, str) or value.isascii():
        return False
    return len(_RIGHT_TO_LEFT.findall(value)) > len(_LEFT_TO_RIGHT.findall(value))


def _starts(record: Record) -> dict[str, int]:
    """Where the part of each column begins in the record's text."""
    starts: dict[str, int] = {}
    place = 0
    for name in record.columns:
        if part := joined(record.row, [name]):
            starts[name] = place
            place += len(part) + 1  # the line feed between parts
    return starts


def _runs(text: str, found: dict[str, Any], first: int) -> Iterator[tuple[str, bool]]:
    """The text, which begins at ``first`` of what was assessed, cut where evidence begins and ends; each piece with
    whether it is evidence."""
    spans = sorted(
        (each["start"] - first, each["end"] - first)
        for finding in found.get("indicators", ())
        for each in finding["evidence"]
        if first < each["end"] and each["start"] < first + len(text)
    )
    place = 0
    for start, end in spans[:_RUNS]:
        start, end = max(start, place), min(end, len(text))
        if end <= start:
            continue
        if start > place:
            yield text[place:start], False
        yield text[start:end], True
        place = end
    if place < len(text):
        yield text[place:], False
