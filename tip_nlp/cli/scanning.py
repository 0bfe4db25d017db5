"""``tip-nlp scan``, ``tip-nlp score`` and ``tip-nlp guide``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import Request, Summary, Watcher, check_request, scan_files
from tip_nlp.cli.shared import FAILED_ROWS, KindArgument, chosen_kind, errors_as_sentences
from tip_nlp.display import columns_table, console, guidance_sheet, highlighted, rank, ranked_table
from tip_nlp.engines.ray_engine import ray_engine
from tip_nlp.errors import InputError
from tip_nlp.guidance import advise
from tip_nlp.records import STANDARD, Columns, Layout, Records
from tip_nlp.results.files import open_writer
from tip_nlp.results.result import Result
from tip_nlp.results.writing import Writer
from tip_nlp.scan import Engine, local_engine, stream
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy


class EngineOption(StrEnum):
    """Where texts are assessed."""

    local = "local"
    ray = "ray"


class SpokenOption(StrEnum):
    """A language in which there are questions to ask."""

    en = "en"
    ur = "ur"
    ur_latn = "ur-Latn"


class FormatOption(StrEnum):
    """What standard input holds."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    json = "json"
    xlsx = "xlsx"
    parquet = "parquet"
    txt = "txt"


@errors_as_sentences
def scan(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="CSV, TSV, XLSX, JSONL, JSON, Parquet or TXT, also in ZIP or GZ; folders, patterns; - for standard "
            "input.",
        ),
    ],
    output: Annotated[
        list[str] | None,
        typer.Option("-o", "--output", help="A .csv, .xlsx, .jsonl or .parquet file; may be repeated. - for JSONL."),
    ] = None,
    text_column: Annotated[list[str] | None, typer.Option(help="A column of text; several are joined.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column that names the row.")] = None,
    date_column: Annotated[
        str | None,
        typer.Option(help="The column that tells a row's day; found by its name unless given. 03/04/2026 is 3 April."),
    ] = None,
    kind: KindArgument = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files; told from their bytes unless given.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Of CSV and TSV: a character, or tab, comma, semicolon or pipe; else told.")
    ] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first row of CSV, TSV and sheets is data: columns are column_1 …")
    ] = False,
    format: Annotated[FormatOption | None, typer.Option(help="Of standard input; told from its first bytes.")] = None,
    show_columns: Annotated[
        bool, typer.Option("--columns", help="Only show which columns would be read, and stop.")
    ] = False,
    show: Annotated[int | None, typer.Option(min=0, help="Rows of the ranked table; 20, or 0 with --output.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a scan that was interrupted.")] = False,
    campaigns: Annotated[bool, typer.Option(help="Link near-duplicates and shared contacts into campaigns.")] = True,
    workspace: Annotated[
        Path | None, typer.Option(help="A file that remembers campaigns, so that tomorrow's scan joins today's.")
    ] = None,
    raw_cells: Annotated[
        bool, typer.Option("--raw-cells", help="Leave the input's cells in CSV as they came, also formulas.")
    ] = False,
    engine: Annotated[
        EngineOption, typer.Option(help="Assess in this process, or on a Ray cluster.")
    ] = EngineOption.local,
    address: Annotated[
        str | None, typer.Option(help="With --engine ray: auto, or HOST:PORT; left out, a cluster is started here.")
    ] = None,
    actors: Annotated[int, typer.Option(min=1, help="With --engine ray: processes, each with a model of its own.")] = 2,
) -> None:
    """Assess every row of the inputs and rank them; with --output, write them in input order with every column kept,
    duplicates, campaigns and ranks marked, and a manifest beside them."""
    columns = Columns(tuple(text_column or ()), id_column, date_column)
    layout = Layout(encoding, delimiter, no_header, format.value if format else None)
    if format and STANDARD not in inputs:
        raise InputError("--format is for standard input: name it as -, or leave --format out")
    if show_columns:
        with Records(inputs, columns, chosen_kind(kind), layout) as records:
            console().print(columns_table(records.sources))
        return
    outputs = output or []
    if address and engine is not EngineOption.ray:
        raise InputError("--address is for --engine ray")
    wanted = show if show is not None else (0 if outputs else 20)
    if not outputs or outputs == [STANDARD]:
        if resume or workspace:
            raise InputError("--resume and --workspace need an --output file")
        if engine is EngineOption.ray:
            raise InputError("--engine ray needs an --output file")
        with Records(inputs, columns, chosen_kind(kind), layout) as records:
            _tell(records.hints())
            _scan_stream(records, bool(outputs), wanted)
        return
    if STANDARD in outputs:
        raise InputError("- cannot be mixed with other outputs; scan into files, or into - alone")
    request = Request(
        tuple(inputs), tuple(outputs), columns, chosen_kind(kind), layout, campaigns, workspace, raw_cells
    )
    check_request(request, resume=resume)
    settings = Settings()
    if engine is EngineOption.ray:
        # Here the model is only asked for its version: the actors alone need the device.
        analyzer = Analyzer.load(settings.model_copy(update={"device": "CPU"}))
        chosen: Engine = ray_engine(analyzer, settings, actors=actors, address=address)
    else:
        analyzer = Analyzer.load(settings)
        chosen = local_engine(analyzer)
    with _ShownProgress() as watcher:
        summary = scan_files(analyzer, chosen, request, resume=resume, show=wanted, watcher=watcher)
    if wanted:
        console().print(ranked_table(summary.best, wanted))
    console(stderr=True).print(_closing(summary, outputs), markup=False, highlight=False, soft_wrap=True)
    _tell(summary.hints)
    _end(summary.counts["failed"], f"see {summary.errors}")


