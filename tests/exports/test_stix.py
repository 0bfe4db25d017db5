import json

import pytest
import stix2

from tip_nlp.exports import export
from tip_nlp.exports.stix import MARKINGS

AMBER = MARKINGS["amber"].id


def bundle(path, target, **options):
    export(path, target, "stix", **options)
    return stix2.parse(target.read_text(encoding="utf-8"))


def references(thing):
    """Every value of every *_ref and *_refs of an object."""
    for name, value in json.loads(thing.serialize()).items():
        if name.endswith("_ref"):
            yield value
        elif name.endswith("_refs"):
            yield from value


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_the_bundle_is_parsed_whole_without_custom_content_and_nothing_dangles(source, request, tmp_path):
    read = bundle(request.getfixturevalue(source), tmp_path / "b.json")

    ids = [each.id for each in read.objects]
    assert not read.has_custom
    assert len(ids) == len(set(ids)) > 5
    assert {ref for each in read.objects for ref in references(each)} <= set(ids)
    assert {key for each in read.objects for key in getattr(each, "extensions", {})} <= set(ids)


def test_contacts_become_observables(results, tmp_path):
    read = bundle(results, tmp_path / "b.json", least="high")

    accounts = {
        (each.get("account_type"), each.get("user_id"), each.get("account_login"))
        for each in read.objects
        if each.type == "user-account"
    }
    assert accounts == {("phone", "+923001234567", None), ("telegram", None, "agent_x")}
    assert [each.value for each in read.objects if each.type == "email-addr"] == ["ops@example.com"]
    assert [each.value for each in read.objects if each.type == "url"] == ["https://wa.me/923001234567"]
    assert {each.country for each in read.objects if each.type == "location"} == {"PK", "TR"}


def test_a_note_says_how_sure_and_about_what(results, tmp_path):
    read = bundle(results, tmp_path / "b.json", least="high")

    (note,) = [each for each in read.objects if each.type == "note"]
    assert note.confidence == 99
    assert note.labels == ["document_retention", "wage_withholding"]
    assert {ref.split("--")[0] for ref in note.object_refs} == {"file", "user-account", "email-addr", "url", "location"}
    (extension,) = note.extensions.values()
    assert extension["scores"]["trafficking"] == 0.9876
    assert extension["licences"] == ["0123/LHR"]


def test_a_campaign_is_a_grouping_of_its_documents(results, tmp_path):
    read = bundle(results, tmp_path / "b.json")

    (grouping,) = [each for each in read.objects if each.type == "grouping"]
    notes = {each.id for each in read.objects if each.type == "note"}
    assert len(notes) == 2  # the repeated text counts once
    assert notes <= set(grouping.object_refs)


def test_nothing_is_asserted_that_the_tool_cannot_know_and_no_text_is_passed_on(results, tmp_path):
    read = bundle(results, tmp_path / "b.json", least="none")

    assert not {each.type for each in read.objects} & {"indicator", "campaign", "threat-actor", "artifact"}
    assert "weekly day off" not in (tmp_path / "b.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("options", "marking"), [({}, AMBER), ({"tlp": "red"}, MARKINGS["red"].id)])
def test_everything_is_marked(options, marking, results, tmp_path):
    read = bundle(results, tmp_path / "b.json", **options)

    own = [each for each in read.objects if each.type not in ("marking-definition", "identity", "extension-definition")]
    assert all(each.object_marking_refs == [marking] for each in own)
