"""The regions of a contour: shell inside the body and outside what the user marked."""

import numpy as np
import pytest

from NACResponseLib.anatomy.regions import find_regions
from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array

from ..conftest import ball, volume


def regions(files, **changes):
    case = Case("A", {"MRI_CET1": files.image}, {"MRI": files.tumor})
    return find_regions(Case(**{**vars(case), **changes}), "MRI", "MRI_CET1", "MR")


def test_the_shell_never_reaches_into_air(files):
    near_skin = volume(ball(files.image, (28, 0, 0), 6).astype(np.uint8), files.image)
    found = regions(files, contours={"MRI": near_skin})
    assert not (mask_array(found.shell) & ~ball(files.image, (0, 0, 0), 37)).any()
    assert found.clipped_mm3["air"] > 0
    whole = 4 / 3 * np.pi * (11**3 - 6**3)
    assert found.shell_mm3 + sum(found.clipped_mm3.values()) == pytest.approx(whole, rel=0.05)


def test_every_mask_of_the_user_is_respected(files):
    half = volume((np.arange(80) < 45)[None, None, :].repeat(80, 1).repeat(40, 0).astype(np.uint8), files.image)
    whole = mask_array(regions(files).shell)
    for name in ("skin", "chest_wall"):
        assert np.array_equal(mask_array(regions(files, masks={name: half}).shell), whole & ~mask_array(half))
    assert np.array_equal(mask_array(regions(files, masks={"breast": half}).shell), whole & mask_array(half))


def test_no_tissue_left_is_a_warning_not_a_failure(files):
    nothing = volume(np.zeros((40, 80, 80), np.uint8), files.image)
    found = regions(files, masks={"breast": nothing})
    assert found.shell_mm3 == 0
    assert "No tissue is left" in found.warnings[-1]


def test_an_image_of_noise_has_no_body(files):
    noise = volume(np.zeros((40, 80, 80), np.float32), files.image)
    noise_values = np.zeros((40, 80, 80), np.float32)
    noise_values[20, 40, 40:43] = 100
    with pytest.raises(InputError, match="a body in the image"):
        regions(files, images={"MRI_CET1": volume(noise_values, noise)})


def test_unknown_names_suggest_what_exists(files):
    case = Case("A", {"MRI_CET1": files.image}, {"MRI": files.tumor})
    with pytest.raises(InputError, match="did you mean 'MRI'"):
        find_regions(case, "MR", "MRI_CET1", "MR")
    with pytest.raises(InputError, match="did you mean 'MRI_CET1'"):
        find_regions(case, "MRI", "MRI_CE_T1", "MR")
