"""Frames against the statistics of speckle, against geometry, and against the decibels that tissue takes away."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import Anatomy, Tumour, place_tumour
from NACResponseLib.phantom.ultrasound import PIXEL_MM, PROBES, Probe, b_mode, frame_grid, sonogram, speckle

SUPINE = Anatomy(posture="supine", breast_radii_mm=(66.0, 55.0, 74.0), seed=2, lean_degrees=0.0)
QUIET = Probe(range_db=120.0, gain_db=0.0, axial_mm=0.14, lateral_mm=0.26, noise_db=-300.0)


def ball(radius: float, place: str = "middle") -> Tumour:
    return place_tumour(SUPINE, Tumour(radii_mm=(radius, radius, radius)), "left", place)


def test_the_amplitude_of_speckle_has_the_mean_to_deviation_of_rayleigh() -> None:
    amplitude = np.abs(speckle((600, 600), PIXEL_MM, PROBES["US-A"], (1,)))
    assert amplitude.mean() / amplitude.std() == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.03)  # 1.91
    assert (amplitude**2).mean() == pytest.approx(1)


def test_speckle_on_a_scale_of_decibels_has_a_deviation_of_5_57() -> None:
    plane = np.full((600, 600), -40.0)
    shown = b_mode(plane, np.full_like(plane, 1.05), PIXEL_MM, QUIET, (2,)) / 255 * 120 - 120
    assert shown.std() == pytest.approx(5.57, rel=0.05)  # 10 pi / (ln 10 sqrt 6)
    assert shown.mean() == pytest.approx(-40 - 2.51, abs=0.3)  # 10 / ln 10 of Euler's constant below the power


@pytest.mark.parametrize("loss", [0.6, 1.05, 1.5])
def test_what_absorbs_more_than_the_gain_makes_up_for_darkens_with_depth(loss: float) -> None:
    plane = np.full((200, 400), -50.0)
    shown = b_mode(plane, np.full_like(plane, loss), PIXEL_MM, QUIET, (4,)) / 255 * 120
    slope = np.polyfit(np.arange(200) * PIXEL_MM, shown.mean(axis=1), 1)[0]
    assert slope == pytest.approx(1.05 - loss, abs=0.02)


@pytest.mark.parametrize("place", ["middle", "near_skin"])
@pytest.mark.parametrize("radius", [6.0, 9.0])
def test_the_section_of_a_ball_is_a_circle_of_its_radius(radius: float, place: str) -> None:
    tumour = ball(radius, place)
    grid = frame_grid(SUPINE, tumour, "left")
    section = np.concatenate([tumour.contains(points) for _, points in grid.chunks()])
    assert section.sum() * PIXEL_MM**2 == pytest.approx(np.pi * radius**2, rel=0.01)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_frame_begins_at_the_skin_and_stands_square(side: str) -> None:
    tumour = place_tumour(SUPINE, Tumour(radii_mm=(8.0, 8.0, 8.0)), side, "middle")
    grid = frame_grid(SUPINE, tumour, side)
    np.testing.assert_allclose(grid.direction.T @ grid.direction, np.eye(3), atol=1e-12)
    assert np.linalg.det(grid.direction) == pytest.approx(1)
    first = next(iter(grid.chunks()))[1][:, : grid.size[0]]
    assert -0.5 < SUPINE.depth(first).max() < 1.0
    assert grid.direction[1, 1] > 0.5  # the beam runs to the back


def test_a_tumour_is_dark_and_casts_a_shadow() -> None:
    tumour = ball(8.0)
    grid = frame_grid(SUPINE, tumour, "left")
    width, depth, _ = grid.size
    with_it, without = (
        np.mean([sonogram(SUPINE, one, grid, "US-A", (k,)).astype(float) for k in range(6)], axis=0).reshape(
            depth, width
        )
        for one in (tumour, None)
    )
    inside = np.concatenate([tumour.contains(points) for _, points in grid.chunks()]).reshape(depth, width)
    assert with_it[inside].mean() < without[inside].mean() - 25
    below = np.zeros_like(inside)
    last = int(np.flatnonzero(inside.any(axis=1)).max())
    columns = np.flatnonzero(inside.any(axis=0))
    below[last + 5 : last + 25, columns[len(columns) // 3 : 2 * len(columns) // 3]] = True
    # 16 mm of a loss 0.55 dB/mm above the mean, but less what the tissue in its place took.
    assert 8 < (without[below].mean() - with_it[below].mean()) < 255 * 16 * (1.6 - 0.9) / 60 + 5


def test_an_unknown_probe_is_refused() -> None:
    tumour = ball(6.0)
    with pytest.raises(InputError, match="US-A"):
        sonogram(SUPINE, tumour, frame_grid(SUPINE, tumour, "left"), "US-X", (1,))
