"""The same tasks on an existing Dask cluster: several machines that see the same files under the same names.

A worker that dies costs its task another try elsewhere (Dask's ``allowed-failures``, 3 by default). Each worker gets
one thread. Whoever reaches a scheduler without TLS can run what he likes on its workers: with TLS, only who holds a
certificate of the cluster's own authority can (``SECURITY.md`` and the README show how).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError
from ..plain_data import build, read_yaml
from .plan import Task
from .task import WORKER, Outcome, run_task

_TIMED_OUT = (TimeoutError, asyncio.TimeoutError)  # two exceptions until Python 3.11
_AHEAD = 2  # tasks a worker, so that none waits for the next


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
    tasks: Iterable[Task], address: str, timeout_s: float = 10.0, certificates: Certificates | None = None
) -> Iterator[Outcome]:
    """Runs tasks on the workers of a scheduler; outcomes come as they are done.

    Args:
        address: of the scheduler, as ``tls://host:8786``.
        timeout_s: how long to wait for it, and for its first worker.
        certificates: for TLS, without which nothing is sent where they are given.

    Raises:
        InputError: ``distributed`` is not installed; no scheduler at the address, one of another authority, or one
            without workers or that goes away.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        remedy = "pip install '.[cluster]' in the copy of the repository"
        raise InputError("the package distributed", "none", remedy) from None
    with _client(Client, address, timeout_s, certificates) as client:
        left, sent = iter(tasks), {}
        done = as_completed(loop=client.loop)

        def send(count: int) -> None:
            for task in islice(left, count):
                future = client.submit(run_task, task, pure=False)
                sent[future.key] = task
                done.add(future)

        send(_AHEAD * max(sum(client.nthreads().values()), 1))
        for future in done:
            if future.cancelled():
                raise InputError("the Dask scheduler to the end", "it went away", "start it and run the command again")
            send(1)
            yield _outcome(sent.pop(future.key), future)


def _client(kind: Any, address: str, timeout_s: float, certificates: Certificates | None) -> Any:
    """A connection to a scheduler that has workers."""
    try:
        client = kind(address, timeout=timeout_s, set_as_default=False, security=_security(certificates))
    except (OSError, *_TIMED_OUT, ValueError, RuntimeError, TypeError) as error:  # by what TLS lacks
        found = f"none at {address} ({' '.join(str(error).split())[:100]})"
        raise InputError("a Dask scheduler", found, "start it, or check the address") from None
    try:
        client.wait_for_workers(1, timeout=timeout_s)
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


def _outcome(task: Task, future: Any) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    return Outcome(task, WORKER, f"the cluster gave up: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
