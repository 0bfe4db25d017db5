"""Documents and what links them as one graph, the common ground of the i2 and GraphML exports.

Nodes are documents, contacts (phone, handle, link, email, licence), places and campaigns; edges lead from a document to
what it mentions, to its campaign and, where it repeats a text, to the first document with that text. Ids are
``type:value``, so the same phone number is one node. A handle is one node on all platforms, since posts often do not
name theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
from babel import Locale

from tip_nlp.exports.source import assessed, contacts, document_id, evidence, one_line
from tip_nlp.results.dates import posted
from tip_nlp.results.result import Result, TextKey
from tip_nlp.types import Tier

Graph: TypeAlias = "nx.DiGraph[str]"
MENTIONS, MEMBER, DUPLICATE = "mentions", "member of", "duplicate of"
_JOIN = "; "


def build_graph(results: Path, least: Tier) -> Graph:
    """The graph of all results of at least that tier, duplicates included: each is a post of its own.

    Attributes are str, int, float or bool, never empty.
    """
    graph: Graph = nx.DiGraph()
    firsts: dict[TextKey, str] = {}
    for result, found in assessed(results, least, duplicates=True):
        document = f"document:{document_id(result)}"
        graph.add_node(document, **_filled(_document(result, found)))
        if result.duplicate_of is None:
            firsts[result.text_key] = document
        elif result.text_key in firsts:  # the first of a sample may not be in it
            graph.add_edge(document, firsts[result.text_key], type=DUPLICATE, count=1)
        for entity in (*contacts(found), *_places(found)):
            _mention(graph, document, entity)
        if result.campaign:
            campaign = f"campaign:{one_line(result.campaign)}"
            label = f"Campaign {one_line(result.campaign)}"
            graph.add_node(campaign, type="campaign", label=label, size=result.campaign_size)
            graph.add_edge(document, campaign, type=MEMBER, count=1)
    return graph


def _document(result: Result, found: dict[str, Any]) -> dict[str, Any]:
    day = posted(result.record)
    return {
        "type": "document",
        "label": one_line(result.record.id),
        "tier": found["tier"],
        "urgent": found["urgent"],
        "trafficking": found["scores"]["trafficking"],
        "smuggling": found["scores"]["smuggling"],
        "indicators": _JOIN.join(each["id"] for each in found["indicators"]),
        "language": found["language"]["code"],
        "kind": found["kind"],
        "date": day.isoformat() if day else "",
        "reason": one_line(found["reason"]),
        "evidence": evidence(found),
        "source": one_line(result.record.source),
        "row": result.record.number,
        "duplicate_of": one_line(result.duplicate_of or ""),
    }


def _filled(attributes: dict[str, Any]) -> dict[str, Any]:
    """GraphML loses an empty text on its way, so none is written."""
    return {name: value for name, value in attributes.items() if value != ""}


def _places(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (entity for entity in found["entities"] if entity["type"] == "place")


def _mention(graph: Graph, document: str, entity: dict[str, Any]) -> None:
    value = one_line(entity["value"])
    node = f"{entity['type']}:{value}"
    known = graph.nodes.get(node, {})
    graph.add_node(node, **_filled(_merged(known, {"type": entity["type"], "label": value} | _details(entity))))
    edge = graph.edges.get((document, node), {"count": 0, "written": ""})
    written = _joined(edge["written"], one_line(entity["quote"]))
    graph.add_edge(document, node, type=MENTIONS, count=edge["count"] + 1, written=written)


def _details(entity: dict[str, Any]) -> dict[str, Any]:
    details: dict[str, str] = entity["details"]
    kept: dict[str, Any] = {name: one_line(details.get(name, "")) for name in ("platform", "status", "disguised")}
    if entity["type"] == "licence":
        kept["licence_kind"] = one_line(details.get("kind", ""))
    if entity["type"] in ("phone", "place"):
        kept["country"] = one_line(details.get("country", ""))
    if entity["type"] == "place":
        kept |= {name: float(details[name]) for name in ("latitude", "longitude") if name in details}
        kept |= {"label": place_name(entity["value"])}
    return kept


def place_name(value: str) -> str:
    """A country's English name for its ISO 3166 code, any other place as it is."""
    return str(Locale("en").territories.get(value, one_line(value)))


def _merged(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Attributes of several mentions: texts that differ are joined."""
    both = known | {name: value for name, value in new.items() if value != ""}
    for name in ("platform", "status", "licence_kind"):
        both[name] = _joined(known.get(name, ""), new.get(name, ""))
    return both


def _joined(known: str, new: str) -> str:
    return _JOIN.join(dict.fromkeys(filter(None, (*known.split(_JOIN), new))))
