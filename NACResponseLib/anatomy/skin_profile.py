"""The profile of intensity over depth of a patch of skin, and three layers fitted to it: air, skin, what lies below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from .columns import Array

THICKNESSES = np.arange(0.6, 6.01, 0.2)  # found at either end it is not to be trusted
_SHIFTS = np.arange(-0.8, 1.41, 0.2)
_EDGES = np.arange(_SHIFTS[0], _SHIFTS[-1] + THICKNESSES[-1] + 0.1, 0.2)
"""Depths of the skin's outer and inner edges; ``_OUTER`` and ``_INNER`` are their indices for each shift, thickness."""
_OUTER, _INNER = (
    a.ravel()
    for a in np.broadcast_arrays(
        np.arange(len(_SHIFTS))[:, None],
        np.arange(len(_SHIFTS))[:, None] + np.rint(THICKNESSES / 0.2).astype(int),
    )
)
_HELD = 0.05  # weight of the usual signal of skin against the whole profile
_LEAST_CONTRAST = 0.08  # of the skin to what lies below it, over the profile's range
CLEAR = 4.0  # the skin's contrast over the profile's misfit


@dataclass(frozen=True)
class Fit:
    """Of one patch: shift of the outer surface and thickness, mm; signal of the skin; how clear it is."""

    shift: float
    thickness: float
    signal: float
    clear: float


class Profile:
    """The profile of a patch over depth, and its fits of three layers: air, skin and what lies below.

    Least squares over shift and thickness on a grid; the three signals are linear (variable projection). Both edges
    of the skin lie on one grid of depths, so that all the products come from a single matrix.
    """

    def __init__(self, depth: Array, mean: Array, weight: Array, blur: float) -> None:
        # Deeper than a few millimetres below the skin gland and vessels begin.
        near = weight * np.exp(-np.maximum(depth - 4, 0) / 2)
        self.depth, self.mean, self.near = depth, mean, near / near.sum()
        self.steps = ndtr((depth - _EDGES[:, None]) / blur)
        weighted = self.steps * self.near
        self.products = weighted @ self.steps.T, weighted.sum(axis=1), weighted @ mean
        self.total, self.square = float(self.near @ mean), float(self.near @ mean**2)

    def _equations(self) -> tuple[Array, Array]:
        """Of each shift and thickness: the normal matrix (n, 3, 3) and the right side (n, 3) for the three signals."""
        (both, alone, level), s, t = self.products, _OUTER, _INNER
        normal = np.empty((len(s), 3, 3))
        normal[:, 0, 0] = 1 - 2 * alone[s] + both[s, s]
        normal[:, 1, 1] = both[s, s] - 2 * both[s, t] + both[t, t]
        normal[:, 2, 2] = both[t, t]
        normal[:, 0, 1] = normal[:, 1, 0] = alone[s] - alone[t] - both[s, s] + both[s, t]
        normal[:, 0, 2] = normal[:, 2, 0] = alone[t] - both[s, t]
        normal[:, 1, 2] = normal[:, 2, 1] = both[s, t] - both[t, t]
        normal += 1e-9 * np.eye(3)
        return normal, np.stack([self.total - level[s], level[s] - level[t], level[t]], axis=1)

    def fit(self, usual: float | None) -> Fit:
        """The best shift and thickness, the skin's signal held near the ``usual`` one if there is one."""
        (normal, right), square = self._equations(), self.square
        scale = np.ptp(self.mean) ** 2
        if usual is not None:
            square += _HELD * usual**2
            normal[:, 1, 1] += _HELD
            right[:, 1] += _HELD * usual
        signals = np.linalg.solve(normal, right[..., None])[..., 0]
        misfit = square - (signals * right).sum(axis=1) + 1e-4 * scale * _EDGES[_OUTER] ** 2
        best = int(np.argmin(misfit))
        outer, inner = (self.steps[edge[best]] for edge in (_OUTER, _INNER))
        at_air, at_skin, at_fat = signals[best]
        model = at_air * (1 - outer) + at_skin * (outer - inner) + at_fat * inner
        # The outer edge of the body is by far the greatest step; what the skin's inner edge explains is below it.
        deep = self.near * (self.depth > 0.5)
        error = np.sqrt((model - self.mean) ** 2 @ deep / max(deep.sum(), 1e-9))
        clear = abs(at_skin - at_fat) / (error + _LEAST_CONTRAST / CLEAR * np.sqrt(scale))
        shift, thickness = _EDGES[_OUTER[best]], _EDGES[_INNER[best]] - _EDGES[_OUTER[best]]
        return Fit(float(shift), float(thickness), float(at_skin), float(clear))
