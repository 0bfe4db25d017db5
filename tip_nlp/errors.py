"""Every exception the library raises on purpose.

TipNlpError
├── InputError          the caller's text, file or option cannot be used
├── DataError           a data file shipped or given is faulty
│   ├── TaxonomyError   taxonomy.toml
│   └── RuleError       rule patterns and assertion cues
├── ModelError          a model folder is missing, incomplete or changed
├── StorageError        a disk is full or a file on it cannot be written
└── ClusterError        the machines that share a scan broke down

Messages say what was wrong, what was got and what to do. They never hold the text of a document.
"""

from __future__ import annotations

from collections.abc import Iterable


class TipNlpError(Exception):
    """Catch this to catch everything raised on purpose."""


class InputError(TipNlpError):
    """A text, file or option from the caller cannot be used."""


class DataError(TipNlpError):
    """A data file is faulty; ``faults`` lists every fault found in it."""

    def __init__(self, source: str, faults: Iterable[str]) -> None:
        self.source = source
        self.faults = tuple(faults)
        super().__init__(
            f"{source}: {len(self.faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in self.faults)
        )


class TaxonomyError(DataError):
    """The taxonomy breaks its schema."""


class RuleError(DataError):
    """Rule patterns or assertion cues break their schema or their own examples."""


class ModelError(TipNlpError):
    """A model folder is missing, incomplete or not what its checksums say."""


class StorageError(TipNlpError):
    """A disk is full, or a file on it cannot be read or written; what was stored before is safe."""


class ClusterError(TipNlpError):
    """The cluster broke down; what was assessed before is safe."""
