"""The implicit functions against shapes whose distances are known."""

import numpy as np
import pytest

from NACResponseLib.phantom.implicit import RandomField, coverage, distance, ellipsoid, smooth_union


def points(count: int, reach: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-reach, reach, (3, count))


def test_distance_is_euclidean_however_steep_the_implicit_function_is() -> None:
    where = points(2000, 20)
    radius = np.linalg.norm(where, axis=0)
    near = where[:, np.abs(radius - 12) < 2.5]
    found = distance(lambda p: np.einsum("ij,ij->j", p, p) - 12**2, near, band_mm=1000)
    np.testing.assert_allclose(found, np.linalg.norm(near, axis=0) - 12, atol=0.01)


def test_an_ellipsoid_is_zero_on_its_surface_and_has_slope_one_there() -> None:
    directions = points(500, 1)
    directions /= np.linalg.norm(directions, axis=0)
    radii = np.array([20.0, 35.0, 12.0])
    surface = directions * radii[:, None]
    normals = directions / radii[:, None]
    normals /= np.linalg.norm(normals, axis=0)
    np.testing.assert_allclose(ellipsoid(surface, (0, 0, 0), radii), 0, atol=1e-9)
    np.testing.assert_allclose(ellipsoid(surface + 0.01 * normals, (0, 0, 0), radii), 0.01, rtol=0.01)


def test_a_smooth_union_holds_both_bodies_and_equals_the_plain_one_far_from_the_seam() -> None:
    first, second = np.linspace(-30, 30, 61), np.full(61, 5.0)
    blended = smooth_union(first, second, 10.0)
    assert np.all(blended <= np.minimum(first, second))
    far = np.abs(first - second) >= 10
    np.testing.assert_array_equal(blended[far], np.minimum(first, second)[far])


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
def test_coverage_of_a_slab_adds_up_to_its_thickness(width: float) -> None:
    y = np.arange(-10, 10, 0.01)
    assert coverage(np.abs(y) - 3.0, width).sum() * 0.01 == pytest.approx(6.0, abs=0.02)


def test_a_random_field_has_mean_zero_and_variance_one() -> None:
    values = RandomField((1, 2), 4.0)(points(200_000, 48))
    assert abs(values.mean()) < 0.05
    assert values.std() == pytest.approx(1, abs=0.05)


def test_a_random_field_is_smooth_on_the_scale_of_its_knots() -> None:
    field, where = RandomField((3,), 6.0), points(20_000, 40)
    correlation = [
        np.corrcoef(field(where), field(where + np.array([[step], [0.0], [0.0]])))[0, 1] for step in (0.6, 24.0)
    ]
    assert correlation[0] > 0.97
    assert abs(correlation[1]) < 0.1


def test_a_random_field_is_a_function_of_position_alone() -> None:
    where = points(100, 40)
    np.testing.assert_array_equal(RandomField((5,), 6.0)(where)[40:], RandomField((5,), 6.0)(where[:, 40:]))
