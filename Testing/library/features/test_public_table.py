"""The protocol ispy-radiomics against pyradiomics itself, and against the public table that it follows."""

import csv
import logging
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.config import resources
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.imaging.io import load_case
from NACResponseLib.protocol import load_protocol

SAMPLE = resources() / "SampleData" / "nact06"
TABLE = resources() / "Models" / "CC-BY-NC-4.0"
CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    """Features of the sample patient inside the corrected contour, by pyradiomics' names."""
    contour = SAMPLE / "tumor_MRI_corrected.nii.gz"
    case = load_case("NACT_06", {"MRI_CET1": SAMPLE / "MRI_CET1.nii.gz"}, {"MRI": contour})
    found = extract_features(case, load_protocol("ispy-radiomics"))
    return {f"original_{name.split('Intra_')[1]}": value for name, value in found.items()}


def test_grey_levels_of_the_public_table_are_32_wide() -> None:
    """Their variance is that of the intensities over the square of their width, in every patient."""
    table = rows(TABLE / "ispy_radiomics.csv")
    spread, levels = (
        np.array([float(row[f"original_{name}"]) for row in table])
        for name in ("firstorder_Variance", "gldm_GrayLevelVariance")
    )
    assert len(table) == 839
    np.testing.assert_allclose(np.sqrt(spread / levels), load_protocol("ispy-radiomics").steps_of("MRI_CET1").bin_width,
                               rtol=0.006)  # fmt: skip


def test_intensity_features_are_those_of_pyradiomics_normalizing_the_whole_image(ours: dict[str, float]) -> None:
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    logging.getLogger("radiomics").setLevel(logging.ERROR)
    theirs = RadiomicsFeatureExtractor(normalize=True, normalizeScale=1000, binWidth=32)
    theirs.disableAllFeatures()
    for name in CLASSES:
        theirs.enableFeatureClassByName(name)
    image = sitk.ReadImage(str(SAMPLE / "MRI_CET1.nii.gz"))
    reference = theirs.execute(image, sitk.ReadImage(str(SAMPLE / "tumor_MRI_corrected.nii.gz")))
    intensity = {name: value for name, value in ours.items() if "_shape_" not in name}
    assert len(intensity) > 70
    for name, value in intensity.items():
        assert value == pytest.approx(float(reference[name]), rel=1e-3), name


def test_the_corrected_contour_gives_the_features_of_the_experts_mask_to_a_tenth(ours: dict[str, float]) -> None:
    """His mask is another one, so that some differ by more: those of the darkest voxels, and of zones' shapes."""
    published = rows(TABLE / "nact_06.csv")[0]
    off = {name: abs(value / float(published[name]) - 1) for name, value in ours.items()}
    assert np.median(list(off.values())) < 0.04
    assert np.mean([value < 0.1 for value in off.values()]) > 0.85
    for name in ("shape_MeshVolume", "shape_Sphericity", "firstorder_Mean", "firstorder_Entropy", "glcm_JointEntropy"):
        assert off[f"original_{name}"] < 0.05, name
