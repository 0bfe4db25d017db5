"""The provisions that the ranked texts' indicators speak to, with what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tip_nlp.results.result import Result
from tip_nlp.taxonomy import Indicator, Law, LawReference, Taxonomy


@dataclass(frozen=True, slots=True)
class Provision:
    """A section, how many ranked texts it bears on, and through which indicators (ids)."""

    reference: LawReference
    texts: int
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """An act with the provisions cited; ``overdue`` when its record should have been checked again by now."""

    law: Law
    overdue: bool
    sources: tuple[str, ...]
    provisions: tuple[Provision, ...]


def cited_acts(results: Sequence[Result], taxonomy: Taxonomy, today: date) -> list[Act]:
    """The acts in the order of the taxonomy, of those that any of the results cites."""
    shown = [[each["id"] for each in (result.assessment or {"indicators": []})["indicators"]] for result in results]
    texts: Counter[str] = Counter()
    indicators = [each for each in taxonomy.indicators if any(each.id in ids for ids in shown)]
    for ids in shown:
        texts.update({reference.cite for each in indicators if each.id in ids for reference in each.law})
    acts = [_act(law, indicators, texts, taxonomy, today) for law in taxonomy.laws]
    return [act for act in acts if act.provisions]


def _act(law: Law, indicators: Sequence[Indicator], texts: Counter[str], taxonomy: Taxonomy, today: date) -> Act:
    references = {reference.cite: reference for each in indicators for reference in each.law if reference.act == law.id}
    provisions = tuple(
        Provision(
            reference, texts[cite], tuple(each.id for each in indicators if cite in {one.cite for one in each.law})
        )
        for cite, reference in sorted(references.items())
    )
    urls = {source.id: f"{source.title}: {source.url}" for source in taxonomy.sources}
    return Act(law, law.recheck_after < today, tuple(urls[name] for name in law.source), provisions)
