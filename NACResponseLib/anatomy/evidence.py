"""How clearly the front of muscle runs along a sheet across columns: steps and lines, coherent along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .columns import Array

Mask = NDArray[np.bool_]

LAYER = 4  # samples before and behind a surface whose means are compared
_FINE = 4
_SATURATED = 1.0  # times the usual step: a single column's greater step is no more evidence
_MUSCLE_FROM, _MUSCLE_TO = 2.0, 9.0  # samples behind a surface whose mean is muscle, if it is the chest wall's
_MUSCLE_SPREAD = 6.0  # columns: coil shading changes more slowly than this
_EVEN = 0.05
_TEXTURE, _ENOUGH = 0.25, 0.1  # evidence: what texture has; mean above it that makes the signal of muscle known
_LIKE_MUSCLE, _CLEAREST = 0.7, 75  # share of the usual step from muscle, which is this percentile of the steps


@dataclass(frozen=True)
class Samples:
    """What the columns meet, all (rows, columns, depths).

    Attributes:
        values: intensity on a scale where steps compare (logarithm on MR), in units of the usual step.
        plain: intensity, on whose scale a blurred step lies where it does in the patient.
        weights: 1 where the sample may serve as evidence.
        allowed: where a surface may lie.
        entry: index (rows, columns) where a column enters the trunk.
        swallowed: share of the tumour of a column that lies behind each depth, 0 where there is none.
        trunk: index (rows, columns) of the trunk's surface without breasts.
        skin: contrast of the skin to what lies below it, -1 to 1.
    """

    values: Array
    plain: Array
    weights: Array
    allowed: Mask
    swallowed: Array
    entry: Array
    trunk: Array
    skin: float

    @property
    def possible(self) -> Mask:
        """Columns (rows, columns) on which a surface may lie anywhere."""
        return np.asarray(self.allowed.any(axis=2))


def muscle_signal(values: Array, samples: Samples, base: Array, weight: Array) -> Array:
    """Signal (rows, columns) of what lies right behind a sheet: robust mean over some centimetres along it.

    NaN where too little of the sheet thereabouts is seen.
    """
    behind = np.arange(_MUSCLE_FROM, _MUSCLE_TO)
    layer, share = along(values * samples.weights, base, behind), along(samples.weights, base, behind)
    own = layer.sum(axis=2) / np.maximum(share.sum(axis=2), 1e-6)
    known = np.where(share.mean(axis=2) > 0.7, np.maximum(weight - _TEXTURE, 0), 0.0)
    use, level = known, own
    for _ in range(3):
        total = ndimage.gaussian_filter(use, _MUSCLE_SPREAD)
        level = ndimage.gaussian_filter(use * own, _MUSCLE_SPREAD) / np.maximum(total, 1e-9)
        misfit = np.abs(own - level)
        scale = 2.5 * np.median(misfit[use > 0]) + 1e-9 if (use > 0).any() else 1.0
        use = known / (1 + (misfit / scale) ** 2) ** 2
    return np.where(ndimage.gaussian_filter(known, _MUSCLE_SPREAD) > _ENOUGH, level, np.nan)


def unevenness_behind(samples: Samples, base: Array, seen: Mask) -> float:
    """Standard deviation over depth of what lies right behind a sheet: median of the columns where it is seen."""
    layer = along(samples.values, base, np.arange(_MUSCLE_FROM, _MUSCLE_TO - 1))
    return float(np.median(layer.std(axis=2)[seen])) + _EVEN if seen.any() else np.inf


def step_evidence(
    samples: Samples, sign: int, base: Array, offsets: Array, spread: float, muscle: Array | None
) -> tuple[Array, Mask]:
    """How clearly a step runs along a sheet, 0 to 1, and where a surface may lie: (rows, columns, offsets).

    Args:
        sign: 1 for a step up, -1 for one down.
        muscle: its signal (rows, columns) where known; then a step towards it counts, from darker and brighter alike,
            and a step up into brighter gland no longer does.
    """
    step, line, valid, allowed = _steps(samples.values, samples, base, offsets, muscle, strict=True)
    sign = sign if muscle is None else 1
    steps, lines = (_mean_along(np.clip(x, -_SATURATED, _SATURATED), valid, spread) for x in (step, line))
    strength = 2.5 * (np.maximum(sign * steps, 0) + np.maximum(lines, 0)) / _SATURATED
    return np.where(allowed, strength / (1 + strength), 0.0), allowed


def located(samples: Samples, sign: int, base: Array, spread: float, muscle: Array | None) -> Array:
    """The sheet moved to the middle of the step in intensity, by at most a few samples."""
    offsets = np.arange(-_FINE, _FINE + 1.0)
    step, line, valid, _ = _steps(samples.plain, samples, base, offsets, muscle, strict=False)
    sign = sign if muscle is None else 1
    at_sheet = step[..., _FINE][valid[..., _FINE]]
    limit = 2 * np.median(np.abs(at_sheet)) if at_sheet.size else 1.0
    # No column says more than others, and yet each keeps the place of its peak.
    step, line = (x * limit / np.maximum(np.abs(x * valid).max(axis=2, keepdims=True), limit) for x in (step, line))
    mean = sign * _mean_along(step, valid, spread)
    mean += np.maximum(_mean_along(line, valid, spread), 0)
    mean -= 0.02 * limit * np.abs(offsets)
    return base + offsets[0] + peak(mean, np.argmax(mean, axis=2))


def _steps(
    values: Array, samples: Samples, base: Array, offsets: Array, muscle: Array | None, *, strict: bool
) -> tuple[Array, Array, Mask, Mask]:
    """What intensity does at each offset from a sheet.

    Returns:
        The step from the layer in front to the one behind, towards muscle where its signal is given; how much darker
        it is there than on both sides (a fascia, or the chemical shift between fat and muscle); which of these are to
        be used; where a surface may lie.
    """
    margin = LAYER + 1
    wide = np.arange(offsets[0] - margin, offsets[-1] + margin + 1)
    sheets, weights = (along(array, base, wide) for array in (values, samples.weights))
    allowed = along(samples.allowed.astype(float), base, offsets) > 0.5
    front, front_share = layer_mean(sheets, weights, 0, LAYER)
    back, back_share = layer_mean(sheets, weights, LAYER + 1, 2 * LAYER + 1)
    centre, _ = layer_mean(sheets, weights, LAYER - 1, LAYER + 2)
    line = np.minimum(front, back) - centre
    cut = slice(1, 1 + len(offsets))
    valid = ((front_share > 0.7) & (back_share > 0.7))[..., cut] & allowed
    middle = offsets.size // 2
    step = (
        back - front
        if muscle is None
        else _towards(muscle[..., None], front, back, allowed[..., middle], middle + 1, strict)
    )
    return _detrended(step[..., cut], valid), line[..., cut], valid, allowed


def _towards(muscle: Array, front: Array, back: Array, possible: Mask, middle: int, strict: bool) -> Array:
    """How much nearer to muscle the layer behind is than the one in front; where muscle is not known, a step up.

    Its signal is known roughly: behind darker tissue a layer somewhat brighter is muscle too. Behind brighter tissue,
    gland or tumour, fat may lie as well: there only what is like muscle counts. Not ``strict``, the step is greatest
    where it is in the patient, whatever blurs it.
    """
    before, beyond = front - muscle, back - muscle
    usual = -before[..., middle][possible & (before[..., middle] < 0)]
    like = _LIKE_MUSCLE * (float(np.percentile(usual, _CLEAREST)) if usual.size else 0.0) + 1e-9
    from_dark = -before - np.abs(beyond) + 2 * np.clip(beyond, 0, like)
    from_bright = before - 2 * np.abs(beyond)
    if strict:
        from_bright = before * np.clip(1 - np.abs(beyond) / like, 0, 1) - np.maximum(np.abs(beyond) - like, 0)
    return np.where(np.isnan(muscle), back - front, np.where(before > 0, from_bright, from_dark))


def _detrended(step: Array, valid: Mask) -> Array:
    """Steps less what those before and behind them have in common with them: shading slopes alike on both sides."""
    known = np.where(valid, step, 0.0)
    reach = LAYER + 2
    padded = np.pad(known, ((0, 0), (0, 0), (reach, reach)))
    before, after = padded[..., : -2 * reach], padded[..., 2 * reach :]
    common = np.where(before * after > 0, np.sign(before) * np.minimum(np.abs(before), np.abs(after)), 0.0)
    return step - common


def _mean_along(step: Array, valid: Mask, spread: float) -> Array:
    """Mean over neighbouring columns."""
    smooth = (spread, spread, 0)
    share = ndimage.gaussian_filter(valid.astype(float), smooth)
    return ndimage.gaussian_filter(np.where(valid, step, 0.0), smooth) / np.maximum(share, 0.2)


def along(array: Array, base: Array, offsets: Array) -> Array:
    """Values at ``base`` plus each offset, by linear interpolation along depth; 0 beyond the ends."""
    where = base[..., None] + offsets
    low = np.floor(where).astype(int)
    share = where - low
    last = array.shape[2] - 1
    first = np.take_along_axis(array, np.clip(low, 0, last), 2)
    second = np.take_along_axis(array, np.clip(low + 1, 0, last), 2)
    return np.where((where >= 0) & (where <= last), (1 - share) * first + share * second, 0.0)


def layer_mean(values: Array, weights: Array, begin: int, end: int) -> tuple[Array, Array]:
    """Weighted mean of the samples ``begin`` to ``end`` - 1 after each, and the share of them that counts."""
    count = values.shape[2] - 2 * LAYER
    sums = [np.pad(np.cumsum(a, axis=2), ((0, 0), (0, 0), (1, 0))) for a in (values * weights, weights)]
    total, weight = (s[..., end : end + count] - s[..., begin : begin + count] for s in sums)
    return total / np.maximum(weight, 1e-6), weight / (end - begin)


def peak(evidence: Array, index: NDArray[np.intp]) -> Array:
    """The index moved to the centre of its peak by a parabola, by at most half a sample."""
    inner = np.clip(index, 1, evidence.shape[2] - 2)[..., None]
    before, at, after = (np.take_along_axis(evidence, inner + k, 2)[..., 0] for k in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = np.where(curvature < 0, (before - after) / (2 * np.minimum(curvature, -1e-6)), 0.0)
    return index.astype(float) + np.where(index == inner[..., 0], np.clip(shift, -0.5, 0.5), 0.0)
