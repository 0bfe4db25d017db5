"""The places as a map: outlines cropped to their region, circles by count, lines for routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sqrt

from tip_nlp.report.outlines import Line, Point, load_outlines
from tip_nlp.report.places import Places

WIDTH = 960.0
_SHARE_SHOWN = 0.9  # of the mentions decides the region, so that one far place does not shrink all others
_MARGIN, _LEAST_SPAN = 3.0, 24.0  # degrees
_FLATTEST, _TALLEST = 2.2, 1.25  # width by height of the drawing
_LARGEST = 22.0  # radius, in units of the drawing
_MOST_ROUTES, _MOST_LABELS = 40, 40
_LETTER, _LINE = 6.2, 13.0  # room that a label takes, in units of the drawing


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the drawing; it has no label where there is no room."""

    value: str
    count: int
    is_town: bool
    x: float
    y: float
    radius: float
    label_x: float
    label_y: float
    has_label: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A route in the drawing."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """``land``, ``coasts`` and ``borders`` are SVG paths; ``outside`` are places beyond the region drawn."""

    height: float
    land: str
    coasts: str
    borders: str
    links: tuple[Link, ...]
    spots: tuple[Spot, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Region:
    """Equirectangular, true to scale at the middle latitude. Degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        return WIDTH / (self.east - self.west)

    @property
    def stretch(self) -> float:
        return 1 / cos(radians((self.north + self.south) / 2))

    @property
    def height(self) -> float:
        return (self.north - self.south) * self.scale * self.stretch

    def project(self, point: Point) -> Point:
        return (point[0] - self.west) * self.scale, (self.north - point[1]) * self.scale * self.stretch

    def holds(self, point: Point) -> bool:
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north

    def touches(self, line: Line) -> bool:
        xs, ys = [x for x, _ in line], [y for _, y in line]
        return min(xs) < self.east and max(xs) > self.west and min(ys) < self.north and max(ys) > self.south


def draw_map(places: Places, names: dict[str, str]) -> PlaceMap | None:
    """The map, or None where no place is known; ``names`` are the labels by place."""
    if not places.counts:
        return None
    region = _region(places)
    outlines = load_outlines()
    inside = [value for value, _ in places.counts.most_common() if region.holds(places.points[value])]
    links = [
        _link(region, places, left, right, count)
        for (left, right), count in places.routes.most_common(_MOST_ROUTES)
        if region.holds(places.points[left]) and region.holds(places.points[right])
    ]
    return PlaceMap(
        height=region.height,
        land=" ".join(_path(region, ring) + "Z" for ring in outlines.rings if region.touches(ring)),
        coasts=" ".join(_path(region, line) for line in outlines.coasts if region.touches(line)),
        borders=" ".join(_path(region, line) for line in outlines.borders if region.touches(line)),
        links=tuple(links),
        spots=tuple(_spots(region, places, inside, names)),
        outside=tuple(value for value in places.counts if value not in inside),
    )


def _region(places: Places) -> _Region:
    """Round the places nearest to the middle one, in a shape that fits a page."""
    middle = _weighted_median(places, 0), _weighted_median(places, 1)
    near = sorted(places.counts, key=lambda value: (hypot(*_minus(places.points[value], middle)), value))
    total, seen, chosen = places.counts.total(), 0, []
    for value in near:
        if seen >= _SHARE_SHOWN * total:
            break
        chosen.append(places.points[value])
        seen += places.counts[value]
    xs, ys = [x for x, _ in chosen], [y for _, y in chosen]
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    wide = max(max(xs) - min(xs) + 2 * _MARGIN, _LEAST_SPAN)
    tall = max(max(ys) - min(ys) + 2 * _MARGIN, _LEAST_SPAN / 2)
    stretch = 1 / cos(radians(middle_y))
    wide = min(max(wide, tall * stretch * _TALLEST), 360.0)
    tall = max(tall, wide / stretch / _FLATTEST)
    south = min(max(middle_y - tall / 2, -60.0), 84.0 - min(tall, 144.0))
    west = min(max(middle_x - wide / 2, -180.0), 180.0 - wide)
    return _Region(west, south, west + wide, min(south + tall, 84.0))


def _weighted_median(places: Places, axis: int) -> float:
    half, seen = places.counts.total() / 2, 0
    values = sorted((places.points[value][axis], count) for value, count in places.counts.items())
    for value, count in values:
        seen += count
        if seen >= half:
            return value
    raise ValueError("no places")


def _minus(one: Point, other: Point) -> Point:
    return one[0] - other[0], one[1] - other[1]


def _path(region: _Region, line: Line) -> str:
    points = [region.project(point) for point in line]
    return "M" + "L".join(f"{x:.0f},{y:.0f}" for x, y in points)


def _link(region: _Region, places: Places, left: str, right: str, count: int) -> Link:
    most = places.routes.most_common(1)[0][1]
    start, end = region.project(places.points[left]), region.project(places.points[right])
    return Link(*start, *end, width=1.0 + 4.0 * count / most, count=count)


def _spots(region: _Region, places: Places, inside: Sequence[str], names: dict[str, str]) -> list[Spot]:
    """The most frequent first, which are given their labels first; drawn last, so that they stay on top."""
    most = places.counts.most_common(1)[0][1]
    drawn: list[Spot] = []
    taken: list[tuple[float, float, float]] = []  # left, right, height of labels
    for value in inside:
        # Nor does a label cover a large circle; small ones leave it readable.
        (x, y), radius = region.project(places.points[value]), _radius(places.counts[value], most)
        if radius > _LINE:
            taken.append((x - radius, x + radius, y + _LINE / 2))
    for value in inside:
        (x, y), radius = region.project(places.points[value]), _radius(places.counts[value], most)
        spot = _labelled(value, places, (x, y), radius, len(names[value]) * _LETTER + 26, taken)
        drawn.append(spot)
    return drawn[::-1]


def _radius(count: int, most: int) -> float:
    return max(3.0, _LARGEST * sqrt(count / most))


def _labelled(
    value: str, places: Places, at: Point, radius: float, room: float, taken: list[tuple[float, float, float]]
) -> Spot:
    """Try right, left, above and below of the circle for a label that covers no other."""
    x, y = at
    tries = [
        (x + radius + 3, y + 4),
        (x - radius - 3 - room, y + 4),
        (x - room / 2, y - radius - 4),
        (x - room / 2, y + radius + _LINE),
    ]
    free = [place for place in tries if len(taken) < _MOST_LABELS and _is_free(place, room, taken)]
    label = free[0] if free else tries[0]
    if free:
        taken.append((label[0], label[0] + room, label[1]))
    return Spot(value, places.counts[value], value in places.towns, x, y, radius, *label, has_label=bool(free))


def _is_free(place: Point, room: float, taken: list[tuple[float, float, float]]) -> bool:
    if place[0] < 0 or place[0] + room > WIDTH:
        return False
    return not any(
        abs(place[1] - height) < _LINE and place[0] < right and place[0] + room > left for left, right, height in taken
    )
