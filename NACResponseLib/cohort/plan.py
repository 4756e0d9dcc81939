"""What is to be done: a task a patient, and whether it has been done already.

A finished patient counts as long as the contents of its files, the protocol, the settings and the code that computed it
are the same. Of files whose path, size and time are the same the content is taken to be; others are hashed again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

from .. import __version__
from ..anatomy.regions import Regions
from ..case import Case
from ..clinical import ClinicalRecord
from ..execution.processes import Pool
from ..features.handcrafted import engine_of
from ..features.table import HANDCRAFTED
from ..hashing import sha256_of, sha256_of_files
from ..imaging.io import sha256
from ..imaging.source import parse_source
from ..packages import package_version
from ..protocol import Protocol, protocol_sha256
from ..registry import users_files
from .manifest import Manifest, Patient
from .store import read_record, record_file

_PACKAGES = ("numpy", "scipy", "SimpleITK")
_OF_DICOM = ("pydicom", "highdicom")
"""Absent in a Slicer that was not asked to read DICOM: then no value depends on them."""
_FOLDERS = ("imaging", "anatomy", "features")
_WORK = ("task.py", "perturbation.py")
_DETACHED = (".mhd", ".nhdr", ".hdr")
_SMALL = 4 << 20  # bytes
_TOGETHER = 50  # finished patients that a worker looks at

Draw = Callable[[Case, Regions], bytes]
"""Makes the small picture of a contour, as PNG."""


@dataclass(frozen=True)
class Perturbation:
    """A contour moved at random: see ``perturbation``.

    Attributes:
        replicate: from 1.
        amplitude_mm: standard deviation of the surface's displacement; one voxel where None.
    """

    seed: int
    replicate: int
    amplitude_mm: float | None = None


@dataclass(frozen=True)
class Settings:
    """What is computed for every patient alike.

    Attributes:
        feature_sets: ``handcrafted``, ``resnet10``, ``resnet18``, ``resnet34``, ``resnet50``.
        weights: SHA-256 of the weights file by deep feature set.
        perturbation: of the contours, for studies of stability.
    """

    protocol: Protocol
    feature_sets: tuple[str, ...] = (HANDCRAFTED,)
    weights: Mapping[str, str] = field(default_factory=dict)
    perturbation: Perturbation | None = None

    @property
    def deep_sets(self) -> tuple[str, ...]:
        """The feature sets that a network computes."""
        return tuple(name for name in self.feature_sets if name != HANDCRAFTED)

    def key(self, code: str) -> str:
        """SHA-256 of all that bears on a patient's values besides the files and the weights."""
        moved = asdict(self.perturbation) if self.perturbation else None
        facts = [protocol_sha256(self.protocol), moved, code]
        if self.protocol.families:
            facts.append(sha256_of_files(users_files()))
        return sha256_of(json.dumps(facts).encode())


@dataclass(frozen=True)
class Task:
    """One patient's work. It goes to another process or machine, so it holds names of files, no voxels.

    Attributes:
        images, contours: sources as in ``Patient``.
        todo: the feature sets to compute.
        result: the file to write.
        code: version of the code that shall compute it.
        keep: the result file holds other feature sets that are still good.
        draw: makes the contact sheet's pictures; none where None.
        clinical: the record, which DICOM headers are compared with.
    """

    patient_id: str
    images: Mapping[str, str]
    contours: Mapping[str, str]
    settings: Settings
    todo: tuple[str, ...]
    result: Path
    code: str
    keep: bool = False
    draw: Draw | None = None
    clinical: ClinicalRecord = field(default_factory=ClinicalRecord)

    @property
    def sources(self) -> dict[str, str]:
        """File by role, as ``image CT``."""
        images = {f"image {name}": source for name, source in self.images.items()}
        return images | {f"contour {name}": source for name, source in self.contours.items()}

    @property
    def patches(self) -> Path:
        """Where the patches wait for the network."""
        return self.result.with_suffix(".patches.npz")


@cache
def code_version() -> str:
    """SHA-256 of the modules and the packages' versions that values depend on."""
    library = Path(__file__).parents[1]
    modules = sorted(file for folder in _FOLDERS for file in (library / folder).rglob("*.py"))
    work = [library / "cohort" / name for name in _WORK]
    return sha256_of(f"{sha256_of_files([*modules, *work])} {versions()}".encode())


def versions() -> dict[str, str]:
    """Of this program and of the packages that values depend on."""
    found = {name: package_version(name) for name in _PACKAGES}
    for name in _OF_DICOM:
        with suppress(PackageNotFoundError):
            found[name] = package_version(name)
    if (engine := engine_of()) != "own":
        found[engine] = package_version(engine)
    return {"nacresponse": __version__} | found


