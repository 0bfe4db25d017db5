"""The indicators as data: their shape, and loading that reports every fault of a file at once."""

from __future__ import annotations

import json
import reprlib
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from tip_nlp.errors import TaxonomyError

PACKAGED: Final = Path(__file__).with_name("taxonomy.toml")

Verified = Literal["primary", "secondary", "unverified"]
Family = Literal["trafficking", "smuggling"]
Group = Literal["forced_labour", "recruitment_and_forms", "smuggling"]
Phase = Literal["recruitment", "destination"]
Strength = Literal["strong", "medium", "weak", "none"]
PalermoElement = Literal["act", "means", "purpose"]
Dimension = Literal[
    "deceptive_recruitment",
    "coercive_recruitment",
    "abuse_of_vulnerability_recruitment",
    "exploitation",
    "coercion_destination",
    "abuse_of_vulnerability_destination",
]
HtcdsField = Literal[
    "",
    "MethodsOfControlDebtBondage",
    "MethodsOfControlTakesEarnings",
    "MethodsOfControlRestrictsFinancialAccess",
    "MethodsOfControlThreats",
    "MethodsOfControlPsychologicalAbuse",
    "MethodsOfControlPhysicalAbuse",
    "MethodsOfControlSexualAbuse",
    "MethodsOfControlFalsePromises",
    "MethodsOfControlPsychoactiveSubstances",
    "MethodsOfControlRestrictsMovement",
    "MethodsOfControlRestrictsMedicalCare",
    "MethodsOfControlExcessiveWorkingHours",
    "MethodsOfControlUsesChildren",
    "MethodsOfControlThreatOfLawEnforcement",
    "MethodsOfControlWithholdsNecessities",
    "MethodsOfControlWithholdsDocuments",
    "MethodsOfControlOther",
]
Text = Annotated[str, Field(min_length=1)]
IndicatorId = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]

_Table = dict[str, Any]
_Location = tuple[int | str, ...]

# In the file a table is named by the singular ([[law]]); in code its records are many (taxonomy.laws).
_CONFIG = ConfigDict(extra="forbid", validate_by_alias=True, validate_by_name=True)


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Source:
    """A document that a law or an indicator rests on."""

    id: Text
    title: Text
    url: Text
    note: Text


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Law:
    """An act, with what is and is not known of its text."""

    id: Text
    name: Text
    citation: Text
    source: tuple[Text, ...]
    verified: Verified
    as_of: date
    recheck_after: date
    note: Text


@dataclass(frozen=True, slots=True, config=_CONFIG)
class DelphiItem:
    """An item of the ILO/EC operational indicators; "none" where the list of adults or of children lacks it."""

    dimension: Dimension
    phase: Phase
    item: Text
    adult: Strength
    child: Strength


@dataclass(frozen=True, slots=True, config=_CONFIG)
class LawReference:
    """A provision an indicator speaks to; ``verified`` is of the provision, ``note`` says what is inferred."""

    act: Text
    section: Text
    cite: Text
    verified: Verified
    note: Text


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Indicator:
    """A sign that asks for a closer look, never a finding; ``ilo`` is 0 outside the ILO's eleven."""

    id: IndicatorId
    family: Family
    group: Group
    name_en: Text
    name_ur: Text
    description: Text
    ilo: Annotated[int, Field(ge=0, le=11)]
    urgent: bool
    delphi: tuple[DelphiItem, ...]
    palermo: tuple[PalermoElement, ...]
    law: tuple[LawReference, ...]
    htcds: HtcdsField
    source: Annotated[tuple[Text, ...], Field(min_length=1)]
    as_of: date
    recheck_after: date
    verified: Verified


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Taxonomy:
    """All indicators in the order of the file, with the laws and sources they refer to."""

    schema_version: Literal[1]
    version: Text
    as_of: date
    sources: tuple[Source, ...] = Field(validation_alias="source")
    laws: tuple[Law, ...] = Field(validation_alias="law")
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)] = Field(validation_alias="indicator")

    @property
    def ids(self) -> tuple[str, ...]:
        """Indicator ids in the order of the file."""
        return tuple(indicator.id for indicator in self.indicators)

    def __contains__(self, indicator_id: object) -> bool:
        """Whether the id names an indicator."""
        return indicator_id in self.ids

    def __getitem__(self, indicator_id: str) -> Indicator:
        """Return the indicator of that id; KeyError names an unknown one."""
        return _by_id(self.indicators, indicator_id)

    def law(self, law_id: str) -> Law:
        """Return the law of that id; KeyError names an unknown one."""
        return _by_id(self.laws, law_id)

    def of_family(self, name: Family) -> tuple[Indicator, ...]:
        """Return the indicators of one family, in the order of the file."""
        return tuple(indicator for indicator in self.indicators if indicator.family == name)


