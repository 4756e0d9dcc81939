"""How clearly a boundary between two even tissues runs along a sheet across columns.

Muscle and the fat in front of it are each even; gland, vessels and tumours are not, however bright they are. So what
counts is not how great a step in intensity is but how great it is against the spread of the intensities on both of its
sides, over several neighbouring columns (Student's t), whatever its sign: fat may be suppressed or not, and change from
one to the other across the image. A thin dark line (fascia, chemical shift) counts in the same way, where both
tissues are equally bright.

Arrays are (rows, columns, depths) of ``anatomy.columns``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .columns import Array

Mask = NDArray[np.bool_]

_LAYER = 6  # samples in front of and behind a boundary that are compared
_SIDE = 3  # samples on either side of a line, itself of three samples
_LEAST_SPREAD, _LEAST_LINE_SPREAD = 0.05, 0.03
_HALF = 0.5  # of a layer must be usable
_STEEP_SPREAD, _STEEP_REACH = 1.0, 2  # columns and samples; samples


@dataclass(frozen=True)
class Samples:
    """What the columns meet.

    Attributes:
        values: intensity on a scale where steps compare: logarithm on MR, share of the window on CT.
        plain: intensity in units of what is usual: on its scale a blurred step lies where it does in the patient.
        weights: 1 where the sample may serve as evidence.
        allowed: where a surface may lie.
        entry: index (rows, columns) where a column enters the trunk, NaN where it does not.
        trunk: index (rows, columns) of the trunk's surface without breasts; NaN where it is not known.
        up, down: how much a step up, and one down, count, 0 to 1.
    """

    values: Array
    plain: Array
    weights: Array
    allowed: Mask
    entry: Array
    trunk: Array
    up: float
    down: float

    @property
    def possible(self) -> Mask:
        """Columns (rows, columns) on which a surface may lie anywhere."""
        return np.asarray(self.allowed.any(axis=2))


def boundary_evidence(
    samples: Samples, base: Array, offsets: Array, spread: float, lines: bool = True
) -> tuple[Array, Mask]:
    """How clearly a boundary runs along a sheet, 0 to 1, and where it may lie: (rows, columns, offsets).

    Args:
        base: depth indices (rows, columns) of the sheet that is moved by ``offsets``.
        spread: standard deviation, in columns, of the neighbourhood.
        lines: whether dark lines count; thin muscle is one, whose middle lies behind its front.
    """
    margin = _LAYER + 1
    wide = np.arange(offsets[0] - margin, offsets[-1] + margin + 1)
    values, weights = (along(a, base, wide) for a in (samples.values * samples.weights, samples.weights))
    values = np.where(weights > 0, values / np.maximum(weights, 1e-6), 0.0).astype(np.float32)
    allowed = along(samples.allowed.astype(np.float32), base, offsets) > 0.5
    cut = slice(margin, -margin)
    front, back = (_spread_of(values, weights, *ends, spread) for ends in ((-_LAYER, 0), (1, _LAYER + 1)))
    enough = allowed & ((np.minimum(front[2], back[2]) > _HALF)[..., cut])
    step = (back[0] - front[0]) / np.sqrt(front[1] + back[1] + _LEAST_SPREAD**2)
    clear = samples.up * np.maximum(step, 0) + samples.down * np.maximum(-step, 0)
    if lines and samples.down > 0:
        clear = clear + np.maximum(_line(values, weights, spread), 0)
    clear = np.where(enough, clear[..., cut], 0)
    return clear**2 / (clear**2 + 1), enough


def _spread_of(values: Array, weights: Array, low: int, high: int, spread: float) -> tuple[Array, Array, Array]:
    """Mean, variance and usable share of the samples from ``low`` to ``high`` - 1 beside each, in its neighbourhood."""
    whole = _lateral(_window(np.ones_like(weights), low, high), spread)
    total, first, second = (
        _lateral(_window(a, low, high), spread) for a in (weights, values * weights, values**2 * weights)
    )
    mean = first / np.maximum(total, 1e-6)
    return mean, np.maximum(second / np.maximum(total, 1e-6) - mean**2, 0), total / np.maximum(whole, 1e-6)


def _line(values: Array, weights: Array, spread: float) -> Array:
    """How much darker the middle is than the brightest that both sides reach, against the spread of that."""
    centre = _window(values * weights, -1, 2) / 3
    before, after = (_window(values * weights, *ends) / (_SIDE + 1) for ends in ((-_SIDE - 2, -1), (2, _SIDE + 3)))
    whole = (_window(weights, -_SIDE - 2, _SIDE + 3) > 2 * _SIDE + 4.9).astype(np.float32)
    dip = (np.minimum(before, after) - centre) * whole
    share = np.maximum(_lateral(whole, spread), 0.2)
    mean, square = (_lateral(a, spread) / share for a in (dip, dip**2))
    return np.asarray(mean / np.sqrt(np.maximum(square - mean**2, 0) + _LEAST_LINE_SPREAD**2))


def _lateral(array: NDArray[np.floating[Any]], spread: float) -> Array:
    """Mean over neighbouring columns; beyond the outermost there is nothing."""
    return np.asarray(ndimage.gaussian_filter(array, (spread, spread, 0), mode="constant", truncate=2.5))


def _window(array: Array, low: int, high: int) -> Array:
    """Sum of the samples from ``low`` to ``high`` - 1 beside each; there is nothing beyond the ends."""
    count = array.shape[2]
    sums = np.pad(np.cumsum(array, axis=2, dtype=np.float64), ((0, 0), (0, 0), (1, 0)))
    at = np.arange(count)
    return (sums[..., np.clip(at + high, 0, count)] - sums[..., np.clip(at + low, 0, count)]).astype(np.float32)


def along(array: Array, base: Array, offsets: Array) -> Array:
    """Values at ``base`` plus each offset, by linear interpolation along depth; 0 beyond the ends."""
    low = np.floor(base).astype(int)
    share = (base - low)[..., None].astype(np.float32)
    last = array.shape[2] - 1
    steps = np.arange(int(offsets[0]), int(offsets[-1]) + 2)
    where = low[..., None] + steps
    found = np.take_along_axis(array, np.clip(where, 0, last), 2)
    found = np.where((where >= 0) & (where <= last), found, 0)
    return np.asarray((1 - share) * found[..., :-1] + share * found[..., 1:])


def steepest(samples: Samples, base: Array) -> Array:
    """How far behind a sheet, in samples, the intensity changes fastest from one of its sides to the other.

    What counts as evidence is a step against the spread of both sides, which moves its peak towards the evener side.
    """
    offsets = np.arange(-_LAYER, _LAYER + 1.0)
    weights = _lateral(along(samples.weights, base, offsets), _STEEP_SPREAD)
    values = _lateral(along(samples.plain * samples.weights, base, offsets), _STEEP_SPREAD) / np.maximum(weights, 1e-6)
    slope = ndimage.gaussian_filter1d(values, _STEEP_SPREAD, axis=2, order=1)
    slope = slope * np.sign(values[..., -_SIDE:].mean(axis=2) - values[..., :_SIDE].mean(axis=2))[..., None]
    inner = slope[..., _LAYER - _STEEP_REACH : _LAYER + _STEEP_REACH + 1]
    usable = weights.min(axis=2) > _HALF * weights.max()
    return np.asarray(np.where(usable, peak(inner, np.argmax(inner, axis=2)) - _STEEP_REACH, 0.0))


def peak(evidence: Array, index: NDArray[np.intp]) -> Array:
    """The index moved to the centre of its peak by a parabola, by at most half a sample."""
    inner = np.clip(index, 1, evidence.shape[2] - 2)[..., None]
    before, at, after = (np.take_along_axis(evidence, inner + k, 2)[..., 0] for k in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = np.where(curvature < 0, (before - after) / (2 * np.minimum(curvature, -1e-6)), 0.0)
    return index.astype(float) + np.where(index == inner[..., 0], np.clip(shift, -0.5, 0.5), 0.0)
