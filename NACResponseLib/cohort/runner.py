"""Tasks on this machine's cores: see ``workers``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .plan import Task
from .task import WORKER, Outcome, read_only, run_task
from .workers import ATTEMPTS, in_processes


def run_here(tasks: Iterable[Task], workers: int) -> Iterator[Outcome]:
    """Runs tasks in ``workers`` processes; outcomes come as they are done, each task's once."""
    return in_processes(tasks, workers, run_task, _died)


def read_here(tasks: Iterable[Task], workers: int) -> Iterator[Outcome]:
    """Only reads what the tasks would read, as a trial."""
    return in_processes(tasks, workers, read_only, _died)


def _died(task: Task, how: str) -> Outcome:
    return Outcome(task, WORKER, f"the process {how}, {ATTEMPTS} times; the memory may be too small")
