"""Contacts that several texts share, and the graph of who names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

import networkx as nx

from tip_nlp.campaigns.contacts import contact_keys
from tip_nlp.report.counts import is_flagged
from tip_nlp.results.result import Result, TextKey

MOST_CONTACTS, MOST_TEXTS = 40, 12  # drawn in all, and at each contact
WIDTH = 960.0
_SEED = 7
_MARGIN = 46.0  # round a part of the graph, for its labels

_MOST_EXACT = 80  # nodes; the better layout takes their number cubed

Contact = tuple[str, str]  # type, value
_Name = tuple[str, str, str, TextKey]  # kind, name, type; the key of a text
_NO_TEXT: TextKey = ("", "")
_Graph: TypeAlias = "nx.Graph[_Name]"


@dataclass(frozen=True, slots=True)
class Shared:
    """A contact and what names it: campaigns by id, other texts by the id of their row and their key."""

    type: str
    value: str
    campaigns: tuple[str, ...]
    texts: tuple[tuple[str, TextKey], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Node:
    """A contact, a campaign or a text in the drawing; ``kind`` is one of these words, ``key`` that of a text."""

    kind: str
    name: str
    type: str
    key: TextKey
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A text or campaign names a contact."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Graph:
    """Of WIDTH by ``height``."""

    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Contacts:
    """Notes which rows at tier watch or above name which contact."""

    def __init__(self) -> None:
        self._named: dict[Contact, dict[_Name, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, result: Result) -> None:
        """Take in a row."""
        found = result.assessment
        if found is None or not is_flagged(found):
            return
        # Repeats of a text are the same text.
        owner: _Name = (
            ("campaign", result.campaign, "", _NO_TEXT)
            if result.campaign
            else ("text", result.duplicate_of or result.record.id, "", result.text_key)
        )
        for key in contact_keys(found["entities"]):
            type_, _, value = key.partition(":")
            self._named[type_, value][owner] += 1

    def shared(self) -> list[Shared]:
        """Contacts of more than one row, those of most rows first."""
        found = [_shared(contact, owners) for contact, owners in self._named.items() if sum(owners.values()) > 1]
        return sorted(found, key=lambda each: (-each.rows, each.type, each.value))


def _shared(contact: Contact, owners: dict[_Name, int]) -> Shared:
    campaigns = tuple(name for kind, name, _, _ in owners if kind == "campaign")
    texts = tuple((name, key) for kind, name, _, key in owners if kind == "text")
    return Shared(*contact, campaigns, texts, sum(owners.values()))


def draw_graph(shared: Sequence[Shared]) -> Graph | None:
    """Lay out the parts of the graph beside one another, the largest first; the same input gives the same drawing.

    Only contacts that join several texts or campaigns are drawn; None where there is none.
    """
    graph: _Graph = nx.Graph()
    for each in [each for each in shared if len(each.campaigns) + len(each.texts) > 1][:MOST_CONTACTS]:
        contact: _Name = "contact", each.value, each.type, _NO_TEXT
        owners: list[_Name] = [("campaign", name, "", _NO_TEXT) for name in each.campaigns]
        owners += [("text", name, "", key) for name, key in each.texts]
        graph.add_edges_from((contact, owner) for owner in owners[:MOST_TEXTS])
    if not graph:
        return None
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    places: dict[_Name, tuple[float, float]] = {}
    left = top = row_height = 0.0
    for part in parts:
        side = min(WIDTH, 150.0 + 62.0 * sqrt(len(part)))
        if left + side > WIDTH:
            left, top, row_height = 0.0, top + row_height, 0.0
        # Built in sorted order, so that the layout does not hang on the order of a set.
        ordered: _Graph = nx.Graph()
        ordered.add_nodes_from(part)
        ordered.add_edges_from(sorted((min(edge), max(edge)) for edge in graph.subgraph(part).edges))
        inner = side / 2 - _MARGIN
        layout = _layout(ordered)
        for node, (x, y) in layout.items():
            places[node] = left + side / 2 + float(x) * inner, top + side / 2 + float(y) * inner
        left, row_height = left + side, max(row_height, side)
    nodes = tuple(Node(*name, *place) for name, place in places.items())
    edges = tuple(Edge(*places[one], *places[other]) for one, other in graph.edges)
    return Graph(top + row_height, nodes, edges)


def _layout(graph: _Graph) -> dict[_Name, Any]:
    """Positions from -1 to 1."""
    if len(graph) <= _MOST_EXACT:
        return dict(nx.kamada_kawai_layout(graph))
    return dict(nx.spring_layout(graph, seed=_SEED, iterations=200))
