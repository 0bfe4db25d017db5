"""The command line: thin over the library.

Exit codes: 0 everything was done; 1 done, but some rows (or rules) failed; 2 nothing done: bad input, option or model.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from functools import wraps
from pathlib import Path
from shutil import copyfile
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tip_nlp._version import __version__
from tip_nlp.analyzer import Analyzer
from tip_nlp.display import console, highlighted, rank, ranked_table
from tip_nlp.entities.licences import read_licences
from tip_nlp.errors import InputError, TipNlpError
from tip_nlp.records import STANDARD, Columns, Record, Records
from tip_nlp.results import Writer, open_writer
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.check import failures
from tip_nlp.rules.coverage import LANGUAGES, coverage
from tip_nlp.rules.schema import read_rules, rule_files
from tip_nlp.scan import scan as scan_records
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Assessment, Kind

FAILED_ROWS, UNUSABLE = 1, 2

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Find indicators of human trafficking and migrant smuggling. An indicator is a reason to look closer; "
    "it proves nothing, and a person decides.",
)
rules_app = typer.Typer(no_args_is_help=True, help="Look after the rules.")
app.add_typer(rules_app, name="rules")
licences_app = typer.Typer(no_args_is_help=True, help="Look after the list of promoters' licences.")
app.add_typer(licences_app, name="licences")


class KindOption(StrEnum):
    """What the texts are."""

    ad = "ad"
    message = "message"
    transcript = "transcript"


KindArgument = Annotated[
    KindOption | None, typer.Option(help="What the texts are; left out, a column `kind` or the text itself tells.")
]


def _errors_as_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """End with one sentence and exit code 2 where the user can mend it, not with a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TipNlpError as error:
            _complain(str(error))
            raise typer.Exit(UNUSABLE) from None
        except ValidationError as error:
            for fault in error.errors():
                _complain(f"setting {'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r}")
            raise typer.Exit(UNUSABLE) from None

    return wrapped


def _complain(sentence: str) -> None:
    console(stderr=True).print(f"tip-nlp: {sentence}", style="red", markup=False)


@app.command()
@_errors_as_sentences
def scan(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="CSV, JSONL or TXT files, or - for JSONL.")],
    output: Annotated[str | None, typer.Option("-o", "--output", help="A .csv or .jsonl file, or - for JSONL.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The column that holds the text.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column that names the row.")] = None,
    kind: KindArgument = None,
    show: Annotated[int | None, typer.Option(min=0, help="Rows of the ranked table; 20, or 0 with --output.")] = None,
) -> None:
    """Assess every row of the inputs and rank them; with --output, write them in input order with every column kept."""
    wanted = show if show is not None else (0 if output else 20)
    with Records(inputs, Columns(text_column, id_column), _kind(kind)) as records, ExitStack() as stack:
        analyzer = Analyzer.load()
        writer = stack.enter_context(open_writer(output, records.header, inputs)) if output else None
        best = _Best(wanted)
        failed = sum(_take(*each, writer, best) for each in scan_records(analyzer, _with_progress(records)))
    if wanted:
        # With rows on standard output, the table goes where it cannot mix with them.
        console(stderr=output == STANDARD).print(ranked_table(best.ranked(), wanted))
    if failed:
        console(stderr=True).print(f"{failed} row(s) could not be assessed; each says why", style="yellow")
        raise typer.Exit(FAILED_ROWS)


def _take(record: Record, outcome: Assessment | str, writer: Writer | None, best: _Best) -> bool:
    if writer:
        writer.write(record, outcome)
    if isinstance(outcome, str):
        if not writer:
            console(stderr=True).print(f"{record.source} row {record.number}: {outcome}", style="yellow", markup=False)
        return True
    best.add(record, outcome)
    return False


