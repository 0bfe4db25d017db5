"""Connecting to a Ray cluster, and what it must have before a scan may start on it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from tip_nlp.errors import InputError

# Logical CPUs beyond the actors': with none to spare Ray Data cannot read its input, and the job would hang.
SPARE = 1
_SPARE_LOCALLY = 2
_PATIENCE = 10  # seconds for a machine to answer
# Ray's own chatter, and its reports to its makers, are off unless the user has set them.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}


def check_installed() -> None:
    """InputError: Ray is missing."""
    if find_spec("ray") is None or find_spec("ray.data") is None:
        raise InputError("the ray engine needs Ray: pip install 'tip_nlp[cluster]', or scan with --engine local")


@contextmanager
def connected(address: str | None, cpus: int, gpus: int = 0) -> Iterator[None]:
    """Connected to the cluster at ``address`` (HOST:PORT, or "auto" for the one this machine belongs to); None starts
    one on this machine and stops it at the end. A connection that the caller has made is used, and left.

    ``cpus`` and ``gpus`` are the logical CPUs and graphics cards that the actors take. InputError: no cluster there, or
    one too small.
    """
    import ray

    is_ours = not ray.is_initialized()
    if is_ours:
        _connect(address, cpus)
    try:
        _silence()
        _check_size(cpus, gpus)
        yield
    finally:
        if is_ours:
            ray.shutdown()


def _connect(address: str | None, cpus: int) -> None:
    import ray

    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init("local", num_cpus=cpus + _SPARE_LOCALLY, include_dashboard=False, **quiet)
        return
    try:
        _knock(address)
        ray.init(address, **quiet)
    except (OSError, OverflowError, ValueError, RuntimeError) as error:
        raise InputError(
            f"no Ray cluster found at {address!r} ({_first_line(error)}); start one with `ray start --head`, run the "
            "scan on one of its machines, and give --address auto or the HOST:PORT that `ray start` printed"
        ) from error


def _knock(address: str) -> None:
    """Ray itself would try for many minutes; OSError, ValueError: nobody listens there, or it is no HOST:PORT."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("not HOST:PORT")
    socket.create_connection((host.removeprefix("ray://"), int(port)), _PATIENCE).close()


def _silence() -> None:
    """Nothing of Ray Data's on the terminal: tip-nlp shows the progress itself."""
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)


def _check_size(cpus: int, gpus: int) -> None:
    import ray

    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    there, needed = int(resources.get("CPU", 0)), cpus + SPARE
    if there < needed:
        raise InputError(
            f"the cluster has {there} logical CPU(s), but the actors take {cpus} and Ray Data at least {SPARE} more: "
            f"with fewer than {needed} the scan would hang. Give fewer --actors, add machines, or start Ray with more "
            f"logical CPUs than the machine has: `ray start --num-cpus {cpus + _SPARE_LOCALLY}`"
        )
    if (cards := int(resources.get("GPU", 0))) < gpus:
        raise InputError(
            f"the cluster has {cards} graphics card(s), but the actors take {gpus}: "
            f"{'give fewer --actors, or ' if cards else ''}set TIP_NLP_DEVICE to CPU"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
