"""Where a result comes from: the scan's manifest, and whether the result is still the one it names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tip_nlp.errors import InputError
from tip_nlp.manifest import SUFFIX, digest, read_manifest


@dataclass(frozen=True, slots=True)
class Provenance:
    """``matches`` tells whether the manifest names a file of this sum; None: there is no manifest."""

    sha256: str
    manifest: dict[str, Any] | None
    matches: bool | None


def find_provenance(results: Path, manifest: Path | None) -> Provenance:
    """Read the manifest given, or the one beside the results.

    InputError: the one given is missing, or one is no manifest or was changed.
    """
    if manifest is not None and not manifest.is_file():
        raise InputError(f"{manifest}: no such file; leave it out to use {results.name}{SUFFIX} beside the results")
    path = manifest or results.with_name(results.name + SUFFIX)
    if not results.is_file():
        raise InputError(f"{results}: no such file")
    known = read_manifest(path) if path.is_file() else None
    own = digest(results)
    return Provenance(own, known, None if known is None else own in {each["sha256"] for each in known["outputs"]})
