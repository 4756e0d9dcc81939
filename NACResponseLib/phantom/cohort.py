"""A synthetic cohort on disk: images, contours, ``COHORT.csv``, and the truth behind its outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .acquisition import Acquisition, Grid
from .folder import write_cohort
from .patient import Patient, draw_patient, law_in_words
from .render import record, sample
from .tumour import Tumour

if TYPE_CHECKING:
    import SimpleITK as sitk

MR_KINDS = {"MRI_CET1": "sagittal_cet1_fs", "MRI_T2": "sagittal_t2_fs"}
_FILES = ("MRI_CET1", "MRI_T2", "CT", "tumor_MRI", "tumor_CT")
SMALL = {
    "mr": Acquisition(size=(72, 72, 36), spacing_mm=(2.1, 2.1, 3.3), supersample=1),
    "ct": Acquisition(size=(100, 84, 32), spacing_mm=(4.0, 4.0, 5.0), supersample=1),
}
"""Grids that take a fifth of the time, for demonstrations."""
SYNTHETIC = {"synthetic": "yes"}
"""Column and cell by which a cohort's table says that a patient is synthetic."""
_README = """THIS COHORT IS SYNTHETIC. NO PATIENT EXISTS. DO NOT DRAW MEDICAL CONCLUSIONS FROM IT.

{count} digital phantoms made by "nacresponse phantom --patients {count} --seed {seed} --effect {effect}". COHORT.csv
lists the images, the tumour contours, the scanners, the clinical variables and the outcomes; truth.csv what the
outcomes were drawn from.
Status values are 1 positive, 0 negative; pcr is 1 for a pathological complete response; rcb_class is 0 to 3.
The contours are the true tumours: no reader's variation is in them.

HOW THE OUTCOME WAS DRAWN: BY LOT, FROM A FORMULA
pcr is 1 with the probability P, where
{law}
with the columns of truth.csv: log_volume is the natural logarithm of tumor_volume_mm3, heterogeneity the strength of
the texture inside the tumour, oedema the brightness of its surroundings on T2 (both 0 to 1). Nothing else bears on
pcr, the scanner least of all. THE EFFECTS ARE STRONGER THAN IN REAL PATIENTS, and a model's accuracy here says nothing
of its accuracy in a clinic.
"""


def make_cohort(
    count: int,
    output: str | Path,
    seed: int = 0,
    mr: Acquisition | None = None,
    ct: Acquisition | None = None,
    effect: float = 1.0,
    report: Callable[[int, str], None] | None = None,
) -> Path:
    """Writes ``COHORT.csv``, ``truth.csv``, ``README.txt`` and a folder a patient; all of it or nothing.

    Args:
        count: number of patients, at least 1. Patient k is the same in a cohort of any size.
        output: a folder that is new or empty.
        seed: not negative; another seed is another cohort.
        mr, ct: grids other than the default ones (their kind, side and scanner are not used).
        effect: by which the slopes of the law are multiplied.
        report: called with the number of patients done and the patient's name after each.

    Returns:
        The path of ``COHORT.csv``.

    Raises:
        InputError: a count below 1, a negative seed, an effect outside 0 to 10, an output that cannot be written or is
            not empty.
    """
    if not 0 <= effect <= 10:
        raise InputError("an effect from 0 to 10", f"{effect:g}", "give 1 for the usual law")

    def one(number: int, folder: Path) -> tuple[dict[str, str], dict[str, float | str]]:
        patient = draw_patient(number, seed, effect)
        row = _write_patient(patient, folder, (seed, number), mr or Acquisition(), ct or Acquisition())
        return row, patient.truth

    readme = _README.format(count=count, seed=seed, effect=f"{effect:g}", law=law_in_words(effect))
    return write_cohort(count, Path(output), seed, one, readme, report)


def _write_patient(
    patient: Patient, root: Path, seed: tuple[int, int], mr: Acquisition, ct: Acquisition
) -> dict[str, str]:
    import SimpleITK as sitk

    images = _mr_images(patient, mr, seed) | _ct_images(patient, ct, seed)
    (root / patient.patient_id).mkdir()
    row = {"patient_id": patient.patient_id}
    for name in _FILES:
        row[name] = f"{patient.patient_id}/{name}.nii.gz"
        sitk.WriteImage(images[name], str(root / row[name]), useCompression=True)
    row |= {f"scanner_{modality}": scanner for modality, scanner in patient.scanners.items()}
    return row | {name: f"{value:g}" for name, value in (patient.clinical | patient.outcome).items()} | SYNTHETIC


def _mr_images(patient: Patient, grid_of: Acquisition, seed: tuple[int, int]) -> dict[str, sitk.Image]:
    """CE-T1 and T2 on one grid, and their contour."""
    acquisitions = {name: _as(grid_of, kind, patient, "MRI") for name, kind in MR_KINDS.items()}
    grid = acquisitions["MRI_CET1"].grid(patient.prone)
    signals = sample(patient.prone, patient.prone_tumour, grid, tuple(MR_KINDS.values()))
    images = {
        name: record(signals[acquisition.kind], grid, acquisition, (*seed, number))
        for number, (name, acquisition) in enumerate(acquisitions.items())
    }
    return images | {"tumor_MRI": contour(patient.prone_tumour, grid)}


def _ct_images(patient: Patient, grid_of: Acquisition, seed: tuple[int, int]) -> dict[str, sitk.Image]:
    acquisition = _as(grid_of, "chest_ct", patient, "CT")
    grid = acquisition.grid(patient.supine)
    signal = sample(patient.supine, patient.supine_tumour, grid, ("chest_ct",))["chest_ct"]
    image = record(signal, grid, acquisition, (*seed, len(MR_KINDS)))
    return {"CT": image, "tumor_CT": contour(patient.supine_tumour, grid)}


def _as(grid_of: Acquisition, kind: str, patient: Patient, modality: str) -> Acquisition:
    return replace(grid_of, kind=kind, side=patient.side, scanner=patient.scanners[modality])


def contour(tumour: Tumour, grid: Grid) -> sitk.Image:
    """The tumour on a grid, unsigned 8-bit, 0 or 1."""
    mask = np.zeros(grid.count, np.uint8)
    for part, points in grid.chunks():
        mask[part] = tumour.contains(points)
    return grid.image(mask)
