"""What is known of a campaign over several scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class History:
    """A campaign over all scans of its workspace; without a workspace, in this scan. Nothing: not known.

    ``rows`` counts rows, those of a file that is scanned again once, also where it has grown; ``texts`` counts distinct
    texts. ``first_seen`` and ``last_seen`` are days in ISO 8601, by the rows' own date column or else by the day of
    their first scan. ``merged_from`` are ids that this campaign went by in part, the oldest first.
    """

    rows: int = 0
    texts: int = 0
    first_seen: str | None = None
    last_seen: str | None = None
    merged_from: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], prefix: str = "") -> History:
        """What :meth:`to_dict` gave; a field that is not there is not known. TypeError, ValueError: a wrong value."""
        known = {name: fields[prefix + name] for name in cls.__slots__ if prefix + name in fields}
        return cls(**known | {"merged_from": tuple(known.get("merged_from", ()))})

    def to_dict(self, prefix: str = "") -> dict[str, Any]:
        """The fields by name, each after the prefix."""
        return {prefix + name: getattr(self, name) for name in self.__slots__}
