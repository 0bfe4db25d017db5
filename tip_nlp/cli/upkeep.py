"""The commands that look after the service, the taxonomy, the rules and the licence list."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from shutil import copyfile
from typing import Annotated

import typer
from rich.table import Table

from tip_nlp.cli.shared import FAILED_ROWS, complain, errors_as_sentences
from tip_nlp.display import console
from tip_nlp.entities.licences import read_licences
from tip_nlp.rules.assertion import load_cues
from tip_nlp.rules.check import failures
from tip_nlp.rules.coverage import LANGUAGES, coverage
from tip_nlp.rules.schema import read_rules, rule_sources
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy


@errors_as_sentences
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


@errors_as_sentences
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


@errors_as_sentences
def check() -> None:
    """Validate every rule and run it on its own examples."""
    rule_set = read_rules(rule_sources(), frozenset(load_taxonomy().ids))
    found = failures(rule_set, load_cues())
    for failure in found:
        console(stderr=True).print(failure, style="red", markup=False)
    languages = ", ".join(sorted(rule_set.languages))
    print(f"{len(rule_set.rules)} rules ({languages}), {len(found)} failed example(s)")
    if found:
        raise typer.Exit(FAILED_ROWS)


@errors_as_sentences
def show_coverage() -> None:
    """Count the rules of each indicator in each language; fails where a cell is empty without a reason."""
    ids = load_taxonomy().ids
    rule_set = read_rules(rule_sources(), frozenset(ids))
    found = coverage(rule_set, ids)
    table = Table("indicator", *LANGUAGES, title="Rules per indicator and language (– does not occur)")
    for name, row in found.counts.items():
        empty = {language: "[red]0" if (name, language) in found.gaps else "–" for language in row}
        table.add_row(name, *(str(count) if count else empty[language] for language, count in row.items()))
    console().print(table)
    for (language, name), why in rule_set.absent.items():
        print(f"{language}: {name} does not occur: {why}")
    if found.gaps:
        complain(f"{len(found.gaps)} cell(s) have no rule and no reason why")
        raise typer.Exit(FAILED_ROWS)


@errors_as_sentences
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
