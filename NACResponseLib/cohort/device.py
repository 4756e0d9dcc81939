"""Deep features of a cohort: one process owns the device, and patients share its passes.

The workers leave each patient's patches in a file; here they are read, put through the networks, and what comes out is
added to the patient's result. Until then the patient does not count as finished. On this machine the process is the one
that started the run, on a cluster each worker with a device (``run_networks``), or each by itself (``run_whole``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from ..errors import InputError
from ..features.names import deep_names, handcrafted_names
from ..protocol import Protocol
from .plan import HANDCRAFTED, Settings, Task, missing_sets
from .store import read_record, write_record
from .task import WRITE, Outcome, finite, read_patches, run_task

if TYPE_CHECKING:
    from ..features.deep import CasePatches, DeepExtractor, DeepFeatures

PATIENTS = {"cpu": 1, "cuda": 16}
"""Whose patches share a pass: on a processor it would gain nothing, and results would wait."""
STAGE = "deep"


def depth_of(feature_set: str) -> int:
    """The depth in ``resnet34``."""
    return int(feature_set.removeprefix("resnet"))


class DeepStage:
    """The networks of all deep feature sets on one device.

    Raises:
        InputError: no torch, weights or device.
    """

    def __init__(self, settings: Settings, device: str) -> None:
        from ..features.deep import DeepExtractor

        self._protocol = settings.protocol
        self._extractors: dict[str, DeepExtractor] = {
            name: DeepExtractor(depth_of(name), device=device, sha256=settings.weights[name])
            for name in settings.deep_sets
        }
        self._waiting: list[tuple[Task, Future[CasePatches | Outcome]]] = []
        self._size = PATIENTS[next(iter(self._extractors.values())).device]
        self._reader = ThreadPoolExecutor(1)

    def add(self, task: Task) -> list[Outcome]:
        """Takes a patient whose patches are ready; returns the outcomes of all whose pass that completed.

        Patches are read while others are waited for.
        """
        self._waiting.append((task, self._reader.submit(_case_patches, task)))
        return self.finish() if len(self._waiting) >= self._size else []

    def finish(self) -> list[Outcome]:
        """Puts through what still waits."""
        waiting, self._waiting = self._waiting, []
        loaded = [(task, patches.result()) for task, patches in waiting]
        outcomes = [found for _, found in loaded if isinstance(found, Outcome)]
        ready = [(task, found) for task, found in loaded if not isinstance(found, Outcome)]
        found: dict[str, Sequence[DeepFeatures | InputError]] = {
            name: self._together(extractor, [patches for _, patches in ready])
            for name, extractor in self._extractors.items()
            if ready and any(name in task.todo for task, _ in ready)
        }
        for k, (task, _) in enumerate(ready):
            mine = {name: features[k] for name, features in found.items() if name in task.todo}
            outcomes.append(_finished(task, mine, self._protocol))
            task.patches.unlink(missing_ok=True)
        return outcomes

    def _together(
        self, extractor: DeepExtractor, patches: Sequence[CasePatches]
    ) -> Sequence[DeepFeatures | InputError]:
        """Each patient's features; where one cannot be computed, each alone, so that only that one fails."""
        try:
            return extractor.features(patches, self._protocol)
        except InputError as error:
            if len(patches) == 1:
                return [error]
            return [self._together(extractor, [case])[0] for case in patches]


_kept: dict[tuple[str, ...], DeepStage] = {}
"""The stage of this worker's last pass: networks are loaded once, not for every patient."""


def run_networks(tasks: Sequence[Task], device: str) -> list[Outcome]:
    """The networks of patients whose patches are ready, in a worker; what fails is returned, not raised."""
    from threadpoolctl import threadpool_limits

    left = [task for task in tasks if not _is_finished(task)]  # the others by a worker that died before it could tell
    outcomes = [Outcome(task) for task in tasks if task not in left]
    try:
        stage = _stage(tasks[0], device)
    except InputError as error:
        return outcomes + [Outcome(task, STAGE, str(error)) for task in left]
    with threadpool_limits(1):  # every core has a worker of its own
        for task in left:
            outcomes += stage.add(task)
        return outcomes + stage.finish()


def run_whole(task: Task) -> Outcome:
    """All of a patient's work in one worker, the networks on its processor."""
    outcome = run_task(task)
    if outcome.failed or not set(task.todo) & set(task.settings.deep_sets):
        return outcome
    return run_networks((task,), "cpu")[0]


def _stage(task: Task, device: str) -> DeepStage:
    settings = task.settings
    key = (settings.key(task.code), device, *(f"{name} {settings.weights[name]}" for name in settings.deep_sets))
    if key not in _kept:
        _kept.clear()
        _kept[key] = DeepStage(settings, device)
    return _kept[key]


def _is_finished(task: Task) -> bool:
    record = None if task.patches.exists() else read_record(task.result)
    return record is not None and not missing_sets(task.settings, record)


def _case_patches(task: Task) -> CasePatches | Outcome:
    from ..features.deep import CasePatches
    from ..features.medicalnet import PATCH_SIZE

    try:
        stored = read_patches(task.patches)
    except (OSError, ValueError, BadZipFile) as error:
        why = (isinstance(error, OSError) and error.strerror) or "damaged"
        return Outcome(task, STAGE, f"its patches cannot be read: {why}")
    voxels = np.stack(list(stored.values())) if stored else np.empty((0, *[PATCH_SIZE] * 3), np.float32)
    return CasePatches(tuple(stored), voxels)


def _finished(task: Task, found: Mapping[str, DeepFeatures | InputError], protocol: Protocol) -> Outcome:
    """Adds the features to the patient's result."""
    record = read_record(task.result)
    if record is None:
        return Outcome(task, STAGE, "the result of the stages before is gone")
    for name, features in found.items():
        if isinstance(features, InputError):
            return Outcome(task, STAGE, str(features))
        record["features"][name] = {
            "values": [finite(features.values.get(column)) for column in deep_names(protocol, depth_of(name))],
            "weights_sha256": features.metadata["weights_sha256"],
            "metadata": features.metadata,
        }
    try:
        write_record(task.result, record)
    except OSError as error:
        return Outcome(task, WRITE, str(error))
    return Outcome(task)


def columns(protocol: Protocol, feature_set: str) -> tuple[str, ...]:
    """The columns of a feature set's table."""
    if feature_set == HANDCRAFTED:
        return handcrafted_names(protocol)
    return deep_names(protocol, depth_of(feature_set))
