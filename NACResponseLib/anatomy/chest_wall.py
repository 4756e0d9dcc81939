"""The chest wall: the anterior surface of the pectoral muscle and the ribs, and everything behind it.

The surface is a sheet across columns that run from the front into the thorax (``anatomy.columns``). Evidence is a
step in intensity that is coherent along the sheet. Of a step up (muscle brighter than fat: fat suppression, CT) and a
step down (fat brighter than muscle) the one is taken whose sheet lies in front of the other: behind the front of the
muscle lie its back, the ribs and the heart, and they may be more conspicuous. The gland, which also borders on fat, is
no sheet as wide as the thorax.

The pectoral boundary as a sheet-like structure follows Wang et al. (Med Phys 2012: Hessian sheetness) and Gallego and
Martel (IEEE TMI 2011); that it is smooth and continuous from the sternum to the axilla, Gubern-Merida et al.
(IEEE JBHI 2015) and Wu et al. (Med Phys 2013); one depth per column at minimal cost, Li et al. (IEEE TPAMI 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .columns import DEPTH_STEP_MM, PITCH_MM, Array, Columns, sample
from .landmarks import distance_to_air, near_lung, rib_cage, skin_contrast, trunk_entry
from .sheet import cheapest_sheet, smooth_sheet

Mask = NDArray[np.bool_]

_LAYER = 4  # samples before and behind a surface whose means are compared
_SKIN_MM = 5.0  # nearer to the outline than this nothing is evidence of the chest wall
_NEAREST_MM = 7.5
_CT_WINDOW_HU = (-150.0, 150.0)
_CT_STEP_HU = 120.0  # from fat to muscle; a thin plane of fat between muscles makes a smaller one
_FRONT_MM = 40
_SEEN = 0.5
_GOES_ON_MM = 25.0
_FINE = 4
_FORBIDDEN = 3.0
_SATURATED = 1.0  # times the usual step: a single column's greater step is no more evidence
_SKIN_SAYS = 0.3
_COVER_COST = 0.008
_DEPTH_COST = 0.002  # per mm: of two sheets alike the anterior one


@dataclass(frozen=True)
class Wall:
    """The chest wall's surface on columns.

    Attributes:
        depth_mm: (rows, columns) along the columns.
        evidence: (rows, columns), 0 to 1: how clearly the image shows the surface there.
    possible: (rows, columns), where the column enters the trunk.
    """

    columns: Columns
    depth_mm: Array
    evidence: Array
    possible: Mask

    @property
    def seen(self) -> Mask:
        """Where the image itself shows the surface."""
        return np.asarray(ndimage.gaussian_filter(self.evidence, 1.5) > _SEEN)

    @property
    def seen_share(self) -> float:
        """Of the columns that enter the trunk."""
        return float(self.seen[self.possible].mean()) if self.possible.any() else 0.0

    def supported(self) -> Mask:
        """Where the surface is seen, or goes on from where it is by no more than a short way."""
        return np.asarray(ndimage.distance_transform_edt(~self.seen) * PITCH_MM <= _GOES_ON_MM)


@dataclass(frozen=True)
class _Samples:
    """What the columns meet, all (rows, columns, depths).

    Attributes:
        values: intensity on a scale where steps compare (logarithm on MR), in units of the usual step.
        plain: intensity, on whose scale a blurred step lies where it does in the patient.
        weights: 1 where the sample may serve as evidence.
        allowed: where a surface may lie.
        entry: index (rows, columns) where a column enters the trunk.
        skin: contrast of the skin to what lies below it, -1 to 1.
    """

    values: Array
    plain: Array
    weights: Array
    allowed: Mask
    entry: Array
    skin: float


def find_wall(
    image: sitk.Image, body: sitk.Image, modality: str, columns: Columns, hidden: sitk.Image | None = None
) -> Wall:
    """The chest wall's surface.

    Args:
        image: float; ``body``: the body on a grid of its own.
        modality: ``MR`` or ``CT``.
        hidden: where the image is no evidence (a tumour and what is close to it), 0 or 1.
    """
    samples = _sample(image, body, modality, columns, hidden)
    if modality == "CT":
        return _sheet(samples, 1, columns)
    up, down = _sheet(samples, 1, columns), _sheet(samples, -1, columns)
    favour = float(np.clip(samples.skin, -_SKIN_SAYS, _SKIN_SAYS))
    return up if _clearness(up, samples.entry) + favour > _clearness(down, samples.entry) else down


def _clearness(wall: Wall, entry: Array) -> float:
    """Of two sheets alike the one closer to the skin of the trunk, besides the breasts, is the clearer."""
    thickness = (wall.depth_mm - entry * DEPTH_STEP_MM)[np.isfinite(entry)]
    cover = np.percentile(thickness, 20) if thickness.size else 0.0
    return float(wall.evidence.mean() - _COVER_COST * cover)


def _sample(
    image: sitk.Image, body: sitk.Image, modality: str, columns: Columns, hidden: sitk.Image | None
) -> _Samples:
    points = columns.points()
    raw = sample(image, points, np.nan)
    inside = sample(body, points, np.nan)
    known = np.isfinite(raw)
    entry = trunk_entry(inside)
    depth = np.arange(raw.shape[2])
    away = distance_to_air(inside, entry)
    allowed = known & (depth >= np.nan_to_num(entry, nan=np.inf)[..., None]) & (away > _NEAREST_MM)
    weights = (known & (away > _SKIN_MM)).astype(float)
    if hidden is not None:
        weights *= 1 - sample(hidden, points, 0.0)
    if modality == "CT":
        allowed &= depth <= rib_cage(raw, inside > 0.5)[..., None]
        values = raw = np.clip(raw, *_CT_WINDOW_HU)
    else:
        tissue = raw[(inside > 0.5) & known]
        values = np.log(np.maximum(raw, 0) + 0.5 * np.percentile(tissue, 40))
        air, front = raw[(inside < 0.5) & known], raw[allowed & (depth < entry[..., None] + _FRONT_MM)]
        if air.size and front.size:
            between = float(np.sqrt(air.mean() * np.percentile(front, 30)))
            allowed &= ~near_lung(np.nan_to_num(raw), depth > entry[..., None], between)
    values = np.nan_to_num(values)
    usual = _CT_STEP_HU if modality == "CT" else _usual_step(values, weights, allowed)
    return _Samples(values / usual, np.nan_to_num(raw), weights, allowed, entry, skin_contrast(raw, entry))


def _usual_step(values: Array, weights: Array, allowed: Mask) -> float:
    """Of a single column: noise and the breast's texture."""
    front, _ = _mean(values, weights, 0, _LAYER)
    back, _ = _mean(values, weights, _LAYER + 1, 2 * _LAYER + 1)
    steps = np.abs(back - front)[allowed[..., _LAYER:-_LAYER]]
    return float(np.percentile(steps, 25) / 0.3186) if steps.size else 1.0


