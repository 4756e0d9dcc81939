"""One patient's work: from file names to a result file; the same function here, in other processes and on a cluster.

Contours are done one after the other, so that the images of only one are in memory.
"""

from __future__ import annotations

import math
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..anatomy.regions import find_tumor
from ..case import Case
from ..errors import InputError
from ..features.deltas import delta_values
from ..features.extraction import extract_features
from ..features.names import handcrafted_names
from ..features.preparation import CasePreparation
from ..imaging.io import load_case
from ..imaging.planar import is_plane, on_pixels
from ..imaging.source import parse_source, without_folders
from ..output import whole_file
from ..protocol import Protocol
from .perturbation import perturbed
from .plan import HANDCRAFTED, Task, code_version, input_of
from .store import read_record, write_record

WRITE, WORKER = "write", "worker"
_AROUND_MM = 50.0
"""About the tumour, anatomy is drawn: what the contact sheet shows."""


@dataclass(frozen=True)
class Outcome:
    """How a task went.

    Attributes:
        stage, reason: where it failed and why, in words; None where it did not.
        task: what was done.
    """

    task: Task
    stage: str | None = None
    reason: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the patient has no result."""
        return self.stage is not None


@dataclass
class _Stages:
    """The stage that the work is in, and the seconds spent in each."""

    current: str = "start"
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.current, start = name, time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def run_task(task: Task) -> Outcome:
    """Does a patient's work on one core and writes the result file; a failure is returned, not raised."""
    done = _done(task)
    if done.reason is None:
        return done
    sources = {role: parse_source(source) for role, source in task.sources.items()}
    return replace(done, reason=without_folders(done.reason, sources))


