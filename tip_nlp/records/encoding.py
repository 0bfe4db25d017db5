"""Which encoding a text file is in."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

from charset_normalizer import from_bytes

from tip_nlp.errors import InputError
from tip_nlp.records.sources import BUFFER, Stream

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of the characters beyond ASCII: with fewer bad ones a file is UTF-8 with faults, with more it is something else.
_FAULTY = 0.02
# What files of these languages come in; a guess beyond them would be a guess indeed.
_LIKELY = ["cp1256", "cp1254", "cp1252", "iso8859_6", "utf_16_le", "utf_16_be"]


def decoded(stream: Stream, encoding: str | None = None) -> TextIO:
    """The text of a stream. ``encoding`` None: told from its first bytes, UTF-8 where nothing speaks against it;
    InputError: it cannot be.

    Bytes that are no text stay as lone surrogates, so that a row can be written back as it came.
    """
    return io.TextIOWrapper(stream, encoding or detect(stream.peek(BUFFER)), errors="surrogateescape", newline="")


def detect(sample: bytes) -> str:
    """The encoding of a text that begins with these bytes; InputError: it cannot be told."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    beyond = sum(not character.isascii() for character in text)
    if text.count("\ufffd") <= max(1, _FAULTY * beyond) and "\0" not in text[:1000]:
        return "utf-8-sig"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    if best is None:
        raise InputError("its encoding cannot be told from its bytes; name it with --encoding, such as cp1251")
    return best.encoding
