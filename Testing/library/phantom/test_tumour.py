"""Tumours against geometry's formulas and against counting."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import Tumour

RUGGED = Tumour((3.0, -2.0, 5.0), (14.0, 11.0, 9.0), lobulation=0.2, spiculation=0.5, seed=4)


@pytest.mark.parametrize("radii", [(5.0, 5.0, 5.0), (8.0, 15.0, 30.0)])
def test_the_volume_of_an_ellipsoid_is_four_thirds_pi_abc(radii: tuple[float, float, float]) -> None:
    assert Tumour(radii_mm=radii, seed=3).volume_mm3 == pytest.approx(4 / 3 * np.pi * np.prod(radii), rel=1e-9)


def test_the_volume_of_a_rugged_tumour_is_what_random_points_find() -> None:
    reach, count = RUGGED.bounding_radius_mm, 400_000
    where = np.random.default_rng(0).uniform(-reach, reach, (3, count)) + np.array(RUGGED.centre_mm)[:, None]
    share = RUGGED.contains(where).mean()
    error = np.sqrt(share * (1 - share) / count)
    assert RUGGED.volume_mm3 / (2 * reach) ** 3 == pytest.approx(share, abs=4 * error)


def test_the_surface_parts_inside_from_outside() -> None:
    surface, centre = RUGGED.surface(1.0), np.array(RUGGED.centre_mm)[:, None]
    assert RUGGED.contains(centre + 0.999 * (surface - centre)).all()
    assert not RUGGED.contains(centre + 1.001 * (surface - centre)).any()


def test_lobules_and_spicules_make_the_surface_uneven() -> None:
    ball = {"radii_mm": (10.0, 10.0, 10.0), "seed": 2}
    for uneven in (Tumour(**ball, lobulation=0.2), Tumour(**ball, spiculation=0.5)):
        radius = np.linalg.norm(uneven.surface(1.0), axis=0)
        assert radius.max() - radius.min() > 2


def test_distance_is_exact_on_the_axes_of_an_ellipsoid() -> None:
    tumour = Tumour(radii_mm=(8.0, 12.0, 18.0))
    outside = np.array([[8.0 + 5, 0, 0], [0, 12.0 + 3, 0], [0, 0, 18.0 + 1]]).T
    np.testing.assert_allclose(tumour.distance_mm(outside, 6.0), [5, 3, 1], atol=0.03)


def test_a_nearly_round_tumour_has_the_distances_of_a_ball() -> None:
    ball, nearly = Tumour(radii_mm=(10.0, 10.0, 10.0)), Tumour(radii_mm=(10.0, 10.0, 10.0001))
    where = np.random.default_rng(1).uniform(-16, 16, (3, 5000))
    where = where[:, np.abs(np.linalg.norm(where, axis=0) - 13.5) < 1.4]
    np.testing.assert_allclose(nearly.distance_mm(where, 6.0), ball.distance_mm(where, 6.0), atol=0.03)


def test_distance_beyond_the_limit_is_infinite() -> None:
    assert np.isinf(Tumour().distance_mm(np.array([[30.0], [0.0], [0.0]]), 5.0)).all()


def test_the_longest_diameter_of_an_ellipsoid_is_its_longest_axis() -> None:
    assert Tumour(radii_mm=(8.0, 12.0, 18.0), seed=9).longest_diameter_mm == pytest.approx(36, rel=0.01)


@pytest.mark.parametrize("wrong", [{"radii_mm": (0.0, 1.0, 1.0)}, {"necrosis": 1.5}, {"lobulation": -0.1}])
def test_impossible_tumours_are_refused(wrong: dict) -> None:
    with pytest.raises(InputError):
        Tumour(**wrong)
