"""The chest wall's front: a sheet of known shape, alone and among the organs of a phantom."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.special import ndtr

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.anatomy.chest_wall import MUSCLE_BEGINS_MM, find_wall
from NACResponseLib.anatomy.columns import make_columns, sample
from NACResponseLib.anatomy.evidence import Samples, boundary_evidence, steepest
from NACResponseLib.anatomy.sheet import cheapest_sheet, smooth_sheet
from NACResponseLib.imaging.geometry import mask_array, mask_image
from NACResponseLib.phantom import Phantom, make_phantom, random_setting

SMALL = {"sagittal": ((96, 96, 40), (1.6, 1.6, 3.0)), "axial": ((140, 120, 48), (2.4, 2.4, 3.2))}


def phantom(kind: str, seed: int = 5) -> Phantom:
    anatomy, tumour, acquisition = random_setting(seed, kind, "middle", radius_mm=8.0)
    size, spacing = SMALL[kind.split("_")[0]]
    return make_phantom(anatomy, tumour, replace(acquisition, size=size, spacing_mm=spacing), seed=seed)


@pytest.mark.parametrize(
    "kind", ["sagittal_cet1_fs", "sagittal_t2", pytest.param("axial_cet1", marks=pytest.mark.slow)]
)
def test_the_front_of_the_muscle_is_found_to_a_fraction_of_a_voxel(kind: str) -> None:
    made = phantom(kind)
    image = sitk.Cast(made.image, sitk.sitkFloat32)
    body = body_mask(image, "MR")
    columns = make_columns(body)
    wall = find_wall(image, body, "MR", columns)
    points = columns.points()
    index = np.rint(wall.depth_mm).astype(int).clip(0, points.shape[3] - 1)
    at_front = np.take_along_axis(points, index[None, ..., None], 3)[..., 0]
    # The formula's distance to the muscle's surface, at the points found; away from the edges of the field of view.
    distance = made.anatomy.chest_wall(at_front.reshape(3, -1)).reshape(wall.depth_mm.shape)
    inner = distance[4:-4, distance.shape[1] // 4 : -distance.shape[1] // 4]
    assert wall.seen_share > 0.5
    assert np.median(np.abs(inner + MUSCLE_BEGINS_MM)) < 0.6


@pytest.mark.parametrize("noisier", ["fat", "muscle"])
def test_a_step_is_found_in_its_middle_whichever_side_is_uneven(noisier: str) -> None:
    rng = np.random.default_rng(3)
    depth = np.arange(40.0)
    middle = 20 + 0.4 * np.cos(np.arange(24) / 6)[:, None] + np.zeros((24, 24))
    profile = ndtr(depth - middle[..., None])  # blurred over 1 mm
    behind = depth > middle[..., None]
    spread = np.where(behind == (noisier == "muscle"), 0.2, 0.02)
    values = (1 + profile + spread * rng.normal(size=profile.shape)).astype(np.float32)
    every, nothing = np.ones(values.shape, bool), np.full((24, 24), np.nan)
    samples = Samples(values, values, every.astype(np.float32), every, nothing, nothing, 1.0, 1.0)
    off = 19.0 + steepest(samples, np.full((24, 24), 19.0)) - middle
    assert abs(np.median(off[3:-3, 3:-3])) < 0.1


def test_a_breast_without_chest_wall_in_the_field_of_view_shows_none() -> None:
    made = phantom("sagittal_cet1_fs")
    wall = mask_array(made.truth["chest_wall"])
    first = int(np.flatnonzero(wall.any(axis=(0, 1)))[0])
    image = sitk.Cast(made.image, sitk.sitkFloat32)[: first - 2]
    body = body_mask(image, "MR")
    assert find_wall(image, body, "MR", make_columns(body)).seen_share < 0.2


@pytest.mark.slow
def test_the_pleura_is_not_taken_for_the_muscles_front() -> None:
    """Lung is as good as black: its border is clearer than that of muscle."""
    anatomy, tumour, acquisition = random_setting(1003, "sagittal_cet1", "near_skin")
    grid = {"size": (105, 105, 50), "spacing_mm": (1.5, 1.5, 2.4)}
    made = make_phantom(anatomy, tumour, replace(acquisition, noise=0.6, **grid), seed=3)
    image = sitk.Cast(made.image, sitk.sitkFloat32)
    body = body_mask(image, "MR")
    columns = make_columns(body)
    wall = find_wall(image, body, "MR", columns)
    index = np.rint(wall.depth_mm).astype(int).clip(0, len(columns.depths) - 1)
    at_front = np.take_along_axis(columns.points(), index[None, ..., None], 3)[..., 0]
    off = made.anatomy.chest_wall(at_front.reshape(3, -1)).reshape(wall.depth_mm.shape)
    assert np.median(np.abs(off[4:-4, 4:-4])) < 2


def test_columns_locate_their_own_samples() -> None:
    body = sitk.Image((120, 90, 40), sitk.sitkUInt8) + 1
    for spacing in ((1.5, 1.5, 3.0), (3.0, 2.5, 3.0)):  # narrow: straight columns; wide: towards the thorax's axis
        body.SetSpacing(spacing)
        columns = make_columns(body)
        row, column, depth = columns.locate(columns.points())
        rows, cols = columns.shape
        np.testing.assert_allclose(row, np.broadcast_to(np.arange(rows)[:, None, None], row.shape), atol=1e-6)
        np.testing.assert_allclose(column, np.broadcast_to(np.arange(cols)[:, None], column.shape), atol=1e-6)
        np.testing.assert_allclose(depth, np.broadcast_to(columns.depths, depth.shape), atol=1e-6)


def test_sampling_a_linear_image_gives_its_formula() -> None:
    z, y, x = np.indices((10, 12, 14))
    image = mask_image(np.zeros((10, 12, 14)), sitk.Image((14, 12, 10), sitk.sitkUInt8))
    values = sitk.GetImageFromArray((2.0 * x + 3.0 * y - z).astype(np.float32))
    values.CopyInformation(image)
    points = np.array([[1.5, 4.25], [2.0, 7.5], [3.25, 1.0]])
    np.testing.assert_allclose(sample(values, points, 0.0), 2 * points[0] + 3 * points[1] - points[2], rtol=1e-5)
    assert np.isnan(sample(values, np.array([[99.0], [0.0], [0.0]]), np.nan)).all()


def test_the_cheapest_sheet_bridges_a_hole_in_the_evidence() -> None:
    rows, columns = np.indices((16, 20))
    truth = 15 + np.rint(3 * np.sin(columns / 4) + rows / 5).astype(int)
    cost = np.ones((16, 20, 40))
    np.put_along_axis(cost, truth[..., None], 0.0, 2)
    cost[6:10, 8:12] = 0.5
    found, _ = cheapest_sheet(cost, 0.1, 3)
    seen = np.ones((16, 20), bool)
    seen[6:10, 8:12] = False
    assert (found[seen] == truth[seen]).all()
    smooth = smooth_sheet(found.astype(float), seen.astype(float), 0.5, 5.0)
    assert np.abs(smooth - truth)[~seen].max() < 1.5


@pytest.mark.parametrize("shape", [(30, 4), (4, 4), (30, 3), (30, 2), (30, 1), (3, 20)])
def test_a_narrow_plane_is_smoothed_as_a_wide_one(shape: tuple[int, int]) -> None:
    """Images of few slices have few columns: the band of the equations was once too narrow for them."""
    rows, columns = np.indices(shape)
    plane = 3.0 + 0.5 * rows - 0.25 * columns
    np.testing.assert_allclose(smooth_sheet(plane, np.ones(shape), 10.0, 3.0), plane, atol=1e-3)


def test_a_plane_passes_through_smoothing_unchanged_despite_outliers() -> None:
    rows, columns = np.indices((12, 15))
    plane = 3.0 + 0.5 * rows - 0.25 * columns
    spoilt = plane.copy()
    spoilt[4, 5], spoilt[9, 2] = 40.0, -30.0
    np.testing.assert_allclose(smooth_sheet(spoilt, np.ones((12, 15)), 10.0, 3.0), plane, atol=0.05)


def test_the_wall_lies_at_the_front_of_thin_muscle_not_in_its_middle() -> None:
    """Fat, 4 mm of dark muscle, fat between the ribs: the muscle is a dark line, too."""
    depth = np.arange(60.0)
    rng = np.random.default_rng(2)
    profile = np.select([depth < 30, depth < 34], [5.5, 4.8], 5.3)
    values = (profile + rng.normal(0, 0.05, (20, 20, 60))).astype(np.float32)
    every = np.ones(values.shape, bool)
    nothing = np.full((20, 20), np.nan)
    samples = Samples(values, np.exp(values), every.astype(np.float32), every, nothing, nothing, 1.0, 1.0)
    offsets = np.arange(-3.0, 8.0)
    evidence, _ = boundary_evidence(samples, np.full((20, 20), 30.0), offsets, 1.0, lines=False)
    assert np.abs(offsets[evidence[5:-5, 5:-5].argmax(axis=2)]).max() <= 1
