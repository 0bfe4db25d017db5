"""The assessing of a scan on a Ray cluster, with Ray Data: one model per actor, one row per chunk of texts.

A chunk is assessed whole, as the local engine does it, so that both give the same digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from typing import Any

import pyarrow as pa

from tip_nlp.analyzer import Analyzer
from tip_nlp.classifier import Classifier
from tip_nlp.engines.cluster import check_installed, connected
from tip_nlp.entities.licences import LicenceList
from tip_nlp.errors import ClusterError, InputError, ModelError, TipNlpError
from tip_nlp.journal import Text
from tip_nlp.records import Record
from tip_nlp.scan import Engine, Outcome, assess
from tip_nlp.settings import Settings

# Chunks handed to Ray Data at once, for each actor. It bounds what this process and the object store hold; every
# round starts the actors anew, so that fewer would spend more of the time on loading models.
_CHUNKS_PER_ACTOR = 64


@dataclass(frozen=True, slots=True)
class Setup:
    """All that decides an assessment beside the text, so that every actor does as this process would."""

    settings: Settings
    licences: LicenceList | None
    today: date
    versions: dict[str, str]


class Assessor:
    """An actor: the analyzer, loaded once, for chunk after chunk."""

    def __init__(self, setup: Setup) -> None:
        # Raised here it would reach the user as Ray's traceback, after as many attempts as Ray makes.
        self._fault = ""
        try:
            self._analyzer = _load(setup)
        except TipNlpError as error:
            self._fault = str(error)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Add ``outcomes`` (JSON) or a ``fault`` to each row (``chunk``, ``texts`` as JSON)."""
        packed = table.column("texts").to_pylist()
        outcomes = [b"" if self._fault else _pack(assess(self._analyzer, _unpack(texts))) for texts in packed]
        faults = [self._fault] * len(packed)
        return pa.table({"chunk": table.column("chunk"), "outcomes": pa.array(outcomes, pa.binary()), "fault": faults})


def ray_engine(analyzer: Analyzer, settings: Settings, *, actors: int, address: str | None = None) -> Engine:
    """Assess on ``actors`` processes of the Ray cluster at ``address``, or of one started here (None).

    Licences, day and versions are those of ``analyzer``; the model is loaded from the folder that ``settings`` name,
    or where a machine has no such folder from the one its own TIP_NLP_MODEL names. An actor that dies is started anew
    and its chunk done again. The engine raises InputError: the cluster is missing or too small; ModelError: a machine
    has another model or version; ClusterError: the cluster broke down.
    """
    check_installed()
    if actors < 1:
        raise InputError(f"--actors must be at least 1, got {actors}")
    threads = settings.threads or 1  # the actors share the processors, one each unless told otherwise
    own = settings.model_copy(update={"threads": threads, "model": settings.model.resolve()})

    def run(chunks: Iterable[list[Text]]) -> Iterator[tuple[list[Text], list[Outcome]]]:
        rest = iter(chunks)
        round_ = list(islice(rest, _CHUNKS_PER_ACTOR * actors))
        if not round_:
            return
        # The day of a scan is settled only once it runs.
        setup = Setup(own, analyzer.licences, analyzer.today(), _versions(analyzer))
        with connected(address, actors * threads, actors * _gpus(own)):
            while round_:
                yield from _assess_round(round_, setup, actors)
                round_ = list(islice(rest, _CHUNKS_PER_ACTOR * actors))

    return run


def _assess_round(
    chunks: Sequence[list[Text]], setup: Setup, actors: int
) -> Iterator[tuple[list[Text], list[Outcome]]]:
    from ray.exceptions import RayError

    try:
        for row in _results(chunks, setup, actors):
            if row["fault"]:
                raise ModelError(f"on a machine of the cluster: {row['fault']}")
            yield chunks[row["chunk"]], json.loads(row["outcomes"])
    except RayError as error:
        cause = getattr(error, "cause", error)  # by its name alone: a message may hold a text
        raise ClusterError(
            f"the cluster broke down ({type(cause).__name__}); what was assessed before is safe: see `ray status` and "
            "Ray's logs, then run again with --resume"
        ) from error


def _results(chunks: Sequence[list[Text]], setup: Setup, actors: int) -> Iterator[dict[str, Any]]:
    """Rows of Assessor, as they come."""
    from ray.data import ActorPoolStrategy, from_arrow

    # Ray Data starts a dead actor anew and repeats its chunk, as often as it takes.
    assessed = from_arrow([_table(index, chunk) for index, chunk in enumerate(chunks)]).map_batches(
        Assessor,
        fn_constructor_args=(setup,),
        batch_size=1,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=min(actors, len(chunks))),
        num_cpus=setup.settings.threads,
        num_gpus=_gpus(setup.settings),
    )
    yield from assessed.iter_rows()


def _table(index: int, chunk: Sequence[Text]) -> pa.Table:
    """One row: only what an assessment needs goes to the cluster."""
    texts = [(text.record.id, text.record.kind, text.record.text) for text in chunk]
    return pa.table({"chunk": [index], "texts": pa.array([_pack(texts)], pa.binary())})


def _pack(value: object) -> bytes:
    # ASCII: a text may hold lone surrogates, which UTF-8 cannot.
    return json.dumps(value).encode("ascii")


def _unpack(texts: bytes) -> list[Record]:
    return [Record("", 0, {}, id, text, kind) for id, kind, text in json.loads(texts)]


def _load(setup: Setup) -> Analyzer:
    settings, folder = setup.settings, setup.settings.model
    folder = folder if folder.is_dir() else Settings().model
    device = "GPU" if _gpus(settings) else settings.device
    classifier = Classifier.load(
        folder, threads=settings.threads, batch=settings.batch, device=device, exact=settings.exact
    )
    analyzer = Analyzer(classifier, setup.licences, lambda: setup.today)
    found = _versions(analyzer)
    if differing := [
        f"{name} {found[name]} for {value}" for name, value in setup.versions.items() if found[name] != value
    ]:
        raise ModelError(f"other versions than where the scan was started: {'; '.join(differing)}; make them the same")
    return analyzer


def _gpus(settings: Settings) -> int:
    """Graphics cards that an actor takes; Ray shows it no other, so that each finds its own as the first."""
    return int(settings.device.startswith("GPU"))


def _versions(analyzer: Analyzer) -> dict[str, str]:
    return asdict(analyzer.versions) | {"model_sums": analyzer.classifier.sums}
