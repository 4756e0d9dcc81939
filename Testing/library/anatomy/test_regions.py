"""The regions of a contour: shell inside the body and outside what the user marked."""

from dataclasses import asdict

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.regions import find_regions, find_tumor
from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import crop, mask_array
from NACResponseLib.phantom import Acquisition, draw_patient, make_phantom

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


def test_a_mask_for_one_contour_leaves_the_others_alone(files):
    half = volume((np.arange(80) < 45)[None, None, :].repeat(80, 1).repeat(40, 0).astype(np.uint8), files.image)
    plain = mask_array(regions(files).shell)
    own, other = (mask_array(regions(files, masks={f"{name}:skin": half}).shell) for name in ("MRI", "CT"))
    assert np.array_equal(own, plain & ~mask_array(half)) and np.array_equal(other, plain)
    empty = volume(np.zeros((40, 80, 80), np.uint8), files.image)
    assert np.array_equal(mask_array(regions(files, masks={"skin": half, "MRI:skin": empty}).shell), plain)


@pytest.mark.parametrize("modality", ["MR", pytest.param("CT", marks=pytest.mark.slow)])
def test_drawing_only_about_the_tumour_changes_no_region(modality):
    kind = "sagittal_cet1_fs" if modality == "MR" else "chest_ct"
    patient = draw_patient(3, 0)
    prone = modality == "MR"
    anatomy, tumour = (patient.prone, patient.prone_tumour) if prone else (patient.supine, patient.supine_tumour)
    size, spacing = ((90, 90, 32), (2.0, 2.0, 3.8)) if prone else ((96, 96, 40), (3.4, 3.4, 4.5))
    made = make_phantom(anatomy, tumour, Acquisition(kind, size, spacing, side=patient.side), seed=3)
    case = Case("A", {"image": made.image}, {"MRI": made.truth["tumour"]})
    whole, part = (find_regions(case, "MRI", "image", modality, around_mm=around) for around in (None, 30.0))
    assert np.array_equal(mask_array(part.shell), mask_array(whole.shell)) and part.shell_mm3 > 1000
    assert dict(part.clipped_mm3) == dict(whole.clipped_mm3) and part.warnings == whole.warnings
    assert np.prod(part.anatomy.box[1]) < 0.3 * np.prod(made.image.GetSize())
    near = sitk.GetArrayFromImage(crop(whole.anatomy.chest_wall, part.anatomy.box))
    assert (near != sitk.GetArrayFromImage(part.anatomy.chest_wall)).mean() < 1e-3


def test_no_tissue_left_is_a_warning_not_a_failure(files):
    nothing = volume(np.zeros((40, 80, 80), np.uint8), files.image)
    found = regions(files, masks={"breast": nothing})
    assert found.shell_mm3 == 0 and found.anatomy.status != "complete"
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


def flat(array: np.ndarray, spacing=(0.1, 0.1)) -> sitk.Image:
    image = sitk.GetImageFromArray(array[None])
    image.SetSpacing((*spacing, 1.0))
    return image


@pytest.fixture
def frame():
    """A frame of ultrasound and a square tumour on it."""
    values = np.random.default_rng(0).normal(90, 20, (70, 80))
    inside = np.zeros((70, 80), np.uint8)
    inside[20:40, 30:60] = 1
    return flat(values), flat(inside)


def test_the_tumour_alone_is_that_of_the_regions_without_the_rest(files):
    case = Case("A", {"MRI_CET1": files.image}, {"MRI": files.tumor})
    alone, whole = find_tumor(case, "MRI", "MRI_CET1", "MR"), regions(files)
    assert asdict(alone.measures) == pytest.approx(asdict(whole.measures), rel=0, abs=0, nan_ok=True)
    assert np.array_equal(mask_array(alone.tumor), mask_array(whole.tumor))
    assert list(alone.masks) == ["tumor"] and list(whole.masks) == ["tumor", "shell", "body"]
    assert (alone.anatomy, alone.shell, alone.body, alone.planar) == (None, None, None, False)
    assert np.isnan(alone.shell_mm3) and not alone.clipped_mm3
    with pytest.raises(InputError, match="ask for the region Peri"):
        alone.mask("Peri")


def test_a_2d_tumour_lies_on_its_frame(frame):
    found = find_tumor(Case("A", {"US": frame[0]}, {"US": frame[1]}), "US", "US", "US")
    assert found.planar and not found.warnings
    assert found.measures.area_mm2 == pytest.approx(2 * 3)


def test_a_2d_tumour_drawn_without_the_frames_scale_is_measured_in_its_pixels(frame):
    drawn = sitk.Image(frame[1])
    drawn.SetSpacing((1, 1, 1))
    found = find_tumor(Case("A", {"US": frame[0]}, {"US": drawn}), "US", "US", "US")
    assert np.array_equal(mask_array(found.tumor), mask_array(frame[1]))
    assert found.measures.area_mm2 == pytest.approx(2 * 3)


def test_a_2d_tumour_at_the_edge_of_its_frame_is_reported(frame):
    inside = mask_array(frame[1]).copy()
    inside[0, :, 79] = True
    cut = find_tumor(Case("A", {"US": frame[0]}, {"US": flat(inside[0].astype(np.uint8))}), "US", "US", "US")
    assert any("touches the edge" in warning for warning in cut.warnings)


def test_a_contour_of_another_dimension_is_refused(files, frame):
    with pytest.raises(InputError, match="both 2D or both 3D"):
        find_tumor(Case("A", {"US": frame[0]}, {"US": files.tumor}), "US", "US", "US")
