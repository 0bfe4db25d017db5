"""On a local cluster of two nodes, with one actor on each."""

import json
import os
import signal
import subprocess
from contextlib import nullcontext
from copy import copy
from dataclasses import replace
from datetime import date

import pytest
import ray
from ray.cluster_utils import Cluster

from tip_nlp.engines import cluster
from tip_nlp.engines import ray_engine as ray_module
from tip_nlp.engines.ray_engine import Assessor, ray_engine
from tip_nlp.errors import InputError, ModelError
from tip_nlp.journal import Text
from tip_nlp.records import Record
from tip_nlp.scan import local_engine
from tip_nlp.settings import Settings

CHUNKS, CHUNK = 16, 8
TEXTS = (
    "Malik ne pasport apne paas rakh lia hai, {} mahine se tankhwah nahi di, kehta hai pehle qarza utaro",
    "Driver wanted in Lahore, salary {}000, Sundays off",
    "دبئی میں کام، ایجنٹ کو {} لاکھ ایڈوانس دیں، پاسپورٹ ہمارے پاس رہے گا",
    "Italy ki game, {} lakh, pehle paise nahi, pohanch kar den \ud800",
)


@pytest.fixture(scope="module")
def address():
    # Else the actors get nothing of a busy machine.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112
    # Twice the logical CPUs that an actor takes, so that two nodes have them to spare on any machine.
    node = {"num_cpus": 2, "object_store_memory": 80_000_000}
    nodes = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    nodes.add_node(**node)
    yield nodes.address
    ray.shutdown()
    nodes.shutdown()


@pytest.fixture
def chunks():
    rows = [
        Text(number, Record("x.csv", number, {}, f"id-{number}", TEXTS[number % len(TEXTS)].format(number)))
        for number in range(CHUNKS * CHUNK)
    ]
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]


def actors():
    """Process ids of the actors that this process's cluster runs now."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    parents = {pid: parent for pid, parent, *_ in rows}

    def is_ours(pid):
        return pid == str(os.getpid()) or (pid in parents and is_ours(parents[pid]))

    return [int(pid) for pid, _, *args in rows if args and "MapWorker(MapBatches(Assessor" in args[0] and is_ours(pid)]


def by_number(results):
    """As the journal stores them."""
    return {
        text.number: json.dumps(outcome)
        for texts, outcomes in results
        for text, outcome in zip(texts, outcomes, strict=True)
    }


def test_a_scan_whose_actor_is_killed_gives_what_the_local_engine_gives(analyzer, address, chunks):
    expected = by_number(local_engine(analyzer)(chunks))

    results = ray_engine(analyzer, Settings(), actors=2, address=address)(iter(chunks))
    first = next(results)
    killed = actors()[0]
    os.kill(killed, signal.SIGKILL)
    rest = list(results)

    assert by_number([first, *rest]) == expected
    assert killed not in actors()


def test_more_actors_than_logical_cpus_are_refused_before_they_hang(analyzer, address, chunks):
    engine = ray_engine(analyzer, Settings(), actors=4, address=address)

    with pytest.raises(InputError, match=r"has 4 logical CPU\(s\), but the actors take 4 .* --actors"):
        next(engine(chunks))


def test_actors_on_graphics_cards_need_as_many(analyzer, address, chunks):
    with pytest.raises(InputError, match=r"has 0 graphics card\(s\), but the actors take 2: .*TIP_NLP_DEVICE"):
        list(ray_engine(analyzer, Settings(device="GPU"), actors=2, address=address)(chunks))


@pytest.mark.parametrize("wrong", ["127.0.0.1:1", "nowhere", "localhost:99999"])
def test_no_cluster_at_the_address_is_said_at_once(analyzer, chunks, wrong, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    with pytest.raises(InputError, match=f"no Ray cluster found at '{wrong}'.*ray start --head"):
        next(ray_engine(analyzer, Settings(), actors=1, address=wrong)(chunks))


def test_without_ray_the_message_says_what_to_install(analyzer, monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)

    with pytest.raises(InputError, match=r"pip install 'tip_nlp\[cluster\]'"):
        ray_engine(analyzer, Settings(), actors=1)


def test_no_actors_are_refused(analyzer):
    with pytest.raises(InputError, match="at least 1, got 0"):
        ray_engine(analyzer, Settings(), actors=0)


@pytest.fixture
def in_process(monkeypatch):
    """Actors without a cluster, in this process; gives what they were set up with."""
    setups = []

    def results(chunks, setup, actors):
        setups.append(setup)
        assessor = Assessor(setup)
        for index, chunk in enumerate(chunks):
            yield from assessor(ray_module._table(index, chunk)).to_pylist()

    monkeypatch.setattr(ray_module, "connected", lambda *_: nullcontext())
    monkeypatch.setattr(ray_module, "_results", results)
    return setups


def test_a_machine_with_other_versions_ends_the_scan(analyzer, chunks, in_process):
    other = copy(analyzer)
    other.versions = replace(analyzer.versions, rules="0")

    with pytest.raises(ModelError, match="other versions .*rules .* for 0; make them the same"):
        next(ray_engine(other, Settings(), actors=1)(chunks))


def test_a_machine_without_the_model_ends_the_scan(analyzer, chunks, in_process, tmp_path, monkeypatch):
    monkeypatch.setenv("TIP_NLP_MODEL", str(tmp_path))

    with pytest.raises(ModelError, match="holds no model"):
        next(ray_engine(analyzer, Settings(model=tmp_path), actors=1)(chunks))


def test_actors_share_the_processors_and_judge_as_of_the_day_of_the_scan(analyzer, chunks, in_process, monkeypatch):
    monkeypatch.setattr(ray_module, "_load", lambda setup: analyzer)
    elsewhen = copy(analyzer)

    engine = ray_engine(elsewhen, Settings(), actors=1)
    elsewhen.today = lambda: date(2020, 2, 29)
    next(engine(chunks))

    assert in_process[0].settings.threads == 1
    assert in_process[0].today == date(2020, 2, 29)


def test_no_more_than_a_round_is_taken_from_the_journal_at_once(analyzer, chunks, in_process, monkeypatch):
    monkeypatch.setattr(ray_module, "_load", lambda setup: analyzer)
    monkeypatch.setattr(ray_module, "_CHUNKS_PER_ACTOR", 1)
    taken = []
    source = (taken.append(number) or chunk for number, chunk in enumerate(chunks[:5]))

    results = ray_engine(analyzer, Settings(), actors=2)(source)
    first = next(results)

    assert taken == [0, 1]
    assert [texts[0].number for texts, _ in [first, *results]] == [chunk[0].number for chunk in chunks[:5]]


def test_nothing_to_do_starts_no_cluster(analyzer, monkeypatch):
    monkeypatch.setattr(ray_module, "connected", None)

    assert list(ray_engine(analyzer, Settings(), actors=1)([])) == []
