"""Tiny cohorts of other studies on disk: four modalities with 2D images among them, and two time points."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
import yaml

from NACResponseLib.config import resources

from ..imaging.dicom_bytes import MAMMOGRAM, ULTRASOUND, region, regions, write_frame
from .tiny import ct, mri, write_cohort

COARSE = {
    "US": {"zscore": True, "spacing_mm": 0.4, "bin_count": 8},
    "MG": {"zscore": True, "spacing_mm": 0.4, "bin_count": 8},
    "CT": {"spacing_mm": 3, "bin_width": 25},
    "MR": {"zscore": True, "spacing_mm": 3, "bin_count": 8},
    "ADC": {"spacing_mm": 3, "bin_count": 8},
}


def coarse(name: str, folder: Path) -> Path:
    """A shipped protocol with voxels of 3 mm and pixels of 0.4 mm, so that tiny images suffice; the user's own file."""
    data = yaml.safe_load((resources() / "Protocols" / f"{name}.yaml").read_text(encoding="utf-8"))
    data |= {"name": "coarse", "preprocessing": {kind: COARSE[kind] for kind in data["preprocessing"]}}
    (folder / "protocol.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return folder / "protocol.yaml"


def frame(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey values and a disc of 12 pixels' radius at another place for each patient."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((60, 70))
    inside = (y - 30 - seed) ** 2 + (x - 35) ** 2 <= 12**2
    return np.where(inside, 60, 120) + rng.integers(1, 60, inside.shape), inside


def write_plane(values: np.ndarray, spacing: tuple[float, float], path: Path) -> None:
    image = sitk.GetImageFromArray(values.astype(np.uint8))
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))


def four_modalities(folder: Path, count: int) -> Path:
    """``COHORT.csv``: ultrasound as DICOM with its scale in regions (every patient's contour is drawn in pixels of
    1 mm), mammograms as DICOM, CT and MRI."""
    rows = []
    for k in range(count):
        values, inside = frame(k)
        write_frame(
            folder / f"us{k}.dcm",
            np.repeat(values.astype(np.uint8)[..., None], 3, axis=2),
            ULTRASOUND,
            raw=[(0x00186011, regions([region(0.02, 0.03)]))],
        )
        write_plane(inside, (1, 1), folder / f"tumor_us{k}.seg.nrrd")
        write_frame(folder / f"mg{k}.dcm", values.astype(np.uint16) * 9, MAMMOGRAM, [(0x00181164, "DS", "0.25\\0.25")])
        write_plane(inside, (0.25, 0.25), folder / f"tumor_mg{k}.nii.gz")
        image, tumor = ct(k)
        for name, written in (("ct", image), ("tumor_ct", tumor), ("mri", mri(k)), ("tumor_mri", tumor)):
            sitk.WriteImage(written, str(folder / f"{name}{k}.nrrd"))
        files = {"US": "us{}.dcm", "MG": "mg{}.dcm", "CT": "ct{}.nrrd", "MRI_CET1": "mri{}.nrrd"}
        files |= {"tumor_US": "tumor_us{}.seg.nrrd", "tumor_MG": "tumor_mg{}.nii.gz"}
        files |= {"tumor_CT": "tumor_ct{}.nrrd", "tumor_MRI": "tumor_mri{}.nrrd"}
        row = {"patient_id": f"P{k}"} | {column: name.format(k) for column, name in files.items()}
        rows.append(row | {f"scanner_{name}": "A" for name in ("US", "MG", "CT", "MRI")} | {"pcr": str(k % 2)})
    write_cohort(folder / "COHORT.csv", rows)
    return folder / "COHORT.csv"


def two_times(folder: Path, count: int) -> Path:
    """``COHORT.csv`` of the protocol li2026: the tumour after treatment is another one than before."""
    rows = []
    for k in range(count):
        row = {"patient_id": f"P{k}", "apcr": str(k % 2)}
        for time, seed in (("PRE", k), ("POST", k + 50)):
            for number, sequence in enumerate(("CET1", "T2", "ADC")):
                row[f"{time}_{sequence}"] = f"{time}_{sequence}_{k}.nrrd"
                sitk.WriteImage(mri(seed) * (1 + number), str(folder / row[f"{time}_{sequence}"]))
            row[f"tumor_{time}_MRI"], row[f"scanner_{time}_MRI"] = f"tumor_{time}_{k}.nrrd", "A"
            sitk.WriteImage(ct(seed)[1], str(folder / row[f"tumor_{time}_MRI"]))
        rows.append(row)
    write_cohort(folder / "COHORT.csv", rows)
    return folder / "COHORT.csv"
