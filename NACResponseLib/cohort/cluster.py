"""The same tasks on an existing Dask cluster: several machines that see the same files under the same names.

A worker that dies costs its task another try elsewhere (Dask's ``allowed-failures``, 3 by default). Each worker gets
one thread. Whoever reaches a scheduler without TLS can run what he likes on its workers: with TLS, only who holds a
certificate of the cluster's own authority can (``SECURITY.md`` and the documentation show how).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError
from ..execution.processes import Piece, Result
from ..plain_data import build, read_yaml
from .device import PATIENTS, run_networks, run_whole
from .plan import Task
from .task import WORKER, Outcome, run_task
from .under_way import AHEAD, Sent, UnderWay

_TIMED_OUT = (TimeoutError, asyncio.TimeoutError)  # two exceptions until Python 3.11
TIMEOUT_S = 10.0
FIRST_WORKER_S = 600.0
"""Workers may stand in a queue for machines."""
MOST_READY = 128
"""Patients whose patches wait for a device, 6 MB each; beyond it none more are prepared."""


@dataclass(frozen=True)
class Certificates:
    """The keys of a YAML file for ``--security``: PEM files, relative to it.

    Attributes:
        ca_file: the certificate of the authority that signed all others of the cluster.
        cert, key: this machine's certificate and its key.
    """

    ca_file: str
    cert: str
    key: str


def read_certificates(path: Path) -> Certificates:
    """The certificates that a file names, their paths absolute.

    Raises:
        InputError: another file, or one that names files which are not there.
    """
    named = build(Certificates, read_yaml(path), path.name)
    found = {key: path.resolve().parent / file for key, file in vars(named).items()}
    for key, file in found.items():
        if not file.is_file():
            raise InputError(f"a PEM file for {key} in {path.name}", f"no file {file}", "correct its path")
    return Certificates(**{key: str(file) for key, file in found.items()})


def is_open(address: str) -> bool:
    """Whether a scheduler at this address asks nobody who they are, and others can reach it."""
    parts = urlsplit(address)
    return parts.scheme != "tls" and parts.hostname not in ("localhost", "127.0.0.1", "::1")


def run_on_cluster(
    tasks: Iterable[Task],
    address: str,
    timeout_s: float = TIMEOUT_S,
    certificates: Certificates | None = None,
    device: str = "auto",
    first_worker_s: float | None = None,
) -> Iterator[Outcome]:
    """Runs tasks on the workers of a scheduler, networks too; outcomes come as they are done.

    Patches are made by all workers. Their networks run on the workers with a device (started with ``--resources
    GPU=1``), several patients in a pass; where there is none, each on its worker's processor.

    Args:
        address: of the scheduler, as ``tls://host:8786``.
        timeout_s: how long to wait for it.
        certificates: for TLS, without which nothing is sent where they are given.
        device: of the networks; ``cpu`` leaves devices unused, ``cuda`` needs one.
        first_worker_s: how long to wait for the first worker; ten minutes if None and the scheduler is there.

    Raises:
        InputError: ``distributed`` is not installed; no scheduler at the address, one of another authority, or one
            without workers, without the device asked for, or that goes away.
    """
    with _client(address, timeout_s, certificates, first_worker_s) as client:
        under_way, left, ready = UnderWay(client), iter(tasks), deque[Task]()
        if device == "cuda" and not under_way.devices:
            remedy = "start one with 'dask worker --resources GPU=1', or leave --device out"
            raise InputError("a Dask worker with a GPU", f"none at {address}", remedy)
        while True:
            for task in islice(left, under_way.room() if len(ready) < MOST_READY else 0):
                wanted = task.settings.deep_sets and device != "cpu" and under_way.devices
                under_way.send(run_task if wanted else run_whole, task)
            ready.extend(task for piece in under_way.take_back() for task in piece)
            _send_networks(under_way, ready, device)
            if not len(under_way):
                return
            sent = under_way.take()
            if sent is None:
                continue
            yield from _outcomes(sent, ready, under_way)


def _send_networks(under_way: UnderWay, ready: deque[Task], device: str) -> None:
    """Patients whose patches are ready, to devices that will soon have nothing to do, or else to any worker."""
    while ready and under_way.devices and under_way.count(on_device=True) < AHEAD * under_way.devices:
        together = tuple(ready.popleft() for _ in range(min(len(ready), PATIENTS["cuda"])))
        under_way.send(partial(run_networks, device=device), together, on_device=True)
    while ready and not under_way.devices:
        under_way.send(partial(run_networks, device="cpu"), (ready.popleft(),))


def _outcomes(sent: Sent, ready: deque[Task], under_way: UnderWay) -> Sequence[Outcome]:
    """The final ones of what has ended; patients that wait for a network join those that do."""
    alone = isinstance(sent.piece, Task)
    tasks = [sent.piece] if alone else list(sent.piece)
    error = sent.future.exception()
    if error is None:
        outcomes: list[Outcome] = [sent.future.result()] if alone else sent.future.result()
    elif len(tasks) > 1:  # one of them may be to blame
        for task in tasks:
            under_way.send(sent.work, (task,), on_device=sent.on_device)
        return []
    else:
        outcomes = [Outcome(task, WORKER, _gave_up(error)) for task in tasks]
    if sent.work is not run_task:
        return outcomes
    waits = [one.task for one in outcomes if not one.failed and set(one.task.todo) & set(one.task.settings.deep_sets)]
    ready.extend(waits)
    return [] if waits else outcomes


def on_cluster(
    pieces: Iterable[Piece],
    work: Callable[[Piece], Result],
    died: Callable[[Piece, str], Result],
    *,
    address: str,
    timeout_s: float = TIMEOUT_S,
    certificates: Certificates | None = None,
) -> Iterator[Result]:
    """``workers.in_processes`` on a scheduler's workers. Arguments and errors as ``run_on_cluster``."""
    with _client(address, timeout_s, certificates, None) as client:
        under_way, left = UnderWay(client), iter(pieces)
        while True:
            for piece in islice(left, under_way.room()):
                under_way.send(work, piece)
            if not len(under_way):
                return
            sent = under_way.take()
            if sent is not None:
                error = sent.future.exception()
                yield sent.future.result() if error is None else died(sent.piece, _gave_up(error))


def _client(address: str, timeout_s: float, certificates: Certificates | None, first_worker_s: float | None) -> Any:
    """A connection to a scheduler that has workers."""
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install '.[cluster]' in the copy of the repository"
        raise InputError("the package distributed", "none", remedy) from None
    try:
        client = Client(address, timeout=timeout_s, set_as_default=False, security=_security(certificates))
    except (OSError, *_TIMED_OUT, ValueError, RuntimeError, TypeError) as error:  # by what TLS lacks
        found = f"none at {address} ({' '.join(str(error).split())[:100]})"
        raise InputError("a Dask scheduler", found, "start it, or check the address") from None
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_S if first_worker_s is None else first_worker_s)
    except _TIMED_OUT:
        client.close()
        raise InputError("a Dask scheduler with workers", f"none at {address}", "start 'dask worker'") from None
    return client


def _security(certificates: Certificates | None) -> Any:
    if certificates is None:
        return None
    from distributed import Security

    return Security(
        require_encryption=True,
        tls_ca_file=certificates.ca_file,
        tls_client_cert=certificates.cert,
        tls_client_key=certificates.key,
    )


def _gave_up(error: BaseException) -> str:
    return f"the cluster gave up: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