def _done(task: Task) -> Outcome:
    stages = _Stages()
    try:
        with _one_core():
            record, patches = _computed(task, stages)
            with stages(WRITE):
                if patches is not None:
                    _write_patches(task, patches)
                write_record(task.result, record)
    except InputError as error:
        return Outcome(task, stages.current, str(error))
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return Outcome(task, stages.current, f"{error.strerror or error}{where}")
    except Exception as error:  # the one place where a patient's failure, whatever it is, is kept from the others
        return Outcome(task, stages.current, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    return Outcome(task)


def _computed(task: Task, stages: _Stages) -> tuple[dict[str, Any], dict[tuple[str, str], np.ndarray] | None]:
    """The result's contents, and the patches for the network; None where none is wanted."""
    with stages("start"):
        if task.code != code_version():
            raise InputError(
                "the version that the run was started with", "another one", "install the same on every worker"
            )
        kept = read_record(task.result) if task.keep else None
    with stages("hash"):
        record = kept or _empty_record(task)
    values: dict[str, float] = {}
    deep = any(name != HANDCRAFTED for name in task.todo)
    patches: dict[tuple[str, str], np.ndarray] = {}
    for contour in task.settings.protocol.contours:
        part = part_of(task.settings.protocol, contour, task.images)
        if not part.images:
            continue
        preparation = _prepared(task, contour, part, stages)
        if kept is None:
            _describe(record, preparation, contour, task, stages)
        if HANDCRAFTED in task.todo:
            with stages("features"):
                values |= extract_features(preparation.case, part, preparation=preparation)
        if deep:
            with stages("patches"):
                from ..features.deep import case_patches

                found = case_patches(preparation)
                patches |= dict(zip(found.places, found.voxels, strict=True))
    if HANDCRAFTED in task.todo:
        names = handcrafted_names(task.settings.protocol)
        values |= delta_values(values, names, task.settings.protocol)
        record["features"][HANDCRAFTED] = {"values": [finite(values.get(name)) for name in names]}
    record["seconds"] |= {name: round(seconds, 3) for name, seconds in stages.seconds.items()}
    return record, patches if deep else None


def part_of(protocol: Protocol, contour: str, images: Mapping[str, str]) -> Protocol:
    """The protocol for the images of one contour that a patient has; deltas need those of several."""
    served = {name: protocol.images[name] for name in protocol.images_of(contour) if name in images}
    return replace(protocol, images=served, deltas={})


def finite(value: float | None) -> float | None:
    """A value as a record holds it: None where there is none."""
    return None if value is None or math.isnan(value) else value


def _empty_record(task: Task) -> dict[str, Any]:
    return {
        "patient_id": task.patient_id,
        "settings": task.settings.key(task.code),
        "inputs": {role: input_of(source) for role, source in task.sources.items()},
        "tumor_volume_mm3": {},
        "tumor_area_mm2": {},
        "shell_volume_mm3": {},
        "anatomy": {},
        "warnings": [],
        "pictures": {},
        "features": {},
        "seconds": {},
    }


def _prepared(task: Task, contour: str, part: Protocol, stages: _Stages) -> CasePreparation:
    """The contour's regions and images, read and prepared."""
    with stages("read"):
        case = _read(task, contour, part)
        if task.settings.perturbation:
            case = _moved(case, contour, task)
    preparation = CasePreparation(case, part, around_mm=_AROUND_MM)
    with stages("regions"):
        preparation.regions(contour)
    with stages("prepare"):
        for name in part.images:
            preparation.image(name)
    return preparation


def _read(task: Task, contour: str, part: Protocol) -> Case:
    """The images of a contour and the contour."""
    images, contours = {name: task.images[name] for name in part.images}, {contour: task.contours[contour]}
    return load_case(
        task.patient_id,
        images,
        contours,
        task.clinical,
        planar=part.planar,
        protocol=part,
        recorded_id=task.patient_id,
    )


def read_only(task: Task) -> Outcome:
    """Does a patient's work up to where features would be computed, and writes nothing."""
    stages = _Stages("read")
    try:
        for contour in task.settings.protocol.contours:
            part = part_of(task.settings.protocol, contour, task.images)
            if part.images:
                case = _read(task, contour, part)
                find_tumor(case, contour, next(iter(part.images)), next(iter(part.images.values())).modality)
    except InputError as error:
        return Outcome(task, stages.current, str(error))
    except OSError as error:
        return Outcome(task, stages.current, f"{error.strerror or error}")
    return Outcome(task)


def _moved(case: Case, contour: str, task: Task) -> Case:
    how = task.settings.perturbation
    assert how is not None
    name, mask = f"{task.patient_id} {contour}", case.contours[contour]
    image = next(iter(case.images.values()))
    if is_plane(mask) and is_plane(image):
        mask = on_pixels(mask, image)
    return replace(case, contours={contour: perturbed(mask, name, how)})


def _describe(record: dict[str, Any], preparation: CasePreparation, contour: str, task: Task, stages: _Stages) -> None:
    """Adds what a person asks of a contour: volume or area of the tumour; the shell, and how well it was clipped."""
    regions = preparation.regions(contour)
    if regions.planar:
        record["tumor_area_mm2"][contour] = regions.measures.area_mm2
    else:
        record["tumor_volume_mm3"][contour] = regions.measures.volume_mm3
    if regions.anatomy is not None:
        record["shell_volume_mm3"][contour] = regions.shell_mm3
        record["anatomy"][contour] = regions.anatomy.status
    record["warnings"] += [f"{contour}: {warning}" for warning in (*preparation.case.warnings, *regions.warnings)]
    if task.draw:
        with stages("draw"):
            record["pictures"][contour] = b64encode(task.draw(preparation.case, regions)).decode("ascii")


@contextmanager
def _one_core() -> Iterator[None]:
    """ITK and BLAS keep to one thread, so that N workers use N cores and values do not depend on the machine's."""
    import SimpleITK as sitk
    from threadpoolctl import threadpool_limits

    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


def _write_patches(task: Task, patches: Mapping[tuple[str, str], np.ndarray]) -> None:
    named: dict[str, Any] = {f"{image}/{region}": patch for (image, region), patch in patches.items()}
    with whole_file(task.patches) as stream:
        np.savez(stream, **named)


def read_patches(path: Path) -> dict[tuple[str, str], np.ndarray]:
    """The patches of a patient by image and region.

    Raises:
        OSError: the file is not there.
    """
    with np.load(path, allow_pickle=False) as stored:
        return {(name.rpartition("/")[0], name.rpartition("/")[2]): stored[name] for name in stored.files}
