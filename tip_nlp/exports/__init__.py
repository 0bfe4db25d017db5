"""A scan's results in the formats of the tools that analysts and researchers already use."""

from __future__ import annotations

from tip_nlp.exports.formats import FORMATS, Format, export, read_reviewed, write_reviewed

__all__ = ["FORMATS", "Format", "export", "read_reviewed", "write_reviewed"]
