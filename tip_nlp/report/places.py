"""Places named together, counted while the results stream by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tip_nlp.report.counts import is_flagged
from tip_nlp.report.outlines import Point, load_outlines
from tip_nlp.results.result import Result
from tip_nlp.taxonomy import Taxonomy

Route = tuple[str, str]  # two places in the order of the alphabet: a text's order is no direction of travel


class Places:
    """Counts places and routes of rows at tier watch or above.

    A row counts each place and each route once. A route needs an indicator of migrant smuggling in the row.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._smuggling = {each.id for each in taxonomy.of_family("smuggling")}
        self.counts: Counter[str] = Counter()
        self.routes: Counter[Route] = Counter()
        self.points: dict[str, Point] = {}
        self.towns: set[str] = set()

    def add(self, result: Result) -> None:
        """Count a row."""
        found = result.assessment
        if found is None or not is_flagged(found):
            return
        places = [each for each in found["entities"] if each["type"] == "place" and self._locate(each)]
        self.counts.update({each["value"] for each in places})
        if any(each["id"] in self._smuggling for each in found["indicators"]):
            self.routes.update(set(_routes(places)))

    def _locate(self, place: dict[str, Any]) -> bool:
        """Remember where a place is; False where nobody knows."""
        value, details = place["value"], place["details"]
        if "latitude" in details:
            self.points[value] = float(details["longitude"]), float(details["latitude"])
            self.towns.add(value)
        elif (middle := load_outlines().middles.get(details.get("country", ""))) is not None:
            self.points[value] = middle
        return value in self.points


def _routes(places: list[dict[str, Any]]) -> Iterator[Route]:
    for left, right in pairwise(sorted(places, key=lambda each: int(each["start"]))):
        first, second = sorted((left["value"], right["value"]))
        # A town beside its own country ("Istanbul, Turkey") is one place told twice.
        country_of = {left["details"].get("country"), right["details"].get("country")}
        if first != second and not (len(country_of) == 1 and country_of & {first, second}):
            yield first, second
