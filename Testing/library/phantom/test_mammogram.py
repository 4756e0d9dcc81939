"""Projections against geometry and tables of attenuation; the detector against Poisson."""

from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import Anatomy, Tumour, place_tumour
from NACResponseLib.phantom.mammogram import DETECTORS, PIXEL_MM, Projection, mammogram, project

FATTY = Anatomy(seed=2, density=1e-6)


def placed(tumour: Tumour, anatomy: Anatomy = FATTY) -> Tumour:
    return place_tumour(anatomy, tumour, "left", "middle")


@pytest.fixture(scope="module")
def ball() -> Projection:
    return project(FATTY, placed(Tumour(radii_mm=(9.0, 9.0, 9.0))), "left")


def test_a_ball_projects_to_a_circle_with_its_diameter_as_longest_chord(ball: Projection) -> None:
    assert ball.contour.sum() * PIXEL_MM**2 == pytest.approx(np.pi * 9**2, rel=0.02)
    assert ball.chord_mm.max() == pytest.approx(18, abs=0.8)


def test_the_chords_of_a_rugged_tumour_add_up_to_its_volume() -> None:
    tumour = placed(Tumour(radii_mm=(12.0, 9.0, 7.0), lobulation=0.2, spiculation=0.4, seed=5))
    found = project(FATTY, tumour, "left").chord_mm.sum() * PIXEL_MM**2
    assert found == pytest.approx(tumour.volume_mm3, rel=0.01)


def test_a_fatty_breast_between_plates_attenuates_as_fat_of_their_distance(ball: Projection) -> None:
    plates = 0.45 * 2 * FATTY.breast_radii_mm[2]
    outside = ball.path[~ball.contour]
    assert np.percentile(outside, 60) == pytest.approx(0.0456 * plates, rel=0.12)  # skin, septa and veins add some
    assert ball.path.min() == 0


def test_the_tumour_adds_what_its_chord_attenuates_more_than_fat(ball: Projection) -> None:
    rows, columns = np.nonzero(ball.chord_mm > 16)
    beside = ball.path[rows.min() - 70 : rows.min() - 50, columns].mean()
    expected = 17 * (0.0844 - 0.0456)
    assert ball.path[rows, columns].mean() - beside == pytest.approx(expected, rel=0.2)


def test_a_dense_breast_attenuates_more_than_a_fatty_one() -> None:
    tumour = Tumour(radii_mm=(6.0, 6.0, 6.0))
    paths = []
    for density in (0.1, 0.5, 0.9):
        anatomy = replace(FATTY, density=density)
        paths.append(project(anatomy, placed(tumour, anatomy), "left").path.mean())
    assert paths[0] < paths[1] < paths[2]


@pytest.mark.parametrize("scanner", DETECTORS)
def test_the_noise_is_that_of_counted_photons(scanner: str) -> None:
    path = np.full((400, 400), 2.5)
    values = mammogram(Projection(path, np.zeros_like(path)), scanner, (1,))
    expected = DETECTORS[scanner].photons * np.exp(-2.5)
    assert values.mean() == pytest.approx(1000 * (2.5 + np.log(0.8)), rel=0.005)
    assert values.std() == pytest.approx(1000 / np.sqrt(expected), rel=0.03)


def test_air_is_black_without_noise(ball: Projection) -> None:
    values = mammogram(ball, "MG-A", (1,))
    air = ball.path == 0
    assert air.mean() > 0.05
    assert (values[air] == 0).mean() > 0.97  # but for the blur at the skin
    assert values.dtype == np.int16


def test_both_breasts_look_to_the_same_side() -> None:
    for side in ("left", "right"):
        tumour = place_tumour(FATTY, Tumour(radii_mm=(6.0, 6.0, 6.0)), side, "middle")
        path = project(FATTY, tumour, side).path
        middle = path[path.shape[0] // 2]
        assert middle[0] == 0 < middle[-1]


def test_an_unknown_detector_is_refused(ball: Projection) -> None:
    with pytest.raises(InputError, match="MG-A"):
        mammogram(ball, "MG-X", (1,))
