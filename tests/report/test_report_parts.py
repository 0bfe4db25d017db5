"""The parts of the report: labels, marks, outlines, map, graph, timeline."""

import re
import string
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from tests.report.made import entity, line
from tip_nlp.report.contacts import Contacts, Shared, draw_graph
from tip_nlp.report.labels import LANGUAGES, Labels, read_labels
from tip_nlp.report.outlines import load_outlines
from tip_nlp.report.placemap import WIDTH, draw_map
from tip_nlp.report.places import Places
from tip_nlp.report.text import LONGEST_WHOLE, mark
from tip_nlp.report.timeline import HEIGHT, Timeline
from tip_nlp.results.reading import read_results
from tip_nlp.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


def text(id):
    """A text as results without ``duplicate_of_number`` name it."""
    return id, ("", id)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_label_is_in_both_languages_with_the_same_values():
    for section, labels in read_labels().items():
        for name, texts in labels.items():
            assert set(texts) == set(LANGUAGES), f"{section}.{name}"
            assert all(text.strip() for text in texts.values()), f"{section}.{name}"
            assert fields(texts["en"]) == fields(texts["ur"]), f"{section}.{name}"


def test_every_label_of_the_fixed_sections_is_used():
    package = Path(str(files("tip_nlp.report")))
    source = "".join(path.read_text("utf-8") for path in [*package.glob("*.py"), *package.glob("templates/*.html")])
    used = set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) | {f"{name}.title" for name in read_labels()}
    built = ("method.limit_", "timeline.day", "timeline.month", "timeline.year", "versions.", "element.", "reason.")
    by_term = {
        "tier",
        "family",
        "kind",
        "phase",
        "strength",
        "finder",
        "dimension",
        "entity",
        "not_counted",
        "verified",
        "language",
    }

    unused = [
        f"{s}.{n}" for s, labels in read_labels().items() if s not in by_term for n in labels if f"{s}.{n}" not in used
    ]

    assert [name for name in unused if not name.startswith(built)] == []


@pytest.mark.parametrize(
    ("language", "code", "place", "name"),
    [("en", "ur-Latn", "AE", "Roman Urdu"), ("ur", "ur-Latn", "Taftan", "رومن اردو")],
)
def test_labels_name_languages_and_places(language, code, place, name):
    labels = Labels(language, TAXONOMY)

    assert labels.language_name(code) == name
    assert labels.place_name(place) == {"AE": "United Arab Emirates", "Taftan": "تفتان"}[place]
    assert labels.place_name("Nowhere") == "Nowhere"


def span(start, end, source="rule"):
    return {"start": start, "end": end, "source": source}


def test_marks_that_overlap_are_cut_and_each_number_stands_at_its_end():
    findings = [{"evidence": [span(0, 4)]}, {"evidence": [span(2, 6, "model")]}]

    runs = mark("abcdefgh", findings, [{"evidence": span(7, 8)}])

    assert [(run.text, run.style, run.ends) for run in runs] == [
        ("ab", "rule", ()), ("cd", "rule", (1,)), ("ef", "model", (2,)), ("g", "", ()), ("h", "suppressed", ()),
    ]  # fmt: skip


def test_marks_keep_every_character_of_a_short_text():
    runs = mark("پاسپورٹ\nrakh", [{"evidence": [span(0, 7)]}], [])

    assert "".join(run.text for run in runs) == "پاسپورٹ\nrakh"


def test_long_text_is_shown_round_its_evidence():
    text = "x" * LONGEST_WHOLE + "PASSPORT" + "y" * LONGEST_WHOLE

    runs = mark(text, [{"evidence": [span(LONGEST_WHOLE, LONGEST_WHOLE + 8)]}], [])

    assert "PASSPORT" in [run.text for run in runs]
    assert sum(len(run.text) + run.left_out for run in runs) == len(text)
    assert sum(len(run.text) for run in runs) < 2_000


