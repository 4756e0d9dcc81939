"""Our own kernels against pyradiomics on masks of every kind, down to two voxels, and on the sample patient."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.features import handcrafted
from NACResponseLib.features.handcrafted import intensity_features, shape_features
from NACResponseLib.features.intensity import intensity_values
from NACResponseLib.protocol import Preprocessing, load_protocol

CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
LEVELS = [(128, None), (8, None), (2, None), (None, 2.0), (None, 25.0), (None, 0.1)]


def plain(values, inside, bin_count, bin_width, spacing):
    """pyradiomics' own classes; NaN where it fails."""
    from radiomics import featureextractor

    image, mask = (sitk.GetImageFromArray(array) for array in (values, inside.astype(np.uint8)))
    for volume in (image, mask):
        volume.SetSpacing(spacing)
    settings = {"binWidth": bin_width} if bin_count is None else {"binCount": bin_count}
    found = {}
    for name in CLASSES:
        kind = featureextractor.getFeatureClasses()[name]
        calculator = kind(image, mask, label=1, **settings)
        calculator.enableAllFeatures()
        found |= {f"{name}_{feature}": float(value) for feature, value in calculator.execute().items()}
    return found


def drawn(seed):
    """A small region, often degenerate, in its box, and values: noise, one value, few values, stripes, a gradient."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, rng.choice([2, 4, 8]) + 1, 3))
    inside = rng.random(shape) < rng.choice([0.1, 0.3, 0.7, 1.0])
    inside.ravel()[[0, -1]] = True  # it touches every side
    index = np.indices(shape).sum(0)
    values = [
        rng.normal(100, 20, shape),
        np.full(shape, 7.3),
        rng.integers(0, 3, shape).astype(float),
        index % 2 + 0.0,
        rng.integers(-300, 300, shape).astype(float),
        5.0 * index + rng.normal(0, 1, shape),
    ]
    return values[seed % len(values)], inside, LEVELS[rng.integers(len(LEVELS))]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seeds", [range(12), pytest.param(range(12, 300), marks=pytest.mark.slow)], ids=["12", "288"])
def test_features_of_random_masks_equal_pyradiomics_or_are_undefined_in_both(seeds, caplog):
    caplog.set_level("CRITICAL", "radiomics")
    compared = undefined = 0
    for seed in seeds:
        values, inside, (count, width) = drawn(seed)
        if inside.sum() < 2:
            continue
        theirs = plain(values, inside, count, width, (0.7, 0.7, 2.0))
        ours = intensity_values(values, inside, count, width, 0.7 * 0.7 * 2.0)
        assert set(ours) == set(theirs) and len(ours) == 93
        # What is nothing but a rounding error in both, as the skewness of a symmetric region, need not be the same one.
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True), f"seed {seed}"
        compared += 1
        undefined += any(math.isnan(value) for value in ours.values())
    assert compared > 0.7 * len(seeds) and undefined > 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("levels", [(128, None), pytest.param((None, 0.2), marks=pytest.mark.slow)])
def test_a_region_with_many_levels_equals_pyradiomics(levels):
    rng = np.random.default_rng(1)
    inside = rng.random((9, 12, 14)) < 0.9
    inside.ravel()[[0, -1]] = True
    values = rng.normal(0, 10, inside.shape) + np.indices(inside.shape).sum(0)
    theirs = plain(values, inside, *levels, (1.0, 1.0, 1.0))
    assert intensity_values(values, inside, *levels, 1.0) == pytest.approx(theirs, rel=1e-9)


def test_levels_that_hardly_meet_keep_their_maximal_correlation():
    """Where two pairs of levels meet only each other, the eigenvalues lie together and eps decides."""
    inside = np.ones((4, 4, 60), bool)
    values = np.random.default_rng(0).normal(0, 5, inside.shape)
    values[:, :, :2], values[:, :, 2] = 60.0, 0.0
    theirs = plain(values, inside, 100, None, (1.0, 1.0, 1.0))
    assert intensity_values(values, inside, 100, None, 1.0)["glcm_MCC"] == pytest.approx(theirs["glcm_MCC"], rel=1e-9)


@pytest.fixture(scope="module")
def region():
    rng = np.random.default_rng(3)
    image = sitk.GetImageFromArray(rng.normal(100, 20, (6, 9, 9)))
    mask = sitk.GetImageFromArray((rng.random((6, 9, 9)) < 0.7).astype(np.uint8))
    return image, mask


def test_pyradiomics_computes_the_features_where_it_is_asked_to(region, monkeypatch):
    steps = Preprocessing(spacing_mm=1.0, bin_count=16)
    ours, theirs = (intensity_features(*region, steps, engine) for engine in ("own", "pyradiomics"))
    assert ours != theirs and ours == pytest.approx(theirs, rel=1e-9)
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomics")
    assert intensity_features(*region, steps) == theirs
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomic")
    with pytest.raises(InputError, match="did you mean 'pyradiomics'"):
        intensity_features(*region, steps)


def test_pyradiomics_computes_the_shape_where_it_is_asked_to(region, monkeypatch):
    ours, theirs = (shape_features(region[1], engine) for engine in ("own", "pyradiomics"))
    assert ours != theirs and ours == pytest.approx(theirs, rel=1e-9)
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomics")
    assert shape_features(region[1]) == theirs


def test_pyradiomics_that_is_asked_for_and_absent_is_told_in_one_line(region, monkeypatch):
    monkeypatch.setattr(handcrafted, "find_spec", lambda name: None)
    assert len(shape_features(region[1])) == 14
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomics")
    for compute in (shape_features, lambda mask: intensity_features(region[0], mask, Preprocessing(None, bin_count=8))):
        with pytest.raises(InputError, match=r"package pyradiomics.*pip install '\.\[pyradiomics\]'.*unset") as error:
            compute(region[1])
        assert "\n" not in str(error.value)


def test_a_single_voxel_is_refused(region):
    image, mask = region
    one = sitk.Image(mask.GetSize(), sitk.sitkUInt8)
    one[4, 4, 3] = 1
    with pytest.raises(InputError, match="undefined on 1 voxels"):
        intensity_features(image, one, Preprocessing(spacing_mm=1.0, bin_count=16))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jang2025", "ispy-radiomics"])
def test_features_of_the_sample_patient_equal_pyradiomics(name, monkeypatch):
    from NACResponseLib.config import resources
    from NACResponseLib.features.extraction import extract_features
    from NACResponseLib.features.names import handcrafted_names
    from NACResponseLib.imaging.io import load_case

    folder = resources() / "SampleData" / "nact06"
    case = load_case("A", {"MRI_CET1": folder / "MRI_CET1.nii.gz"}, {"MRI": folder / "tumor_MRI.nii.gz"})
    protocol = load_protocol(name)
    wanted = [feature for feature in handcrafted_names(protocol) if feature.startswith("MRI_CET1_")]
    ours = extract_features(case, protocol, wanted)
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomics")
    assert ours == pytest.approx(extract_features(case, protocol, wanted), rel=1e-9)


@pytest.mark.parametrize("outlier", [math.nan, math.inf, 1e9, 1e30])
def test_an_outlier_whose_bins_would_fill_the_memory_is_told(outlier):
    values = np.random.default_rng(0).normal(100, 30, (6, 6, 6))
    values[0, 0, 0] = outlier
    with pytest.raises(InputError, match="outliers"):
        intensity_values(values, np.ones(values.shape, bool), None, 25.0, 1.0)
