"""Handcrafted features against pyradiomics called plainly on the uncropped image."""

import sys

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.features.handcrafted import intensity_features, region_mask, shape_features
from NACResponseLib.features.names import HANDCRAFTED
from NACResponseLib.imaging.geometry import isotropic_grid, isotropic_subgrid
from NACResponseLib.protocol import Preprocessing


def image_and_mask(kind: str, spacing=(1.0, 1.0, 1.0)):
    """A noisy image with structure, and a mask: a ball, a hollow shell, or ragged separate parts."""
    rng = np.random.default_rng(7)
    z, y, x = np.mgrid[:34, :38, :42].astype(float)
    radius = np.sqrt((z - 16) ** 2 + (y - 19) ** 2 + (x - 21) ** 2)
    masks = {
        "ball": radius < 9,
        "shell": (radius > 6) & (radius < 11),
        "ragged": (radius < 10) & (rng.random(radius.shape) > 0.4),
        "isolated voxels": (z % 3 == 0) & (y % 3 == 0) & (x % 3 == 0) & (radius < 9),
    }
    image = sitk.GetImageFromArray(rng.normal(100, 20, radius.shape) + 30 * np.sin(x / 3))
    mask = sitk.GetImageFromArray(masks[kind].astype(np.uint8))
    for volume in (image, mask):
        volume.SetSpacing(spacing)
    return image, mask


@pytest.mark.parametrize("kind", ["ball", pytest.param("shell", marks=pytest.mark.slow), "ragged"])
@pytest.mark.parametrize("levels", [{"bin_count": 128}, {"bin_width": 2.0}], ids=["128 bins", "width 2"])
def test_all_107_features_equal_plain_pyradiomics(kind, levels):
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    image, mask = image_and_mask(kind)
    steps = Preprocessing(spacing_mm=1.0, **levels)
    ours = shape_features(mask) | intensity_features(image, mask, steps)
    plain = RadiomicsFeatureExtractor(
        **({"binCount": 128} if "bin_count" in levels else {"binWidth": 2.0}), additionalInfo=False
    ).execute(image, mask)
    theirs = {key.removeprefix("original_"): float(value) for key, value in plain.items()}
    assert list(ours) == [feature.key for feature in HANDCRAFTED]
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 2.0), (1.3, 0.9, 3.1)])
def test_shape_equals_pyradiomics_on_anisotropic_voxels(spacing):
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    _, mask = image_and_mask("ragged", spacing)
    extractor = RadiomicsFeatureExtractor(additionalInfo=False)
    extractor.disableAllFeatures()
    extractor.enableFeatureClassByName("shape")
    plain = extractor.execute(mask, mask)
    theirs = {key.removeprefix("original_"): float(value) for key, value in plain.items()}
    assert shape_features(mask) == pytest.approx(theirs, rel=1e-9)


def test_no_feature_needs_pyradiomics(monkeypatch):
    monkeypatch.setitem(sys.modules, "radiomics", None)  # Python's own way to have an import fail
    image, mask = image_and_mask("ball")
    steps = Preprocessing(spacing_mm=1.0, bin_count=8)
    assert len(shape_features(mask) | intensity_features(image, mask, steps)) == 107
    assert (
        len(shape_features(mask[:, :, 16:17]) | intensity_features(image[:, :, 16:17], mask[:, :, 16:17], steps)) == 102
    )
    with pytest.raises(InputError, match="the package pyradiomics"):
        shape_features(mask, "pyradiomics")


def test_moving_a_region_in_a_larger_image_changes_no_feature():
    image, mask = image_and_mask("ball")
    steps = Preprocessing(spacing_mm=1.0, bin_count=64)
    wide = [sitk.ConstantPad(volume, (5, 9, 2), (1, 0, 7)) for volume in (image, mask)]
    assert intensity_features(*wide, steps) == intensity_features(image, mask, steps)


def test_an_empty_region_is_refused():
    image, mask = image_and_mask("ball")
    with pytest.raises(InputError, match="empty"):
        intensity_features(image, mask * 0, Preprocessing(spacing_mm=1.0, bin_count=8))


def test_a_feature_that_is_not_defined_is_refused_by_name():
    image, mask = image_and_mask("isolated voxels")
    with pytest.raises(InputError, match=r"glcm_Autocorrelation.* undefined on"):
        intensity_features(image, mask, Preprocessing(spacing_mm=1.0, bin_count=8))


def test_a_region_keeps_its_volume_on_the_isotropic_grid():
    _, mask = image_and_mask("ball", (0.7, 0.7, 2.0))
    grid = sitk.Image(40, 40, 80, sitk.sitkUInt8)
    moved = region_mask(mask, grid)
    volume = sitk.GetArrayViewFromImage(mask).sum() * 0.7 * 0.7 * 2.0
    assert sitk.GetArrayViewFromImage(moved).sum() == pytest.approx(volume, rel=0.05)


def test_a_centre_between_two_voxels_is_decided_the_same_on_every_part_of_the_grid():
    """At 0.75 mm every third centre of a 1 mm grid lies on a border between voxels."""
    mask = image_and_mask("ball", (0.75, 0.75, 2.0))[1]
    mask.SetOrigin((-87.3, 41.7, 0.1))
    whole = region_mask(mask, isotropic_grid(mask, 1.0))
    for start in range(5):
        box = ((start, 2 * start, start), tuple(n - 2 * start for n in mask.GetSize()))
        part = isotropic_subgrid(mask, 1.0, box)
        first = [round(x) for x in whole.TransformPhysicalPointToContinuousIndex(part.GetOrigin())]
        same = sitk.GetArrayFromImage(sitk.RegionOfInterest(whole, part.GetSize(), first))
        assert np.array_equal(sitk.GetArrayFromImage(region_mask(mask, part)), same)
