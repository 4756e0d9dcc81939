"""The same tasks on an existing Dask cluster: several machines that see the same files under the same names.

A worker that dies costs its task another try elsewhere (Dask's ``allowed-failures``, 3 by default). Each worker gets
one thread. On Slurm, with the cohort on a shared file system::

    dask scheduler --scheduler-file scheduler.json &
    srun --ntasks 64 --cpus-per-task 1 --mem-per-cpu 3G dask worker --scheduler-file scheduler.json --nthreads 1 &
    nacresponse extract COHORT.csv --output DIR --scheduler tcp://$(hostname):8786
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..errors import InputError
from .plan import Task
from .task import WORKER, Outcome, run_task

_TIMED_OUT = (TimeoutError, asyncio.TimeoutError)  # two exceptions until Python 3.11
_AHEAD = 2  # tasks a worker, so that none waits for the next


def run_on_cluster(tasks: Iterable[Task], address: str, timeout_s: float = 10.0) -> Iterator[Outcome]:
    """Runs tasks on the workers of a scheduler; outcomes come as they are done.

    Args:
        address: of the scheduler, as ``tcp://host:8786``.
        timeout_s: how long to wait for it, and for its first worker.

    Raises:
        InputError: ``distributed`` is not installed; no scheduler at the address, or one without workers or that goes
            away.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        remedy = "pip install '.[cluster]' in the copy of the repository"
        raise InputError("the package distributed", "none", remedy) from None
    with _client(Client, address, timeout_s) as client:
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


def _client(kind: Any, address: str, timeout_s: float) -> Any:
    """A connection to a scheduler that has workers."""
    try:
        client = kind(address, timeout=timeout_s, set_as_default=False)
    except (OSError, *_TIMED_OUT, ValueError) as error:
        found = f"none at {address} ({' '.join(str(error).split())[:100]})"
        raise InputError("a Dask scheduler", found, "start it, or check the address") from None
    try:
        client.wait_for_workers(1, timeout=timeout_s)
    except _TIMED_OUT:
        client.close()
        raise InputError("a Dask scheduler with workers", f"none at {address}", "start 'dask worker'") from None
    return client


def _outcome(task: Task, future: Any) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    return Outcome(task, WORKER, f"the cluster gave up: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
