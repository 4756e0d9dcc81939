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
from .evidence import LAYER, Samples, along, layer_mean, located, muscle_signal, peak, step_evidence, unevenness_behind
from .landmarks import distance_to_air, near_lung, rib_cage, skin_contrast, trunk_entry
from .sheet import cheapest_sheet, smooth_sheet

Mask = NDArray[np.bool_]

_SKIN_MM = 5.0  # nearer to the outline than this nothing is evidence of the chest wall
_NEAREST_MM = 7.5
_CT_WINDOW_HU = (-150.0, 80.0)  # bone no brighter than muscle
_CT_STEP_HU = 120.0  # from fat to muscle; a thin plane of fat between muscles makes a smaller one
_FRONT_MM = 40
_SEEN = 0.5
_GOES_ON_MM = 25.0
_FORBIDDEN = 3.0
_SKIN_SAYS, _UNEVEN_COST = 0.3, 0.2
_COVER_COST = 0.008
_SWALLOW_COST, _SWALLOWED = 0.5, 0.4  # less than this share of the tumour behind the wall costs nothing
_AHEAD_MM, _AHEAD_COST = 3.0, 0.04  # in front of the trunk's surface, per mm
_BEHIND_MM, _BEHIND_COST = 25.0, 0.01  # behind it, per mm
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
    return up if _clearness(up, samples) + favour > _clearness(down, samples) else down


def _clearness(wall: Wall, samples: Samples) -> float:
    """Of two sheets alike the one closer to the skin of the trunk, besides the breasts, is the clearer.

    So is the one behind which the signal changes less with depth: muscle is even, ribs and gland are not.
    """
    thickness = (wall.depth_mm - samples.entry * DEPTH_STEP_MM)[np.isfinite(samples.entry)]
    cover = np.percentile(thickness, 20) if thickness.size else 0.0
    off = _off_trunk(samples, wall.depth_mm[..., None] / DEPTH_STEP_MM).mean()
    within = along(samples.swallowed, wall.depth_mm / DEPTH_STEP_MM, np.zeros(1)).max()
    uneven = unevenness_behind(samples, wall.depth_mm / DEPTH_STEP_MM, wall.evidence > _SEEN)
    return float(
        wall.evidence.mean() - _COVER_COST * cover - off - _SWALLOW_COST * within - _UNEVEN_COST * np.log(uneven)
    )


def _sample(image: sitk.Image, body: sitk.Image, modality: str, columns: Columns, hidden: sitk.Image | None) -> Samples:
    points = columns.points()
    raw = sample(image, points, np.nan)
    inside = sample(body, points, np.nan)
    known = np.isfinite(raw)
    entry, trunk = trunk_entry(inside, columns.axis is not None)
    depth = np.arange(raw.shape[2])
    away = distance_to_air(inside, entry)
    allowed = known & (depth >= np.nan_to_num(entry, nan=np.inf)[..., None]) & (away > _NEAREST_MM)
    weights = (known & (away > _SKIN_MM)).astype(float)
    swallowed = np.zeros_like(weights)
    if hidden is not None:
        tumour = sample(hidden, points, 0.0)
        weights *= 1 - tumour
        behind = np.cumsum(tumour[..., ::-1], axis=2)[..., ::-1]
        swallowed = np.maximum(behind / max(float(behind.max()), 1e-6) - _SWALLOWED, 0)
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
    return Samples(
        values / usual, np.nan_to_num(raw), weights, allowed, swallowed, entry, trunk, skin_contrast(raw, entry)
    )


def _usual_step(values: Array, weights: Array, allowed: Mask) -> float:
    """Of a single column: noise and the breast's texture."""
    front, _ = layer_mean(values, weights, 0, LAYER)
    back, _ = layer_mean(values, weights, LAYER + 1, 2 * LAYER + 1)
    steps = np.abs(back - front)[allowed[..., LAYER:-LAYER]]
    return float(np.percentile(steps, 25) / 0.3186) if steps.size else 1.0


def _off_trunk(samples: Samples, depths: Array) -> Array:
    """Cost of depths (rows, columns, ...) in front of where the trunk would be without breasts, or far behind it."""
    behind = depths - samples.trunk[..., None]
    cost = _AHEAD_COST * np.maximum(-_AHEAD_MM - behind, 0) + _BEHIND_COST * np.maximum(behind - _BEHIND_MM, 0)
    return np.nan_to_num(cost * DEPTH_STEP_MM)


def _sheet(samples: Samples, sign: int, columns: Columns) -> Wall:
    """From coarse to fine: each pass looks for steps along the sheet of the one before."""
    rows, cols, count = samples.values.shape
    base, weight = np.zeros((rows, cols)), np.zeros((rows, cols))
    depth = np.arange(count, dtype=float)
    muscle, found = None, base
    for reach, spread, bend, stiffness, tolerance in (
        (None, 1.0, 0.2, 100.0, 25.0),
        (20, 2.0, 0.15, 60.0, 12.0),
        (10, 1.5, 0.2, 40.0, 6.0),
        (6, 1.5, 0.25, 20.0, 4.0),
        (4, 1.2, 0.3, 8.0, 3.0),
    ):
        offsets = depth if reach is None else np.arange(-reach, reach + 1.0)
        if sign > 0 and reach is not None:
            muscle = muscle_signal(samples.values, samples, found, weight)
        evidence, allowed = step_evidence(samples, sign, base, offsets, spread, muscle)
        cost = np.where(allowed, 1 - evidence, _FORBIDDEN * samples.possible[..., None])
        cost += _DEPTH_COST * DEPTH_STEP_MM * np.arange(len(offsets))
        cost += _off_trunk(samples, base[..., None] + offsets)
        cost += _SWALLOW_COST * along(samples.swallowed, base, offsets)
        depths, _ = cheapest_sheet(cost, bend, 6 if reach is None else 2)
        found = base + offsets[0] + peak(evidence, depths)
        weight = np.take_along_axis(evidence, depths[..., None], 2)[..., 0]
        base = smooth_sheet(found, weight**2, stiffness, tolerance)
    for _ in range(2):
        muscle = None if muscle is None else muscle_signal(samples.plain, samples, base, weight)
        base = smooth_sheet(located(samples, sign, base, 1.2, muscle), weight**2, 2.5, 2.0)
    return Wall(columns, base * DEPTH_STEP_MM, weight, samples.possible)
