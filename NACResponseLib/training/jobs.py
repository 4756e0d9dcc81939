"""Jobs in processes of their own, each on one thread, so that their number changes nothing but the time; and finished
partitions on disk, so that an interrupted run goes on where it was.

The name of a run's folder of finished partitions holds a hash of all that a result follows from: inputs, endpoint,
recipe, partitions, code and versions. A file is there whole or not at all, with a checksum: one that was altered is
made again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..hashing import sha256_of
from ..output import read_sealed, write_sealed
from ..plain_data import build
from .fitted import PartitionResult

Job = tuple[Any, ...]
PREFIX = ".nacresponse-partitions-"  # ``output.is_leftover`` knows it by its beginning
_KEY_LENGTH = 16
_shared: dict[str, Any] = {}


def run_jobs(function: Callable[..., Any], shared: Any, jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Any]]:
    """Each job with its result, as they finish.

    Args:
        function: called as ``function(shared, *job)``; importable by name where there are several workers.
        shared: what all jobs need, handed to each process once.
        workers: processes; 1 runs the jobs here.

    Raises:
        InputError: of the first job that raises one, or a process that died; jobs that have not begun are dropped.
    """
    from threadpoolctl import threadpool_limits

    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            with threadpool_limits(1):
                result = function(shared, *job)
            yield job, result
        return
    context = multiprocessing.get_context("spawn")  # forking a process that has threads is unsafe
    count, others = min(workers, len(jobs)), set(multiprocessing.active_children())
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=(function, shared)) as pool:
        futures = {pool.submit(_run, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            remedy = "run the same command again with fewer workers: what was finished is kept"
            raise InputError("worker processes to the end", "one that died, perhaps of memory", remedy) from None
        except (KeyboardInterrupt, GeneratorExit):  # nobody waits for what is being worked on
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.kill()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(function: Callable[..., Any], shared: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _shared.update(function=function, shared=shared)


def _end_with_parent() -> None:
    """A parent that was killed cannot tell its workers: without this they would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(job: Job) -> Any:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _shared["function"](_shared["shared"], *job)


class Checkpoint:
    """Results of one run.

    Args:
        folder: of the run's results.
        inputs: all that the results follow from, as plain data.
    """

    def __init__(self, folder: Path, inputs: Any) -> None:
        key = sha256_of(json.dumps(inputs, sort_keys=True).encode())
        self._folder = folder / f"{PREFIX}{key[:_KEY_LENGTH]}"

    def load(self, feature_set: str, partition: int) -> PartitionResult | None:
        """A finished partition; None if it is not finished, or its file is not what was written."""
        content = read_sealed(self._file(feature_set, partition))
        try:
            return build(PartitionResult, content, "a finished partition")
        except InputError:
            return None

    def save(self, result: PartitionResult) -> None:
        """Keeps a finished partition."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_sealed(self._file(result.feature_set, result.partition), asdict(result))

    @staticmethod
    def remove_all(folder: Path) -> None:
        """Removes finished partitions from the folder of a run that is done, those of other inputs among them."""
        for kept in folder.glob(f"{PREFIX}*"):
            shutil.rmtree(kept)

    def _file(self, feature_set: str, partition: int) -> Path:
        return self._folder / f"{feature_set}-{partition:04d}.json"