_Record = TypeVar("_Record", Indicator, Law)
_ADAPTER: Final = TypeAdapter(Taxonomy)
_PLURALS: Final = ("sources", "laws", "indicators")
_SHAPES: Final[dict[tuple[str, ...], type[Any]]] = {
    ("source",): Source,
    ("law",): Law,
    ("indicator",): Indicator,
    ("indicator", "delphi"): DelphiItem,
    ("indicator", "law"): LawReference,
}
_PHASES: Final = {
    dimension: "recruitment" if dimension.endswith("recruitment") else "destination"
    for dimension in get_args(Dimension)
}


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Load a taxonomy, by default the packaged one, which is read once.

    TaxonomyError lists every fault of the file.
    """
    return _packaged() if path is None else _load(path)


def stale(taxonomy: Taxonomy, today: date) -> tuple[str, ...]:
    """Name the records whose recheck_after has passed, as "law PTPA-2018" or "indicator deception"."""
    laws = (f"law {law.id}" for law in taxonomy.laws if law.recheck_after < today)
    indicators = (f"indicator {each.id}" for each in taxonomy.indicators if each.recheck_after < today)
    return (*laws, *indicators)


def _by_id(records: tuple[_Record, ...], record_id: str) -> _Record:
    return {record.id: record for record in records}[record_id]


@cache
def _packaged() -> Taxonomy:
    return _load(PACKAGED)


def _load(path: Path) -> Taxonomy:
    raw = _read(path)
    # On the raw tables, so that faults of shape do not hide those of content.
    content_faults = list(_content_faults(raw))
    try:
        # Through JSON, because there strict validation takes arrays for tuples and ISO strings for dates.
        taxonomy = _ADAPTER.validate_json(json.dumps(raw, default=str), strict=True, by_name=False)
    except ValidationError as error:
        # Pydantic counts valid items only, and calls a list of one faulty item too short as well.
        details = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        shape_faults = [_schema_fault(raw, detail) for detail in details]
        raise TaxonomyError(path.name, shape_faults + content_faults) from error
    if content_faults:
        raise TaxonomyError(path.name, content_faults)
    return taxonomy


def _read(path: Path) -> _Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaxonomyError(path.name, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise TaxonomyError(path.name, [f"not UTF-8 at byte {error.start}"]) from error
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(path.name, [f"not TOML: {error}"]) from error


def _schema_fault(raw: _Table, detail: ErrorDetails) -> str:
    record, key = _place(raw, detail["loc"])
    if detail["type"] == "missing":
        return _fault(record, key, "nothing", "required")
    if detail["type"] == "unexpected_keyword_argument":
        return _fault(record, key, "an unknown key", ", ".join(_allowed_keys(detail["loc"])))
    return _fault(record, key, reprlib.repr(detail["input"]), detail["msg"].removeprefix("Input should be "))


def _fault(record: str, key: str, got: str, allowed: str) -> str:
    return f"{record}, {key}: got {got}; allowed: {allowed}"


def _place(raw: _Table, loc: _Location) -> tuple[str, str]:
    """Turn pydantic's location into the record's name and the key within it."""
    if len(loc) < 2 or not isinstance(loc[1], int):
        return "taxonomy", _dotted(loc)
    table, index = str(loc[0]), loc[1]
    return _name(table, index, raw[table][index]), _dotted(loc[2:])


def _dotted(loc: _Location) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return "".join(steps).removeprefix(".") or "record"


def _name(table: str, index: int, record: object) -> str:
    record_id = record.get("id") if isinstance(record, dict) else None
    return f"{table} {record_id}" if isinstance(record_id, str) and record_id else f"{table} #{index + 1}"


def _allowed_keys(loc: _Location) -> list[str]:
    tables = tuple(step for step in loc[:-1] if isinstance(step, str))
    if tables:
        return [field.name for field in fields(_SHAPES[tables])]
    # The header names its tables by the singular, unlike the class.
    return [field.name.removesuffix("s") if field.name in _PLURALS else field.name for field in fields(Taxonomy)]


def _content_faults(raw: _Table) -> Iterator[str]:
    yield from _repeats(raw)
    known = {table: _ids(raw, table) for table in ("source", "law")}
    for table in ("law", "indicator"):
        for name, record in _records(raw, table):
            yield from _date_faults(name, record)
            yield from _unknown(name, "source", _strings(record.get("source")), known["source"])
    for name, record in _records(raw, "indicator"):
        acts = [reference.get("act") for _, reference in _records(record, "law")]
        yield from _unknown(name, "law.act", _strings(acts), known["law"])
        yield from _mismatches(name, record)


def _records(parent: _Table, table: str) -> Iterator[tuple[str, _Table]]:
    """Yield the named records of a table, passing over what the schema has already refused."""
    for index, record in enumerate(_list(parent.get(table))):
        if isinstance(record, dict):
            yield _name(table, index, record), record


def _ids(raw: _Table, table: str) -> list[str]:
    return _strings([record.get("id") for _, record in _records(raw, table)])


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]


def _repeats(raw: _Table) -> Iterator[str]:
    for table in ("source", "law", "indicator"):
        repeated = [(each, count) for each, count in Counter(_ids(raw, table)).items() if count > 1]
        yield from (_fault(f"{table} {each}", "id", f"{count} records", "one") for each, count in repeated)
    places: dict[int, str] = {}
    for name, record in _records(raw, "indicator"):
        ilo = record.get("ilo")
        if isinstance(ilo, int) and ilo > 0 and places.setdefault(ilo, name) != name:
            yield _fault(name, "ilo", str(ilo), f"a place not taken by {places[ilo]}")


def _date_faults(name: str, record: _Table) -> Iterator[str]:
    as_of, recheck_after = _date(record.get("as_of")), _date(record.get("recheck_after"))
    if as_of and recheck_after and recheck_after < as_of:
        yield _fault(name, "recheck_after", str(recheck_after), f"as_of ({as_of}) or later")


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _unknown(name: str, key: str, references: list[str], known: list[str]) -> Iterator[str]:
    return (_fault(name, key, repr(each), ", ".join(known)) for each in references if each not in known)


def _mismatches(name: str, record: _Table) -> Iterator[str]:
    """Yield keys of one indicator that contradict each other; keys missing or misspelt are the schema's to report."""
    family, group = record.get("family"), record.get("group")
    if family in get_args(Family) and group in get_args(Group) and (family == "smuggling") != (group == "smuggling"):
        yield _fault(name, "group", repr(group), f"a group of the family {family!r}")
    for _, item in _records(record, "delphi"):
        phase, right = item.get("phase"), _PHASES.get(str(item.get("dimension")))
        if right and phase in get_args(Phase) and phase != right:
            yield _fault(name, "delphi.phase", repr(phase), f"{right!r} for {item['dimension']}")
    for _, reference in _records(record, "law"):
        parts = _strings([reference.get(key) for key in ("act", "section", "cite")])
        if len(parts) == 3 and parts[2] != f"{parts[0]} s.{parts[1]}":
            yield _fault(name, "law.cite", repr(parts[2]), repr(f"{parts[0]} s.{parts[1]}"))
