"""The anatomy of an image is one, whatever is contoured in it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.breast import find_anatomy
from NACResponseLib.anatomy.chest_wall import MUSCLE_BEGINS_MM
from NACResponseLib.anatomy.columns import sample
from NACResponseLib.anatomy.surface import signed_distance
from NACResponseLib.anatomy.survey import Survey, shared_survey, survey
from NACResponseLib.imaging.geometry import mask_array, mask_image, spacing_zyx

POINTS = Path(__file__).resolve().parents[2] / "reference" / "chest_wall" / "nact06.json"


def ellipsoid(image: sitk.Image, centre: tuple[int, int, int], radii: tuple[float, float, float]) -> sitk.Image:
    """Radii in mm along k, j, i, about the voxel k, j, i."""
    edges = spacing_zyx(image)
    grid = np.ogrid[tuple(slice(n) for n in image.GetSize()[::-1])]
    squared = sum(((g - c) * e / r) ** 2 for g, c, e, r in zip(grid, centre, edges, radii, strict=True))
    return mask_image(squared <= 1, image)


@pytest.mark.slow
@pytest.mark.parametrize("centre", [(36, 100, 105), (38, 110, 181)])
def test_away_from_the_tumour_the_wall_does_not_depend_on_its_shape(sample_breast, sample_survey, centre) -> None:
    image, known = sample_breast, sample_survey
    shapes = [ellipsoid(image, centre, radii) for radii in ((8, 8, 8), (5, 11, 7))]
    walls = [mask_array(find_anatomy(image, "MR", focus=shape, known=known).chest_wall) for shape in shapes]
    near = np.minimum(*(signed_distance(mask_array(shape), spacing_zyx(image)) for shape in shapes)).min(axis=2) < 15
    fronts = [np.where(wall.any(axis=2), wall.argmax(axis=2), 0)[~near] for wall in walls]
    assert (fronts[0] > 0).mean() > 0.5
    assert np.abs(fronts[0] - fronts[1]).max() * image.GetSpacing()[0] <= 1


def test_contours_share_what_was_found_in_their_image(sample_breast: sitk.Image, sample_survey: Survey) -> None:
    image, known = sample_breast, sample_survey
    tumour = ellipsoid(image, (46, 118, 172), (7, 7, 7))
    shared, anew = find_anatomy(image, "MR", focus=tumour, known=known), find_anatomy(image, "MR", focus=tumour)
    for name in ("body", "skin", "chest_wall", "breast"):
        assert (mask_array(getattr(shared, name)) == mask_array(getattr(anew, name))).all()
    assert (shared.status, shared.warnings) == (anew.status, anew.warnings)


def test_a_tumour_of_any_brightness_on_the_wall_hides_it_and_does_not_move_it(sample_breast, sample_survey) -> None:
    image, known = sample_breast, sample_survey
    centre = (46, 118, 178)
    values = sitk.GetArrayFromImage(image)
    tumour = ellipsoid(image, centre, (8, 8, 8))
    values[mask_array(tumour)] = 400
    bright = sitk.GetImageFromArray(values)
    bright.CopyInformation(image)
    fronts = [
        np.argmax(mask_array(find_anatomy(i, "MR", focus=tumour, known=k).chest_wall)[centre[0]], axis=1)
        for i, k in ((image, known), (bright, survey(bright, "MR")))
    ]
    assert np.abs(fronts[0] - fronts[1])[60:180].max() * image.GetSpacing()[0] < 4


def test_the_front_of_the_muscle_lies_where_a_reader_read_it(sample_breast, sample_survey) -> None:
    """Points read by eye are good to 2 mm: some lie 4 mm from the edge that is plainly to be seen."""
    slices = json.loads(POINTS.read_text())["points"]
    k, j, i = np.array([(int(k), *point) for k, line in slices.items() for point in line]).T
    tumour = ellipsoid(sample_breast, (36, 100, 105), (8, 8, 8))
    wall = mask_array(find_anatomy(sample_breast, "MR", focus=tumour, known=sample_survey).chest_wall)
    off = np.abs(wall.argmax(axis=2)[k, j] - i) * sample_breast.GetSpacing()[0]
    assert np.median(off) <= 2.5 and (off <= 3).mean() > 0.6


def test_the_sheet_follows_the_edge_that_the_image_shows(sample_breast, sample_survey) -> None:
    """Half-way between the fat in front and the muscle behind, where the intensity is that of neither."""
    wall, about = sample_survey.wall, np.arange(-6.0, 6.5, 0.5)
    places = replace(wall.columns, depths=about).points(wall.depth_mm)
    profiles = sample(sample_breast, places, np.nan)[wall.confidence > 0.75]
    fat, muscle = (profiles[:, part].mean(axis=1, keepdims=True) for part in (slice(6), slice(-6, None)))
    clear = (muscle > np.quantile(muscle - fat, 0.5) + fat)[:, 0]
    usual = np.median(((profiles - fat) / (muscle - fat))[clear], axis=0)
    assert np.interp(0.5, usual[4:-4], about[4:-4]) == pytest.approx(-MUSCLE_BEGINS_MM, abs=0.25)


def test_a_wall_far_behind_a_tumour_need_not_be_seen_there_a_near_one_must(sample_breast, sample_survey) -> None:
    """At the fold below the breast it is not to be seen."""
    found = {
        depth: find_anatomy(
            sample_breast, "MR", focus=ellipsoid(sample_breast, (36, 178, depth), (6, 6, 6)), known=sample_survey
        )
        for depth in (112, 180)
    }
    assert found[112].wall_confidence > 0.5 and not any("chest wall" in warning for warning in found[112].warnings)
    assert found[180].wall_confidence < 0.5 and any("chest wall" in warning for warning in found[180].warnings)


def test_four_points_of_a_reader_bring_the_others_to_three_millimetres(sample_breast: sitk.Image) -> None:
    image = sample_breast
    slices = json.loads(POINTS.read_text())["points"]
    index = np.array([(i, j, int(k)) for k, line in slices.items() for j, i in line])
    given = np.array([1, 8, 13, 20])
    points = np.array([image.TransformIndexToPhysicalPoint(index[at].tolist()) for at in given])
    tumour = ellipsoid(image, (36, 100, 105), (8, 8, 8))
    wall = mask_array(find_anatomy(image, "MR", focus=tumour, wall_points=points).chest_wall)
    i, j, k = np.delete(index, given, axis=0).T
    assert np.median(np.abs(wall.argmax(axis=2)[k, j] - i)) * image.GetSpacing()[0] <= 3


def test_an_image_read_again_is_not_surveyed_again_another_one_is() -> None:
    z, y, x = np.ogrid[:24, :40, :40]
    body = np.where((y > 12) & (np.hypot(x - 20, z - 12) < 15), 100.0, 1.0).astype(np.float32)
    first, again, other = (sitk.GetImageFromArray(a) for a in (body, body.copy(), body * 2))
    for image in (first, again, other):
        image.SetSpacing((4.0, 4.0, 4.0))
    found = shared_survey(first, "MR", with_wall=False)
    assert shared_survey(again, "MR", with_wall=False) is found
    assert shared_survey(other, "MR", with_wall=False) is not found
    again.SetSpacing((4.0, 4.0, 5.0))
    assert shared_survey(again, "MR", with_wall=False) is not found
