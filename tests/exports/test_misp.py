import json

import jsonschema
import pytest
from pymisp import MISPEvent

from tests.exports.conftest import TEXT as AD
from tests.exports.conftest import line, risky, write
from tip_nlp.exports import export
from tip_nlp.taxonomy import load_taxonomy

TEXT = {"type": "string"}
ENTRY = {"value": TEXT, "expanded": TEXT, "description": TEXT, "colour": TEXT, "numerical_value": {"type": "number"}}


def strict(properties, required):
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def each_once(items):
    return {"type": "array", "uniqueItems": True, "items": items}


# What schema.json of MISP/misp-taxonomies asks of a machinetag.json; `required` of entries as its README means it.
MACHINETAG = strict(
    {
        "namespace": TEXT,
        "expanded": TEXT,
        "description": TEXT,
        "version": {"type": "integer"},
        "type": each_once({"enum": ["org", "user", "attribute", "event"]}),
        "refs": each_once(TEXT),
        "predicates": each_once(strict(ENTRY, ["value"])),
        "values": each_once(strict({"predicate": TEXT, "entry": each_once(strict(ENTRY, ["value"]))}, ["predicate"])),
    },
    ["namespace", "description", "version", "predicates"],
)


@pytest.fixture
def exported(results, tmp_path):
    export(results, tmp_path / "misp", "misp")
    return tmp_path / "misp"


@pytest.fixture
def machinetag(exported):
    return json.loads((exported / "tip-indicators" / "machinetag.json").read_text(encoding="utf-8"))


def tags(machinetag):
    space = machinetag["namespace"]
    return {
        f'{space}:{each["predicate"]}="{entry["value"]}"' for each in machinetag["values"] for entry in each["entry"]
    }


def event(folder):
    read = MISPEvent()
    read.load_file(folder / "event.json")  # checks types and categories
    return read


def test_the_taxonomy_follows_the_schema_and_has_every_indicator(machinetag):
    jsonschema.validate(machinetag, MACHINETAG)

    assert {each["predicate"] for each in machinetag["values"]} == {each["value"] for each in machinetag["predicates"]}
    assert {f'tip-indicators:indicator="{name}"' for name in load_taxonomy().ids} <= tags(machinetag)
    assert machinetag["version"] == 20261101 or load_taxonomy().version != "2026.11.1"


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_the_event_is_read_by_pymisp_and_its_tags_are_of_the_taxonomy(source, request, machinetag, tmp_path):
    export(request.getfixturevalue(source), tmp_path / "other", "misp")

    read = event(tmp_path / "other")

    used = {each.name for attribute in read.attributes for each in attribute.tags}
    assert used <= tags(machinetag)
    assert [each.name for each in read.tags] == ["tlp:amber"]
    keys = [(each.type, each.category, each.value) for each in read.attributes]
    assert len(keys) == len(set(keys)) > 1
    assert len({each.uuid for each in read.attributes}) == len(keys)


def test_contacts_become_attributes_of_their_type(exported):
    found = {each.type: each for each in event(exported).attributes if each.type != "text"}

    assert {name: each.value for name, each in found.items()} == {
        "phone-number": "+923001234567",
        "email": "ops@example.com",
        "url": "https://wa.me/923001234567",
    }
    assert "row-1" in found["email"].comment
    assert [each.name for each in found["email"].tags] == ['tip-indicators:tier="high"']


def test_rows_of_several_files_with_the_same_ids_are_told_apart(tmp_path):
    """MISP refuses an event with two attributes of one type, category and value."""
    rows = [line(1, AD, risky(), own_id="1"), line(1, f"{AD} Today.", risky(), own_id="1")]
    rows[1]["record"]["source"] = "/home/zq-analyst/more.jsonl"
    export(write(tmp_path / "results.jsonl", rows), tmp_path / "misp", "misp")

    texts = [each for each in event(tmp_path / "misp").attributes if each.category == "Other" and each.type == "text"]
    phone = next(each for each in event(tmp_path / "misp").attributes if each.type == "phone-number")
    assert len({each.value for each in texts if "threshold" in each.value}) == 2
    assert "1 (ads.jsonl row 1), 1 (more.jsonl row 1)" in phone.comment


def test_the_event_is_a_draft_that_detects_nothing(exported):
    read = event(exported)

    assert not read.published
    assert int(read.distribution) == 0
    assert not any(each.to_ids for each in read.attributes)
