"""The formats in one place, and the export of a scan's results to one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args

from tip_nlp.errors import InputError
from tip_nlp.storage import complete
from tip_nlp.types import TIERS, Tier

TLP = ("white", "green", "amber", "red")


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is for, the lowest tier exported unless told otherwise, and whether the target is a folder.

    ``module`` has ``write_NAME`` and, where ``reads``, ``read_NAME``; ``marked`` formats take a TLP marking.
    """

    what: str
    least: Tier
    is_folder: bool
    marked: bool = False
    reads: bool = False


# Reviewers need texts without indicators as well; elsewhere such a text and its contacts have no business.
FORMATS: Final[dict[str, Format]] = {
    "i2": Format("entities.csv, links.csv and import notes for i2 Analyst's Notebook", "watch", is_folder=True),
    "graphml": Format("one graph file for Gephi", "watch", is_folder=False),
    "stix": Format("a STIX 2.1 bundle", "watch", is_folder=False, marked=True),
    "misp": Format("a MISP event and the taxonomy of its tags", "watch", is_folder=True, marked=True),
    "htcds": Format(
        "a CSV file with fields of the Human Trafficking Case Data Standard (HTCDS)", "watch", is_folder=False
    ),
    "campaigns": Format("JSONL of campaigns: template, slots, contacts, dates, places", "watch", is_folder=False),
    "labelstudio": Format("tasks and labelling interface for Label Studio", "none", is_folder=True, reads=True),
    "doccano": Format("texts with spans for doccano", "none", is_folder=False, reads=True),
}


def export(results_path: Path, target: Path, format: str, *, least: Tier | None = None, tlp: str = "amber") -> None:
    """Write the results of a scan (its JSONL) to ``target``, complete or not at all.

    ``least`` is the lowest tier exported, by default the format's own; ``tlp`` marks STIX and MISP. A folder is made,
    and files of an earlier export in it are replaced. InputError: an unknown format, tier or marking, results that no
    scan wrote, or a target that cannot be used. StorageError: the disk is full or refuses.
    """
    chosen = _format(format)
    _check(results_path, target, chosen, least, tlp)
    write = getattr(import_module(f"tip_nlp.exports.{format}"), f"write_{format}")
    options = (least or chosen.least, tlp) if chosen.marked else (least or chosen.least,)
    with complete(target) as partial:
        if chosen.is_folder:
            partial.mkdir()
        write(results_path, partial, *options)


def read_reviewed(path: Path, format: str) -> Iterator[dict[str, Any]]:
    """Records of the training corpus from what reviewers exported from Label Studio or doccano.

    InputError: a format that is not read back, or a file that is not of it.
    """
    if not _format(format).reads:
        readable = [name for name, each in FORMATS.items() if each.reads]
        raise InputError(f"{format}: cannot be read back; use {', '.join(readable)}")
    records: Iterator[dict[str, Any]] = getattr(import_module(f"tip_nlp.exports.{format}"), f"read_{format}")(path)
    return records


def write_reviewed(path: Path, target: Path, format: str) -> int:
    """Write the records of :func:`read_reviewed` as JSONL to ``target``, complete or not at all; say how many.

    InputError: also a target that cannot be used. StorageError: the disk is full or refuses.
    """
    _check_target(target, path)
    lines = [f"{json.dumps(record, ensure_ascii=False)}\n" for record in read_reviewed(path, format)]
    with complete(target) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise InputError(f"unknown format {name!r}; use {', '.join(FORMATS)}")
    return FORMATS[name]


def _check(results: Path, target: Path, chosen: Format, least: Tier | None, tlp: str) -> None:
    if least is not None and least not in TIERS:
        raise InputError(f"unknown tier {least!r}; use {', '.join(get_args(Tier))}")
    if tlp not in TLP:
        raise InputError(f"unknown TLP marking {tlp!r}; use {', '.join(TLP)}")
    if not results.is_file():
        raise InputError(f"{results}: no such file")
    _check_target(target, results)
    if target.exists() and target.is_dir() != chosen.is_folder:
        raise InputError(f"{target}: is {'no ' if chosen.is_folder else ''}folder; this format needs the other")


def _check_target(target: Path, source: Path) -> None:
    if target.resolve() == source.resolve():
        raise InputError(f"{target}: is also the input and would be destroyed; name another target")
    if not target.resolve().parent.is_dir():
        raise InputError(f"{target}: there is no such folder to put it in; make it first")
