"""Deltas: after less before of the same feature, of exactly the images and contours that the protocol names."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.features.deep import DeepExtractor, case_patches, extract_deep, place_of
from NACResponseLib.features.deltas import changed, delta_values, with_parents
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.names import INTENSITY, SHAPE, deep_names, handcrafted_names
from NACResponseLib.features.preparation import CasePreparation
from NACResponseLib.protocol import Delta, load_protocol, protocol_from

from ..conftest import ball, grid_of, volume

LI = load_protocol("li2026")
DATA = {
    "name": "two times",
    "description": "made for tests",
    "source": "made for tests",
    "regions": ["Intra"],
    "images": {
        "PRE_CT": {"modality": "CT", "contour": "PRE", "time": "pre"},
        "POST_CT": {"modality": "CT", "contour": "POST", "time": "post"},
    },
    "deltas": {
        "GREY": {"before": "PRE_CT", "after": "POST_CT", "change": "relative"},
        "SIZE": {"before": "PRE", "after": "POST"},
    },
    "preprocessing": {"CT": {"spacing_mm": 2, "bin_width": 25}},
}
TWO = protocol_from(DATA, "a test")


def ct(radius: float, level: float) -> tuple[sitk.Image, sitk.Image]:
    grid = grid_of((32, 32, 24), (2.0, 2.0, 2.5), origin=(-32, -32, -30))
    tumor = ball(grid, (2, 0, 0), radius)
    values = np.where(tumor, level, -80.0) + np.random.default_rng(int(radius)).normal(0, 6, tumor.shape)
    return volume(values.astype(np.float32), grid), volume(tumor.astype(np.uint8), grid)


@pytest.fixture(scope="module")
def case() -> Case:
    """A tumour that shrinks from 11 to 7 mm radius and darkens from 60 to 30."""
    (before, large), (after, small) = ct(11, 60), ct(7, 30)
    return Case("A", {"PRE_CT": before, "POST_CT": after}, {"PRE": large, "POST": small})


def test_deltas_are_named_after_the_features_they_are_made_of():
    names = handcrafted_names(LI)
    assert len(names) == len(set(names)) == 2 * len(SHAPE) + 6 * len(INTENSITY) + 3 * len(INTENSITY) + len(SHAPE)
    assert {"DELTA_T2_Intra_glcm_Contrast", "DELTA_MRI_Intra_shape_Sphericity"} < set(names)
    assert not any(name.startswith("DELTA_T2_Intra_shape") for name in names)
    deep = deep_names(LI, 10)
    assert len(deep) == (6 + 3) * 512 and "DELTA_ADC_Intra_0007" in deep
    deltas = {name for name in (*names, *deep) if name.startswith("DELTA_")}
    parents = with_parents(deltas, LI) - deltas
    assert len(parents) == 2 * len(deltas) and parents < {*names, *deep}


def test_the_parents_of_a_delta_are_its_feature_before_and_after():
    before, after = "PRE_T2_Intra_glcm_Contrast", "POST_T2_Intra_glcm_Contrast"
    changes = {"DELTA_T2_Intra_glcm_Contrast", "DELTA_MRI_Intra_shape_Flatness"}
    shapes = {"PRE_MRI_Intra_shape_Flatness", "POST_MRI_Intra_shape_Flatness"}
    assert with_parents(changes, LI) == {*changes, before, after, *shapes}
    others = {"PRE_T2_Intra_glcm_Contrast", "DELTA_T2_Peri_glcm_Contrast", "DELTA_T2", "age"}
    assert with_parents(others, LI) == others
    assert with_parents(["age", "DELTA_ADC_Intra_0003"], LI) == {
        *("age", "DELTA_ADC_Intra_0003", "PRE_ADC_Intra_0003", "POST_ADC_Intra_0003")
    }


@pytest.mark.parametrize(
    ("before", "after", "difference", "relative"),
    [(4.0, 6.0, 2.0, 0.5), (-4.0, -6.0, -2.0, -0.5), (-4.0, 6.0, 10.0, 2.5), (0.0, 6.0, 6.0, math.nan)],
)
def test_a_change_is_after_less_before(before, after, difference, relative):
    assert changed(before, after, Delta("a", "b")) == difference
    assert changed(before, after, Delta("a", "b", "relative")) == pytest.approx(relative, nan_ok=True)


def test_a_patient_without_one_time_point_has_no_delta():
    names = ["GREY_Intra_firstorder_Mean", "SIZE_Intra_shape_MeshVolume"]
    values = {"PRE_CT_Intra_firstorder_Mean": 2.0}
    values |= {"PRE_Intra_shape_MeshVolume": 3.0, "POST_Intra_shape_MeshVolume": 5.0}
    assert dict(delta_values(values, names, TWO)) == {"SIZE_Intra_shape_MeshVolume": 2.0}


def test_a_case_has_the_changes_of_its_tumour(case):
    found = extract_features(case, TWO)
    assert tuple(found) == handcrafted_names(TWO)
    before, after = found["PRE_CT_Intra_firstorder_Mean"], found["POST_CT_Intra_firstorder_Mean"]
    assert (before, after) == (pytest.approx(60, abs=6), pytest.approx(30, abs=6))
    assert found["GREY_Intra_firstorder_Mean"] == pytest.approx((after - before) / before)
    assert found["SIZE_Intra_shape_MeshVolume"] == pytest.approx(4 / 3 * np.pi * (7**3 - 11**3), rel=0.05)


def test_of_a_wanted_delta_only_what_it_is_made_of_is_computed(case):
    wanted = ["SIZE_Intra_shape_MeshVolume"]
    (name, value), *others = extract_features(case, TWO, wanted).items()
    assert ([name], others) == (wanted, [])
    shapes_only = CasePreparation(case, TWO)
    assert extract_features(case, TWO, wanted, preparation=shapes_only) == {name: value}
    assert not shapes_only._images  # no image was prepared
    alone = Case("A", {"PRE_CT": case.images["PRE_CT"]}, {"PRE": case.contours["PRE"]})
    with pytest.raises(InputError, match=r"POST_CT.* POST, found none"):
        extract_features(alone, TWO, wanted)
    assert extract_features(alone, TWO, ["PRE_CT_Intra_firstorder_Mean"])


@pytest.mark.slow
def test_deep_deltas_are_the_changes_of_deep_features(case, weights10):
    found = extract_deep(case, TWO, 10, weights10, device="cpu").values
    assert tuple(found) == deep_names(TWO, 10)
    for index in (0, 300, 511):
        before, after = found[f"PRE_CT_Intra_{index:04d}"], found[f"POST_CT_Intra_{index:04d}"]
        assert found[f"GREY_Intra_{index:04d}"] == pytest.approx((after - before) / abs(before))
    assert place_of("GREY_Intra_0300", TWO) == ("GREY", "Intra")
    assert place_of("SIZE_Intra_0300", TWO) is None
    wanted = extract_deep(case, TWO, 10, weights10, device="cpu", wanted=["GREY_Intra_0300"]).values
    assert wanted == pytest.approx({"GREY_Intra_0300": found["GREY_Intra_0300"]}, rel=1e-5)


def test_deep_features_of_one_time_point_alone_have_no_deltas(case, weights10):
    alone = Case("A", {"PRE_CT": case.images["PRE_CT"]}, {"PRE": case.contours["PRE"]})
    patches = case_patches(CasePreparation(alone, TWO), ["PRE_CT_Intra_0000"])
    (found,) = DeepExtractor(10, weights10, "cpu").features([patches], TWO)
    assert set(found.values) == {f"PRE_CT_Intra_{index:04d}" for index in range(512)}
    assert "GREY_Intra_0000 to GREY_Intra_0511" in found.metadata["columns"]
