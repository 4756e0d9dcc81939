"""True masks and volumes against geometry's formulas, on grids of all kinds."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import (
    KINDS,
    PLACES,
    Acquisition,
    Anatomy,
    Tumour,
    place_tumour,
    random_setting,
    truth_masks,
)
from NACResponseLib.phantom.acquisition import Grid
from NACResponseLib.phantom.truth import classify

LARGE = Anatomy(breast_radii_mm=(75.0, 120.0, 80.0))


def true_volumes_mm3(
    anatomy: Anatomy, tumour: Tumour, margin_mm: float = 5.0, step_mm: float = 0.5
) -> dict[str, float]:
    """Volumes around a tumour, from samples every ``step_mm``.

    Returns:
        ``tumour`` (by quadrature), ``margin``, ``shell``, and what clipping takes from the margin: ``skin``,
        ``chest_wall``, ``air``.
    """
    reach = tumour.bounding_radius_mm + margin_mm + step_mm
    count = 2 * int(np.ceil(reach / step_mm))
    low = np.array(tumour.centre_mm) - count / 2 * step_mm + step_mm / 2
    spacing = (step_mm, step_mm, step_mm)
    grid = Grid((count, count, count), spacing, tuple(low), np.eye(3))
    found = dict.fromkeys(("margin", "shell", "skin", "chest_wall", "air"), 0)
    for _, points in grid.chunks():
        away = np.linalg.norm(points - np.array(tumour.centre_mm)[:, None], axis=0)
        masks = classify(anatomy, tumour, points[:, away < reach], margin_mm)
        margin = masks["margin"]
        found["margin"] += int(margin.sum())
        found["air"] += int((margin & ~masks["body"]).sum())
        for name in ("shell", "skin", "chest_wall"):
            found[name] += int((margin & masks[name]).sum())
    return {"tumour": tumour.volume_mm3} | {name: number * step_mm**3 for name, number in found.items()}


def ball(radius: float) -> Tumour:
    return Tumour(radii_mm=(radius, radius, radius))


def voxels(mask: sitk.Image) -> np.ndarray:
    return sitk.GetArrayViewFromImage(mask).astype(bool)


@pytest.mark.parametrize("radius", [5.0, 12.0, 20.0])
def test_the_shell_of_a_ball_within_the_breast_has_the_volume_of_a_spherical_shell(radius: float) -> None:
    tumour = place_tumour(LARGE, ball(radius), "left", "middle")
    expected = 4 / 3 * np.pi * ((radius + 5) ** 3 - radius**3)
    volumes = true_volumes_mm3(LARGE, tumour)
    assert volumes["margin"] == pytest.approx(expected, rel=0.005)
    assert volumes["shell"] == volumes["margin"]
    assert volumes["skin"] == volumes["chest_wall"] == volumes["air"] == 0
    assert volumes["tumour"] == pytest.approx(4 / 3 * np.pi * radius**3, rel=1e-9)


@pytest.mark.parametrize("oblique", [(0.0, 0.0, 0.0), (12.0, -8.0, 15.0)])
@pytest.mark.parametrize("kind", ["sagittal_cet1_fs", "axial_cet1"])
def test_the_same_tumour_has_the_same_volumes_on_every_grid(kind: str, oblique: tuple[float, float, float]) -> None:
    tumour = place_tumour(LARGE, ball(14.0), "left", "middle")
    grid = Acquisition(kind, oblique_degrees=oblique).grid(LARGE)
    masks = truth_masks(LARGE, tumour, grid)
    voxel = np.prod(masks["shell"].GetSpacing())
    expected = {"tumour": 4 / 3 * np.pi * 14**3, "shell": 4 / 3 * np.pi * (19**3 - 14**3)}
    for name, volume in expected.items():
        assert voxels(masks[name]).sum() * voxel == pytest.approx(volume, rel=0.02)


def test_the_chest_wall_takes_a_spherical_cap_from_the_margin_of_a_ball_that_touches_it() -> None:
    tumour = place_tumour(LARGE, ball(12.0), "left", "touching_chest_wall")
    volumes = true_volumes_mm3(LARGE, tumour)
    cap = np.pi * 5**2 * (3 * (12 + 5) - 5) / 3  # of height 5 mm, cut by a plane; the wall is curved a little
    assert volumes["chest_wall"] == pytest.approx(cap, rel=0.15)
    assert volumes["skin"] == volumes["air"] == 0


def test_skin_and_air_take_a_spherical_cap_from_the_margin_of_a_ball_that_touches_the_skin() -> None:
    anatomy = replace(LARGE, breast_radii_mm=(110.0, 120.0, 110.0), breast_offset_mm=120.0)
    tumour = place_tumour(anatomy, ball(8.0), "left", "touching_skin", aside=(0.3, 0.3))
    volumes = true_volumes_mm3(anatomy, tumour)
    cap = np.pi * 5**2 * (3 * (8 + 5) - 5) / 3
    beyond_skin = np.pi * (5 - anatomy.skin_mm) ** 2 * (3 * (8 + 5) - (5 - anatomy.skin_mm)) / 3
    assert volumes["skin"] + volumes["air"] == pytest.approx(cap, rel=0.2)
    assert volumes["air"] == pytest.approx(beyond_skin, rel=0.2)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["sagittal_cet1_fs", "axial_t2", "chest_ct"])
def test_masks_are_nested_and_disjoint_as_they_must_be(kind: str, place: str) -> None:
    anatomy, tumour, acquisition = random_setting(seed=len(place), kind=kind, place=place)
    coarse = tuple(size // 2 for size in KINDS[kind].size), tuple(2 * edge for edge in KINDS[kind].spacing_mm)
    grid = replace(acquisition, size=coarse[0], spacing_mm=coarse[1]).grid(anatomy)
    masks = {name: voxels(mask) for name, mask in truth_masks(anatomy, tumour, grid).items()}
    parts = masks["skin"].astype(int) + masks["chest_wall"] + masks["breast"]
    np.testing.assert_array_equal(parts, masks["body"].astype(int))
    assert masks["shell"].any()
    assert not (masks["margin"] & masks["tumour"]).any()
    np.testing.assert_array_equal(masks["shell"], masks["margin"] & masks["breast"])
    assert not masks["body"][:, 0].all()


@pytest.mark.parametrize("place", PLACES)
def test_what_clipping_takes_and_leaves_makes_up_the_margin(place: str) -> None:
    anatomy, tumour, _ = random_setting(seed=3, place=place, radius_mm=9.0)
    volumes = true_volumes_mm3(anatomy, tumour, step_mm=1.0)
    parts = volumes["shell"] + volumes["skin"] + volumes["chest_wall"] + volumes["air"]
    assert parts == pytest.approx(volumes["margin"])
    taken = {"skin": volumes["skin"], "chest_wall": volumes["chest_wall"]}
    for name, volume in taken.items():
        assert (volume > 0) == (name in place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_has_of_a_voxel_what_the_formulas_have_of_its_centre(kind: str) -> None:
    anatomy, tumour, acquisition = random_setting(seed=8, kind=kind, place="near_skin")
    acquisition = replace(acquisition, size=(40, 36, 28), spacing_mm=(4.0, 4.4, 5.0), oblique_degrees=(5.0, 9.0, -7.0))
    masks = truth_masks(anatomy, tumour, acquisition.grid(anatomy))
    rng = np.random.default_rng(1)
    for _ in range(60):
        index = [int(rng.integers(size)) for size in masks["body"].GetSize()]
        point = np.array(masks["body"].TransformIndexToPhysicalPoint(index))[:, None]
        for name, members in classify(anatomy, tumour, point).items():
            assert masks[name][index] == int(members[0])


def test_a_phantom_without_a_tumour_has_no_tumour_masks() -> None:
    masks = truth_masks(Anatomy(), None, Acquisition(size=(8, 8, 8), spacing_mm=(15.0, 15.0, 15.0)).grid(Anatomy()))
    assert set(masks) == {"body", "skin", "chest_wall", "breast"}


def test_a_tumour_too_large_for_the_breast_is_refused() -> None:
    with pytest.raises(InputError, match="room for a tumour"):
        place_tumour(Anatomy(posture="supine", breast_radii_mm=(60.0, 40.0, 60.0)), ball(30.0), "left", "middle")


def test_an_unknown_place_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match="did you mean 'near_skin'"):
        place_tumour(Anatomy(), ball(8.0), "left", "nearskin")