class _Best:
    """The highest assessments of a stream, in memory that does not grow with it."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._held: list[tuple[Record, Assessment]] = []

    def add(self, record: Record, assessment: Assessment) -> None:
        self._held.append((record, assessment))
        if len(self._held) >= max(1, self._keep) * 4:
            self._held = self.ranked()

    def ranked(self) -> list[tuple[Record, Assessment]]:
        return rank(self._held)[: self._keep]


def _with_progress(records: Iterable[Record]) -> Iterator[Record]:
    """Show a count on a terminal, nothing elsewhere."""
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield from records
        return
    columns = (SpinnerColumn(), TextColumn("rows"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True) as progress:
        task = progress.add_task("rows", total=None)
        for record in records:
            progress.advance(task)
            yield record


@app.command()
@_errors_as_sentences
def score(
    text: Annotated[str, typer.Argument(help="The text, or - to read it from standard input.")],
    kind: KindArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the assessment as JSON.")] = False,
) -> None:
    """Assess one text."""
    given = sys.stdin.buffer.read().decode("utf-8", "surrogateescape") if text == STANDARD else text
    if not given.strip():
        raise InputError("the text is empty; give it in quotes, or - and the text on standard input")
    assessment = Analyzer.load().assess(given, kind=_kind(kind))
    if as_json:
        print(json.dumps(assessment.to_dict(), ensure_ascii=False, indent=1))
    else:
        console().print(highlighted(given, assessment))


@app.command()
@_errors_as_sentences
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback unless told otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API; its description is at /openapi.json."""
    # Found by name: the library does not import the service that is built on it.
    from importlib import import_module

    settings = Settings()
    given = {"host": host or settings.host, "port": settings.port if port is None else port}
    import_module("api.__main__").main(Settings.model_validate(settings.model_dump() | given))


@app.command()
@_errors_as_sentences
def indicators(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the indicators, with names, law and how sure the sources are."""
    taxonomy = load_taxonomy()
    if as_json:
        rows = [
            {"id": i.id, "family": i.family, "name_en": i.name_en, "name_ur": i.name_ur, "description": i.description}
            | {"law": [reference.cite for reference in i.law], "ilo": i.ilo or None, "verified": i.verified}
            for i in taxonomy.indicators
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("id", "name", "نام", "family", "ILO", "law", "verified", title=f"Taxonomy {taxonomy.version}")
    for i in taxonomy.indicators:
        law = ", ".join(reference.cite for reference in i.law)
        table.add_row(i.id, i.name_en, i.name_ur, i.family, str(i.ilo or ""), law, i.verified)
    console().print(table)


@rules_app.command("check")
@_errors_as_sentences
def check() -> None:
    """Validate every rule and run it on its own examples."""
    rule_set = read_rules(rule_files("patterns"), frozenset(load_taxonomy().ids))
    found = failures(rule_set, load_cues())
    for failure in found:
        console(stderr=True).print(failure, style="red", markup=False)
    languages = ", ".join(sorted(rule_set.languages))
    print(f"{len(rule_set.rules)} rules ({languages}), {len(found)} failed example(s)")
    if found:
        raise typer.Exit(FAILED_ROWS)


@rules_app.command("coverage")
@_errors_as_sentences
def show_coverage() -> None:
    """Count the rules of each indicator in each language; fails where a cell is empty without a reason."""
    ids = load_taxonomy().ids
    rule_set = read_rules(rule_files("patterns"), frozenset(ids))
    found = coverage(rule_set, ids)
    table = Table("indicator", *LANGUAGES, title="Rules per indicator and language (– does not occur)")
    for name, row in found.counts.items():
        empty = {language: "[red]0" if (name, language) in found.gaps else "–" for language in row}
        table.add_row(name, *(str(count) if count else empty[language] for language, count in row.items()))
    console().print(table)
    for (language, name), why in rule_set.absent.items():
        print(f"{language}: {name} does not occur: {why}")
    if found.gaps:
        _complain(f"{len(found.gaps)} cell(s) have no rule and no reason why")
        raise typer.Exit(FAILED_ROWS)


@licences_app.command("import")
@_errors_as_sentences
def import_licences(
    file: Annotated[Path, typer.Argument(help="A CSV with the columns number, holder, status, valid_until.")],
) -> None:
    """Check a licence list and use it from now on: licence numbers in texts are marked valid, expired, cancelled or
    unknown."""
    found, target = read_licences(file), Settings().licences
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.resolve() != target.resolve():
        copyfile(file, target)
    counts = Counter(licence.status for licence in found.licences.values())
    counted = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"{len(found.licences)} licences ({counted}) imported to {target}")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def _kind(option: KindOption | None) -> Kind | None:
    return None if option is None else option.value


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