def _sheet(samples: _Samples, sign: int, columns: Columns) -> Wall:
    """From coarse to fine: each pass looks for steps along the sheet of the one before."""
    rows, cols, count = samples.values.shape
    base, weight = np.zeros((rows, cols)), np.zeros((rows, cols))
    depth = np.arange(count, dtype=float)
    for reach, spread, bend, stiffness, tolerance in (
        (None, 1.0, 0.1, 100.0, 25.0),
        (20, 2.0, 0.15, 60.0, 12.0),
        (10, 1.5, 0.2, 40.0, 6.0),
        (6, 1.5, 0.25, 20.0, 4.0),
        (4, 1.2, 0.3, 8.0, 3.0),
    ):
        offsets = depth if reach is None else np.arange(-reach, reach + 1.0)
        evidence, allowed = _evidence(samples, sign, base, offsets, spread)
        cost = np.where(allowed, 1 - evidence, _FORBIDDEN) + _DEPTH_COST * DEPTH_STEP_MM * np.arange(len(offsets))
        depths, _ = cheapest_sheet(cost, bend, 6 if reach is None else 2)
        found = base + offsets[0] + _peak(evidence, depths)
        weight = np.take_along_axis(evidence, depths[..., None], 2)[..., 0]
        base = smooth_sheet(found, weight**2, stiffness, tolerance)
    for _ in range(2):
        base = smooth_sheet(_located(samples, sign, base, 1.2), weight**2, 2.5, 2.0)
    return Wall(columns, base * DEPTH_STEP_MM, weight, np.asarray(samples.allowed.any(axis=2)))


def _evidence(samples: _Samples, sign: int, base: Array, offsets: Array, spread: float) -> tuple[Array, Mask]:
    """How clearly a step runs along a sheet, 0 to 1, and where a surface may lie: (rows, columns, offsets)."""
    step, line, valid, allowed = _steps(samples.values, samples, base, offsets)
    steps, lines = (_along_sheet(np.clip(x, -_SATURATED, _SATURATED), valid, spread) for x in (step, line))
    strength = 2.5 * (np.maximum(sign * steps, 0) + np.maximum(lines, 0)) / _SATURATED
    return np.where(allowed, strength / (1 + strength), 0.0), allowed


