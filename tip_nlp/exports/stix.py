"""STIX 2.1: what was found as a bundle, for threat-intelligence platforms.

A document is a ``file`` known by its hash (its text is not passed on), what was found in it a ``note`` about it, its
contacts are ``email-addr``, ``url`` and ``user-account`` (a phone number is the ``user_id`` of an account of type
phone, so that every reader of the standard takes it), its places ``location``, a campaign a ``grouping``.

There is no ``indicator``, ``campaign`` or ``threat-actor``: a STIX indicator is a pattern that detects malice, and the
other two assert who is behind it. This tool asserts neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stix2

from tip_nlp.exports.graph import place_name
from tip_nlp.exports.source import assessed, contacts, document_id, evidence, identify, one_line, strongest, writable
from tip_nlp.results.result import Result
from tip_nlp.types import Tier

MARKINGS = {
    "white": stix2.TLP_WHITE,
    "green": stix2.TLP_GREEN,
    "amber": stix2.TLP_AMBER,
    "red": stix2.TLP_RED,
}
_CREATED = "2026-11-22T00:00:00.000Z"  # of the tool's identity and extension; a change of theirs is a new version
TOOL = f"identity--{identify('tip_nlp')}"
ASSESSMENT = f"extension-definition--{identify('extension', 'assessment')}"
_ADVICE = "An indicator asks for a closer look and proves nothing alone; whoever is named may be a potential victim."

Objects = dict[str, Any]  # by id


def write_stix(results: Path, target: Path, least: Tier, tlp: str) -> None:
    """One JSON file with a bundle; the same results give the same ids. Times are those of the results file."""
    written = datetime.fromtimestamp(int(results.stat().st_mtime), UTC)
    bundle = Bundle(MARKINGS[tlp], written)
    for result, found in assessed(results, least, duplicates=False):
        bundle.add(result, found)
    target.write_text(json.dumps(bundle.to_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Bundle:
    """STIX objects gathered from results; an object that several results name is there once."""

    def __init__(self, marking: Any, written: datetime) -> None:
        self._marking = marking
        self._common: dict[str, Any] = {"object_marking_refs": [marking.id]}
        self._own = self._common | {"created": written, "modified": written, "created_by_ref": TOOL}
        self._objects: Objects = {}
        self._campaigns: dict[str, list[str]] = {}

    def add(self, result: Result, found: dict[str, Any]) -> None:
        """Add a document, its contacts and places, and the note about them."""
        about = self._keep([self._file(result), *self._contacts(found), *self._locations(found)])
        note = stix2.Note(
            id=f"note--{document_id(result)}",
            abstract=f"tip_nlp: tier {found['tier']}",
            content=f"{found['reason']} {_ADVICE}\n{evidence(found)}".rstrip(),
            authors=[f"tip_nlp {found['versions']['tip_nlp']}, model {found['versions']['model']}"],
            object_refs=about,
            labels=[each["id"] for each in found["indicators"]] or [f"tier-{found['tier']}"],
            confidence=round(100 * strongest(found)),
            extensions={ASSESSMENT: _assessment(result, found)},
            **self._own,
        )
        self._keep([note])
        if result.campaign:
            self._campaigns.setdefault(result.campaign, []).extend([note.id, *about])

    def to_dict(self) -> dict[str, Any]:
        """The bundle; marking, tool and extension first."""
        head = [self._marking, _tool(), _extension()]
        groupings = [self._grouping(name, ids) for name, ids in self._campaigns.items()]
        objects = [_plain(each) for each in (*head, *self._objects.values(), *groupings)]
        return {"type": "bundle", "id": f"bundle--{identify(*(each['id'] for each in objects))}", "objects": objects}

    def _keep(self, objects: Iterable[Any]) -> list[str]:
        """Ids of the objects, which are kept."""
        by_id = {each["id"]: each for each in objects}
        for key, each in by_id.items():
            self._objects.setdefault(key, each)
        return list(by_id)

    def _file(self, result: Result) -> Any:
        text = writable(result.record.text).encode()
        return stix2.File(
            name=one_line(result.record.id),
            hashes={"SHA-256": hashlib.sha256(text).hexdigest()},
            size=len(text),
            mime_type="text/plain",
            **self._common,
        )

    def _contacts(self, found: dict[str, Any]) -> Iterable[Any]:
        for entity in contacts(found):
            value = one_line(entity["value"])
            if entity["type"] == "phone":
                yield stix2.UserAccount(user_id=value, account_type="phone", **self._common)
            elif entity["type"] == "email":
                yield stix2.EmailAddress(value=value, **self._common)
            elif entity["type"] == "link":
                yield stix2.URL(value=value, **self._common)
            elif entity["type"] == "handle":
                platform = entity["details"].get("platform")
                known = {"account_type": platform} if platform else {}
                yield stix2.UserAccount(account_login=value.removeprefix("@"), **known, **self._common)

    def _locations(self, found: dict[str, Any]) -> Iterable[Any]:
        for entity in found["entities"]:
            if entity["type"] == "place" and (country := entity["details"].get("country")):
                details = entity["details"]
                point = {name: float(details[name]) for name in ("latitude", "longitude") if name in details}
                yield stix2.Location(
                    id=f"location--{identify('place', entity['value'])}",
                    name=place_name(entity["value"]),
                    country=country,
                    **point,
                    **self._own,
                )

    def _grouping(self, name: str, ids: list[str]) -> Any:
        return stix2.Grouping(
            id=f"grouping--{identify('campaign', name)}",
            name=f"Campaign {one_line(name)}",
            description="Near-duplicate texts, or texts that share a contact.",
            context="suspicious-activity",
            object_refs=list(dict.fromkeys(ids)),
            **self._own,
        )


def _assessment(result: Result, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "extension_type": "property-extension",
        "tier": found["tier"],
        "urgent": found["urgent"],
        "scores": found["scores"],
        "indicators": {each["id"]: each["score"] for each in found["indicators"]},
        "language": found["language"]["code"],
        "licences": [one_line(each["value"]) for each in found["entities"] if each["type"] == "licence"],
        "source": one_line(result.record.source),
        "row": result.record.number,
    }


def _tool() -> Any:
    return stix2.Identity(
        id=TOOL,
        name="tip_nlp",
        identity_class="system",
        description="Flags indicators of human trafficking and migrant smuggling in texts. Advice, not a verdict.",
        created=_CREATED,
        modified=_CREATED,
    )


def _extension() -> Any:
    schema = {"type": "object", "required": ["tier", "scores", "indicators"]}
    return stix2.ExtensionDefinition(
        id=ASSESSMENT,
        name="tip_nlp assessment",
        schema=json.dumps(schema),
        version="1.0.0",
        extension_types=["property-extension"],
        created_by_ref=TOOL,
        created=_CREATED,
        modified=_CREATED,
    )


def _plain(thing: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(thing.serialize())
    return plain
