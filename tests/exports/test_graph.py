import csv

import networkx as nx
import pytest

from tests.exports.conftest import TEXT, line, risky, write
from tip_nlp.exports import export
from tip_nlp.exports.graph import DUPLICATE, build_graph


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def of_type(graph, kind):
    return {name: attributes for name, attributes in graph.nodes(data=True) if attributes["type"] == kind}


def test_documents_share_contacts_and_campaigns(results):
    graph = build_graph(results, "watch")

    assert len(of_type(graph, "document")) == 3
    assert list(of_type(graph, "phone")) == ["phone:+923001234567"]
    assert set(graph.pred["campaign:c1"]) == set(of_type(graph, "document"))
    assert of_type(graph, "place")["place:PK"]["label"] == "Pakistan"
    assert of_type(graph, "place")["place:Istanbul"]["latitude"] == 41.0


def test_a_phone_written_in_two_ways_and_in_a_link_is_one_contact(results):
    graph = build_graph(results, "high")

    document = next(iter(of_type(graph, "document")))
    edge = graph.edges[document, "phone:+923001234567"]
    assert edge["count"] == 3
    assert edge["written"] == "0300-1234567; 03001234567; https://wa.me/923001234567"
    assert of_type(graph, "phone")["phone:+923001234567"]["platform"] == "whatsapp"


def located(source, number, first=None, text=TEXT):
    """A row of a file with the same id as every other; ``first`` is the source and number of the row it repeats."""
    made = line(number, text, risky(), own_id="1", duplicate_of="1" if first else None)
    first_source, first_number = first or (None, None)
    made["record"] |= {
        "source": source, "duplicate_of_source": first_source, "duplicate_of_number": first_number,
    }  # fmt: skip
    return made


def test_a_duplicate_leads_to_its_own_first_where_files_give_the_same_ids(tmp_path):
    rows = [
        located("/x/a.csv", 1),
        located("/x/b.csv", 1, text=f"{TEXT} Today."),
        located("/x/b.csv", 2, first=("/x/b.csv", 1), text=f"{TEXT} Today."),
        located("/x/b.csv", 3, first=("/x/a.csv", 1)),
    ]
    graph = build_graph(write(tmp_path / "results.jsonl", rows), "watch")

    place = {name: (each["source"], each["row"]) for name, each in of_type(graph, "document").items()}
    links = {(place[start], place[end]) for start, end, kind in graph.edges.data("type") if kind == DUPLICATE}
    assert links == {(("b.csv", 2), ("b.csv", 1)), (("b.csv", 3), ("a.csv", 1))}


def test_a_duplicate_of_older_results_leads_to_its_first_by_its_id(results):
    graph = build_graph(results, "watch")

    links = [
        (graph.nodes[start]["row"], graph.nodes[end]["row"])
        for start, end, kind in graph.edges.data("type")
        if kind == DUPLICATE
    ]
    assert links == [(2, 1)]


def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path):
    rows = [located("/x/monday/ads.csv", 1), located("C:\\x\\tuesday\\ads.csv", 1, first=("/x/monday/ads.csv", 1))]
    graph = build_graph(write(tmp_path / "results.jsonl", rows), "watch")

    assert {each["source"] for each in of_type(graph, "document").values()} == {"ads.csv", "ads.csv (2)"}
    assert DUPLICATE in set(nx.get_edge_attributes(graph, "type").values())


def test_a_document_bears_what_was_found(results):
    document = next(iter(of_type(build_graph(results, "high"), "document").values()))

    assert document["tier"] == "high"
    assert document["trafficking"] == 0.9876
    assert document["indicators"] == "document_retention; wage_withholding"
    assert document["language"] == "en"
    assert document["date"] == "2026-03-04"
    assert document["evidence"] == "document_retention: “keep my passport” | wage_withholding: “no salary”"


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_graphml_is_read_back_equal(source, request, tmp_path):
    path = request.getfixturevalue(source)
    export(path, tmp_path / "graph.graphml", "graphml")

    written, read = build_graph(path, "watch"), nx.read_graphml(tmp_path / "graph.graphml")
    read.graph.clear()  # defaults that GraphML declares

    assert written.number_of_nodes() > 5
    assert isinstance(read, nx.DiGraph)
    assert nx.utils.graphs_equal(written, read)


@pytest.mark.parametrize("source", ["results", "sample_results"])
def test_i2_tables_make_the_same_graph(source, request, tmp_path):
    path = request.getfixturevalue(source)
    export(path, tmp_path / "i2", "i2")

    graph = build_graph(path, "watch")
    entities, links = read_csv(tmp_path / "i2" / "entities.csv"), read_csv(tmp_path / "i2" / "links.csv")

    assert [(each["id"], each["type"]) for each in entities] == [(n, a["type"]) for n, a in graph.nodes(data=True)]
    ends = {each["id"]: (each["type"], each["label"]) for each in entities}
    assert {(each["from_id"], each["to_id"], each["type"]) for each in links} == set(graph.edges.data("type"))
    for each in links:
        assert (each["from_type"], each["from_label"]) == ends[each["from_id"]]
        assert (each["to_type"], each["to_label"]) == ends[each["to_id"]]


def test_i2_cells_are_no_formulas_and_contacts_stay_as_they_are(results, tmp_path):
    export(results, tmp_path / "i2", "i2")

    rows = read_csv(tmp_path / "i2" / "entities.csv")
    labels = {each["label"] for each in rows}
    assert {"'=cmd()", "+923001234567", "@agent_x"} <= labels
    assert not any(value.startswith(("=", "-", "\t")) for each in rows for value in each.values())


def test_i2_notes_name_every_file_and_end_of_a_link(results, tmp_path):
    export(results, tmp_path / "i2", "i2")

    notes = (tmp_path / "i2" / "README.txt").read_text(encoding="utf-8")
    assert (tmp_path / "i2" / "entities.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for word in ("entities.csv", "links.csv", "from_id", "to_id", "latitude"):
        assert word in notes
