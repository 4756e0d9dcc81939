"""The anatomy measured along normals and lines, as one would on a patient."""

import numpy as np
import pytest
from scipy.optimize import brentq

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import Anatomy


def column(point: np.ndarray) -> np.ndarray:
    return np.asarray(point, float)[:, None]


def skin_point(anatomy: Anatomy, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a ray from the middle of the left breast leaves the body, and the outward normal there."""
    start = anatomy.breast_centre_mm("left") - (0, 0.45 * anatomy.breast_radii_mm[1], 0)
    along = brentq(lambda t: anatomy.outline(column(start + t * direction))[0], 0, 150)
    surface = start + along * direction
    steps = 0.01 * np.eye(3)
    slope = [anatomy.outline(column(surface + s))[0] - anatomy.outline(column(surface - s))[0] for s in steps]
    return surface, np.array(slope) / np.linalg.norm(slope)


def directions(count: int) -> np.ndarray:
    """Forward and outward, away from the nipple, the other breast and the fold where the breast meets the trunk."""
    drawn = np.random.default_rng(0).standard_normal((20 * count, 3))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn[(drawn[:, 1] < -0.2) & (drawn[:, 1] > -0.95) & (drawn[:, 0] > -0.1)][:count]


@pytest.mark.parametrize("posture", ["prone", "supine"])
@pytest.mark.parametrize("skin_mm", [1.5, 2.5])
def test_the_skin_has_its_thickness_along_the_normals(posture: str, skin_mm: float) -> None:
    anatomy = Anatomy(posture=posture, skin_mm=skin_mm)
    found = []
    for direction in directions(25):
        surface, normal = skin_point(anatomy, direction)
        found.append(brentq(lambda t, s=surface, n=normal: anatomy.depth(column(s - t * n))[0] - skin_mm, 0, 6))
    np.testing.assert_allclose(found, skin_mm, rtol=0.03)


def test_depth_is_the_distance_from_a_dense_sample_of_the_skin() -> None:
    anatomy = Anatomy()
    x, z = np.meshgrid(np.arange(50, 110, 0.5), np.arange(-30, 30, 0.5))
    line = np.linspace(-130, 0, 2601)
    front = []
    for a, b in zip(x.ravel()[::7], z.ravel()[::7], strict=True):
        values = anatomy.outline(np.stack([np.full_like(line, a), line, np.full_like(line, b)]))
        k = int(np.argmax(values < 0))
        front.append((a, line[k - 1] - values[k - 1] * (line[k] - line[k - 1]) / (values[k] - values[k - 1]), b))
    surface = np.array(front)
    middle = surface[len(surface) // 2 - 20 : len(surface) // 2 + 20 : 4]
    probes = middle + np.array([0, 4.0, 0])
    nearest = [np.linalg.norm(surface - probe, axis=1).min() for probe in probes]
    np.testing.assert_allclose(anatomy.depth(probes.T), nearest, atol=0.35)


def test_the_pectoral_muscle_has_its_thickness_in_front_of_the_ribs() -> None:
    anatomy = Anatomy(pectoral_mm=11.0, lean_degrees=0.0)
    at = np.array([60.0, 0.0, 30.0])

    def on_line(y: float) -> np.ndarray:
        return column([at[0], y, at[2]])

    ribs = brentq(lambda y: anatomy.ribs_front(anatomy.thorax_frame(on_line(y)))[0], -40, 60)
    muscle = brentq(lambda y: anatomy.chest_wall(on_line(y))[0], -60, 60)
    half_width, half_depth = anatomy.thorax_radii_mm
    # The ellipse's normal in (60, y) leans outward; along y the muscle is longer by 1 / cosine.
    normal = np.array([at[0] / half_width**2, (ribs - half_depth) / half_depth**2])
    cosine = -normal[1] / np.linalg.norm(normal)
    assert ribs - muscle == pytest.approx(11.0 / cosine, rel=0.05)


def test_the_body_is_symmetric() -> None:
    where = np.random.default_rng(2).uniform(-150, 150, (3, 2000))
    mirrored = where * np.array([[-1.0], [1.0], [1.0]])
    anatomy = Anatomy()
    np.testing.assert_allclose(anatomy.outline(where), anatomy.outline(mirrored))


def test_more_density_is_more_gland() -> None:
    shares = []
    for density in (0.2, 0.5, 0.8):
        anatomy = Anatomy(density=density, seed=3)
        centre = anatomy.breast_centre_mm("left") - (0, 45, 0)
        where = np.random.default_rng(0).uniform(-25, 25, (3, 20_000)) + centre[:, None]
        shares.append(anatomy.gland(where, np.full(20_000, 40.0), np.full(20_000, 40.0), 1.0).mean())
    np.testing.assert_allclose(shares, (0.2, 0.5, 0.8), atol=0.12)


@pytest.mark.parametrize(
    "wrong", [{"posture": "standing"}, {"skin_mm": 20.0}, {"density": 1.0}, {"breast_offset_mm": 140.0}]
)
def test_impossible_anatomies_are_refused(wrong: dict) -> None:
    with pytest.raises(InputError):
        Anatomy(**wrong)
