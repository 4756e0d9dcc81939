"""Work on this machine's cores: a few processes, one piece each at a time.

A process that dies (out of memory, a crash in a compiled library, a kill) costs the piece it worked on a second try in
a new process; the others notice nothing. ``concurrent.futures`` gives up the whole pool then, and does not say whose
work it was. Each process computes on one thread, so that their number changes nothing but the time.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Protocol, TypeVar

from ..errors import InputError

ATTEMPTS = 2
MOST = 60 if os.name == "nt" else 4096
"""Windows waits for 63 pipes at most."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")


Job = tuple[Any, ...]
Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Pool(Protocol):
    """Workers, here or of a cluster: ``in_processes`` or ``cluster.on_cluster`` with their further arguments."""

    def __call__(
        self, pieces: Iterable[Piece], *, work: Callable[[Piece], Result], died: Callable[[Piece, str], Result]
    ) -> Iterator[Result]:
        """Results as they are done, each piece's once."""


def in_processes(
    pieces: Iterable[Piece], workers: int, work: Callable[[Piece], Result], died: Callable[[Piece, str], Result]
) -> Generator[Result, None, None]:
    """Works on pieces in ``workers`` processes; results come as they are done, each piece's once.

    A process takes its next piece when it has done one, but none while nobody asks for results: neither the pieces nor
    what they left to do pile up.

    Args:
        work: a function of a module, which every process imports.
        died: the result of a piece whose process died as often as it was tried, and how it did.
    """
    left = iter(pieces)
    busy: list[_Worker[Piece, Result]] = []
    try:
        for piece in islice(left, min(workers, MOST)):
            busy.append(_Worker(work, died))
            busy[-1].give(piece)
        while busy:
            ready = wait([worker.pipe for worker in busy])
            for worker in [worker for worker in busy if worker.pipe in ready]:
                taken = worker.take()
                if not taken:
                    continue
                following = next(left, None)
                if following is not None:
                    worker.give(following)
                else:
                    busy.remove(worker)
                    worker.stop()
                yield taken[0]
    finally:
        for worker in busy:
            worker.stop()


def run_jobs(function: Callable[..., Any], shared: Any, jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Any]]:
    """Each job with its result, as they finish.

    Args:
        function: of a module; called as ``function(shared, *job)``.
        shared: what all jobs need, handed to each process once.
        workers: processes; 1 runs the jobs here.

    Raises:
        Exception: whatever the first job that fails raises; the others are dropped.
        InputError: of a job whose process died as often as it was tried.
    """
    work, count = partial(_on_one_thread, function, shared), min(workers, len(jobs))
    if count < 2:
        yield from map(_result, map(work, jobs))
        return
    with closing(in_processes(jobs, count, work, _died)) as done:  # or the others would work on for nobody
        yield from map(_result, done)


@dataclass(frozen=True)
class _Failed:
    """What a job raised, and where, which an exception does not carry to another process."""

    error: Exception
    where: str = ""


def _result(done: tuple[Job, Any]) -> tuple[Job, Any]:
    job, found = done
    if not isinstance(found, _Failed):
        return done
    if isinstance(found.error, InputError) or found.error.__traceback__ is not None:
        raise found.error
    raise found.error from RuntimeError(f"in the worker process of job {job}:\n{found.where}")


def _on_one_thread(function: Callable[..., Any], shared: Any, job: Job) -> tuple[Job, Any]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        try:
            return job, function(shared, *job)
        except Exception as error:
            return job, _Failed(error, traceback.format_exc())


def _died(job: Job, how: str) -> tuple[Job, _Failed]:
    found, remedy = f"one that {how}, perhaps for lack of memory", "run the same command again with fewer workers"
    return job, _Failed(InputError("worker processes to the end", found, remedy))


@dataclass
class _Try(Generic[Piece]):
    """A piece in a worker, and how often it was begun."""

    piece: Piece
    attempts: int


class _Worker(Generic[Piece, Result]):
    """A process, its end of a pipe, and what it works on. It starts with its first piece."""

    pipe: Connection

    def __init__(self, work: Callable[[Piece], Result], died: Callable[[Piece, str], Result]) -> None:
        self._does, self._died = work, died
        self._process: BaseProcess | None = None
        self._at: _Try[Piece] | None = None

    def give(self, piece: Piece, attempts: int = 1) -> None:
        """Hands over a piece, to a new process if there is none that lives."""
        self._at = _Try(piece, attempts)
        if self._process is None or not self._process.is_alive():
            self.stop()
            self._start()
        with suppress(BrokenPipeError):  # it died just now, which the pipe's other end will tell
            self.pipe.send(piece)

    def take(self) -> list[Result]:
        """The result; none where the process died and the piece was begun again."""
        assert self._at is not None and self._process is not None
        try:
            return [self.pipe.recv()]
        except (EOFError, OSError):  # OSError where it died while it was telling the result
            self._process.join()
        tried, how = self._at, _ended(self._process.exitcode)
        if tried.attempts < ATTEMPTS:
            self.give(tried.piece, tried.attempts + 1)
            return []
        return [self._died(tried.piece, how)]

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
        self._process = context.Process(target=_serve, args=(theirs, self._does), daemon=True)
        with _single_threaded_children():
            self._process.start()
        theirs.close()


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """The worker's life: it ends when the other end of its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; whoever started the run ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(work(pipe.recv()))


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers: a piece may take minutes for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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
