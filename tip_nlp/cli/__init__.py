"""The command line: thin over the library.

Exit codes: 0 everything was done; 1 done, but some rows (or rules) failed; 2 nothing done: bad input, option or model.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tip_nlp._version import __version__
from tip_nlp.cli import scanning, upkeep, using
from tip_nlp.cli.shared import FAILED_ROWS, UNUSABLE

__all__ = ["FAILED_ROWS", "UNUSABLE", "app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Find indicators of human trafficking and migrant smuggling. An indicator is a reason to look closer; "
    "it proves nothing, and a person decides.",
)
app.command("scan")(scanning.scan)
app.command("score")(scanning.score)
app.command("guide")(scanning.guide)
app.command("report")(using.report)
app.command("export")(using.export_results)
app.command("stats")(using.stats)
app.command("verify")(using.verify)
app.command("serve")(upkeep.serve)
app.command("indicators")(upkeep.indicators)

review_app = typer.Typer(no_args_is_help=True, help="Learn from people: draw what they should review.")
review_app.command("sample")(using.review_sample)
app.add_typer(review_app, name="review")

rules_app = typer.Typer(no_args_is_help=True, help="Look after the rules.")
rules_app.command("check")(upkeep.check)
rules_app.command("coverage")(upkeep.show_coverage)
app.add_typer(rules_app, name="rules")

licences_app = typer.Typer(no_args_is_help=True, help="Look after the list of promoters' licences.")
licences_app.command("import")(upkeep.import_licences)
app.add_typer(licences_app, name="licences")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Entry point."""
    app()
