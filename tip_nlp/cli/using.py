"""The commands that make something of a scan's result: verify, report, export, stats."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tip_nlp.analyzer import Analyzer
from tip_nlp.cli.shared import FAILED_ROWS, complain, errors_as_sentences
from tip_nlp.exports import FORMATS, export, write_reviewed
from tip_nlp.report.writing import write_report
from tip_nlp.review import sample
from tip_nlp.verification import verify_scan


class TierOption(StrEnum):
    """A tier, lowest first."""

    none = "none"
    watch = "watch"
    elevated = "elevated"
    high = "high"


class ReportLanguageOption(StrEnum):
    """The language of a report's own words."""

    en = "en"
    ur = "ur"


ResultsArgument = Annotated[Path, typer.Argument(metavar="RESULT", help="A .jsonl file that `tip-nlp scan` wrote.")]


@errors_as_sentences
def verify(
    manifest: Annotated[Path, typer.Argument(help="The FILE.manifest.json that a scan left beside its output.")],
    rescore: Annotated[int, typer.Option(min=0, help="Rows drawn at random that are assessed again.")] = 20,
    standard: Annotated[
        Path | None, typer.Option("--input", help="The file that holds what was piped into the scan, if you kept it.")
    ] = None,
) -> None:
    """Prove that a result came from those inputs, model, rules and options, and was not changed since."""
    found = verify_scan(Analyzer.load(), manifest, rescore, standard)
    for path in found.files:
        print(f"compared {path}")
    for difference in found.differences:
        complain(difference)
    if found.differences:
        raise typer.Exit(FAILED_ROWS)
    print(f"unchanged: {len(found.files)} file(s)")
    for gap in found.gaps:
        print(gap)
    if found.rows is not None:
        print(f"{found.rows} row(s) are those of the inputs, {found.rescored} assessed again with the same result")
    elif found.rescored:
        print(f"{found.rescored} row(s) of the result assessed again with the same result")
    else:
        print("no row was compared with the inputs or assessed again: that takes a scan that also wrote a .jsonl")


@errors_as_sentences
def report(
    results: ResultsArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The .html file to write.")],
    language: Annotated[ReportLanguageOption, typer.Option(help="English or Urdu.")] = ReportLanguageOption.en,
    title: Annotated[str | None, typer.Option(help="The title on the cover.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="The scan's manifest; else the one beside RESULT.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most texts shown.")] = 200,
) -> None:
    """Write one self-contained HTML file to hand on or print."""
    write_report(results, output, language=language.value, title=title, manifest=manifest, limit=limit)
    print(f"report written to {output}")


@errors_as_sentences
def export_results(
    source: Annotated[Path, typer.Argument(metavar="RESULT", help="A scan's .jsonl; with --read a reviewed export.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The file or folder to write.")],
    format: Annotated[str, typer.Option(help="; ".join(f"{name}: {each.what}" for name, each in FORMATS.items()))],
    least: Annotated[TierOption | None, typer.Option(help="The lowest tier exported; else the format's own.")] = None,
    tlp: Annotated[str, typer.Option(help="Marking of STIX and MISP: white, green, amber or red.")] = "amber",
    read: Annotated[
        bool, typer.Option("--read", help="Turn what reviewers exported into records of the training corpus.")
    ] = False,
) -> None:
    """Write a scan's result for another tool, or read a reviewed one back."""
    if read:
        print(f"{write_reviewed(source, target, format)} reviewed text(s) written to {target}")
        return
    export(source, target, format, least=least.value if least else None, tlp=tlp)
    print(f"exported to {target}")


@errors_as_sentences
def review_sample(
    results: ResultsArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The .jsonl file to write, for `tip-nlp export`.")],
    count: Annotated[int, typer.Option(min=1, help="Texts drawn.")] = 100,
    at_random: Annotated[float, typer.Option(help="Share drawn at random, 0 to 1.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Another number draws other texts at random.")] = 0,
) -> None:
    """Draw the texts whose review teaches most: left open, disputed between rules and score, some at random."""
    for why, drawn in sample(results, output, count=count, at_random=at_random, seed=seed).items():
        print(f"{drawn} {why}")
    print(f"sample written to {output}; `tip-nlp export {output} TARGET --format labelstudio` hands it to reviewers")


@errors_as_sentences
def stats(
    results: ResultsArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The .csv or .json file to write.")],
    least: Annotated[int, typer.Option(min=3, help="Smaller counts are not shown.")] = 10,
    duplicates: Annotated[bool, typer.Option(help="Count every copy of a text.")] = False,
) -> None:
    """Count texts by indicator, tier, language, place, month and route, for policy; no text, no contacts."""
    # Its solver takes half a second to load, for which no other command should wait.
    from tip_nlp.statistics import write_statistics

    write_statistics(results, output, least=least, duplicates=duplicates)
    print(f"figures written to {output}")