def input_of(source: str) -> dict[str, Any]:
    """What identifies a file: the hash of its content, and by what it can be known again without reading it.

    Raises:
        OSError: the file cannot be read.
    """
    found = parse_source(source)
    known = _signature(found.path)  # before the content: what changes in between is noticed the next time
    return {"part": found.part, "signature": known, "sha256": sha256(found.path)}


def _signature(path: Path) -> str | None:
    """Path, size and times of a file, or of a folder's files; None where another file belongs to it, or where they are
    small and their content is soon read."""
    if path.suffix.lower() in _DETACHED:
        return None
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    found = [(str(file), file.stat()) for file in files]
    if sum(status.st_size for _, status in found) <= _SMALL:
        return None
    # The time of the last change of anything (ctime) cannot be set back, as that of the content can; Windows lacks it.
    facts = [(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns) for name, status in found]
    return sha256_of(json.dumps(facts).encode())


def _unchanged(source: str, recorded: Mapping[str, Any]) -> bool:
    found = parse_source(source)
    if found.part != recorded.get("part"):
        return False
    known = _signature(found.path)
    return (known is not None and known == recorded["signature"]) or sha256(found.path) == recorded["sha256"]


def still_good(task: Task, record: Mapping[str, Any]) -> bool:
    """Whether a finished patient was computed from these files in this way."""
    sources = task.sources
    return (
        record.get("settings") == task.settings.key(task.code)
        and record["patient_id"] == task.patient_id
        and set(record["inputs"]) == set(sources)
        and all(_unchanged(source, record["inputs"][role]) for role, source in sources.items())
    )


def missing_sets(settings: Settings, record: Mapping[str, Any]) -> tuple[str, ...]:
    """The feature sets that a finished patient lacks, or has from other weights."""
    found = record["features"]
    return tuple(
        name
        for name in settings.feature_sets
        if name not in found or found[name].get("weights_sha256") != settings.weights.get(name)
    )


def task_of(patient: Patient, settings: Settings, folder: Path, draw: Draw | None = None) -> Task:
    """All of a patient's work under some settings."""
    moved = settings.perturbation
    name = f"{patient.patient_id}#{moved.replicate}" if moved else patient.patient_id
    result, code = record_file(folder, name), code_version()
    return Task(
        patient.patient_id,
        patient.images,
        patient.contours,
        settings,
        settings.feature_sets,
        result,
        code,
        draw=draw,
        clinical=patient.clinical,
    )


def plan(
    manifest: Manifest, settings: Settings, folder: Path, draw: Draw | None = None, pool: Pool | None = None
) -> Iterator[Task]:
    """The pending tasks of patients whose files can be read, in the table's order.

    Args:
        pool: which looks whether the finished ones are still good, where they are many; here if None.
    """
    readable = (patient for patient in manifest.patients if patient.patient_id not in manifest.unreadable)
    yield from left_of((task_of(patient, settings, folder, draw) for patient in readable), pool)


def left_of(tasks: Iterable[Task], pool: Pool | None = None) -> Iterator[Task]:
    """The tasks that are not finished, each with what is left of it.

    Args:
        pool: as of ``plan``.
    """
    if pool is None:
        yield from (left for task in tasks if (left := _left_of(task)))
        return
    every = list(tasks)
    begun = [number for number, task in enumerate(every) if task.result.exists()]
    if len(begun) <= _TOGETHER:
        yield from left_of(every)
        return
    pieces = (
        [(number, every[number]) for number in begun[at : at + _TOGETHER]] for at in range(0, len(begun), _TOGETHER)
    )
    finished: dict[int, tuple[str, ...]] = {}
    for found in pool(pieces, work=_looked_at, died=_not_looked_at):
        finished |= found
    for number, task in enumerate(every):
        todo = finished.get(number)
        if todo is None:
            yield task
        elif todo:
            yield replace(task, todo=todo, keep=True)


def _left_of(task: Task) -> Task | None:
    """A task with what is left of it; None where it is finished."""
    record = read_record(task.result)
    if record is None or not still_good(task, record):
        return task
    todo = missing_sets(task.settings, record)
    return replace(task, todo=todo, keep=True) if todo else None


def _looked_at(piece: Sequence[tuple[int, Task]]) -> dict[int, tuple[str, ...]]:
    """By number, the feature sets that finished tasks lack; without those that must be done anew."""
    left = {number: _left_of(task) for number, task in piece}
    return {number: task.todo if task else () for number, task in left.items() if task is None or task.keep}


def _not_looked_at(piece: Sequence[tuple[int, Task]], how: str) -> dict[int, tuple[str, ...]]:
    return {}
