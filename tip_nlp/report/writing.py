"""A scan's result as one HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tip_nlp.errors import InputError
from tip_nlp.report.campaigns import Campaigns, members
from tip_nlp.report.contacts import Contacts
from tip_nlp.report.counts import Counts
from tip_nlp.report.labels import Labels, ReportLanguage
from tip_nlp.report.page import Gathered, render
from tip_nlp.report.places import Places
from tip_nlp.report.provenance import find_provenance
from tip_nlp.report.ranking import Ranking
from tip_nlp.report.timeline import Timeline
from tip_nlp.results.reading import read_results
from tip_nlp.storage import complete
from tip_nlp.taxonomy import load_taxonomy

MOST_TEXTS = 200
_SUFFIXES = (".html", ".htm")


def write_report(
    results_path: Path,
    target: Path,
    *,
    language: ReportLanguage = "en",
    title: str | None = None,
    manifest: Path | None = None,
    limit: int = MOST_TEXTS,
) -> None:
    """Write the report on a result that a scan wrote as .jsonl; it shows the ``limit`` highest texts at tier watch or
    above. Without ``manifest``, the one beside the result is read, if there.

    InputError: a result, manifest, language or target that cannot be used; StorageError: the report cannot be written.
    """
    _check(results_path, target, limit)
    taxonomy = load_taxonomy()
    labels = Labels(language, taxonomy)
    provenance = find_provenance(results_path, manifest)
    counts, ranking, campaigns = Counts(), Ranking(limit), Campaigns()
    contacts, timeline, places = Contacts(), Timeline(), Places(taxonomy)
    for result in read_results(results_path):
        for part in (counts, ranking, campaigns, contacts, timeline, places):
            part.add(result)
    # The file is read again for the campaigns chosen, so that not every row has to be kept.
    rows = members(read_results(results_path), campaigns.first()) if len(campaigns) else {}
    gathered = Gathered(
        results_path.name, provenance, counts, ranking, campaigns, rows, contacts, timeline, places, _now()
    )
    with complete(target) as partial:
        partial.write_text(render(gathered, labels, taxonomy, title), encoding="utf-8")


def _check(results_path: Path, target: Path, limit: int) -> None:
    if target.suffix.lower() not in _SUFFIXES:
        raise InputError(
            f"{target}: a report is written as {' or '.join(_SUFFIXES)}, got {target.suffix or '(none)'!r}"
        )
    if not target.resolve().parent.is_dir():
        raise InputError(f"{target}: there is no such folder; make it first")
    if target.resolve() == results_path.resolve():
        raise InputError(f"{target}: is also the result and would be destroyed; name another file")
    if limit < 1:
        raise InputError(f"the number of texts to show must be at least 1, got {limit}")


def _now() -> datetime:
    return datetime.now(UTC)
