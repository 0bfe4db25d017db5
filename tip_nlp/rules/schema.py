"""Rule files: one TOML per language, validated whole, every fault reported at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tip_nlp.errors import RuleError
from tip_nlp.rules.pattern import Element, PatternSyntaxError, parse, token_patterns
from tip_nlp.types import Phase, Strength

Answer = Literal["yes", "no"]
ANSWERED = "//"  # in an example between the operator's question and the caller's answer


class RuleEntry(BaseModel):
    """One ``[[rule]]`` as written in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{2,3}(-Latn)?\.[a-z_]+\.[a-z0-9_]+$")
    indicator: str
    phase: Phase
    strength: Strength
    source: str = Field(min_length=3)
    answer: Answer | None = None  # only an operator's question that is answered so; examples are "question // answer"
    patterns: list[str] = Field(min_length=1)
    match: list[str] = Field(min_length=2)
    avoid: list[str] = Field(min_length=2)

    @model_validator(mode="after")
    def _has_answers(self) -> Self:
        """The examples of a question have an answer."""
        if self.answer and (bare := [text for text in (*self.match, *self.avoid) if ANSWERED not in text]):
            raise ValueError(f"examples of a rule with an answer are written 'question {ANSWERED} answer': {bare[0]!r}")
        return self


class RuleFile(BaseModel):
    """A whole ``patterns/<language>.toml``, or ``questions/<language>.toml`` with what operators ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    covers: list[str] = []  # further languages that these rules read
    absent: dict[str, str] = {}  # indicators that do not occur in the language, and why
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
    """All rules of all languages; ``version`` is a digest of the files they came from.

    ``languages`` maps every language that has rules to the language of the file that holds them; ``absent`` tells why
    a (language, indicator) needs none.
    """

    rules: tuple[Rule, ...]
    version: str
    languages: Mapping[str, str]
    absent: Mapping[tuple[str, str], str]


@cache
def load_rules() -> RuleSet:
    """Load the packaged rules."""
    return read_rules(rule_sources())


def rule_sources() -> tuple[Traversable, ...]:
    """The packaged files of rules: for what people say, and for what operators ask."""
    return (*rule_files("patterns"), *rule_files("questions"))


def rule_files(folder: str) -> tuple[Traversable, ...]:
    """The packaged TOML files of ``folder`` (patterns, questions or assertion), by name."""
    entries = files("tip_nlp").joinpath("rules").joinpath(folder).iterdir()
    return tuple(sorted((entry for entry in entries if entry.name.endswith(".toml")), key=lambda entry: entry.name))


def read_rules(sources: Iterable[Traversable], indicators: frozenset[str] | None = None) -> RuleSet:
    """Read and validate rule files; ``indicators`` are the ids allowed (None: not checked here).

    Raises RuleError with the faults of all files.
    """
    rules: list[Rule] = []
    languages: dict[str, str] = {}
    absent: dict[tuple[str, str], str] = {}
    faults: list[str] = []
    digest = hashlib.sha256()
    for source in sources:
        raw = source.read_bytes()
        digest.update(raw)
        file = _read_file(source.name, raw, faults)
        if file is None:
            continue
        rules += _read_rules(file, faults)
        languages |= dict.fromkeys([file.language, *file.covers], file.language)
        absent |= {(file.language, name): why for name, why in file.absent.items()}
    faults += _duplicates(rules)
    if indicators is not None:
        named = [(rule.entry.id, rule.entry.indicator) for rule in rules]
        named += [(f"{language}: absent", name) for language, name in absent]
        faults += [f"{where}: unknown indicator {name!r}" for where, name in named if name not in indicators]
    if faults:
        raise RuleError("rule patterns", faults)
    return RuleSet(tuple(rules), digest.hexdigest()[:12], languages, absent)


def _read_file(name: str, raw: bytes, faults: list[str]) -> RuleFile | None:
    try:
        return RuleFile.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{name}: not TOML: {error}")
    except ValidationError as error:
        faults += [f"{name}: {_place(e['loc'], raw)}: {e['msg']}, got {e['input']!r}" for e in error.errors()]
    return None


def _read_rules(file: RuleFile, faults: list[str]) -> Iterator[Rule]:
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
        yield Rule(entry, file.language, tuple(sequences), words)


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
