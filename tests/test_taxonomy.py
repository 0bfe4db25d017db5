"""The packaged indicators, and the loader's answer to faulty files."""

from __future__ import annotations

import pickle
import re
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from tip_nlp.errors import TaxonomyError, TipNlpError
from tip_nlp.taxonomy import PACKAGED, Family, Taxonomy, load_taxonomy, stale

FORCED_LABOUR = (
    "abuse_of_vulnerability",
    "deception",
    "restriction_of_movement",
    "isolation",
    "physical_sexual_violence",
    "intimidation_threats",
    "document_retention",
    "wage_withholding",
    "debt_bondage",
    "abusive_conditions",
    "excessive_overtime",
)
RECRUITMENT_AND_FORMS = (
    "recruitment_fees",
    "unlicensed_recruitment",
    "suspicious_offer",
    "targeted_recruitment",
    "child_exploitation",
    "sexual_exploitation",
    "forced_begging",
    "forced_criminality",
    "forced_marriage",
    "organ_removal",
)
SMUGGLING = (
    "irregular_route",
    "smuggling_service",
    "document_fraud",
    "smuggling_payment",
    "guaranteed_passage",
    "dangerous_journey",
    "ransom_detention",
)

MINIMAL = """\
schema_version = 1
version = "test"
as_of = "2026-01-01"

[[source]]
id = "booklet"
title = "Booklet"
url = "https://example.org/booklet"
note = "Made up."

[[law]]
id = "ACT-2000"
name = "Act, 2000"
citation = "Act I of 2000"
source = ["booklet"]
verified = "primary"
as_of = "2026-01-01"
recheck_after = "2026-06-01"
note = "Made up."

[[indicator]]
id = "deception"
family = "trafficking"
group = "forced_labour"
name_en = "Deception"
name_ur = "دھوکہ"
description = "A promise not kept."
ilo = 2
urgent = false
delphi = [
  { dimension = "deceptive_recruitment", phase = "recruitment", item = "wages", adult = "medium", child = "medium" },
]
palermo = ["means"]
law = [
  { act = "ACT-2000", section = "3(1)", cite = "ACT-2000 s.3(1)", verified = "primary", note = "Fraud." },
]
htcds = ""
source = ["booklet"]
as_of = "2026-01-01"
recheck_after = "2026-12-01"
verified = "secondary"
"""


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    """The packaged taxonomy."""
    return load_taxonomy()


def write(folder: Path, text: str) -> Path:
    """Write a taxonomy file."""
    path = folder / "faulty.toml"
    path.write_text(text, encoding="utf-8")
    return path


def edited(*edits: tuple[str, str]) -> str:
    """Return the minimal file with pieces replaced; each piece must be there once, so that no case tests nothing."""
    text = MINIMAL
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    """Load a faulty file and return its faults."""
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(write(folder, text))
    return caught.value.faults


# --- The packaged data ---


@pytest.mark.parametrize(
    ("group", "family", "ids"),
    [
        ("forced_labour", "trafficking", FORCED_LABOUR),
        ("recruitment_and_forms", "trafficking", RECRUITMENT_AND_FORMS),
        ("smuggling", "smuggling", SMUGGLING),
    ],
)
def test_packaged_group_holds_its_fixed_ids(taxonomy: Taxonomy, group: str, family: str, ids: tuple[str, ...]) -> None:
    members = [indicator for indicator in taxonomy.indicators if indicator.group == group]
    assert tuple(indicator.id for indicator in members) == ids
    assert {indicator.family for indicator in members} == {family}


def test_packaged_ids_are_these_28(taxonomy: Taxonomy) -> None:
    assert taxonomy.ids == FORCED_LABOUR + RECRUITMENT_AND_FORMS + SMUGGLING
    assert len(taxonomy.ids) == 28


@pytest.mark.parametrize(
    ("family", "ids"), [("trafficking", FORCED_LABOUR + RECRUITMENT_AND_FORMS), ("smuggling", SMUGGLING)]
)
def test_of_family_keeps_file_order(taxonomy: Taxonomy, family: Family, ids: tuple[str, ...]) -> None:
    assert tuple(indicator.id for indicator in taxonomy.of_family(family)) == ids


def test_ilo_places_are_in_ilo_order(taxonomy: Taxonomy) -> None:
    places = {indicator.id: indicator.ilo for indicator in taxonomy.indicators if indicator.ilo}
    assert places == dict(zip(FORCED_LABOUR, range(1, 12), strict=True))


