"""How many implants of phantoms are found, and how well: printed by ``bench_anatomy.py``. Synthetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import SimpleITK as sitk

from NACResponseLib.anatomy.survey import survey
from NACResponseLib.imaging.geometry import mask_array, resample
from NACResponseLib.phantom import make_phantom, random_setting

KINDS = ("axial_t2", "axial_t2_fs", "axial_cet1_fs", "axial_cet1", "sagittal_t2", "sagittal_cet1_fs", "chest_ct")
THICKNESS_AND_NOISE = ((28.0, 0.6), (36.0, 1.0), (45.0, 1.7))
GRIDS = {
    "sagittal": ((150, 150, 60), (1.05, 1.05, 2.0)),
    "axial": ((224, 192, 72), (1.5, 1.5, 2.2)),
    "chest": ((256, 208, 64), (1.55, 1.55, 2.5)),
}


def implant(kind: str, number: int) -> tuple[str, float]:
    """What was found of an implant, as a line of a table, and the share of it that was."""
    thickness, noise = THICKNESS_AND_NOISE[number]
    anatomy, tumour, acquisition = random_setting(2001 + number, kind, "near_skin", radius_mm=6.0)
    size, spacing = GRIDS[kind.split("_")[0]]
    made = make_phantom(
        replace(anatomy, implant_mm=thickness),
        tumour,
        replace(acquisition, size=size, spacing_mm=spacing, noise=noise),
        seed=number + 1,
    )
    found = survey(sitk.Cast(made.image, sitk.sitkFloat32), "CT" if kind == "chest_ct" else "MR").implants
    truth = mask_array(made.truth["implant"])
    true_ml = truth.sum() * np.prod(made.truth["implant"].GetSpacing()) / 1000
    name = f"| {kind}, {thickness:g} mm thick, noise x{noise:g} | {true_ml:.0f}"
    if found is None:
        return f"{name} | not found | | |", 0.0
    mask = mask_array(resample(found.mask, made.truth["implant"], sitk.sitkNearestNeighbor))
    share = float((mask & truth).sum() / truth.sum())
    return f"{name} | {found.volume_ml:.0f} | {share:.0%} | {'taken out' if found.sure else 'warning only'} |", share


def report_implants() -> None:
    """Prints the table."""
    rows = [implant(kind, number) for kind in KINDS for number in range(len(THICKNESS_AND_NOISE))]
    print(
        "\n| phantoms with implants | ml | found, ml | of it | |\n|---|---|---|---|---|",
        *(r[0] for r in rows),
        sep="\n",
    )
    print(f"\nFound {sum(share > 0 for _, share in rows)} of {len(rows)}.")
