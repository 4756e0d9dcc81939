"""Implicit functions: negative inside, zero on the surface, positive outside, in millimetres.

Points are arrays of shape (3, n): x to the left, y to the back, z to the head of the patient (LPS), in mm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Implicit = Callable[[Array], Array]

_LATTICE = 24  # knots a period of a random field has along each axis
_QUADRATIC_SPLINE_VARIANCE = (11 / 20) ** 3


def ellipsoid(points: Array, centre: ArrayLike, radii: ArrayLike) -> Array:
    """Distance to an ellipsoid, to first order: exact near its surface (Taubin, IEEE PAMI 1991).

    Args:
        points: shape (d, n); with d = 2 the body is an elliptic cylinder along the axis left out.
        centre, radii: of length d.
    """
    scale = np.asarray(radii, float)[:, None]
    scaled = (points - np.asarray(centre, float)[:, None]) / scale
    level = np.maximum(np.sqrt(np.einsum("ij,ij->j", scaled, scaled)), 1e-9)
    scaled /= scale
    slope = np.maximum(np.sqrt(np.einsum("ij,ij->j", scaled, scaled)), 1e-12)
    return (level - 1) * level / slope


def smooth_union(first: Array, second: Array, blend_mm: float) -> Array:
    """The union of two bodies, filleted where their surfaces meet."""
    overlap = np.maximum(blend_mm - np.abs(first - second), 0)
    return np.minimum(first, second) - overlap**2 / (4 * blend_mm)


def distance(surface: Implicit, points: Array, band_mm: float) -> Array:
    """Signed distance to the zero level of any implicit function, by Newton's projection onto it.

    Args:
        band_mm: the projection is done where the function is below this; elsewhere the function itself is given.
    """
    values = surface(points)
    near = np.flatnonzero(np.abs(values) < band_mm)
    start = points[:, near]
    foot = start.copy()
    for _ in range(2):
        level, gradient = _value_and_gradient(surface, foot)
        foot -= gradient * (level / np.einsum("ij,ij->j", gradient, gradient))
    values[near] = np.copysign(np.linalg.norm(start - foot, axis=0), values[near])
    return values


def _value_and_gradient(surface: Implicit, points: Array, step_mm: float = 0.02) -> tuple[Array, Array]:
    level = surface(points)
    gradient = np.empty_like(points)
    for axis in range(3):
        moved = points.copy()
        moved[axis] += step_mm
        gradient[axis] = (surface(moved) - level) / step_mm
    return level, gradient


def coverage(level: Array, width_mm: float) -> Array:
    """How much of a sample lies inside: 1 deep inside, 0 far outside, linear across ``width_mm``."""
    return np.clip(0.5 - level / width_mm, 0, 1)


def ramp(values: Array, start: float, stop: float) -> Array:
    """Smoothly from 0 at ``start`` to 1 at ``stop``."""
    share = np.clip((values - start) / (stop - start), 0, 1)
    return share * share * (3 - 2 * share)


def rotation(seed: tuple[int, ...]) -> Array:
    """A random orthonormal matrix, shape (3, 3)."""
    basis, triangle = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return basis * np.sign(np.diag(triangle))


@dataclass(frozen=True)
class RandomField:
    """A smooth random function of position with mean 0 and variance 1: a quadratic B-spline with normal coefficients.

    Attributes:
        seed: the same seed is the same function, whatever the grid it is sampled on.
        scale_mm: distance of the knots; details are about twice as wide.
    """

    seed: tuple[int, ...]
    scale_mm: float

    @cached_property
    def coefficients(self) -> Array:
        """Shape (24, 24, 24); repeated periodically in space."""
        normal = np.random.default_rng(self.seed).standard_normal((_LATTICE,) * 3)
        return normal / np.sqrt(_QUADRATIC_SPLINE_VARIANCE)

    @cached_property
    def to_lattice(self) -> Array:
        """Turns and scales points onto the lattice, askew so that no grid and no structure runs along it."""
        return rotation((*self.seed, 1)) / self.scale_mm

    def __call__(self, points: Array) -> Array:
        """The values at ``points`` (3, n)."""
        return ndimage.map_coordinates(
            self.coefficients, self.to_lattice @ points, order=2, mode="grid-wrap", prefilter=False
        )