@pytest.mark.parametrize("indicator_id", FORCED_LABOUR + RECRUITMENT_AND_FORMS + SMUGGLING)
class TestEachIndicator:
    def test_name_ur_is_in_urdu_script(self, taxonomy: Taxonomy, indicator_id: str) -> None:
        name = taxonomy[indicator_id].name_ur
        assert re.fullmatch(r"[\u0600-\u06ff ()]+", name)
        # Arabic kaf, yeh and heh look like Urdu's but do not compare equal to them.
        assert not set(name) & set("\u0643\u064a\u0649\u0647")

    def test_references_resolve(self, taxonomy: Taxonomy, indicator_id: str) -> None:
        indicator = taxonomy[indicator_id]
        assert {reference.act for reference in indicator.law} <= {law.id for law in taxonomy.laws}
        assert set(indicator.source) <= {source.id for source in taxonomy.sources}

    def test_texts_are_its_own(self, taxonomy: Taxonomy, indicator_id: str) -> None:
        own = taxonomy[indicator_id]
        others = [each for each in taxonomy.indicators if each.id != indicator_id]
        assert own.name_ur not in {each.name_ur for each in others}
        assert own.name_en not in {each.name_en for each in others}
        assert own.description not in {each.description for each in others}

    def test_palermo_is_for_trafficking_only(self, taxonomy: Taxonomy, indicator_id: str) -> None:
        indicator = taxonomy[indicator_id]
        assert bool(indicator.palermo) == (indicator.family == "trafficking")
        assert not (indicator.delphi and indicator.family == "smuggling")

    def test_uncertain_law_says_why(self, taxonomy: Taxonomy, indicator_id: str) -> None:
        unverified = [each for each in taxonomy[indicator_id].law if each.verified == "unverified"]
        assert all("memory" in each.note or "project's reading" in each.note for each in unverified)


def test_every_source_is_used(taxonomy: Taxonomy) -> None:
    used = {each for law in taxonomy.laws for each in law.source}
    used |= {each for indicator in taxonomy.indicators for each in indicator.source}
    # These three speak of the taxonomy as a whole.
    general = {"seafish-delphi", "unodc-indicators-e4j", "htcds"}
    assert {source.id for source in taxonomy.sources} == used | general


def test_travel_document_limb_is_cited_with_its_doubt(taxonomy: Taxonomy) -> None:
    (reference,) = taxonomy["document_retention"].law
    assert reference.cite == "PTPA-2018 s.4(c)"
    assert "inferred" in reference.note


# The published counts per dimension (10, 10, 16, 9, 15, 7), less the three items that fit no indicator.
@pytest.mark.parametrize(
    ("dimension", "count"),
    [
        ("deceptive_recruitment", 10),
        ("coercive_recruitment", 10),
        ("abuse_of_vulnerability_recruitment", 16),
        ("exploitation", 9),
        ("coercion_destination", 15 - 3),
        ("abuse_of_vulnerability_destination", 7),
    ],
)
def test_delphi_items_are_complete_per_dimension(taxonomy: Taxonomy, dimension: str, count: int) -> None:
    items = {item for indicator in taxonomy.indicators for item in indicator.delphi if item.dimension == dimension}
    assert len({item.item for item in items}) == count
    # An item listed under two indicators has the same strengths in both.
    assert len(items) == count


# --- Lookup and loading ---


def test_lookup_by_id(taxonomy: Taxonomy) -> None:
    assert taxonomy["debt_bondage"].ilo == 9
    assert taxonomy.law("BLSA-1992").citation == "Act III of 1992"
    assert "debt_bondage" in taxonomy
    assert "bondage" not in taxonomy


def test_lookup_of_unknown_id_names_it(taxonomy: Taxonomy) -> None:
    with pytest.raises(KeyError, match="bondage"):
        taxonomy["bondage"]
    with pytest.raises(KeyError, match="XYZ"):
        taxonomy.law("XYZ")


def test_packaged_is_read_once() -> None:
    assert load_taxonomy() is load_taxonomy()
    assert load_taxonomy(PACKAGED) == load_taxonomy()


def test_taxonomy_cannot_be_changed(taxonomy: Taxonomy) -> None:
    with pytest.raises(FrozenInstanceError):
        taxonomy.indicators[0].urgent = True  # type: ignore[misc]


def test_taxonomy_survives_pickling(taxonomy: Taxonomy) -> None:
    # Worker processes receive it this way.
    assert pickle.loads(pickle.dumps(taxonomy)) == taxonomy


