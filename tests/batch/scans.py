"""Scans with scores made up from the text, for tests of what surrounds the model."""

from datetime import date
from hashlib import sha256
from types import SimpleNamespace

from tip_nlp.batch import Request
from tip_nlp.results.reading import read_results
from tip_nlp.types import TIERS, Versions

ROWS = 1_500
DISTINCT = 1_000
FORMATS = ("csv", "jsonl", "xlsx", "parquet")


def stub_analyzer():
    """What a scan asks of the analyzer beside its scores."""
    return SimpleNamespace(
        versions=Versions("1", "m", "r", "t"), classifier=SimpleNamespace(sums="s", exact=False), licences=None,
        today=lambda: date(2026, 11, 21),
    )  # fmt: skip


def engine_of(shape):
    """Scores that depend on the text alone, without a model."""

    def outcome(record):
        if "unreadable" in record.text:
            return "cannot be read"
        luck = int.from_bytes(sha256(record.text.encode()).digest()[:4], "big")
        tier = TIERS[luck % 4]
        return shape | {"id": record.id, "tier": tier, "scores": {"trafficking": luck / 2**32, "smuggling": 0.0}}

    def run(chunks):
        for chunk in chunks:
            yield chunk, [outcome(text.record) for text in chunk]

    return run


def request(ads, folder, formats=FORMATS, **options):
    folder.mkdir(exist_ok=True)
    return Request((str(ads),), tuple(str(folder / f"out.{suffix}") for suffix in formats), campaigns=False, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".manifest.json")}


def histories(folder):
    return {r.record.id: r.history for r in read_results(folder / "out.jsonl") if r.campaign}


def full_disk(*_, **__):
    raise OSError(28, "No space left")


def real_engine(analyzer):
    from tip_nlp.scan import local_engine

    return local_engine(analyzer)
