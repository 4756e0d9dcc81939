"""The body outline on bodies of known shape."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array

SPACING = 2.0
SHAPE = (40, 70, 80)


def image_of(values: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing((SPACING,) * 3)
    return image


def trunk(signal: float, air: float, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """A cylinder along z in the air in front (small y) of the lower border, and the noisy image of it."""
    _, y, x = np.indices(SHAPE)
    inside = np.hypot(x - 40, y - 55) < 28
    rng = np.random.default_rng(0)
    values = np.where(inside, signal, air)
    return inside, np.hypot(values + rng.normal(0, noise, SHAPE), rng.normal(0, noise, SHAPE))


def share_wrong(found: sitk.Image, truth: np.ndarray) -> float:
    return float((mask_array(found) ^ truth).sum() / truth.sum())


@pytest.mark.parametrize("signal", [30.0, 100.0, 800.0])
def test_the_outline_of_a_cylinder_is_found_in_noise(signal: float) -> None:
    inside, values = trunk(signal, 0.0, 7.0)
    assert share_wrong(body_mask(image_of(values), "MR"), inside) < 0.03


def test_lungs_that_the_field_of_view_cuts_open_belong_to_the_body() -> None:
    inside, values = trunk(100.0, 0.0, 5.0)
    _, y, x = np.indices(SHAPE)
    lung = (np.hypot(x - 40, y - 60) < 15) & inside
    values[lung] = 5.0
    found = mask_array(body_mask(image_of(values), "MR"))
    assert found[lung].mean() > 0.99


def test_a_fold_of_air_between_breast_and_trunk_stays_air() -> None:
    inside, values = trunk(100.0, 0.0, 3.0)
    fold = np.zeros(SHAPE, bool)
    fold[:, 34:46, 10:52] = True  # 24 mm high, open to the side
    values[fold] = 3.0
    found = mask_array(body_mask(image_of(values), "MR"))
    assert found[fold & inside].mean() < 0.15


def test_the_couch_of_a_scanner_is_no_part_of_the_body() -> None:
    _, y, x = np.indices(SHAPE)
    inside = np.hypot(x - 40, y - 32) < 24
    couch = (y >= 62) & (y < 65)
    values = np.where(inside, 40.0, np.where(couch, 80.0, -1000.0))
    found = mask_array(body_mask(image_of(values), "CT"))
    assert not found[couch].any()
    assert (found ^ inside).sum() < 0.03 * inside.sum()


@pytest.mark.parametrize("modality", ["MR", "CT"])
def test_an_image_without_a_body_is_refused(modality: str) -> None:
    noise = np.random.default_rng(1).normal(0, 7, (2, *SHAPE))
    values = np.hypot(*noise) if modality == "MR" else noise[0] - 1000
    with pytest.raises(InputError, match="body"):
        body_mask(image_of(values), modality)
