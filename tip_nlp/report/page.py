"""The page: what was gathered, drawn and put into the template."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from tip_nlp.campaigns.description import describe
from tip_nlp.report.campaigns import Campaigns
from tip_nlp.report.cards import make_cards
from tip_nlp.report.contacts import MOST_CONTACTS, Contacts, draw_graph
from tip_nlp.report.counts import Counts
from tip_nlp.report.heat import heat_map
from tip_nlp.report.labels import Labels
from tip_nlp.report.law import cited_acts
from tip_nlp.report.placemap import draw_map
from tip_nlp.report.places import Places
from tip_nlp.report.provenance import Provenance
from tip_nlp.report.ranking import Ranking
from tip_nlp.report.text import showable
from tip_nlp.report.timeline import Timeline
from tip_nlp.results.result import Result
from tip_nlp.taxonomy import Taxonomy
from tip_nlp.types import KINDS, TIERS

BUDGETS = {"watch": "5 %", "elevated": "2 %", "high": "0.5 %"}  # as in the README, under Tiers


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything the results gave; ``members`` are the rows of the campaigns to show."""

    name: str
    provenance: Provenance
    counts: Counts
    ranking: Ranking
    campaigns: Campaigns
    members: dict[str, list[Result]]
    contacts: Contacts
    timeline: Timeline
    places: Places
    written: datetime


def render(gathered: Gathered, labels: Labels, taxonomy: Taxonomy, title: str | None) -> str:
    """The whole HTML page."""
    ranked = [(result, gathered.ranking.copies(result)) for result in gathered.ranking.best()]
    cards = make_cards(ranked, labels)
    shared = gathered.contacts.shared()
    names = {value: labels.place_name(value) for value in gathered.places.counts}
    script, style = _asset("report.js"), _asset("report.css")
    return (
        _environment()
        .get_template("report.html")
        .render(
            t=labels,
            title=title or labels("page.title"),
            g=gathered,
            counts=gathered.counts,
            cards=cards,
            numbers={card.key: card.number for card in cards},
            campaign_numbers={name: number for number, name in enumerate(gathered.members, 1)},
            campaigns=[describe(rows) for rows in gathered.members.values()],
            shared=shared[:MOST_CONTACTS],
            all_shared=len(shared),
            graph=draw_graph(shared),
            chart=gathered.timeline.chart(),
            map=draw_map(gathered.places, names),
            place_names=names,
            heat=heat_map(gathered.counts, taxonomy),
            acts=cited_acts([result for result, _ in ranked], taxonomy, gathered.written.date()),
            taxonomy=taxonomy,
            tiers=TIERS[::-1],
            kinds=KINDS,
            budgets=BUDGETS,
            script=script,
            style=style,
            script_sum=_sum(script),
            style_sum=_sum(style),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tip_nlp.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_showable,
    )
    return environment


def _showable(value: object) -> object:
    """Whatever comes out of a text, an id or a file name, without what HTML cannot carry."""
    return showable(value) if type(value) is str else value


def _asset(name: str) -> str:
    return files("tip_nlp.report").joinpath("templates", name).read_text(encoding="utf-8")


def _sum(text: str) -> str:
    """As a content security policy names what may run."""
    return b64encode(sha256(text.encode()).digest()).decode()
