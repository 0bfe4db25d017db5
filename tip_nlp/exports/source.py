"""What every export starts from: results worth passing on, with stable identities and text any file can hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any
from uuid import UUID, uuid5

from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result
from tip_nlp.types import TIERS, Tier

# Own namespace of all ids, so that the same result has the same id wherever it is exported.
NAMESPACE = UUID("6f1d3c0e-6a55-5f0b-9a3e-2b7c4d8e9f10")
CONTACTS = ("phone", "handle", "link", "email", "licence")
# XML 1.0 can carry none of these; the other formats do without them.
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def assessed(path: Path, least: Tier, *, duplicates: bool) -> Iterator[tuple[Result, dict[str, Any]]]:
    """The results of at least that tier, each with its assessment; without ``duplicates``, each text once.

    A result's source, and that of its first, is the name of the file alone, numbered where folders hold several of one
    name, so that source and row number name a row and no folder is passed on.
    """
    floor = TIERS.index(least)
    names = _FileNames()
    for read in read_results(path):
        result = names.shorten(read)
        found = result.assessment
        if found is None or TIERS.index(found["tier"]) < floor:
            continue
        if duplicates or result.duplicate_of is None:
            yield result, found


class _FileNames:
    """Short names of files, in the order in which they come."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = defaultdict(dict)

    def shorten(self, result: Result) -> Result:
        """The result with short names for its source and for that of its first."""
        record = replace(result.record, source=self._short(result.record.source))
        first = result.first
        # Older results name the first row by its id alone.
        return replace(result, record=record, first=(self._short(first[0]), first[1]) if first and first[0] else first)

    def _short(self, source: str) -> str:
        name = PureWindowsPath(source).name  # of either system's paths
        same = self._known[name]
        return same.setdefault(source, f"{name} ({len(same) + 1})" if same else name)


def identify(*parts: object) -> UUID:
    """The same UUID for the same parts, always."""
    return uuid5(NAMESPACE, "\x1f".join(writable(str(part)) for part in parts))


def document_id(result: Result) -> UUID:
    """The identity of a row that :func:`assessed` gave: its file's name (never its folder), place, id and text."""
    record = result.record
    return identify("document", record.source, record.number, record.id, record.text)


def origin(result: Result) -> str:
    """Where a row that :func:`assessed` gave stands, which its id alone need not tell: ``ads.csv row 3``."""
    return f"{one_line(result.record.source)} row {result.record.number}"


def writable(text: str) -> str:
    """The text with U+FFFD for every character that XML cannot hold; offsets stay."""
    return _UNWRITABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text without line breaks, for a cell or a label."""
    return " ".join(writable(text).split())


def evidence(found: dict[str, Any]) -> str:
    """What was found and the words for it: ``indicator: “quote” | …``."""
    return " | ".join(
        f"{each['id']}: “{one_line(quote['quote'])}”" for each in found["indicators"] for quote in each["evidence"]
    )


def contacts(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Entities that can be followed up, and the phone number inside a link to a messenger."""
    for entity in found["entities"]:
        if entity["type"] in CONTACTS and writable(entity["value"]):
            yield entity
            if entity["type"] == "link" and (phone := entity["details"].get("phone")):
                yield entity | {"type": "phone", "value": phone, "details": {"platform": "whatsapp"}}


def strongest(found: dict[str, Any]) -> float:
    """The higher of the two scores, 0..1."""
    return float(max(found["scores"].values()))
