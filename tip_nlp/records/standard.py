"""Standard input: summed while it is read, its format told from its first bytes."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from tip_nlp.errors import InputError
from tip_nlp.records.encoding import detect
from tip_nlp.records.layout import Layout
from tip_nlp.records.record import STANDARD
from tip_nlp.records.sources import ARCHIVE, BUFFER, Source, Stream, in_pieces, members

_GZIP, _PARQUET, _ZIP = b"\x1f\x8b", b"PAR1", b"PK"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_WORKBOOK = "xl/workbook.xml"  # in a ZIP archive that is XLSX
_ARRAY = re.compile(r"\[\s*(?:[\[{\]]|\Z)")
_OPEN = ("{", "[", ",", ":")  # a line that ends so is no whole object


class Standard:
    """The bytes as they are piped, counted and summed."""

    def __init__(self, given: IO[bytes]) -> None:
        self._given = cast(io.BufferedIOBase, given)
        self._sum = sha256()
        self._size = 0

    def read1(self, size: int) -> bytes:
        """The next bytes, no more than are there."""
        data = self._given.read1(size)
        self._sum.update(data)
        self._size += len(data)
        return data

    def facts(self) -> dict[str, Any]:
        """Size and sum of all of it; what no format wanted is read now."""
        while self.read1(BUFFER):
            pass
        return {"bytes": self._size, "sha256": self._sum.hexdigest()}


def standard_sources(standard: Standard, layout: Layout, suffixes: Sequence[str], stack: ExitStack) -> list[Source]:
    """What is piped: one source, or the members of an archive. JSONL, CSV and TXT are read as they come; what must be
    read to and fro is copied to the disk first. InputError: nothing that can be read."""
    stream, head = _ahead(standard.read1, layout)
    if head.startswith(_GZIP):
        stream, head = _ahead(gzip.GzipFile(fileobj=stream).read1, layout)
    suffix = f".{layout.format}" if layout.format else _told(head, layout)
    source = Source(STANDARD, suffix, STANDARD, is_named=True)
    if suffix in (".jsonl", ".csv", ".tsv", ".txt"):
        return [replace(source, stream=stream)]
    place = Path(stack.enter_context(TemporaryDirectory())) / "standard"
    try:
        with place.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{STANDARD}: cannot be copied to a temporary file: {error}") from None
    if suffix != ARCHIVE:
        return [replace(source, place=str(place))]
    if _is_workbook(place):
        return [replace(source, suffix=".xlsx", place=str(place))]
    found = [replace(each, place=str(place)) for each in members(str(place), STANDARD, suffixes, is_named=True)]
    if not found:
        raise InputError(f"{STANDARD}: the archive holds no file in a format that can be read ({', '.join(suffixes)})")
    return found


def _ahead(read: Callable[[int], bytes], layout: Layout) -> tuple[Stream, bytes]:
    """What is read, and its first bytes: as few as tell JSONL, whose rows are not waited for; else a whole buffer, from
    which the encoding is told too."""
    is_enough = _wants(layout)
    head = b""
    with suppress(OSError, EOFError, zlib.error):  # said when it is read so far
        while len(head) < BUFFER and not is_enough(head) and (more := read(BUFFER - len(head))):
            head += more
    again = io.BytesIO(head)
    return in_pieces(lambda size: again.read(size) or read(size)), head


def _wants(layout: Layout) -> Callable[[bytes], bool]:
    if layout.format:
        return lambda head: layout.format == "jsonl" and len(head) >= len(_GZIP)
    return lambda head: bool(head.strip()) and _told(head, layout) == ".jsonl"


def _told(head: bytes, layout: Layout) -> str:
    """The suffix of the format that begins with these bytes."""
    if head.startswith(_PARQUET):
        return ".parquet"
    if head.startswith(_ZIP):
        return ARCHIVE
    if head.startswith(_OLD_OFFICE):
        raise InputError(f"{STANDARD}: an old Office file (.xls?); save it as .xlsx")
    text = _decoded(head, layout.encoding).lstrip("\ufeff \t\r\n")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines or _is_jsonl(lines):
        return ".jsonl"
    return ".json" if lines[0].startswith("{") or _ARRAY.match(text) else ".csv"


def _decoded(head: bytes, encoding: str | None) -> str:
    try:
        return head.decode(encoding or detect(head), "replace")
    except InputError:  # said when it is read
        return head.decode("latin-1")


def _is_jsonl(lines: Sequence[str]) -> bool:
    """Whether the first line is an object and another line follows, or the second begins one that is not inside the
    first. One object alone may be JSON as well, and is read as that."""
    if len(lines) < 2:
        return False
    with suppress(ValueError, RecursionError):
        return isinstance(json.loads(lines[0]), dict)
    return lines[1].startswith("{") and not lines[0].endswith(_OPEN)


def _is_workbook(place: Path) -> bool:
    try:
        with zipfile.ZipFile(place) as archive:
            return _WORKBOOK in archive.namelist()
    except zipfile.BadZipFile:  # said when it is read
        return False
