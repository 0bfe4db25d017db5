"""Combination: one indicator proves nothing, so what do those found amount to together?

Two published readings: the ILO/EC operational indicators (Delphi survey, 2009) call a dimension positive by a rule over
strong, medium and weak indicators, and the Palermo Protocol (article 3) asks for an act, a means and a purpose, of a
child no means. Strengths and elements are data of the taxonomy, marked there with how sure they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tip_nlp.taxonomy import Dimension as DimensionId
from tip_nlp.taxonomy import Indicator, Taxonomy
from tip_nlp.types import Combination, Dimension, DimensionItem, Elements, IndicatorScore, Strength

# The indicator that says that a child is concerned: then the children's strengths hold, and the means need no showing.
CHILD = "child_exploitation"
_ORDER: tuple[Strength, ...] = ("strong", "medium", "weak")


def combine(found: Sequence[IndicatorScore], taxonomy: Taxonomy) -> Combination:
    """Dimensions and elements that the indicators found support; smuggling has neither."""
    is_child = any(each.id == CHILD for each in found)
    return Combination(tuple(_dimensions(found, taxonomy, is_child)), _elements(found, taxonomy, is_child))


def is_positive(strengths: Sequence[Strength]) -> bool:
    """Two strong; one strong and one other; three medium; or two medium and one weak (ILO/EC 2009, page 3)."""
    count = Counter(strengths)
    strong, medium, weak = (count[name] for name in _ORDER)
    return strong >= 2 or (strong == 1 and medium + weak >= 1) or medium >= 3 or (medium == 2 and weak >= 1)


def _dimensions(found: Sequence[IndicatorScore], taxonomy: Taxonomy, is_child: bool) -> Iterator[Dimension]:
    items: dict[DimensionId, dict[str, DimensionItem]] = {}
    for each in found:
        for dimension, item in _items(taxonomy[each.id], _phases(each), is_child):
            # The same item of the survey under two of our indicators is one item.
            own = items.setdefault(dimension, {})
            if item.item not in own:
                own[item.item] = item
    for dimension, own in items.items():
        strengths = [item.strength for item in own.values()]
        yield Dimension(dimension, is_positive(strengths), tuple(own.values()))


def _items(indicator: Indicator, phases: frozenset[str], is_child: bool) -> Iterator[tuple[DimensionId, DimensionItem]]:
    """Of each dimension the strongest item: the text shows that one of them is there, not which."""
    best: dict[DimensionId, DimensionItem] = {}
    for each in indicator.delphi:
        strength = each.child if is_child else each.adult
        if each.phase not in phases or strength == "none":
            continue
        item = DimensionItem(indicator.id, each.item, strength)
        known = best.get(each.dimension)
        if known is None or _ORDER.index(strength) < _ORDER.index(known.strength):
            best[each.dimension] = item
    yield from best.items()


def _phases(found: IndicatorScore) -> frozenset[str]:
    """The phases its evidence speaks of; on the way counts with recruitment, as in the survey."""
    phases = {match.phase for match in found.matches} or {found.phase}
    return frozenset("recruitment" if phase == "transit" else phase for phase in phases)


def _elements(found: Sequence[IndicatorScore], taxonomy: Taxonomy, is_child: bool) -> Elements:
    by_element: dict[str, list[str]] = {"act": [], "means": [], "purpose": []}
    for each in found:
        for element in taxonomy[each.id].palermo:
            by_element[element].append(each.id)
    act, means, purpose = (tuple(by_element[name]) for name in ("act", "means", "purpose"))
    return Elements(act, means, purpose, is_child, bool(act and purpose and (means or is_child)))
