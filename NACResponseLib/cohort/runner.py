"""Tasks on this machine's cores: a few processes, one task each at a time.

A process that dies (out of memory, a crash in a compiled library, a kill) costs the patient it worked on a second try
in a new process; the others notice nothing. ``concurrent.futures`` gives up the whole pool then, and does not say whose
task it was.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from .plan import Task
from .task import WORKER, Outcome, run_task

ATTEMPTS = 2
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_here(tasks: Iterable[Task], workers: int) -> Iterator[Outcome]:
    """Runs tasks in ``workers`` processes; outcomes come as they are done, each task's once.

    A process takes its next task when it has done one, but none while nobody asks for outcomes: neither the tasks nor
    what they left to do pile up.
    """
    left = iter(tasks)
    busy: list[_Worker] = []
    try:
        for task in islice(left, workers):
            busy.append(_Worker())
            busy[-1].give(task)
        while busy:
            ready = wait([worker.pipe for worker in busy])
            for worker in [worker for worker in busy if worker.pipe in ready]:
                outcome = worker.take()
                if outcome is None:
                    continue
                following = next(left, None)
                if following is not None:
                    worker.give(following)
                else:
                    busy.remove(worker)
                    worker.stop()
                yield outcome
    finally:
        for worker in busy:
            worker.stop()


@dataclass
class _Work:
    """A task in a worker, and how often it was begun."""

    task: Task
    attempts: int


class _Worker:
    """A process, its end of a pipe, and what it works on. It starts with its first task."""

    pipe: Connection

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._work: _Work | None = None

    def give(self, task: Task, attempts: int = 1) -> None:
        """Hands over a task, to a new process if there is none that lives."""
        self._work = _Work(task, attempts)
        if self._process is None or not self._process.is_alive():
            self.stop()
            self._start()
        with suppress(BrokenPipeError):  # it died just now, which the pipe's other end will tell
            self.pipe.send(task)

    def take(self) -> Outcome | None:
        """The outcome; None where the process died and the task was begun again."""
        assert self._work is not None and self._process is not None
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
        work, how = self._work, _ended(self._process.exitcode)
        if work.attempts < ATTEMPTS:
            self.give(work.task, work.attempts + 1)
            return None
        return Outcome(work.task, WORKER, f"the process {how}, {work.attempts} times; the memory may be too small")

    def stop(self) -> None:
        """Ends the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self.pipe.close()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _single_threaded_children():
            self._process.start()
        theirs.close()


def _serve(pipe: Connection) -> None:
    """The worker's life: it ends when the other end of its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; whoever started the run ends it
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(run_task(pipe.recv()))


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """BLAS and ITK read these when they are loaded; later calls cannot take back the memory that threads were given."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by signal {-code}"
    return f"ended with status {code}"
