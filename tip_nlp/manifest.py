"""The manifest of a scan: what went in, what made it, what came out; and the proof that nothing changed since."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from typing import Any

from tip_nlp.errors import InputError
from tip_nlp.records import STANDARD
from tip_nlp.storage import ADVICE, complete

_VERSION = 1
SUFFIX = ".manifest.json"
_ROLES = ("inputs", "outputs")


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(path: str) -> dict[str, Any]:
    """A file by name, size and sum. Standard input has neither before it was read, a file that cannot be read has the
    reason."""
    if path == STANDARD:
        return {"path": path, "bytes": None, "sha256": None}
    place = Path(path).resolve()
    try:
        return {"path": str(place), "bytes": place.stat().st_size, "sha256": digest(place)}
    except OSError as error:
        return {"path": str(place), "bytes": None, "sha256": None, "error": f"cannot be opened: {error}"}


def write_manifest(path: Path, facts: dict[str, Any], advice: str = ADVICE) -> None:
    """Write the facts with a sum of their own, so that a later change of the manifest shows; StorageError, with
    ``advice``, where the disk is full."""
    whole = {"manifest_version": _VERSION} | facts
    text = json.dumps(whole | {"sha256": _own_sum(whole)}, ensure_ascii=False, indent=1) + "\n"
    with complete(path, advice) as partial:
        partial.write_text(text, "utf-8")


def read_manifest(path: Path) -> dict[str, Any]:
    """The facts of a manifest; InputError: not one, or changed since it was written."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        stated = whole.pop("sha256")
        version = whole["manifest_version"]
        _ = whole["versions"], whole["options"]["columns"], whole["counts"]["rows"], whole["outputs"][0]
        _ = [(each["path"], each["sha256"]) for role in _ROLES for each in whole[role]]
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: not the manifest of a scan ({type(error).__name__})") from None
    if version != _VERSION:
        raise InputError(f"{path}: manifest version {version}, this program knows {_VERSION}")
    if stated != _own_sum(whole):
        raise InputError(f"{path}: the manifest was changed after it was written")
    return dict(whole)


def locate(manifest: dict[str, Any], folder: Path) -> dict[str, Path | None]:
    """Where each file lies now, by the path that the manifest states; None: nowhere.

    ``folder`` is where the manifest lies. A copy of the whole is compared, not the original: a file is looked for where
    it lay as seen from the manifest, then in ``folder`` by its name, and only then where it was.
    """
    stated = {
        each["path"]: Path(each["path"]) for role in _ROLES for each in manifest[role] if each["path"] != STANDARD
    }
    home = Path(manifest["outputs"][0]["path"]).parent  # the manifest was written beside the first output
    shared = Counter(path.name for path in stated.values())
    found: dict[str, Path | None] = {}
    for name, path in stated.items():
        beside = [folder / path.name] if shared[path.name] == 1 else []  # else it may be the other one's
        places = (folder / relpath(path, home), *beside, path)
        found[name] = next((place.resolve() for place in places if place.is_file()), None)
    return found


def gaps(manifest: dict[str, Any], places: dict[str, Path | None]) -> Iterator[str]:
    """What cannot be compared, for there never was a sum or the bytes are gone."""
    for stated in manifest["inputs"]:
        if "error" in stated:
            yield f"{stated['path']} could not be read when it was scanned, and was not compared"
        elif stated["path"] != STANDARD:
            continue
        elif places.get(STANDARD) is None:
            yield (
                "the input was standard input and was not kept: neither it nor any row was compared, the rest holds; "
                "if you kept what was piped, name it with --input"
            )
        elif stated["sha256"] is None:
            yield "the manifest holds no sum of standard input: only its rows were compared"


def differences(manifest: dict[str, Any], places: dict[str, Path | None], now: dict[str, Any]) -> Iterator[str]:
    """What is no longer as the manifest says: files missing or changed (``places`` says where they lie), and what
    ``now`` would scan differently."""
    for role in _ROLES:
        for stated in manifest[role]:
            yield from _file_difference(role[:-1], stated, places)
    for name, value in manifest["versions"].items():
        if now.get(name) != value:
            yield f"{name} is {now.get(name)} here, the scan was made with {value}"


def _file_difference(role: str, stated: dict[str, Any], places: dict[str, Path | None]) -> Iterator[str]:
    path = places.get(stated["path"])
    if stated["sha256"] is None or (path is None and stated["path"] == STANDARD):
        return  # see gaps
    if path is None:
        yield f"{role} {stated['path']} is missing"
    elif digest(path) == stated["sha256"]:
        return
    elif stated["path"] == STANDARD:
        yield f"{path} is not what was piped: its SHA-256 is not {stated['sha256'][:12]}…"
    else:
        yield f"{role} {path} was changed: its SHA-256 is not {stated['sha256'][:12]}…"


def _own_sum(whole: dict[str, Any]) -> str:
    canonical = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
