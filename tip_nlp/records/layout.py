"""How inputs are written, where a person says it rather than have it told from their bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from tip_nlp.errors import InputError

_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
FORMATS = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "txt")


@dataclass(frozen=True, slots=True)
class Layout:
    """None: told from the bytes.

    ``encoding`` is of text files; ``delimiter`` of CSV and TSV: a character, or the word tab, comma, semicolon or pipe.
    With ``no_header`` the first row of CSV, TSV and of each sheet is data, and columns are named column_1, column_2 …
    ``format`` is one of FORMATS and says what standard input holds. InputError: one of these cannot be.
    """

    encoding: str | None = None
    delimiter: str | None = None
    no_header: bool = False
    format: str | None = None

    def __post_init__(self) -> None:
        # However they were written, equal ones are equal: a scan is resumed only with the same.
        object.__setattr__(self, "encoding", _encoding(self.encoding))
        object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        if self.format not in (None, *FORMATS):
            raise InputError(f"unknown format {self.format!r}; use {', '.join(FORMATS)}")


def _encoding(name: str | None) -> str | None:
    try:
        return name and codecs.lookup(name).name
    except LookupError:
        raise InputError(f"unknown encoding {name!r}; use a name such as utf-8, cp1256 or utf-16") from None


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    delimiter = _WORDS.get(given.casefold(), given)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InputError(f"a delimiter is one character, or tab, comma, semicolon or pipe; got {given!r}")
    return delimiter
