"""A cohort's features: extracts pending patients, wherever that runs, and yields every outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..errors import InputError, unknown_name
from ..execution.processes import ATTEMPTS, in_processes
from ..protocol import Protocol
from .device import DeepStage, depth_of
from .plan import HANDCRAFTED, Perturbation, Settings, Task
from .task import WORKER, WRITE, Outcome, read_only, run_task

Run = Callable[[Iterable[Task]], Iterator[Outcome]]
"""Runs tasks: ``runner.run_here`` or ``cluster.run_on_cluster`` with their arguments."""


def settings_for(protocol: Protocol, feature_sets: Sequence[str], perturbation: Perturbation | None = None) -> Settings:
    """Settings whose feature sets exist and whose weights are installed.

    Raises:
        InputError: an unknown or repeated feature set, weights that are not installed, or deep features of 2D images.
    """
    from ..features.medicalnet import BACKBONES, require_torch
    from ..features.names import deep_sources
    from ..features.weights import find_weights

    known = (HANDCRAFTED, *(backbone.feature_set for backbone in BACKBONES.values()))
    for name in feature_sets:
        if name not in known:
            raise unknown_name("a feature set", name, known)
    if not feature_sets or len(set(feature_sets)) < len(feature_sets):
        raise InputError("feature sets, each once", ",".join(feature_sets) or "none", "correct --features")
    deep = [name for name in feature_sets if name != HANDCRAFTED]
    if deep and not deep_sources(protocol):
        raise InputError(f"3D images in protocol {protocol.name} for deep features", "2D ones", "leave them out")
    if deep:
        require_torch()
    weights = {name: find_weights(depth_of(name)).sha256 for name in deep}
    return Settings(protocol, tuple(feature_sets), weights, perturbation)


def extract(tasks: Sequence[Task], settings: Settings, run: Run, device: str | None = "auto") -> Iterator[Outcome]:
    """Does the tasks; yields each patient's outcome when it is final.

    Args:
        device: of the networks, which run in this process; None where ``run`` does their work, too.

    Raises:
        InputError: results cannot be written (a full disk): then nothing is gained by going on.
    """
    if device is None or not any(_needs_networks(task) for task in tasks):
        yield from map(_written, run(tasks))
        return
    deep = DeepStage(settings, device)
    for outcome in run(tasks):
        waits = not outcome.failed and _needs_networks(outcome.task)
        yield from map(_written, deep.add(outcome.task) if waits else [outcome])
    yield from map(_written, deep.finish())


def _needs_networks(task: Task) -> bool:
    return any(name != HANDCRAFTED for name in task.todo)


def _written(outcome: Outcome) -> Outcome:
    if outcome.stage == WRITE:
        remedy = "free space and run the same command again: what is finished is kept"
        raise InputError("a disk that results can be written to", f"{outcome.reason}", remedy)
    return outcome


def run_here(tasks: Iterable[Task], workers: int) -> Iterator[Outcome]:
    """Runs tasks in ``workers`` processes; outcomes come as they are done, each task's once."""
    return in_processes(tasks, workers, run_task, _died)


def read_here(tasks: Iterable[Task], workers: int) -> Iterator[Outcome]:
    """Only reads what the tasks would read, as a trial."""
    return in_processes(tasks, workers, read_only, _died)


def _died(task: Task, how: str) -> Outcome:
    return Outcome(task, WORKER, f"the process {how}, {ATTEMPTS} times; the memory may be too small")
