"""Assessments for people: a ranked table, and one text with its evidence highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from tip_nlp.guidance import Guidance
from tip_nlp.records import Row
from tip_nlp.records.reading import Seen
from tip_nlp.results.dates import find_day
from tip_nlp.results.result import Result
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import TIERS, Assessment, Entity, Finding

_STYLES = {"none": "dim", "watch": "yellow", "elevated": "dark_orange", "high": "bold red"}
# Control characters but for line feed and tab (also carriage returns, which rich drops), and lone surrogates.
_UNPRINTABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EXAMPLE = 60  # characters of a cell shown as an example
_SHOWN = 5  # indicators a row of the table names
CAVEAT = "Indicators are reasons to look closer, never findings. One proves nothing; a person decides."


def rank(results: Sequence[Result]) -> list[Result]:
    """Those with an assessment: by tier, urgent first within it, then by the higher score; equals keep their order."""

    def order(found: dict[str, Any]) -> tuple[int, bool, float]:
        return -TIERS.index(found["tier"]), not found["urgent"], -max(found["scores"].values())

    assessed = [(result.assessment, result) for result in results if result.assessment is not None]
    return [result for _, result in sorted(assessed, key=lambda each: order(each[0]))]


def ranked_table(results: Sequence[Result], show: int) -> Table:
    """The ``show`` highest, with the evidence for each flag."""
    table = Table(title="Ranked by tier, urgency and score", caption=CAVEAT, show_lines=True)
    for heading, justify in (
        ("#", "right"),
        ("id", "left"),
        ("lang", "left"),
        ("tier", "left"),
        ("TIP", "right"),
        ("SOM", "right"),
    ):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("indicator · evidence", overflow="fold", ratio=1)
    for number, result in enumerate(rank(results)[:show], 1):
        found = result.assessment or {}
        table.add_row(
            str(number),
            Text(printable(result.record.id)),
            Text(found["language"]["code"]),
            Text(found["tier"] + (" !" if found["urgent"] else ""), style=_STYLES[found["tier"]]),
            f"{found['scores']['trafficking']:.2f}",
            f"{found['scores']['smuggling']:.2f}",
            Text("\n").join(map(_evidence_line, found["indicators"][:_SHOWN])),
        )
    return table


def _evidence_line(finding: dict[str, Any]) -> Text:
    quotes = " … ".join(printable(" ".join(each["quote"].split())) for each in finding["evidence"][:2])
    return Text.assemble((f"{finding['id']} {finding['score']:.2f} ", "cyan"), quotes)


def columns_table(sources: Sequence[Seen]) -> Table:
    """What would be read of each source, with an example of every column."""
    table = Table("source", "column", "read as", "example", title="Columns")
    for seen in sources:
        date_column = seen.columns.date or next((day[0] for row in seen.examples if (day := find_day(row))), None)
        for name in seen.header:
            columns = seen.columns
            roles = [("text", name in columns.text), ("id", name == columns.id), ("date", name == date_column)]
            role = ", ".join(each for each, is_read in roles if is_read)
            shown = _example(name, seen.examples, is_date=name == date_column)
            table.add_row(printable(seen.source.name), printable(name), role, Text(printable(shown)))
        if seen.hint:
            table.add_row(printable(seen.source.name), "", "look here", printable(seen.hint))
        if not seen.columns.text:
            table.add_row(printable(seen.source.name), "", "no text found", "name it with --text-column")
    return table


def _example(name: str, rows: Sequence[Row], *, is_date: bool) -> str:
    """The first value of a column; of a date also how it is read."""
    row = next((row for row in rows if row.get(name) not in (None, "")), None)
    if row is None:
        return ""
    shown = " ".join(str(row[name]).split())[:_EXAMPLE]
    if not is_date:
        return shown
    found = find_day(row, name)
    return f"{shown} → {found[1].isoformat() if found else 'no day'}"


def highlighted(text: str, assessment: Assessment) -> RenderableType:
    """One text with its evidence marked, and below it what was found and what does not count."""
    body = Text(printable(text))
    for finding in assessment.indicators:
        for each in finding.evidence:
            body.stylize(
                "bold black on yellow" if each.source == "rule" else "black on bright_cyan", each.start, each.end
            )
    for suppressed in assessment.suppressed:
        body.stylize("strike dim", suppressed.evidence.start, suppressed.evidence.end)
    head = Text.assemble(
        "tier ",
        (assessment.tier, _STYLES[assessment.tier]),
        "  URGENT" if assessment.urgent else "",
        f"  trafficking {assessment.scores['trafficking']:.2f}  smuggling {assessment.scores['smuggling']:.2f}"
        f"  language {assessment.language.code}  kind {assessment.kind}",
    )
    reason = Text(f"  {assessment.reason}")
    found = [*map(_finding_line, assessment.indicators), *map(_entity_line, assessment.entities)]
    return Group(body, "", head, reason, *found, *_notes(assessment), Text(CAVEAT, "dim"))


def guidance_sheet(guidance: Guidance) -> RenderableType:
    """What to ask next and where to refer, for a person on the hotline."""
    lines = [Text("\nAsk next (leave out what does not fit; ask about the person concerned)", "bold")]
    for number, each in enumerate(guidance.questions, 1):
        after = f"{load_taxonomy()[each.indicator].name_en}: " if each.indicator else ""
        lines += [Text.assemble(f"  {number}. {each.text}", (f"  [{after}{each.why}]", "dim"))]
    if guidance.denied:
        denied = ", ".join(load_taxonomy()[each].name_en for each in guidance.denied)
        lines += [Text(f"  denied, so not asked again: {denied}", "dim")]
    lines += [Text("\nRefer", "bold")]
    if not guidance.referrals:
        lines += [Text("  nothing told so far calls for a referral; that does not say that the caller is safe")]
    for body in guidance.referrals:
        checked = f"{body.verified} source, as of {body.as_of}" + ("; STALE, check before use" if body.stale else "")
        lines += [
            Text.assemble(("  " + body.name_en, "bold"), (f" {body.contact}".rstrip(), "green"), f" · {body.name_ur}"),
            Text(f"    {body.does_en}" + (f" ({body.where})" if body.where else "")),
            Text(f"    for {', '.join(body.indicators)}; {checked}: {body.source[0]}", "dim"),
        ]
    return Group(*lines, Text(f"  {guidance.caution_en}", "yellow"))


def _entity_line(entity: Entity) -> Text:
    details = ", ".join(f"{name} {value}" for name, value in entity.details.items() if value)
    return Text.assemble((f"  {entity.type} ", "green"), printable(entity.value), (f"  {details}", "dim"))


def _finding_line(finding: Finding) -> Text:
    indicator = load_taxonomy()[finding.id]
    law = f"  [{', '.join(finding.law)}]" if finding.law else ""
    ilo = f"  ILO {finding.ilo}" if finding.ilo else ""
    return Text.assemble(
        (f"  {finding.score:.2f} {finding.id}", "cyan"), f" · {indicator.name_ur} ({finding.phase}){ilo}{law}"
    )


def _notes(assessment: Assessment) -> list[Text]:
    suppressed = [
        Text(f"  does not count: {each.id} ({each.reason}) “{printable(each.evidence.quote)}”", "dim")
        for each in assessment.suppressed
    ]
    return [*suppressed, *(Text(f"  note: {warning}", "yellow") for warning in assessment.warnings)]


def printable(text: str) -> str:
    """Replace, one for one, what a terminal would obey or cannot show: a hostile ad may hold escape sequences."""
    return _UNPRINTABLE.sub("\ufffd", text)


def console(*, stderr: bool = False) -> Console:
    """A console that keeps a table readable where there is no terminal to ask for its width."""
    made = Console(stderr=stderr)
    return made if made.is_terminal else Console(stderr=stderr, width=140)
