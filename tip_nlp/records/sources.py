"""Where rows come from: files, folders, patterns, members of ZIP and GZ archives."""

from __future__ import annotations

import glob
import gzip
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, cast

from tip_nlp.errors import InputError
from tip_nlp.records.record import STANDARD
from tip_nlp.records.table import distinct

ARCHIVE = ".zip"
_ERRORS, _MANIFEST = ".errors.csv", ".manifest.json"  # what the other files of a scan end in
BUFFER = 262_144  # bytes that can be looked at before they are read
if TYPE_CHECKING:
    Stream = io.BufferedReader[Any]
else:
    Stream = io.BufferedReader


@dataclass(frozen=True, slots=True)
class Source:
    """A stream of bytes in one format, in a file or in a member of a ZIP archive.

    ``name`` is what results call it; ``is_named``: a person named the very file, rather than what holds it;
    ``fault`` tells why it cannot be opened at all. ``part`` counts the sources of one file from 0. Standard input has a
    ``stream`` that can be read once, or lies at a ``place`` of its own.
    """

    file: str
    suffix: str
    name: str
    member: zipfile.ZipInfo | None = None
    is_gzip: bool = False
    is_named: bool = False
    fault: str | None = None
    part: int = 0
    stream: Stream | None = None
    place: str | None = None

    def open(self, stack: ExitStack, *, seekable: bool) -> Stream:
        """Open for reading; ``seekable`` where the format must be read to and fro.

        InputError: not what it should be.
        """
        if self.fault:
            raise InputError(f"{self.name}: {self.fault}")
        if self.stream:
            return self.stream
        try:
            stream = self._open(stack)
            return _copied(stream, stack) if seekable and (self.member or self.is_gzip) else stream
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise InputError(f"{self.name}: cannot be opened: {error}") from None

    def _open(self, stack: ExitStack) -> Stream:
        place = self.place or self.file
        if self.member:
            archive = stack.enter_context(zipfile.ZipFile(place))
            stream = in_pieces(cast(io.BufferedIOBase, stack.enter_context(archive.open(self.member))).read1)
        else:
            stream = Stream(stack.enter_context(io.FileIO(place)), BUFFER)
        if not self.is_gzip:
            return stream
        return in_pieces(stack.enter_context(gzip.GzipFile(fileobj=stream)).read1)


class _Pieces(io.RawIOBase):
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        data = self._read(len(target))
        target[: len(data)] = data
        return len(data)


def in_pieces(read: Callable[[int], bytes]) -> Stream:
    """What ``read`` gives, as it comes: where it breaks off, what came before is not lost, and nothing waits for more
    than is there."""
    return Stream(_Pieces(read), BUFFER)


def _copied(stream: Stream, stack: ExitStack) -> Stream:
    """A copy on the disk, which can be read to and fro."""
    copy = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(stream, copy)
    copy.seek(0)
    return cast(Stream, copy)


def find_sources(paths: Sequence[str], suffixes: Sequence[str], outputs: Sequence[str] = ()) -> list[Source]:
    """Every source behind the paths, in order; the files of a folder or pattern by name.

    A folder and an archive give what they hold in these ``suffixes`` and pass over the rest; a file that is named must
    have one of them. A folder and a pattern do not give what a scan wrote: these ``outputs``, and what is listed in a
    manifest beside it. InputError: nothing there, or an unknown format.
    """
    if list(paths).count(STANDARD) > 1:
        raise InputError(f"{STANDARD}: standard input can be read once only; name it once")
    found: list[Source] = []
    for path in paths:
        named = [path] if path == STANDARD or Path(path).exists() else _unwritten(_matching(path), outputs)
        before = len(found)
        for each in named:
            found += _sources(each, suffixes, outputs, is_named=len(named) == 1)
        if len(found) == before:
            raise InputError(f"{path}: holds no file in a format that can be read ({', '.join(suffixes)}, .zip, .gz)")
    return found


def _matching(pattern: str) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []
    if not found:
        raise InputError(f"{pattern}: no such file")
    return found


def _unwritten(paths: Sequence[str], outputs: Sequence[str]) -> list[str]:
    """Those that no scan wrote."""
    written = {Path(output).resolve() for output in outputs}
    for folder in {Path(path).parent for path in paths}:
        for manifest in folder.glob(f"*{_MANIFEST}"):
            written.update((folder / name).resolve() for name in _outputs(manifest))
    return [path for path in paths if not path.endswith((_ERRORS, _MANIFEST)) and Path(path).resolve() not in written]


def _outputs(manifest: Path) -> list[str]:
    """The names of the files that a manifest lists as a scan's outputs."""
    try:
        return [Path(output["path"]).name for output in json.loads(manifest.read_bytes())["outputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # another program's file of that name


def _sources(path: str, suffixes: Sequence[str], outputs: Sequence[str], *, is_named: bool) -> Iterator[Source]:
    if path == STANDARD:
        yield Source(STANDARD, "", STANDARD, is_named=True)
    elif Path(path).is_dir():
        inside = sorted(p for p in Path(path).rglob("*") if p.is_file() and not p.name.startswith("."))
        for file in _unwritten([str(each) for each in inside], outputs):
            yield from _sources(file, suffixes, outputs, is_named=False)
    elif path.lower().endswith(ARCHIVE):
        yield from members(path, path, suffixes, is_named=is_named)
    else:
        suffix, is_gzip = _suffix(path)
        if suffix in suffixes:
            yield Source(path, suffix, path, is_gzip=is_gzip, is_named=is_named)
        elif is_named:
            raise InputError(
                f"{path}: unknown format {suffix or '(none)'!r}; use {', '.join(suffixes)}, these in .zip or .gz, "
                "a folder, or - for standard input"
            )


def members(path: str, name: str, suffixes: Sequence[str], *, is_named: bool) -> Iterator[Source]:
    """The sources in the archive at ``path``, which results call ``name``."""
    for part, source in enumerate(_members(path, name, suffixes, is_named=is_named)):
        yield replace(source, part=part)


def _members(path: str, file: str, suffixes: Sequence[str], *, is_named: bool) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile) as error:
        yield Source(file, ARCHIVE, file, is_named=is_named, fault=f"not a ZIP archive that can be read: {error}")
        return
    # Two members may bear one name: both are read, each under a name of its own.
    for info, name in zip(infos, distinct(f"{file}/{info.filename}" for info in infos), strict=True):
        suffix, is_gzip = _suffix(info.filename)
        if PurePosixPath(info.filename).name.startswith((".", "__MACOSX")):
            continue
        if suffix in suffixes:
            yield Source(file, suffix, name, info, is_gzip)
        elif suffix == ARCHIVE:
            yield Source(file, suffix, name, info, fault="an archive inside an archive is not read: unpack it first")


def _suffix(name: str) -> tuple[str, bool]:
    """The suffix that tells the format, and whether it is packed: (".csv", True) for ads.csv.gz."""
    path = PurePosixPath(name.replace("\\", "/"))
    is_gzip = path.suffix.lower() == ".gz"
    return (path.with_suffix("") if is_gzip else path).suffix.lower(), is_gzip