def _scan_stream(records: Records, piped: bool, wanted: int) -> None:
    """Assess rows as they come: to standard output, or for the table only."""
    with ExitStack() as stack:
        writer = stack.enter_context(open_writer(STANDARD, ".jsonl", records.header)) if piped else None
        best, failed = _Best(wanted), 0
        for result in stream(Analyzer.load(), records):
            failed += _take(result, writer, best)
    if wanted:
        # With rows on standard output, the table goes where it cannot mix with them.
        console(stderr=piped).print(ranked_table(best.ranked(), wanted))
    _end(failed, "each says why")


def _closing(summary: Summary, outputs: Sequence[str]) -> str:
    """What was found and where it lies."""
    counts, merged = summary.counts, summary.merged
    tiers = ", ".join(f"{rows:,} {tier}" for tier, rows in summary.tiers.items())
    linked = f"; {summary.campaigns:,} campaign(s)" if summary.campaigns else ""
    linked += f", {merged:,} of them several before (tip_campaign_merged_from)" if merged else ""
    return (
        f"{counts['rows']:,} row(s), {counts['texts']:,} distinct text(s): {tiers}{linked}\n"
        f"written to {', '.join(outputs)}; manifest: {summary.manifest}"
    )


def _tell(hints: Iterable[str]) -> None:
    for hint in hints:
        console(stderr=True).print(hint, style="yellow", markup=False, soft_wrap=True)


def _end(failed: int, where: str) -> None:
    if failed:
        console(stderr=True).print(
            f"{failed} row(s) could not be assessed; {where}", style="yellow", markup=False, soft_wrap=True
        )
        raise typer.Exit(FAILED_ROWS)


def _take(result: Result, writer: Writer | None, best: _Best) -> bool:
    record = result.record
    if writer:
        writer.write(result)
    elif record.error:
        console(stderr=True).print(f"{record.source} row {record.number}: {record.error}", style="yellow", markup=False)
    if record.error is None:
        best.add(result)
    return record.error is not None


class _Best:
    """The highest assessments of a stream, in memory that does not grow with it."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._held: list[Result] = []

    def add(self, result: Result) -> None:
        self._held.append(result)
        if len(self._held) >= max(1, self._keep) * 4:
            self._held = self.ranked()

    def ranked(self) -> list[Result]:
        return rank(self._held)[: self._keep]


class _ShownProgress(Watcher):
    """Shows on a terminal how far a scan is, nothing elsewhere."""

    def __init__(self) -> None:
        terminal = console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns, TimeElapsedColumn(), console=terminal, transient=True, disable=not terminal.is_terminal
        )
        self._task = self._progress.add_task("reading", total=None)

    def __enter__(self) -> _ShownProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def expect(self, texts: int, done: int) -> None:
        self._progress.update(self._task, total=texts, completed=done)

    def advance(self, texts: int) -> None:
        self._progress.advance(self._task, texts)

    def stage(self, name: str) -> None:
        self._progress.update(self._task, description=name)


@errors_as_sentences
def score(
    text: Annotated[str, typer.Argument(help="The text, or - to read it from standard input.")],
    kind: KindArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the assessment as JSON.")] = False,
) -> None:
    """Assess one text."""
    given = _given(text)
    assessment = Analyzer.load().assess(given, kind=chosen_kind(kind))
    if as_json:
        print(json.dumps(assessment.to_dict(), ensure_ascii=False, indent=1))
    else:
        console().print(highlighted(given, assessment))


@errors_as_sentences
def guide(
    text: Annotated[str, typer.Argument(help="The transcript or message, or - to read it from standard input.")],
    kind: KindArgument = None,
    language: Annotated[
        SpokenOption | None, typer.Option(help="The language of the questions; left out, the text's, else Urdu.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=len(load_taxonomy().ids), help="The most questions.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the assessment and the guidance as JSON.")] = False,
) -> None:
    """Assess one call, and say what to ask next and where to refer."""
    given = _given(text)
    assessment = Analyzer.load().assess(given, kind=chosen_kind(kind))
    guidance = advise(assessment, language=None if language is None else language.value, most=most)
    if as_json:
        both = {"assessment": assessment.to_dict(), "guidance": guidance.to_dict()}
        print(json.dumps(both, ensure_ascii=False, indent=1))
    else:
        console().print(highlighted(given, assessment))
        console().print(guidance_sheet(guidance))


def _given(text: str) -> str:
    given = sys.stdin.buffer.read().decode("utf-8", "surrogateescape") if text == STANDARD else text
    if not given.strip():
        raise InputError("the text is empty; give it in quotes, or - and the text on standard input")
    return given
