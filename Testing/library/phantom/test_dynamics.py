"""The contrast agent: curves at their fixed points, and phases in images in the order of the clinic."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.phantom import Acquisition, Anatomy, Tumour, place_tumour
from NACResponseLib.phantom.contrast import CONTRASTS
from NACResponseLib.phantom.dynamics import enhancement, phase_table
from NACResponseLib.phantom.render import sample_tables
from NACResponseLib.phantom.truth import truth_masks


@pytest.mark.parametrize(("phase", "contrast"), [(0, "t1_fs"), (1, "cet1_fs")])
def test_the_first_phases_are_the_plain_and_the_enhanced_contrast(phase: int, contrast: str) -> None:
    for tissue, signal in phase_table(phase).items():
        assert tuple(signal) == pytest.approx(tuple(CONTRASTS[contrast][tissue]))


def test_no_tissue_loses_signal_by_the_contrast_agent() -> None:
    for tissue, before in CONTRASTS["t1_fs"].items():
        assert before.mean <= CONTRASTS["cet1_fs"][tissue].mean, tissue


def test_tumours_wash_out_from_the_second_phase_on_and_gland_keeps_rising() -> None:
    tumour, rim, gland = ([enhancement(tissue, k) for k in range(6)] for tissue in ("tumour", "rim", "gland"))
    assert tumour[0] == rim[0] == gland[0] == 0
    assert all(np.diff(tumour[2:]) < 0)
    assert all(np.diff(rim[1:]) < 0)
    assert all(np.diff(gland) > 0)
    assert max(gland) < 1 / (1 - np.exp(-90 / 240))  # the level that a persistent curve approaches


def test_the_activity_scales_the_enhancement_of_the_tumour_alone() -> None:
    half, full, before = phase_table(2, 0.5), phase_table(2), phase_table(0)
    for tissue, signal in full.items():
        share = 0.5 if tissue in ("tumour", "rim") else 1.0
        assert half[tissue].mean - before[tissue].mean == pytest.approx(share * (signal.mean - before[tissue].mean))


def test_a_tumour_and_the_gland_in_an_image_follow_their_curves() -> None:
    anatomy = Anatomy(seed=2, density=0.7)
    tumour = place_tumour(anatomy, Tumour(radii_mm=(11.0, 11.0, 11.0)), "left", "middle")
    grid = Acquisition(size=(56, 56, 28), spacing_mm=(2.8, 2.8, 4.2)).grid(anatomy)
    signals = sample_tables(anatomy, tumour, grid, {f"{k}": phase_table(k) for k in range(4)})
    masks = truth_masks(anatomy, tumour, grid)
    inside = sitk.GetArrayFromImage(sitk.BinaryErode(masks["tumour"], [2, 2, 1])).ravel() > 0
    means = [signals[f"{k}"][inside].mean() for k in range(4)]
    low, high = CONTRASTS["t1_fs"]["tumour"].mean, CONTRASTS["cet1_fs"]["tumour"].mean
    np.testing.assert_allclose(means, [low + enhancement("tumour", k) * (high - low) for k in range(4)], rtol=0.01)
    breast = sitk.GetArrayFromImage(masks["breast"]).ravel() > 0
    away = breast & (sitk.GetArrayFromImage(sitk.BinaryDilate(masks["tumour"], [3] * 3)).ravel() == 0)
    gland = [signals[f"{k}"][away].mean() for k in range(4)]
    assert all(np.diff(gland) > 0)
