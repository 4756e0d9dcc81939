"""Implants: recognised on phantoms, not taken for breast; none seen on a breast that has none."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.breast import find_anatomy
from NACResponseLib.anatomy.survey import Survey, survey
from NACResponseLib.imaging.geometry import mask_array
from NACResponseLib.phantom import Phantom, make_phantom, random_setting

GRIDS = {"sagittal": ((150, 150, 60), (1.05, 1.05, 2.0)), "axial": ((136, 108, 38), (2.5, 2.5, 4.0))}


@cache
def phantom(kind: str, seed: int, implant_mm: float) -> Phantom:
    anatomy, tumour, acquisition = random_setting(seed, kind, "near_skin", radius_mm=6.0)
    size, spacing = GRIDS[kind.split("_")[0]]
    return make_phantom(
        replace(anatomy, implant_mm=implant_mm),
        tumour,
        replace(acquisition, size=size, spacing_mm=spacing, noise=0.6),
        seed=seed,
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind,seed", [("sagittal_t2", 1006), ("axial_cet1_fs", 1001), ("sagittal_t2", 2002)])
def test_an_implant_is_named_and_is_no_breast_tissue(kind: str, seed: int) -> None:
    made = phantom(kind, seed, 36.0)
    found = find_anatomy(made.image, "MR", focus=made.truth["tumour"])
    assert any("implant" in warning for warning in found.warnings)
    inside = mask_array(made.truth["implant"])
    assert mask_array(found.breast)[inside].mean() < 0.3
    assert not (mask_array(found.breast) & mask_array(found.chest_wall)).any()


@pytest.mark.slow
def test_a_phantom_without_one_has_none_and_its_truth_no_such_mask() -> None:
    made = phantom("sagittal_t2", 1006, 0.0)
    assert "implant" not in made.truth
    assert survey(sitk.Cast(made.image, sitk.sitkFloat32), "MR").implants is None


def test_the_truth_of_an_implant_is_apart_from_breast_and_chest_wall() -> None:
    truth = {name: mask_array(mask) for name, mask in phantom("sagittal_t2", 1006, 36.0).truth.items()}
    parts = np.sum([truth[name] for name in ("skin", "chest_wall", "breast", "implant")], axis=0)
    assert (parts == truth["body"]).all() and truth["implant"].any()


def test_the_sample_patient_has_none(sample_survey: Survey) -> None:
    assert sample_survey.implants is None
