"""Tumours as star-shaped bodies: an ellipsoid whose radius varies with the direction, with lobules and spicules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.spatial import ConvexHull, cKDTree
from scipy.spatial.distance import pdist

from ..errors import InputError
from .implicit import Array, Mask, RandomField, rotation

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_SPICULES, _SHARPNESS = 14, 70.0


@dataclass(frozen=True)
class Tumour:
    """A tumour. Its surface is ``centre + R(u) * radii * u`` over the directions u, with R = 1 + lobules + spicules.

    Attributes:
        centre_mm: in the patient (LPS).
        radii_mm: of the ellipsoid, along its own axes.
        lobulation: height of the lobules, as a share of the radius, 0 to 0.4.
        spiculation: length of the spicules, as a share of the radius, 0 to 0.8.
        necrosis: radius of the core that does not enhance, as a share of the radius, 0 to 0.8.
        rim: how much more the margin enhances than the inside, 0 to 1.
        heterogeneity: strength of the texture inside, 0 (uniform) to 1.
        oedema: brightness of the surroundings on T2, 0 (none) to 1.
        seed: of the axes, the lobules, the spicules and the texture.
    """

    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    radii_mm: tuple[float, float, float] = (12.0, 12.0, 12.0)
    lobulation: float = 0.0
    spiculation: float = 0.0
    necrosis: float = 0.0
    rim: float = 0.0
    heterogeneity: float = 0.0
    oedema: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.radii_mm) <= 0:
            raise InputError("radii_mm above 0", f"{self.radii_mm}", "give a tumour a size")
        highest = {"lobulation": 0.4, "spiculation": 0.8, "necrosis": 0.8, "rim": 1, "heterogeneity": 1, "oedema": 1}
        for name, limit in highest.items():
            if not 0 <= getattr(self, name) <= limit:
                raise InputError(f"{name} from 0 to {limit}", f"{getattr(self, name):g}", "choose one between them")

    @cached_property
    def axes(self) -> Array:
        """Rows: the tumour's own axes; a random rotation, none for the seed 0."""
        return np.eye(3) if self.seed == 0 else rotation((self.seed, 1))

    @cached_property
    def texture(self) -> RandomField:
        """Of the inside; mean 0, variance 1, details of about 5 mm."""
        return RandomField((self.seed, 2), 2.6)

    @property
    def is_ellipsoid(self) -> bool:
        """True without lobules and spicules."""
        return self.lobulation == 0 and self.spiculation == 0

    def reach(self, directions: Array) -> Array:
        """The relative radius R over unit vectors (3, n) of the tumour's own axes."""
        radius = np.ones(directions.shape[1])
        if self.is_ellipsoid:
            return radius
        rng = np.random.default_rng((self.seed, 3))
        waves, phases = rng.standard_normal((12, 3)), rng.uniform(0, 2 * np.pi, 12)
        tips = rng.standard_normal((_SPICULES, 3))
        if self.lobulation:
            waves *= 3.2 / np.linalg.norm(waves, axis=1, keepdims=True)
            bumps = np.cos(waves @ directions + phases[:, None]).sum(axis=0) / np.sqrt(6)
            radius += self.lobulation * np.tanh(bumps)
        if self.spiculation:
            tips /= np.linalg.norm(tips, axis=1, keepdims=True)
            lengths = self.spiculation * np.linspace(0.4, 1, _SPICULES)
            radius += np.max(lengths[:, None] * np.exp(_SHARPNESS * (tips @ directions - 1)), axis=0)
        return radius

    def position(self, points: Array) -> tuple[Array, Array]:
        """Where points (3, n) lie: relative radius (0 at the centre, 1 on the surface), and the implicit function, mm.

        The latter is negative inside; near an ellipsoid it is the distance, to first order.
        """
        radii = np.array(self.radii_mm)[:, None]
        scaled = (self.axes @ (points - np.array(self.centre_mm)[:, None])) / radii
        rho = np.maximum(np.linalg.norm(scaled, axis=0), 1e-9)
        slope = np.maximum(np.linalg.norm(scaled / radii, axis=0) / rho, 1e-12)
        relative = rho / self.reach(scaled / rho)
        return relative, (relative - 1) / slope

    def contains(self, points: Array) -> Mask:
        """True for points (3, n) in the tumour."""
        away = points - np.array(self.centre_mm)[:, None]
        inside = np.einsum("ij,ij->j", away, away) <= self.bounding_radius_mm**2
        inside[inside] = self.position(points[:, inside])[0] <= 1
        return inside

    @cached_property
    def bounding_radius_mm(self) -> float:
        """No point of the tumour is farther from its centre."""
        return max(self.radii_mm) * (1 + self.lobulation + self.spiculation)

    def surface(self, gap_mm: float = 0.35) -> Array:
        """Points (3, n) on the surface, about ``gap_mm`` from one to the next."""
        count = max(int(4 * np.pi * (max(self.radii_mm) * (1 + self.lobulation) / gap_mm) ** 2), 500)
        height = 1 - (2 * np.arange(count) + 1) / count
        angle = _GOLDEN_ANGLE * np.arange(count)
        aside = np.sqrt(1 - height**2)
        directions = np.stack([aside * np.cos(angle), aside * np.sin(angle), height])
        local = directions * self.reach(directions) * np.array(self.radii_mm)[:, None]
        return self.axes.T @ local + np.array(self.centre_mm)[:, None]

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.surface().T)

    def distance_mm(self, points: Array, limit_mm: float) -> Array:
        """Euclidean distance of points (3, n) from the surface; infinite beyond ``limit_mm``.

        Exact for a sphere; else to the nearest of dense surface points, at most 0.01 mm too large at 5 mm.
        """
        from_centre = np.linalg.norm(points - np.array(self.centre_mm)[:, None], axis=0)
        if self.is_ellipsoid and min(self.radii_mm) == max(self.radii_mm):
            away = np.abs(from_centre - self.radii_mm[0])
            return np.where(away <= limit_mm, away, np.inf)
        away = np.full(points.shape[1], np.inf)
        near = np.flatnonzero(from_centre <= self.bounding_radius_mm + limit_mm)
        away[near] = self._tree.query(points[:, near].T, distance_upper_bound=limit_mm)[0]
        return away

    @cached_property
    def volume_mm3(self) -> float:
        """From the integral of R cubed over the sphere of directions (Gauss-Legendre quadrature)."""
        directions, weights = _sphere_quadrature()
        return float(np.prod(self.radii_mm) * (weights @ self.reach(directions) ** 3) / 3)

    @cached_property
    def longest_diameter_mm(self) -> float:
        """The greatest distance between two points of the surface."""
        points = self.surface(gap_mm=2.0).T
        return float(pdist(points[ConvexHull(points).vertices]).max())


@cache
def _sphere_quadrature(heights: int = 64, angles: int = 128) -> tuple[Array, Array]:
    """Directions (3, n) and weights (n,) that integrate over the unit sphere."""
    z, weights = np.polynomial.legendre.leggauss(heights)
    angle = np.linspace(0, 2 * np.pi, angles, endpoint=False)
    aside = np.sqrt(1 - z**2)[:, None]
    directions = np.stack(np.broadcast_arrays(aside * np.cos(angle), aside * np.sin(angle), z[:, None]))
    return directions.reshape(3, -1), np.repeat(weights, angles) * 2 * np.pi / angles
