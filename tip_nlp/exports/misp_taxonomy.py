"""The indicators as a MISP taxonomy, whose machine tags the event carries."""

from __future__ import annotations

from typing import Any

from tip_nlp.taxonomy import Taxonomy
from tip_nlp.types import TIERS

NAMESPACE = "tip-indicators"
_TIERS = {
    "none": "Nothing above the lowest threshold; no all-clear.",
    "watch": "Above the lowest threshold.",
    "elevated": "Above the middle threshold.",
    "high": "Above the highest threshold, and more than one thing stands together.",
}
_FAMILIES = {"trafficking": "Trafficking in persons", "smuggling": "Smuggling of migrants"}


def tag(predicate: str, value: str) -> str:
    """A machine tag of the taxonomy."""
    return f'{NAMESPACE}:{predicate}="{value}"'


def machinetag(taxonomy: Taxonomy) -> dict[str, Any]:
    """The taxonomy in the shape of a machinetag.json of MISP/misp-taxonomies."""
    return {
        "namespace": NAMESPACE,
        "expanded": "Indicators of human trafficking and migrant smuggling",
        "description": "Indicators found in texts, as tip_nlp flags them. An indicator asks for a closer look; none "
        "proves anything alone, and a tag says nothing about the people named.",
        "version": _version(taxonomy.version),
        "type": ["event", "attribute"],
        "refs": list(dict.fromkeys(source.url for source in taxonomy.sources)),
        "predicates": [
            {"value": "indicator", "expanded": "Indicator", "description": "A sign found in the text."},
            {"value": "family", "expanded": "Family", "description": "What the indicator speaks to."},
            {"value": "tier", "expanded": "Tier", "description": "How soon a person should look."},
        ],
        "values": [
            {
                "predicate": "indicator",
                "entry": [
                    {"value": each.id, "expanded": each.name_en, "description": each.description}
                    for each in taxonomy.indicators
                ],
            },
            {
                "predicate": "family",
                "entry": [{"value": name, "expanded": expanded} for name, expanded in _FAMILIES.items()],
            },
            {
                "predicate": "tier",
                "entry": [
                    {"value": name, "expanded": name.capitalize(), "description": _TIERS[name]} for name in TIERS
                ],
            },
        ],
    }


def _version(version: str) -> int:
    """MISP counts versions in integers: 2026.11.1 is 20261101."""
    year, month, number = (int(part) for part in version.split("."))
    return year * 10_000 + month * 100 + number
