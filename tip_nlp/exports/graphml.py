"""GraphML, for Gephi and every other viewer of graphs."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from tip_nlp.exports.graph import build_graph
from tip_nlp.types import Tier


def write_graphml(results: Path, target: Path, least: Tier) -> None:
    """One .graphml file: see :mod:`tip_nlp.exports.graph` for nodes, edges and attributes."""
    nx.write_graphml_xml(build_graph(results, least), target, named_key_ids=True)
