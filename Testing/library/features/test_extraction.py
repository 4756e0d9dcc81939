"""A case's features: the right names, each from its own image, region and contour."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.regions import find_regions
from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.protocol import load_protocol

from ..conftest import ball, grid_of, volume

PROTOCOL = load_protocol("jang2025")


def ct_of(files):
    """The same body on another grid, in Hounsfield units."""
    grid = grid_of((90, 90, 35), (0.9, 0.9, 2.5), origin=(-40, -40, -43))
    hounsfield = np.where(ball(grid, (0, 0, 0), 36), -80.0, -1000.0) + 120 * ball(grid, (5, 0, 0), 9)
    hounsfield += np.random.default_rng(2).normal(0, 8, hounsfield.shape)
    return volume(hounsfield.astype(np.int16), grid), volume(ball(grid, (5, 0, 0), 9).astype(np.uint8), grid)


@pytest.fixture
def case(files):
    ct, tumor_ct = ct_of(files)
    t2 = sitk.Resample(files.image * 2 + 5, grid_of((60, 60, 40), (1.3, 1.3, 2.0)))
    return Case("A", {"MRI_CET1": files.image, "MRI_T2": t2, "CT": ct}, {"MRI": files.tumor, "CT": tumor_ct})


def test_a_complete_case_gives_every_feature_of_the_protocol_in_order(case):
    features = extract_features(case, PROTOCOL)
    assert tuple(features) == handcrafted_names(PROTOCOL)
    assert np.isfinite(list(features.values())).all()
    tumour = 4 / 3 * np.pi * 9**3
    assert features["MRI_Intra_shape_MeshVolume"] == pytest.approx(tumour, rel=0.05)
    assert features["CT_Intra_shape_MeshVolume"] == pytest.approx(tumour, rel=0.05)
    assert features["MRI_Peri_shape_VoxelVolume"] == pytest.approx(4 / 3 * np.pi * (14**3 - 9**3), rel=0.06)
    assert features["CT_Intra_firstorder_Mean"] == pytest.approx(40, abs=8)
    assert features["CT_Peri_firstorder_Mean"] == pytest.approx(-80, abs=8)
    assert features["MRI_CET1_Intra_firstorder_Mean"] > 2 > features["MRI_CET1_Peri_firstorder_Mean"]


def test_only_what_is_wanted_is_computed(case):
    alone = Case("A", {"CT": case.images["CT"]}, {"CT": case.contours["CT"]})
    wanted = ["CT_Peri_glcm_Contrast", "CT_Intra_shape_Sphericity"]
    features = extract_features(alone, PROTOCOL, wanted)
    whole = extract_features(case, PROTOCOL)
    assert features == pytest.approx({name: whole[name] for name in sorted(wanted, key=list(whole).index)})


def test_regions_that_are_known_already_are_not_made_again(case):
    known = {"CT": find_regions(case, "CT", "CT", "CT", margin_mm=3)}
    features = extract_features(case, PROTOCOL, ["CT_Peri_shape_VoxelVolume"], known)
    assert features["CT_Peri_shape_VoxelVolume"] == pytest.approx(4 / 3 * np.pi * (12**3 - 9**3), rel=0.06)


def test_a_missing_image_is_named(case):
    images = {name: image for name, image in case.images.items() if name != "MRI_T2"}
    with pytest.raises(InputError, match=r"MRI_T2 .*jang2025, found none"):
        extract_features(Case("A", images, case.contours), PROTOCOL)


def test_a_shell_without_tissue_is_named(case):
    nothing = volume(np.zeros((40, 80, 80), np.uint8), case.images["MRI_CET1"])
    masked = Case("A", case.images, case.contours, masks={"breast": nothing})
    with pytest.raises(InputError, match="voxels in region Peri"):
        extract_features(masked, PROTOCOL, ["MRI_Peri_shape_VoxelVolume"])