def test_outlines_hold_every_country_of_the_gazetteer_at_its_place():
    middles = load_outlines().middles

    for code, (longitude, latitude) in {
        "PK": (69.4, 30.0),
        "AE": (54.2, 23.9),
        "IT": (12.1, 43.5),
        "MT": (14.4, 35.9),
    }.items():
        assert middles[code] == pytest.approx((longitude, latitude), abs=1.5), code
    assert load_outlines().borders


def taken(part, write, *lines):
    for result in read_results(write(*lines)):
        part.add(result)
    return part


ROUTE = [
    entity("place", "Taftan", 1, country="PK", latitude="29.0", longitude="61.6"),
    entity("place", "PK", 5, country="PK"),
    entity("place", "TR", 9, country="TR"),
    entity("place", "Atlantis", 12),
]


def test_places_count_a_row_once_and_routes_need_an_indicator_of_smuggling(write):
    places = taken(
        Places(TAXONOMY), write,
        line("a", indicator="smuggling_service", entities=[*ROUTE, ROUTE[0]]),
        line("b", indicator="deception", entities=ROUTE),
        line("c", tier="none", entities=ROUTE),
    )  # fmt: skip

    assert places.counts == {"Taftan": 2, "PK": 2, "TR": 2}
    assert places.routes == {("PK", "TR"): 1}  # not Taftan with its own country


def test_map_draws_inside_itself_and_names_what_is_outside(write):
    places = taken(
        Places(TAXONOMY),
        write,
        *[line(str(n), entities=ROUTE) for n in range(30)],
        line("far", entities=[entity("place", "NZ", country="NZ")]),
    )

    drawn = draw_map(places, {value: value for value in places.counts})

    assert drawn.outside == ("NZ",)
    assert {spot.value for spot in drawn.spots} == {"Taftan", "PK", "TR"}
    assert all(0 <= spot.x <= WIDTH and 0 <= spot.y <= drawn.height for spot in drawn.spots)
    west_to_east = sorted(drawn.spots, key=lambda spot: spot.x)
    assert [spot.value for spot in west_to_east] == ["TR", "Taftan", "PK"]


def test_contact_is_shared_when_two_rows_hold_it(write):
    phone, other = entity("phone", "+923000000001"), entity("phone", "+923000000002")
    contacts = taken(
        Contacts(), write,
        line("a", entities=[phone, other, phone]), line("b", entities=[phone]),
        line("c", entities=[phone], campaign="c1"), line("d", entities=[other], tier="none"),
    )  # fmt: skip

    assert contacts.shared() == [Shared("phone", "+923000000001", ("c1",), (text("a"), text("b")), 3)]


def test_graph_is_drawn_the_same_each_time_and_leaves_out_what_joins_nothing():
    shared = [Shared("phone", f"+92300{n}", ("c1",), (text(f"t{n}"), text("t0")), 3) for n in range(3)] + [
        Shared("handle", "@x", ("c9",), (), 4)
    ]

    graph = draw_graph(shared)

    assert graph == draw_graph(shared)
    assert Counter(node.kind for node in graph.nodes) == {"contact": 3, "text": 3, "campaign": 1}
    assert all(0 <= node.x <= 960 and 0 <= node.y <= graph.height for node in graph.nodes)
    assert draw_graph(shared[3:]) is None


@pytest.mark.parametrize(
    ("days", "unit", "bars"),
    [
        (["2026-03-01", "2026-03-10"], "day", 10),
        (["2025-11-05", "2026-03-10"], "month", 5),
        (["2010-01-01", "2026-03-10"], "year", 17),
    ],
)
def test_timeline_has_a_bar_for_every_stretch_of_time(write, days, unit, bars):
    rows = [line(day, posted_at=day) for day in days] + [line("quiet", tier="none", posted_at=days[0]), line("none")]

    chart = taken(Timeline(), write, *rows).chart()

    assert (chart.unit, len(chart.bars)) == (unit, bars)
    assert (chart.dated, chart.undated, chart.columns) == (3, 1, ("posted_at",))
    assert (chart.bars[0].flagged, chart.bars[0].other) == (1, 1)
    assert all(0 <= bar.other_y <= bar.flagged_y <= HEIGHT for bar in chart.bars)