def test_minimal_file_loads(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(write(tmp_path, MINIMAL))
    assert taxonomy.version == "test"
    assert taxonomy.ids == ("deception",)
    assert taxonomy["deception"].recheck_after == date(2026, 12, 1)


def test_unquoted_dates_load_too(tmp_path: Path) -> None:
    text = edited(('recheck_after = "2026-12-01"', "recheck_after = 2026-12-01"))
    assert load_taxonomy(write(tmp_path, text)) == load_taxonomy(write(tmp_path, MINIMAL))


# --- Faults ---

# What is replaced, by what, and what the one fault must say.
ONE_FAULT = {
    "unknown key of an indicator": (
        "ilo = 2",
        "ilo = 2\ncolour = 1",
        ("indicator deception, colour", "unknown", "ilo"),
    ),
    "unknown key of a law": ('citation = "', 'penalty = 1\ncitation = "', ("law ACT-2000, penalty", "unknown", "note")),
    "unknown key of a source": ('url = "', 'page = 1\nurl = "', ("source booklet, page", "unknown", "title")),
    "unknown key of a reference": (
        'section = "',
        'fine = 1, section = "',
        ("deception, law[0].fine", "unknown", "cite"),
    ),
    "unknown key of a Delphi item": ('item = "', 'row = 1, item = "', ("deception, delphi[0].row", "unknown", "adult")),
    "unknown key of the header": (
        'version = "',
        'author = "x"\nversion = "',
        ("taxonomy, author", "source, law, indicator"),
    ),
    "plural of a table": ('version = "', 'laws = []\nversion = "', ("taxonomy, laws", "source, law, indicator")),
    "missing key of an indicator": ("urgent = false\n", "", ("indicator deception, urgent", "nothing", "required")),
    "missing key of a law": ('citation = "Act I of 2000"\n', "", ("law ACT-2000, citation", "required")),
    "missing id": ('id = "deception"\n', "", ("indicator #1, id", "required")),
    "missing header key": ("schema_version = 1\n", "", ("taxonomy, schema_version", "required")),
    "text for a number": ("ilo = 2", 'ilo = "2"', ("indicator deception, ilo", "'2'", "integer")),
    "text for a truth value": ("urgent = false", 'urgent = "no"', ("deception, urgent", "'no'", "boolean")),
    "number for text": ('name_en = "Deception"', "name_en = 5", ("deception, name_en", "5", "string")),
    "text for a list": ('palermo = ["means"]', 'palermo = "means"', ("deception, palermo", "'means'")),
    "number out of range": ("ilo = 2", "ilo = 12", ("deception, ilo", "12", "11")),
    "empty text": ('name_ur = "دھوکہ"', 'name_ur = ""', ("deception, name_ur", "''", "at least 1 character")),
    "indicator without source": ('source = ["booklet"]\nas_of', "source = []\nas_of", ("deception, source", "1 item")),
    "unknown word": ('verified = "secondary"', 'verified = "sure"', ("deception, verified", "'sure'", "'primary'")),
    "unknown strength": ('child = "medium"', 'child = "big"', ("delphi[0].child", "'big'", "'strong'")),
    "unknown HTCDS field": ('htcds = ""', 'htcds = "Debt"', ("deception, htcds", "'Debt'", "MethodsOfControlOther")),
    "misshapen id": ('id = "deception"', 'id = "De ception"', ("indicator De ception, id", "pattern")),
    "unknown schema version": ("schema_version = 1", "schema_version = 2", ("taxonomy, schema_version", "2", "1")),
    "impossible date": ('"2026-12-01"', '"2026-02-30"', ("deception, recheck_after", "'2026-02-30'", "date")),
    "date in words": ('"2026-12-01"', '"soon"', ("deception, recheck_after", "'soon'", "date")),
    "number for a date": ('recheck_after = "2026-12-01"', "recheck_after = 20261201", ("recheck_after", "20261201")),
    "indicator rechecked before read": (
        '"2026-12-01"',
        '"2025-12-01"',
        ("indicator deception, recheck_after", "2025-12-01", "2026-01-01"),
    ),
    "law rechecked before read": (
        '"2026-06-01"',
        '"2025-06-01"',
        ("law ACT-2000, recheck_after", "2025-06-01", "2026-01-01"),
    ),
    "unknown source of an indicator": (
        'source = ["booklet"]\nas_of',
        'source = ["leaflet"]\nas_of',
        ("indicator deception, source", "'leaflet'", "booklet"),
    ),
    "unknown source of a law": (
        'source = ["booklet"]\nverified',
        'source = ["leaflet"]\nverified',
        ("law ACT-2000, source", "'leaflet'", "booklet"),
    ),
    "unknown act": (
        'act = "ACT-2000", section = "3(1)", cite = "ACT-2000',
        'act = "ACT-1999", section = "3(1)", cite = "ACT-1999',
        ("indicator deception, law.act", "'ACT-1999'", "ACT-2000"),
    ),
    "cite against its parts": ("2000 s.3(1)", "2000 s.4", ("law.cite", "'ACT-2000 s.4'", "'ACT-2000 s.3(1)'")),
    "group against family": ('family = "trafficking"', 'family = "smuggling"', ("deception, group", "'smuggling'")),
    "phase against dimension": ('phase = "recruitment"', 'phase = "destination"', ("delphi.phase", "'recruitment'")),
}


@pytest.mark.parametrize(("old", "new", "says"), ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_one_fault_is_named(tmp_path: Path, old: str, new: str, says: tuple[str, ...]) -> None:
    faults = faults_of(tmp_path, edited((old, new)))
    assert len(faults) == 1, faults
    assert all(piece in faults[0] for piece in says), faults[0]


@pytest.mark.parametrize(
    ("table", "record_id"), [("source", "booklet"), ("law", "ACT-2000"), ("indicator", "deception")]
)
def test_repeated_id_is_named(tmp_path: Path, table: str, record_id: str) -> None:
    record = re.search(rf"\[\[{table}\]\]\n(?:(?!\[\[).*\n)+", MINIMAL)
    assert record
    faults = faults_of(tmp_path, MINIMAL + record.group())
    assert faults == (f"{table} {record_id}, id: got 2 records; allowed: one",)


def test_repeated_ilo_place_is_named(tmp_path: Path) -> None:
    record = MINIMAL[MINIMAL.index("[[indicator]]") :].replace('id = "deception"', 'id = "isolation"')
    (fault,) = faults_of(tmp_path, MINIMAL + record)
    assert "indicator isolation, ilo: got 2" in fault
    assert "indicator deception" in fault


def test_all_faults_come_in_one_error(tmp_path: Path) -> None:
    text = edited(
        ("ilo = 2", 'ilo = "two"\ncolour = "red"'),
        ("urgent = false\n", ""),
        ('"2026-12-01"', '"2026-13-01"'),
        ('"2026-06-01"', '"2025-06-01"'),
        ('source = ["booklet"]\nas_of', 'source = ["leaflet"]\nas_of'),
        ('act = "ACT-2000", section = "3(1)", cite = "ACT-2000', 'act = "ACT-1", section = "3(1)", cite = "ACT-1'),
    )
    text += MINIMAL[MINIMAL.index("[[source]]") : MINIMAL.index("[[law]]")]
    faults = faults_of(tmp_path, text)
    expected = (
        "deception, ilo:",
        "deception, colour:",
        "deception, urgent:",
        "deception, recheck_after:",
        "law ACT-2000, recheck_after:",
        "deception, source:",
        "deception, law.act:",
        "source booklet, id:",
    )
    assert len(faults) == len(expected), faults
    assert all(any(piece in fault for fault in faults) for piece in expected), faults


def test_message_names_file_and_every_fault(tmp_path: Path) -> None:
    path = write(tmp_path, edited(("ilo = 2", "ilo = 12"), ("urgent = false", "urgent = 0")))
    with pytest.raises(TipNlpError) as caught:
        load_taxonomy(path)
    assert "faulty.toml" in str(caught.value)
    assert "deception, ilo" in str(caught.value)
    assert "deception, urgent" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "indicator = 5",
        "indicator = [5]",
        "indicator = []",
        'source = "x"\nlaw = [[]]\nindicator = [{ id = [], ilo = true, law = 3, delphi = [1], source = [2] }]',
        '[indicator]\nid = "deception"',
        '[[law]]\nid = { a = 1 }\nsource = [["x"]]',
    ],
)
def test_misshapen_tables_are_faults_not_crashes(tmp_path: Path, text: str) -> None:
    assert len(faults_of(tmp_path, text)) > 1


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"version = ", "not TOML"), (b"version = 2026-02-30", "not TOML"), (b"\xff\xfe", "not UTF-8")],
)
def test_unreadable_file_is_one_fault(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "faulty.toml"
    path.write_bytes(content)
    with pytest.raises(TaxonomyError, match=says):
        load_taxonomy(path)


def test_absent_file_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="absent.toml"):
        load_taxonomy(tmp_path / "absent.toml")


# --- Staleness ---


@pytest.mark.parametrize(
    ("today", "names"),
    [
        (date(2026, 6, 1), ()),
        (date(2026, 6, 2), ("law ACT-2000",)),
        (date(2026, 12, 1), ("law ACT-2000",)),
        (date(2026, 12, 2), ("law ACT-2000", "indicator deception")),
    ],
)
def test_stale_names_records_past_their_day(tmp_path: Path, today: date, names: tuple[str, ...]) -> None:
    assert stale(load_taxonomy(write(tmp_path, MINIMAL)), today) == names


def test_nothing_packaged_is_stale_on_its_own_day(taxonomy: Taxonomy) -> None:
    assert stale(taxonomy, taxonomy.as_of) == ()
