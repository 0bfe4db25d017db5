"""Rows by date, as bars."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tip_nlp.report.counts import is_flagged
from tip_nlp.results.dates import dated
from tip_nlp.results.result import Result

Unit = Literal["day", "month", "year"]
WIDTH, HEIGHT = 960.0, 260.0
_LEFT, _TOP, _BOTTOM = 44.0, 18.0, 34.0
_MOST_DAYS, _MOST_MONTHS = 62, 60  # bars; more would be too thin to read
_MOST_LABELS = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time; coordinates are of the drawing, ``label`` is empty where there is no room."""

    name: str
    label: str
    flagged: int
    other: int
    x: float
    width: float
    flagged_y: float
    flagged_height: float
    other_y: float
    other_height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing, and what it rests on."""

    unit: Unit
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]  # height in the drawing, rows
    columns: tuple[str, ...]
    dated: int
    undated: int
    bottom: float = HEIGHT - _BOTTOM
    left: float = _LEFT


class Timeline:
    """Counts rows by day."""

    def __init__(self) -> None:
        self._flagged: Counter[date] = Counter()
        self._all: Counter[date] = Counter()
        self._columns: Counter[str] = Counter()
        self._undated = 0

    def add(self, result: Result) -> None:
        """Count a row that was assessed."""
        if result.assessment is None:
            return
        found = dated(result.record)
        if found is None:
            self._undated += 1
            return
        self._columns[found[0]] += 1
        self._all[found[1]] += 1
        self._flagged[found[1]] += is_flagged(result.assessment)

    def chart(self) -> Chart | None:
        """The bars, or None where no row has a date."""
        if not self._all:
            return None
        unit = _unit(min(self._all), max(self._all))
        names = _names(unit, min(self._all), max(self._all))
        rows, flagged = _grouped(self._all, unit), _grouped(self._flagged, unit)
        step = _step(max(rows.values()))
        top = step * -(-max(rows.values()) // step)
        scale = (HEIGHT - _TOP - _BOTTOM) / top
        bars = tuple(_bar(n, names, rows[name], flagged[name], scale) for n, name in enumerate(names))
        ticks = tuple((HEIGHT - _BOTTOM - value * scale, value) for value in range(0, top + 1, step))
        return Chart(unit, bars, ticks, tuple(self._columns), sum(self._all.values()), self._undated)


def _unit(first: date, last: date) -> Unit:
    if (last - first).days < _MOST_DAYS:
        return "day"
    return "month" if (last.year - first.year) * 12 + last.month - first.month < _MOST_MONTHS else "year"


def _name(day: date, unit: Unit) -> str:
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]


def _names(unit: Unit, first: date, last: date) -> list[str]:
    """Every stretch from first to last, those without a row too."""
    if unit == "year":
        return [f"{year:04d}" for year in range(first.year, last.year + 1)]
    return list(dict.fromkeys(_name(first + timedelta(n), unit) for n in range((last - first).days + 1)))


def _grouped(days: Counter[date], unit: Unit) -> Counter[str]:
    grouped: Counter[str] = Counter()
    for day, count in days.items():
        grouped[_name(day, unit)] += count
    return grouped


def _step(highest: int) -> int:
    """A round distance between lines, for at most five of them."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= 5 * size * factor:
                return size * factor
        size *= 10


def _bar(place: int, names: list[str], rows: int, flagged: int, scale: float) -> Bar:
    room = (WIDTH - _LEFT) / len(names)
    base = HEIGHT - _BOTTOM
    every = -(-len(names) // _MOST_LABELS)
    label = names[place] if place % every == 0 else ""
    dark, light = flagged * scale, (rows - flagged) * scale
    return Bar(
        names[place], label, flagged, rows - flagged, _LEFT + place * room + room * 0.1, min(room * 0.8, 48.0),
        base - dark, dark, base - dark - light, light,
    )  # fmt: skip
