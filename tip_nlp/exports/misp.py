"""MISP: an event with its attributes and tags, and the taxonomy of the tags.

No attribute is marked for detection (``to_ids``): a phone number in an advertisement is a lead, not a signature. The
event is an unpublished draft for the own organisation, so that a person decides what is shared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tip_nlp.exports.misp_taxonomy import NAMESPACE, machinetag, tag
from tip_nlp.exports.source import assessed, contacts, document_id, evidence, identify, one_line, origin
from tip_nlp.results.result import Result
from tip_nlp.taxonomy import Taxonomy, load_taxonomy
from tip_nlp.types import TIERS, Tier

# MISP's type and category of each contact. The categories that imply an attack are avoided.
_ATTRIBUTES = {
    "phone": ("phone-number", "Other"),
    "email": ("email", "Social network"),
    "link": ("url", "External analysis"),
    "handle": ("text", "Social network"),
    "licence": ("text", "Other"),
}
_UNDEFINED, _INITIAL, _OWN_ORGANISATION = "4", "0", "0"
_NAMED = 5  # documents a contact's comment names

Attribute = dict[str, Any]


def write_misp(results: Path, target: Path, least: Tier, tlp: str) -> None:
    """The folder ``target`` with event.json and tip-indicators/machinetag.json."""
    taxonomy = load_taxonomy()
    (target / NAMESPACE).mkdir(exist_ok=True)
    _write(target / NAMESPACE / "machinetag.json", machinetag(taxonomy))
    _write(target / "event.json", {"Event": _event(results, least, tlp, taxonomy)})


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _event(results: Path, least: Tier, tlp: str, taxonomy: Taxonomy) -> dict[str, Any]:
    written = datetime.fromtimestamp(int(results.stat().st_mtime), UTC)
    attributes: list[Attribute] = []
    mentioned: dict[tuple[str, str, str], list[tuple[Result, dict[str, Any], dict[str, Any]]]] = {}
    for result, found in assessed(results, least, duplicates=False):
        attributes.append(_document(result, found, taxonomy))
        for entity in contacts(found):
            kind, category = _ATTRIBUTES[entity["type"]]
            mentioned.setdefault((kind, category, one_line(entity["value"])), []).append((result, found, entity))
    attributes += (_contact(key, mentions) for key, mentions in mentioned.items())
    return {
        "uuid": str(identify("misp", *(each["uuid"] for each in attributes))),
        "info": "Texts with indicators of human trafficking or migrant smuggling (tip_nlp; advice, not a verdict)",
        "date": written.date().isoformat(),
        "timestamp": str(int(written.timestamp())),
        "threat_level_id": _UNDEFINED,
        "analysis": _INITIAL,
        "distribution": _OWN_ORGANISATION,
        "published": False,
        "Tag": [{"name": f"tlp:{tlp}"}],
        "Attribute": attributes,
    }


def _document(result: Result, found: dict[str, Any], taxonomy: Taxonomy) -> Attribute:
    present = [each["id"] for each in found["indicators"]]
    families = dict.fromkeys(taxonomy[name].family for name in present)
    tags = [tag("tier", found["tier"]), *(tag("family", each) for each in families)]
    return {
        "uuid": str(document_id(result)),
        "type": "text",
        "category": "Other",
        "to_ids": False,
        "value": f"{_named(result)}: {found['reason']} {evidence(found)}".rstrip(),
        "comment": "; ".join(_about(result, found)),
        "Tag": [{"name": each} for each in (*tags, *(tag("indicator", each) for each in present))],
    }


def _named(result: Result) -> str:
    """A document by its id and place: MISP takes no two attributes of one value, and files may give the same ids."""
    return f"{one_line(result.record.id)} ({origin(result)})"


def _about(result: Result, found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['kind']}, {found['language']['code']}"
    if result.campaign:
        yield f"campaign {one_line(result.campaign)}"
    places = dict.fromkeys(one_line(each["value"]) for each in found["entities"] if each["type"] == "place")
    if places:
        yield f"places {', '.join(places)}"


def _contact(key: tuple[str, str, str], mentions: list[tuple[Result, dict[str, Any], dict[str, Any]]]) -> Attribute:
    kind, category, value = key
    tier = max((found["tier"] for _, found, _ in mentions), key=TIERS.index)
    documents = list(dict.fromkeys(_named(result) for result, _, _ in mentions))
    more = f" and {len(documents) - _NAMED} more" if len(documents) > _NAMED else ""
    entity = mentions[0][2]
    platforms = dict.fromkeys(each["details"]["platform"] for _, _, each in mentions if "platform" in each["details"])
    what = f"{entity['type']} ({', '.join(platforms)})" if platforms else entity["type"]
    return {
        "uuid": str(identify("misp", *key)),
        "type": kind,
        "category": category,
        "to_ids": False,
        "value": value,
        "comment": f"{what}, mentioned in {', '.join(documents[:_NAMED])}{more}",
        "Tag": [{"name": tag("tier", tier)}],
    }
