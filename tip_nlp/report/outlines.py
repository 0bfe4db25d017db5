"""Outlines and middles of the countries, decoded from the TopoJSON shipped in data/countries.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

Point = tuple[float, float]  # longitude, latitude in degrees
Line = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Outlines:
    """``rings`` are the outer edges of all land; ``coasts`` the lines of one country, ``borders`` those that two share;
    ``middles`` by ISO 3166 code."""

    rings: tuple[Line, ...]
    coasts: tuple[Line, ...]
    borders: tuple[Line, ...]
    middles: Mapping[str, Point]


@cache
def load_outlines() -> Outlines:
    """Decode the file, once."""
    raw = json.loads(files("tip_nlp.report").joinpath("data", "countries.json").read_text(encoding="utf-8"))
    arcs = [_decoded(arc, raw["transform"]) for arc in raw["arcs"]]
    rings: list[Line] = []
    users: dict[int, set[int]] = {}
    middles: dict[str, Point] = {code: (x, y) for code, (x, y) in raw["points"].items()}
    for number, country in enumerate(raw["countries"]):
        parts = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for arc in (arc for part in parts for ring in part for arc in ring):
            users.setdefault(arc if arc >= 0 else ~arc, set()).add(number)
        edges = [_ring(part[0], arcs) for part in parts]
        rings += edges
        if "id" in country:
            middles[country["id"]] = _middle(max(edges, key=lambda ring: abs(_area(ring))))
    coasts = tuple(arcs[arc] for arc, countries in users.items() if len(countries) == 1)
    borders = tuple(arcs[arc] for arc, countries in users.items() if len(countries) > 1)
    return Outlines(tuple(rings), coasts, borders, middles)


def _decoded(arc: Sequence[Sequence[int]], transform: Mapping[str, Any]) -> Line:
    """Quantised differences to degrees."""
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    points: list[Point] = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale_x + left, y * scale_y + bottom))
    return tuple(points)


def _ring(numbers: Sequence[int], arcs: Sequence[Line]) -> Line:
    """Arcs end to end, each without the point it shares with the one before; ~n is arc n backwards."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return tuple(points)


def _area(ring: Line) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def _middle(ring: Line) -> Point:
    """The centroid of the area, on the plane of longitude and latitude."""
    area = _area(ring)
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairwise(ring))
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairwise(ring))
    return x / (6 * area), y / (6 * area)
