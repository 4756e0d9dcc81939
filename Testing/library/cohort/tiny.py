"""Tiny cohorts on disk: a ball of tissue with a smaller ball in it, a few thousand voxels, a protocol to match."""

import csv
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from NACResponseLib.cohort.extraction import extract
from NACResponseLib.cohort.manifest import read_manifest
from NACResponseLib.cohort.plan import Settings, Task, plan
from NACResponseLib.cohort.results import OWN, Cohort, Failure, write_results
from NACResponseLib.cohort.store import open_store
from NACResponseLib.cohort.task import Outcome, run_task
from NACResponseLib.protocol import Protocol, load_protocol
from NACResponseLib.report.thumbnail import contour_strip

from ..conftest import ball, grid_of, volume

PROTOCOL = """
name: tiny
description: CT alone, coarse
source: made for tests
images:
  CT: {modality: CT, contour: CT}
preprocessing:
  CT: {spacing_mm: 3, bin_width: 25}
"""
BOTH = """
name: both
description: MRI and CT, coarse
source: made for tests
images:
  MRI_CET1: {modality: MR, contour: MRI}
  CT: {modality: CT, contour: CT}
preprocessing:
  MR: {spacing_mm: 3, zscore: true, bin_count: 8}
  CT: {spacing_mm: 3, bin_width: 25}
"""
TABLES = ("features_handcrafted.parquet", "features_handcrafted.csv", "cases.csv", "failures.csv")


def ct(seed: int) -> tuple[sitk.Image, sitk.Image]:
    """An image and its contour; another seed gives another noise and another tumour."""
    rng = np.random.default_rng(seed)
    grid = grid_of((20, 20, 12), (3.0, 3.0, 5.0), origin=(-30, -30, -30))
    body, tumor = ball(grid, (0, 0, 0), 26), ball(grid, (4, 0, 0), rng.uniform(7, 11))
    values = np.where(body, -80.0, -1000.0) + 120 * tumor + rng.normal(0, 8, body.shape)
    return volume(values.astype(np.int16), grid), volume(tumor.astype(np.uint8), grid)


def mri(seed: int) -> sitk.Image:
    rng = np.random.default_rng(seed)
    image, _ = ct(seed)
    return volume((sitk.GetArrayFromImage(image) + 1100 + rng.normal(0, 5, (12, 20, 20))).astype(np.float32), image)


def make_cohort(folder: Path, count: int, protocol: str = PROTOCOL, **columns: list[str]) -> Path:
    """``COHORT.csv`` of so many patients with their files, and ``protocol.yaml``."""
    folder.mkdir(parents=True)
    (folder / "protocol.yaml").write_text(protocol, encoding="utf-8")
    rows = []
    for number in range(count):
        image, tumor = ct(number)
        row = {"patient_id": f"P{number}", "CT": f"CT_{number}.mha", "tumor_CT": f"tumor_{number}.nii.gz"}
        sitk.WriteImage(image, str(folder / row["CT"]))
        sitk.WriteImage(tumor, str(folder / row["tumor_CT"]))
        if protocol == BOTH:
            row |= {"MRI_CET1": f"MRI_{number}.nrrd", "tumor_MRI": f"tumor_MRI_{number}.nii.gz", "scanner_MRI": "B"}
            sitk.WriteImage(mri(number), str(folder / row["MRI_CET1"]))
            sitk.WriteImage(tumor, str(folder / row["tumor_MRI"]))
        row |= {"scanner_CT": "A", "age": str(40 + number % 40), "ER": "positive", "pcr": str(number % 2)}
        rows.append(row | {name: values[number] for name, values in columns.items()})
    write_cohort(folder / "COHORT.csv", rows)
    return folder / "COHORT.csv"


def write_cohort(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def protocol_of(cohort: Path) -> Protocol:
    return load_protocol(cohort.parent / "protocol.yaml")


def serially(tasks: Iterable[Task]) -> Iterator[Outcome]:
    """In this process, one after the other."""
    return map(run_task, tasks)


def todo(cohort: Path, output: Path, settings: Settings | None = None, draw=contour_strip) -> list[Task]:
    """What a run would do."""
    settings = settings or Settings(protocol_of(cohort))
    return list(plan(read_manifest(cohort, settings.protocol), settings, open_store(output, OWN), draw))


def extracted(cohort: Path, output: Path, run=serially, settings: Settings | None = None, draw=contour_strip) -> list:
    """Does what is left and writes all tables; the outcomes."""
    settings = settings or Settings(protocol_of(cohort))
    outcomes = list(extract(todo(cohort, output, settings, draw), settings, run, "cpu"))
    written(cohort, output, outcomes, settings)
    return outcomes


def written(cohort: Path, output: Path, outcomes: list[Outcome], settings: Settings | None = None) -> None:
    settings = settings or Settings(protocol_of(cohort))
    failures = tuple(Failure(o.task.patient_id, o.stage, o.reason or "") for o in outcomes if o.stage is not None)
    manifest = read_manifest(cohort, settings.protocol)
    write_results(Cohort(manifest, settings, output / "patients", failures), output, as_csv=True)


def tables(output: Path) -> dict[str, bytes]:
    """The bytes of every table."""
    return {name: (output / name).read_bytes() for name in TABLES}


def draw_or_die_once(case, regions) -> bytes:
    """Kills its own process where a file tells it to, and takes the file away."""
    order = Path(os.environ["TINY_DIE_ONCE"]) / case.patient_id
    if order.exists():
        order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return contour_strip(case, regions)


def draw_or_die(case, regions) -> bytes:
    """Kills its own process at one patient, always."""
    if case.patient_id == "P1":
        os.kill(os.getpid(), signal.SIGKILL)
    return contour_strip(case, regions)


def draw_for_a_second(case, regions) -> bytes:
    """As long as a patient of real size takes where a test can wait for many; it needs no core."""
    time.sleep(1.0)
    return contour_strip(case, regions)
