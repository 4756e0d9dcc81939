"""Meshes of masks against pyradiomics: every configuration, ragged masks, slices of the sample patient."""

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import cShape, shape, shape2D

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.features.handcrafted import shape_features
from NACResponseLib.features.mesh import mesh_area_and_volume, outline_length_and_area
from NACResponseLib.features.shape import plane_shape_values, shape_values

SPACINGS = [np.array(spacing) for spacing in ((1.0, 1.3, 1.7), (2.1, 0.8, 1.1), (0.6, 2.3, 1.9))]
DENSITIES = (0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
ROUNDING = 1e-6
"""In mm: pyradiomics gives a region without width an axis of some 1e-8."""


def plain(inside: np.ndarray, spacing: np.ndarray) -> dict[str, float]:
    """pyradiomics' own shape classes; the 2D one for a plane (y, x)."""
    volume = sitk.GetImageFromArray(inside.reshape((1,) * (3 - inside.ndim) + inside.shape).astype(np.uint8))
    volume.SetSpacing((*(float(edge) for edge in spacing[::-1]), 1.0)[:3])
    if inside.ndim == 2:
        calculator = shape2D.RadiomicsShape2D(volume, volume, label=1, force2D=True, force2Ddimension=0)
    else:
        calculator = shape.RadiomicsShape(volume, volume, label=1)
    calculator.enableAllFeatures()
    return {name: float(value) for name, value in calculator.execute().items()}


def drawn(seed: int, dimension: int) -> np.ndarray:
    """A ragged region in its box: from a single voxel, a line or a plane to some hundreds with holes."""
    rng = np.random.default_rng(seed)
    inside = rng.random(rng.integers(1, rng.choice([2, 4, 12]) + 1, dimension)) < rng.choice(DENSITIES)
    inside.ravel()[[0, -1]] = True  # it touches every side
    return inside


def above_rounding(values: dict[str, float]) -> dict[str, float]:
    return {name: 0.0 if abs(value) < ROUNDING else float(value) for name, value in values.items()}


@pytest.mark.parametrize("spacing", SPACINGS, ids=str)
def test_all_256_configurations_have_the_area_and_volume_of_pyradiomics_wherever_they_lie(spacing):
    for code in range(256):
        cube = np.array([code >> bit & 1 for bit in range(8)], bool).reshape(2, 2, 2)
        for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (3, 2, 5)):
            inside = np.pad(cube, [(before, 0) for before in place])
            area, volume, _ = cShape.calculate_coefficients(inside, spacing)
            expected = pytest.approx((area, volume), rel=1e-12, abs=1e-12)
            assert mesh_area_and_volume(inside, spacing) == expected, f"configuration {code} at {place}"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("dimension", "compute"), [(3, shape_values), (2, plane_shape_values)], ids=["3D", "2D"])
def test_300_ragged_masks_have_the_shape_of_pyradiomics(dimension, compute, caplog):
    caplog.set_level("CRITICAL", "radiomics")
    for seed in range(300):
        inside, spacing = drawn(seed, dimension), np.random.default_rng(seed).uniform(0.3, 3, dimension)
        ours, theirs = compute(inside, spacing), plain(inside, spacing)
        assert set(ours) == set(theirs)
        assert above_rounding(ours) == pytest.approx(above_rounding(theirs), rel=1e-9, nan_ok=True), f"seed {seed}"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_slice_of_the_sample_patients_tumour_has_the_shape_of_pyradiomics():
    mask = sitk.ReadImage(str(resources() / "SampleData" / "nact06" / "tumor_MRI.nii.gz"))
    inside, compared = sitk.GetArrayFromImage(mask) != 0, 0
    for axis in range(3):
        spacing = np.delete(mask.GetSpacing()[::-1], axis)
        for plane in np.moveaxis(inside, axis, 0):
            if plane.any():
                expected = pytest.approx(above_rounding(plain(plane, spacing)), rel=1e-9, nan_ok=True)
                assert above_rounding(plane_shape_values(plane, spacing)) == expected
                compared += 1
    assert compared > 150


def test_pixels_that_touch_crosswise_have_an_outline_each():
    """Two rhombi, each of half a pixel."""
    crosswise = np.pad(np.eye(2, dtype=bool), 1)
    found = outline_length_and_area(crosswise, np.array([3.0, 4.0]))
    assert found == pytest.approx((8 * 2.5, 3.0 * 4.0))


@pytest.mark.parametrize(
    ("size", "prefix"), [((5, 5, 1), "shape2D_Elongation"), ((5, 5, 3), "shape_Elongation, shape_Flatness")]
)
@pytest.mark.parametrize("engine", ["own", "pyradiomics"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_not_defined_on_a_single_voxel_is_refused_by_name(size, prefix, engine):
    mask = sitk.Image(size, sitk.sitkUInt8)
    mask[2, 2, 0] = 1
    with pytest.raises(InputError, match=f"{prefix} undefined on 1 voxels"):
        shape_features(mask, engine)
    with pytest.raises(InputError, match="empty"):
        shape_features(mask * 0, engine)
