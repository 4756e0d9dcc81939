"""The chest wall: the anterior surface of the pectoral muscle and the ribs, and everything behind it.

The surface is a sheet across columns that run from the front into the thorax (``anatomy.columns``). Evidence is a
step in intensity that is coherent along the sheet. Of a step up (muscle brighter than fat: fat suppression, CT) and a
step down (fat brighter than muscle) the one is taken whose sheet lies in front of the other: behind the front of the
muscle lie its back, the ribs and the heart, and they may be more conspicuous. The gland, which also borders on fat, is
no sheet as wide as the thorax.

The pectoral boundary as a sheet-like structure follows Wang et al. (Med Phys 2012: Hessian sheetness) and Gallego and
Martel (IEEE TMI 2011); that it is smooth and continuous from the sternum to the axilla, Gubern-Merida et al. (IEEE
JBHI 2015) and Wu et al. (Med Phys 2013); a surface as one depth per column at minimal cost, Li et al. (IEEE TPAMI 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .columns import DEPTH_STEP_MM, Array, Columns, sample
from .sheet import cheapest_sheet, smooth_sheet

Mask = NDArray[np.bool_]

_LAYER = 4  # samples before and behind a surface whose means are compared
_SKIN_MM = 5.0  # nearer to the outline no chest wall is looked for
_TRUNK_MM = 25  # a column enters the trunk where it then stays in the body this far
_CT_WINDOW_HU = (-150.0, 150.0)
_CT_LUNG_HU, _CT_BONE_HU = -400.0, 250.0
_THINNEST_WALL = 8  # samples from its front to the lung
_THICK_LUNG = 15
_FRONT_MM = 40
_FINE = 4
_FORBIDDEN = 3.0
_SATURATED = 0.7  # times the usual step: a single column's greater step is no more evidence
_DEPTH_COST = 0.004  # per mm: of two sheets alike the anterior one


@dataclass(frozen=True)
class Wall:
    """The chest wall's surface on columns.

    Attributes:
        depth_mm: (rows, columns) along the columns.
        evidence: (rows, columns), 0 to 1: how clearly the image shows the surface there.
    """

    columns: Columns
    depth_mm: Array
    evidence: Array


@dataclass(frozen=True)
class _Samples:
    """What the columns meet, all (rows, columns, depths).

    Attributes:
        values: intensity on a scale where steps compare (logarithm on MR), in units of the usual step.
        plain: intensity, on whose scale a blurred step lies where it does in the patient.
        weights: 1 where the sample may serve as evidence.
        allowed: where a surface may lie.
    """

    values: Array
    plain: Array
    weights: Array
    allowed: Mask


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
    import os; signs = tuple(map(int,os.environ["S"].split(","))) if "S" in os.environ else (1,) if modality == "CT" else (1, -1)
    walls = [_sheet(samples, sign, columns) for sign in signs]
    return min(walls, key=_rank)


def _rank(wall: Wall) -> float:
    print("   rank", wall.evidence.mean(), np.median(wall.depth_mm))
    return _DEPTH_COST * float(np.median(wall.depth_mm)) - float(wall.evidence.mean())


def _sample(
    image: sitk.Image, body: sitk.Image, modality: str, columns: Columns, hidden: sitk.Image | None
) -> _Samples:
    points = columns.points()
    raw = sample(image, points, np.nan)
    inside = sample(body, points, np.nan)
    known = np.isfinite(raw)
    entry = trunk_entry(inside)
    depth = np.arange(raw.shape[2])
    allowed = known & (depth >= np.nan_to_num(entry, nan=np.inf)[..., None] + _SKIN_MM / DEPTH_STEP_MM)
    weights = known.astype(float)
    if hidden is not None:
        weights *= 1 - sample(hidden, points, 0.0)
    if modality == "CT":
        allowed &= depth <= _rib_cage(raw, inside > 0.5)[..., None]
        values = raw = np.clip(raw, *_CT_WINDOW_HU)
    else:
        tissue = raw[(inside > 0.5) & known]
        values = np.log(np.maximum(raw, 0) + 0.5 * np.percentile(tissue, 40))
        air = raw[(inside < 0.5) & known].mean()
        front = allowed & (depth < entry[..., None] + _FRONT_MM)
        allowed &= ~_near_lung(np.nan_to_num(raw), inside > 0.5, np.sqrt(air * np.percentile(raw[front], 30)))
    values = np.nan_to_num(values)
    return _Samples(values / _usual_step(values, weights, allowed), np.nan_to_num(raw), weights, allowed)


def _near_lung(raw: Array, inside: Mask, threshold: float) -> Mask:
    """Behind where lung begins, and in front of it by less than the thickness of a chest wall."""
    dark = (ndimage.gaussian_filter(raw, (1, 1, 1.5)) < threshold) & inside
    dark = ndimage.binary_opening(dark, np.ones((1, 1, _THICK_LUNG)))
    return np.maximum.accumulate(ndimage.maximum_filter1d(dark, 2 * _THINNEST_WALL + 1, axis=2), axis=2)


def _usual_step(values: Array, weights: Array, allowed: Mask) -> float:
    """Of a single column: noise and the breast's texture."""
    front, _ = _mean(values, weights, 0, _LAYER)
    back, _ = _mean(values, weights, _LAYER + 1, 2 * _LAYER + 1)
    steps = np.abs(back - front)[allowed[..., _LAYER:-_LAYER]]
    return float(np.percentile(steps, 25) / 0.3186) if steps.size else 1.0


