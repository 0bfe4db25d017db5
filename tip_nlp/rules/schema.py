"""Rule files: one TOML per language, validated whole, every fault reported at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tip_nlp.errors import RuleError
from tip_nlp.rules.pattern import Element, PatternSyntaxError, parse, token_patterns
from tip_nlp.types import Phase, Strength


class RuleEntry(BaseModel):
    """One ``[[rule]]`` as written in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{2,3}(-Latn)?\.[a-z_]+\.[a-z0-9_]+$")
    indicator: str
    phase: Phase
    strength: Strength
    source: str = Field(min_length=3)
    patterns: list[str] = Field(min_length=1)
    match: list[str] = Field(min_length=2)
    avoid: list[str] = Field(min_length=2)


class RuleFile(BaseModel):
    """A whole ``patterns/<language>.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    lexicon: dict[str, list[str]] = {}
    rule: list[RuleEntry] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its patterns read: each is a sequence of elements. ``words`` are all keys that they spell out."""

    entry: RuleEntry
    language: str
    sequences: tuple[tuple[Element, ...], ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of all languages; ``version`` is a digest of the files they came from."""

    rules: tuple[Rule, ...]
    version: str

    @property
    def languages(self) -> frozenset[str]:
        """Languages that have rules."""
        return frozenset(rule.language for rule in self.rules)


@cache
def load_rules() -> RuleSet:
    """Load the packaged rules."""
    return read_rules(rule_files("patterns"))


def rule_files(folder: str) -> tuple[Traversable, ...]:
    """The packaged TOML files of ``folder`` (patterns or assertion), by name."""
    entries = files("tip_nlp").joinpath("rules").joinpath(folder).iterdir()
    return tuple(sorted((entry for entry in entries if entry.name.endswith(".toml")), key=lambda entry: entry.name))


def read_rules(sources: Iterable[Traversable], indicators: frozenset[str] | None = None) -> RuleSet:
    """Read and validate rule files; ``indicators`` are the ids allowed (None: not checked here).

    Raises RuleError with the faults of all files.
    """
    rules: list[Rule] = []
    faults: list[str] = []
    digest = hashlib.sha256()
    for source in sources:
        raw = source.read_bytes()
        digest.update(raw)
        for found in _read_file(source.name, raw, faults):
            rules.append(found)
    faults += _duplicates(rules)
    if indicators is not None:
        faults += [
            f"{rule.entry.id}: unknown indicator {rule.entry.indicator!r}"
            for rule in rules
            if rule.entry.indicator not in indicators
        ]
    if faults:
        raise RuleError("rule patterns", faults)
    return RuleSet(tuple(rules), digest.hexdigest()[:12])


def _read_file(name: str, raw: bytes, faults: list[str]) -> list[Rule]:
    try:
        file = RuleFile.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{name}: not TOML: {error}")
        return []
    except ValidationError as error:
        faults += [f"{name}: {_place(e['loc'], raw)}: {e['msg']}, got {e['input']!r}" for e in error.errors()]
        return []
    rules = []
    for entry in file.rule:
        sequences: list[tuple[Element, ...]] = []
        for pattern in entry.patterns:
            try:
                read = parse(pattern, file.lexicon)
                for sequence in read:
                    token_patterns(sequence)
            except PatternSyntaxError as error:
                faults.append(f"{entry.id}: pattern {pattern!r}: {error}")
            else:
                sequences += [tuple(sequence) for sequence in read]
        words = frozenset(
            key for elements in sequences for element in elements for phrase in element.alternatives for key in phrase
        )
        rules.append(Rule(entry, file.language, tuple(sequences), words))
    return rules


def _place(location: tuple[int | str, ...], raw: bytes) -> str:
    """Name a rule by its id where it has one, not by its number."""
    if len(location) > 1 and location[0] == "rule":
        entry = tomllib.loads(raw.decode("utf-8"))["rule"][location[1]]
        return ".".join(map(str, (entry.get("id", f"rule {location[1]}"), *location[2:])))
    return ".".join(map(str, location))


def _duplicates(rules: Iterable[Rule]) -> list[str]:
    seen: set[str] = set()
    faults = []
    for rule in rules:
        if rule.entry.id in seen:
            faults.append(f"{rule.entry.id}: this id is used twice")
        seen.add(rule.entry.id)
    return faults
