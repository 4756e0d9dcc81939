"""What columns meet on their way from the air into the thorax: trunk, skin, lung and ribs.

Arrays are (rows, columns, depths) of ``anatomy.columns``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .columns import DEPTH_STEP_MM, PITCH_MM, Array
from .sheet import smooth_sheet

Mask = NDArray[np.bool_]

_TRUNK_MM = 25  # a column enters the trunk where it then stays in the body this far
_FOLD_MM = 30.0  # no trunk begins farther behind its surface without breasts than this
_ON_TRUNK = 6.0
_ENDS = (((1, 1), (-1, 1)), ((1, 1), (1, -1)))
_BASELINE_REACH, _BASELINE_OUTLIER = 15, 25.0
_BASELINE_ROUNDS, _BASELINE_STIFFNESS, _BASELINE_FORWARD = 8, 100.0, 1e-3
_CT_LUNG_HU, _CT_BONE_HU = -400.0, 250.0


def trunk_entry(inside: Array, swept: bool) -> tuple[Array, Array]:
    """Where columns enter the trunk, and the surface that the trunk would have without breasts.

    A column may pass through the side of a breast and a fold before it enters the trunk; behind the trunk's front, in
    turn, lungs too dark to differ from air are no fold.

    Args:
        inside: share of body (rows, columns, depths), NaN beyond the image.
        swept: the columns run towards the axis of the thorax, so that none enters it deeper than between the breasts.

    Returns:
        Indices (rows, columns) of depth: the entry, NaN where there is none; the trunk's surface, NaN where it is not
        seen on both sides.
    """
    in_body = inside >= 0.5
    run, begins = np.zeros(inside.shape[:2]), np.zeros(inside.shape, bool)
    for d in range(inside.shape[2] - 1, -1, -1):
        run = np.where(in_body[..., d], run + 1, 0)
        begins[..., d] = (run * DEPTH_STEP_MM >= _TRUNK_MM) & (~in_body[..., d - 1] if d else True)
    found = begins.any(axis=2)
    if not found.any():
        return np.full(found.shape, np.nan), np.zeros(found.shape)
    first = np.argmax(begins, axis=2).astype(float)
    before = np.take_along_axis(inside, np.maximum(first - 1, 0).astype(int)[..., None], 2)[..., 0]
    seen = found & np.isfinite(before)
    if swept:
        seen &= first < np.percentile(first[:, found.shape[1] // 2 - 2 : found.shape[1] // 2 + 3], 90) + _ON_TRUNK
    trunk = _without_breasts(first, seen)
    between = _between(seen & (np.abs(first - trunk) < _ON_TRUNK))
    depth = np.arange(inside.shape[2]) * DEPTH_STEP_MM
    fold = begins & (depth <= trunk[..., None] + _FOLD_MM)
    last = inside.shape[2] - 1 - np.argmax(fold[..., ::-1], axis=2)
    entry = np.where(fold.any(axis=2), last, first)
    return np.where(found, entry, np.nan), np.where(between, trunk, np.nan)


def _between(places: Mask) -> Mask:
    """Where such places lie on both sides, along a row or a column."""
    sides = [np.logical_or.accumulate(places[::a, ::b], axis)[::a, ::b] for axis in (0, 1) for a, b in _ENDS[axis]]
    return np.asarray((sides[0] & sides[1]) | (sides[2] & sides[3]))


def _without_breasts(entry: Array, known: Mask) -> Array:
    """A smooth surface along the deepest places of the body's front: what stands forward of it hardly counts.

    Asymmetric least squares (Eilers, Anal Chem 2003: baselines under peaks).
    """
    usual = ndimage.median_filter(
        np.where(known, entry, np.median(entry[known]) if known.any() else 0.0), _BASELINE_REACH
    )
    known = known & (entry < usual + _BASELINE_OUTLIER)
    weights = known.astype(float)
    for _ in range(_BASELINE_ROUNDS):
        surface = smooth_sheet(entry, weights, _BASELINE_STIFFNESS, np.inf, 1)
        weights = known * np.where(entry < surface - 1, _BASELINE_FORWARD, 1.0)
    return surface


def distance_to_air(inside: Array, entry: Array) -> Array:
    """From the air in front, in mm; the columns are taken to be as far apart everywhere."""
    air = (np.nan_to_num(inside, nan=1.0) < 0.5) & (np.arange(inside.shape[2]) < entry[..., None])
    return ndimage.distance_transform_edt(~air, sampling=(PITCH_MM, PITCH_MM, DEPTH_STEP_MM))


def skin_contrast(raw: Array, entry: Array) -> float:
    """Median over the columns: the brightest of the outermost 3 mm less what lies 5 to 12 mm deep, over their sum."""
    first = np.nan_to_num(entry).astype(int)[..., None]
    last = raw.shape[2] - 1
    rim = np.take_along_axis(raw, np.minimum(first + np.arange(1, 4), last), 2).max(axis=2)
    fat = np.median(np.take_along_axis(raw, np.minimum(first + np.arange(5, 13), last), 2), axis=2)
    contrast = ((rim - fat) / np.maximum(rim + fat, 1e-6))[np.isfinite(entry)]
    return float(np.nanmedian(contrast)) if contrast.size else 0.0


def rib_cage(hounsfield: Array, inside: Mask) -> Array:
    """Deepest index at which the chest wall's front may lie: where bone or lung begins, bridged between the ribs."""
    behind = ((hounsfield < _CT_LUNG_HU) & inside) | (hounsfield > _CT_BONE_HU)
    thick = ndimage.binary_opening(behind, np.ones((1, 1, 4)))
    first = np.where(thick.any(axis=2), np.argmax(thick, axis=2), hounsfield.shape[2])
    return ndimage.percentile_filter(first, 30, size=7) + 4.0