def trunk_entry(inside: Array) -> Array:
    """Index (rows, columns) where a column enters the trunk for good; NaN where it never does.

    Args:
        inside: share of body (rows, columns, depths), NaN beyond the image.
    """
    in_body, known = inside >= 0.5, np.isfinite(inside)
    entry, run = np.full(inside.shape[:2], np.nan), np.zeros(inside.shape[:2])
    for d in range(inside.shape[2] - 1, -1, -1):
        run = np.where(in_body[..., d], run + 1, 0)
        begins = (run * DEPTH_STEP_MM >= _TRUNK_MM) & (~in_body[..., d - 1] if d else True)
        entry = np.where(begins & np.isnan(entry), d, entry)
    return entry


def _rib_cage(hounsfield: Array, inside: Mask) -> Array:
    """Deepest index at which the chest wall's front may lie: where bone or lung begins, bridged between the ribs."""
    behind = ((hounsfield < _CT_LUNG_HU) & inside) | (hounsfield > _CT_BONE_HU)
    thick = ndimage.binary_opening(behind, np.ones((1, 1, 4)))
    first = np.where(thick.any(axis=2), np.argmax(thick, axis=2), hounsfield.shape[2])
    return ndimage.percentile_filter(first, 30, size=7) + 4.0


def _sheet(samples: _Samples, sign: int, columns: Columns) -> Wall:
    """From coarse to fine: each pass looks for steps along the sheet of the one before."""
    rows, cols, count = samples.values.shape
    base, weight = np.zeros((rows, cols)), np.zeros((rows, cols))
    depth = np.arange(count, dtype=float)
    for reach, spread, bend, stiffness, tolerance in (
        (None, 1.0, 0.1, 60.0, 25.0),
        (20, 2.0, 0.15, 20.0, 14.0),
        (12, 1.5, 0.15, 12.0, 8.0),
        (7, 1.5, 0.2, 4.0, 6.0),
        (4, 1.2, 0.3, 2.0, 3.0),
    ):
        offsets = depth if reach is None else np.arange(-reach, reach + 1.0)
        evidence, allowed = _evidence(samples, sign, base, offsets, spread)
        cost = np.where(allowed, 1 - evidence, _FORBIDDEN) + _DEPTH_COST * DEPTH_STEP_MM * np.arange(len(offsets))
        index, _ = cheapest_sheet(cost, bend, 6 if reach is None else 2)
        found = base + offsets[0] + _peak(evidence, index)
        weight = np.take_along_axis(evidence, index[..., None], 2)[..., 0]
        base = smooth_sheet(found, weight**2, stiffness, tolerance)
    for _ in range(2):
        base = smooth_sheet(_located(samples, sign, base, 1.2), weight**2, 1.5, 3.0)
    return Wall(columns, base * DEPTH_STEP_MM, weight)


def _evidence(samples: _Samples, sign: int, base: Array, offsets: Array, spread: float) -> tuple[Array, Mask]:
    """How clearly a step runs along a sheet, 0 to 1, and where a surface may lie: (rows, columns, offsets)."""
    step, valid, allowed = _steps(samples.values, samples, base, offsets)
    mean = _along_sheet(np.clip(step, -_SATURATED, _SATURATED), valid, spread)
    strength = 2.5 * np.maximum(sign * mean, 0) / _SATURATED
    return strength / (1 + strength), allowed


def _located(samples: _Samples, sign: int, base: Array, spread: float) -> Array:
    """The sheet moved to the middle of the step in intensity, by at most a few samples."""
    offsets = np.arange(-_FINE, _FINE + 1.0)
    step, valid, _ = _steps(samples.plain, samples, base, offsets)
    at_sheet = step[..., _FINE][valid[..., _FINE]]
    limit = 2 * np.median(np.abs(at_sheet)) if at_sheet.size else 1.0
    mean = sign * _along_sheet(np.clip(step, -limit, limit), valid, spread)
    mean -= 0.02 * limit * np.abs(offsets)
    return base + offsets[0] + _peak(mean, np.argmax(mean, axis=2))


def _steps(values: Array, samples: _Samples, base: Array, offsets: Array) -> tuple[Array, Mask, Mask]:
    """Of intensity, from the layer in front of each offset from a sheet to the one behind; which are to be used;
    and where a surface may lie."""
    margin = _LAYER + 1
    wide = np.arange(offsets[0] - margin, offsets[-1] + margin + 1)
    sheets, weights = (_along(array, base, wide) for array in (values, samples.weights))
    allowed = _along(samples.allowed.astype(float), base, offsets) > 0.5
    front, front_share = _mean(sheets, weights, 0, _LAYER)
    back, back_share = _mean(sheets, weights, _LAYER + 1, 2 * _LAYER + 1)
    cut = slice(1, 1 + len(offsets))
    valid = ((front_share > 0.7) & (back_share > 0.7))[..., cut] & allowed
    return (back - front)[..., cut], valid, allowed


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
    return index + np.where(index == inner[..., 0], np.clip(shift, -0.5, 0.5), 0.0)