def _located(samples: _Samples, sign: int, base: Array, spread: float) -> Array:
    """The sheet moved to the middle of the step in intensity, by at most a few samples."""
    offsets = np.arange(-_FINE, _FINE + 1.0)
    step, line, valid, _ = _steps(samples.plain, samples, base, offsets)
    at_sheet = step[..., _FINE][valid[..., _FINE]]
    limit = 2 * np.median(np.abs(at_sheet)) if at_sheet.size else 1.0
    mean = sign * _along_sheet(np.clip(step, -limit, limit), valid, spread)
    mean += np.maximum(_along_sheet(np.clip(line, -limit, limit), valid, spread), 0)
    mean -= 0.02 * limit * np.abs(offsets)
    return base + offsets[0] + _peak(mean, np.argmax(mean, axis=2))


def _steps(values: Array, samples: _Samples, base: Array, offsets: Array) -> tuple[Array, Array, Mask, Mask]:
    """What intensity does at each offset from a sheet.

    Returns:
        The step from the layer in front to the one behind; how much darker it is there than on both sides (a fascia,
        or the chemical shift between fat and muscle); which of these are to be used; where a surface may lie.
    """
    margin = _LAYER + 1
    wide = np.arange(offsets[0] - margin, offsets[-1] + margin + 1)
    sheets, weights = (_along(array, base, wide) for array in (values, samples.weights))
    allowed = _along(samples.allowed.astype(float), base, offsets) > 0.5
    front, front_share = _mean(sheets, weights, 0, _LAYER)
    back, back_share = _mean(sheets, weights, _LAYER + 1, 2 * _LAYER + 1)
    centre, _ = _mean(sheets, weights, _LAYER - 1, _LAYER + 2)
    line = np.minimum(front, back) - centre
    cut = slice(1, 1 + len(offsets))
    valid = ((front_share > 0.7) & (back_share > 0.7))[..., cut] & allowed
    return _detrended((back - front)[..., cut], valid), line[..., cut], valid, allowed


def _detrended(step: Array, valid: Mask) -> Array:
    """Steps less what those before and behind them have in common with them: shading slopes alike on both sides."""
    known = np.where(valid, step, 0.0)
    reach = _LAYER + 2
    padded = np.pad(known, ((0, 0), (0, 0), (reach, reach)))
    before, after = padded[..., : -2 * reach], padded[..., 2 * reach :]
    common = np.where(before * after > 0, np.sign(before) * np.minimum(np.abs(before), np.abs(after)), 0.0)
    return step - common


def _along_sheet(step: Array, valid: Mask, spread: float) -> Array:
    """Mean over neighbouring columns."""
    smooth = (spread, spread, 0)
    share = ndimage.gaussian_filter(valid.astype(float), smooth)
    return ndimage.gaussian_filter(np.where(valid, step, 0.0), smooth) / np.maximum(share, 0.2)


def _along(array: Array, base: Array, offsets: Array) -> Array:
    """Values at ``base`` plus each offset, by linear interpolation along depth; 0 beyond the ends."""
    where = base[..., None] + offsets
    low = np.floor(where).astype(int)
    share = where - low
    last = array.shape[2] - 1
    first = np.take_along_axis(array, np.clip(low, 0, last), 2)
    second = np.take_along_axis(array, np.clip(low + 1, 0, last), 2)
    return np.where((where >= 0) & (where <= last), (1 - share) * first + share * second, 0.0)


def _mean(values: Array, weights: Array, begin: int, end: int) -> tuple[Array, Array]:
    """Weighted mean of the samples ``begin`` to ``end`` - 1 after each, and the share of them that counts."""
    count = values.shape[2] - 2 * _LAYER
    sums = [np.pad(np.cumsum(a, axis=2), ((0, 0), (0, 0), (1, 0))) for a in (values * weights, weights)]
    total, weight = (s[..., end : end + count] - s[..., begin : begin + count] for s in sums)
    return total / np.maximum(weight, 1e-6), weight / (end - begin)


def _peak(evidence: Array, index: NDArray[np.intp]) -> Array:
    """The index moved to the centre of its peak by a parabola, by at most half a sample."""
    inner = np.clip(index, 1, evidence.shape[2] - 2)[..., None]
    before, at, after = (np.take_along_axis(evidence, inner + k, 2)[..., 0] for k in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = np.where(curvature < 0, (before - after) / (2 * np.minimum(curvature, -1e-6)), 0.0)
    return index.astype(float) + np.where(index == inner[..., 0], np.clip(shift, -0.5, 0.5), 0.0)
