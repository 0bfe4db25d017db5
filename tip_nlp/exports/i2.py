"""Entities and links for i2 Analyst's Notebook, as two tables and the notes to import them by."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tip_nlp.exports.graph import Graph, build_graph
from tip_nlp.results.writing import no_formula
from tip_nlp.types import Tier

ENTITY_COLUMNS = (
    "id", "type", "label", "tier", "urgent", "trafficking", "smuggling", "indicators", "language", "kind", "date",
    "reason", "evidence", "source", "row", "duplicate_of", "platform", "country", "latitude", "longitude", "status",
    "licence_kind", "disguised", "size",
)  # fmt: skip
LINK_COLUMNS = (
    "from_id",
    "from_type",
    "from_label",
    "to_id",
    "to_type",
    "to_label",
    "type",
    "count",
    "written",
    "date",
)
NOTES = """\
Entities and links for i2 Analyst's Notebook
============================================

entities.csv   one row for each entity: document, phone, handle, link, email, licence, place, campaign
links.csv      one row for each link: a document mentions a contact or a place, is a member of a campaign, or is a
               duplicate of another document, the first with its text

Both are comma-separated, UTF-8 with byte order mark, with one header row. Import entities.csv first.

1. entities.csv: import one entity a row. Assign
     id -> Identity    label -> Label    type -> Entity type    date -> Date (yyyy-mm-dd)
     reason -> Description    every other column -> an Attribute of the same name
     latitude and longitude are decimal degrees; trafficking and smuggling are scores from 0 to 1.
     label and duplicate_of are ids of the input, which several files may give; source and row name one row.
2. links.csv: import two entities and the link between them. Assign
     from_id -> Identity of end 1    from_type -> Entity type of end 1    from_label -> Label of end 1
     to_id   -> Identity of end 2    to_type   -> Entity type of end 2    to_label   -> Label of end 2
     type -> Link label    count -> an Attribute, or the strength    written -> Description    date -> Date
     The link runs from end 1 to end 2. Equal identities join what the first import put on the chart.
3. Save both as import specifications, so that the next export needs no assignment.

Types are plain words: in the wizard, map them to your own entity types (phone to Telephone, link to Web Site …).
A cell beginning with an apostrophe is a text that a spreadsheet would have run as a formula.

An indicator asks for a closer look; it proves nothing alone. A contact on the chart was mentioned in a text: it may
belong to a potential victim or to somebody not involved. Scores rank documents, they are no finding about a person.
"""
_PLAIN_CONTACT = re.compile(r"\+\d+|@[\w.]+")  # no spreadsheet runs these


def write_i2(results: Path, target: Path, least: Tier) -> None:
    """The folder ``target`` with entities.csv, links.csv and README.txt."""
    graph = build_graph(results, least)
    entities = ({"id": node} | attributes for node, attributes in graph.nodes(data=True))
    _write(target / "entities.csv", ENTITY_COLUMNS, entities)
    _write(target / "links.csv", LINK_COLUMNS, _links(graph))
    (target / "README.txt").write_text(NOTES, encoding="utf-8")


def _links(graph: Graph) -> Iterator[dict[str, Any]]:
    for start, end, attributes in graph.edges(data=True):
        ends = {
            f"{side}_{name}": graph.nodes[node][name]
            for side, node in (("from", start), ("to", end))
            for name in ("type", "label")
        }
        yield {"from_id": start, "to_id": end, "date": graph.nodes[start].get("date", "")} | ends | attributes


def _write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    # The byte order mark tells the wizard, and a spreadsheet, that the file is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return value if not isinstance(value, str) or _PLAIN_CONTACT.fullmatch(value) else no_formula(value)
