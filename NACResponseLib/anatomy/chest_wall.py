"""The chest wall: the anterior surface of the pectoral muscle and the ribs, and everything behind it.

The surface is a sheet across columns that run from the front into the thorax (``anatomy.columns``), at minimal cost
(Li et al., IEEE TPAMI 2006), from coarse to fine; ``anatomy.evidence`` says what it follows. Of two sheets alike the
anterior one is taken: behind the front of the muscle lie its back, the ribs and the heart. It knows nothing of tumours:
the wall of an image is one, whatever is contoured in it, and only what a tumour hides is bridged.

The pectoral boundary as a sheet-like structure follows Wang et al. (Med Phys 2012: Hessian sheetness) and Gallego and
Martel (IEEE TMI 2011); that it is smooth and continuous from the sternum to the axilla, Gubern-Merida et al.
(IEEE JBHI 2015) and Wu et al. (Med Phys 2013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .columns import DEPTH_STEP_MM, Array, Columns, sample
from .evidence import Samples, along, boundary_evidence, peak, steepest
from .landmarks import distance_to_air, rib_cage, skin_contrast, trunk_entry
from .sheet import cheapest_sheet, smooth_sheet
from .wall import NEAR_SPREAD, Wall

Mask = NDArray[np.bool_]

MUSCLE_BEGINS_MM = 1.0
"""How far behind the middle of the step in intensity readers draw the muscle's front."""
_SKIN_MM, _NEAREST_MM = 6.0, 7.5  # nearer to the outline nothing is evidence of the wall; nor does it lie there
_FIELD_END_MM = 10.0
_CT_WINDOW_HU = (-150.0, 80.0)  # bone no brighter than muscle
_CT_STEP_HU = 100.0
_SKIN_SAYS = 0.12  # contrast of the skin to fat that says all
_FORBIDDEN = 3.0
_DEPTH_COST = 0.005  # per mm: of two sheets alike the anterior one
_AHEAD_MM, _AHEAD_COST = 3.0, 0.04  # in front of the trunk's surface, per mm
_BEHIND_MM, _BEHIND_COST = 25.0, 0.01  # behind it, per mm
_BEFORE_TRUNK_MM, _BEHIND_TRUNK_MM = 15, 75  # how far a wall may lie from the trunk's surface
_SLAB = np.arange(2.0, 9.0)  # samples behind a sheet: if it is the wall they are muscle
_MUSCLE_SPREAD = 8.0  # columns
_POINT_PULL, _POINT_REACH = 0.2, 3.0  # cost per mm beside a point; columns
_PASSES = (
    (1.5, 0.2, 60.0, 20.0),
    (1.8, 0.15, 30.0, 10.0),
    (1.5, 0.2, 15.0, 6.0),
    (1.2, 0.25, 3.0, 4.0),
    (1.0, 0.3, 1.0, 3.0),
    (0.7, 0.3, 0.3, 3.0),
)
_REACHES = (0, 20, 10, 6, 4, 3)
_FINE_REACH = 4  # so near the sheet it follows plain intensities, and steps alone
_MUSCLE_MM, _WALL_MM, _LUNG_OVER_AIR, _LUNG_OF_TISSUE = 5, 9, 2.5, 0.25
_OUTSTANDING = 2.5  # times what is bright among the tissue
"""Spread in columns, cost of bending, stiffness and tolerance of each pass; how far it looks about the last sheet."""


@dataclass(frozen=True)
class _Held:
    """Points that the sheet must pass through, on the columns: how deep, and where (rows, columns)."""

    depth: Array
    weight: Array


def find_wall(
    image: sitk.Image,
    body: sitk.Image,
    modality: str,
    columns: Columns,
    points: Array | None = None,
    implants: sitk.Image | None = None,
) -> Wall:
    """The chest wall's surface, whatever is contoured in the image.

    Args:
        image: float; ``body``: the body on a grid of its own.
        modality: ``MR`` or ``CT``.
        points: (n, 3) a reader's points on the muscle's front, LPS, mm: the surface passes through them.
        implants: 0 or 1; the wall lies behind them.
    """
    samples = sample_columns(image, body, modality, columns)
    if implants is not None:
        within = sample(implants, columns.points(), 0.0) > 0.5
        samples = replace(
            samples, allowed=samples.allowed & ~np.maximum.accumulate(within[..., ::-1], axis=2)[..., ::-1]
        )
    held = _held(points, columns)
    depth, evidence = _sheet(samples, held, columns.axis is not None)
    muscle = _like_muscle(samples, depth, evidence)
    if held is not None:
        sure = np.exp(-0.5 * (ndimage.distance_transform_edt(held.weight == 0) / 4) ** 2)
        evidence, muscle = np.maximum(evidence, sure), np.maximum(muscle, sure)
    return Wall(columns, depth * DEPTH_STEP_MM + MUSCLE_BEGINS_MM, evidence, muscle, samples.possible)


def sample_columns(image: sitk.Image, body: sitk.Image, modality: str, columns: Columns) -> Samples:
    places = columns.points()
    raw, inside = sample(image, places, np.nan), sample(body, places, np.nan)
    entry, trunk = trunk_entry(inside, columns.axis is not None)
    depth = np.arange(raw.shape[2])
    away = distance_to_air(inside, entry)
    # At the far end of the field the scanner's filter takes the signal away.
    last = raw.shape[2] - 1 - np.argmax(np.isfinite(raw)[..., ::-1], axis=2)
    usable = np.isfinite(raw) & (inside > 0.5) & (depth < (last - _FIELD_END_MM / DEPTH_STEP_MM)[..., None])
    allowed = usable & (depth >= np.nan_to_num(entry, nan=np.inf)[..., None]) & (away > _NEAREST_MM)
    weights = (usable & (away > _SKIN_MM)).astype(np.float32)
    if modality == "CT":
        allowed &= depth <= rib_cage(raw, inside > 0.5)[..., None]
        up, down = 1.0, 0.0
        values = plain = np.clip(raw, *_CT_WINDOW_HU) / _CT_STEP_HU
    else:
        tissue = raw[usable]
        least = 0.3 * float(np.percentile(tissue, 30)) if tissue.size else 1.0
        values = np.log(np.maximum(raw, 0) + max(least, 1e-6))
        # Skin brighter than the fat below it: fat is suppressed, and muscle brighter than it. Darker: the other way.
        skin = skin_contrast(raw, entry) / _SKIN_SAYS
        up, down = (float(np.clip(1.5 + sign * skin, 0, 1)) for sign in (1, -1))
        plain = raw / max(float(np.median(tissue)), 1e-6) if tissue.size else raw
        allowed &= ~_lung_behind(raw, inside, entry)
        if tissue.size:  # tumours and vessels: one on the wall would spoil the evidence far around it
            bright = np.nan_to_num(raw) > _OUTSTANDING * float(np.percentile(tissue, 85))
            weights *= ~ndimage.binary_dilation(bright)
    return Samples(_single(values), _single(plain), weights, allowed, entry, trunk, up, down)


def _lung_behind(raw: Array, inside: Array, entry: Array) -> Mask:
    """Where what follows within a thin chest wall on MR is hardly brighter than the air in front: lung, no muscle."""
    air = raw[np.isfinite(raw) & (inside < 0.1) & (np.arange(raw.shape[2]) < np.nan_to_num(entry)[..., None] - 5)]
    if not air.size:
        return np.zeros(raw.shape, bool)
    smooth = ndimage.uniform_filter(np.nan_to_num(raw), (3, 3, _MUSCLE_MM))
    tissue = float(np.median(raw[np.isfinite(raw) & (inside > 0.5)]))
    lung = smooth < min(_LUNG_OVER_AIR * float(np.median(air)), _LUNG_OF_TISSUE * tissue)
    lung = ndimage.maximum_filter1d(lung, _WALL_MM, axis=2, origin=-(_WALL_MM // 2))
    return np.asarray(np.roll(lung, -(_MUSCLE_MM // 2 + 1), axis=2))


def _single(values: Array) -> Any:
    """In single precision, 0 where there is no value."""
    return np.nan_to_num(values).astype(np.float32)


def _held(points: Array | None, columns: Columns) -> _Held | None:
    """A reader's points on the columns next to them."""
    if points is None or not len(points):
        return None
    row, column, depth = columns.locate(np.asarray(points, float).T)
    total, weight = np.zeros(columns.shape), np.zeros(columns.shape)
    for r, c, d in zip(row, column, (depth - MUSCLE_BEGINS_MM) / DEPTH_STEP_MM, strict=True):
        i, j = round(float(r)), round(float(c))
        if 0 <= i < total.shape[0] and 0 <= j < total.shape[1]:
            total[i, j] += d
            weight[i, j] += 1
    if not weight.any():
        return None
    return _Held(total / np.maximum(weight, 1), (weight > 0).astype(float))


def _sheet(samples: Samples, held: _Held | None, swept: bool) -> tuple[Array, Array]:
    """From coarse to fine: each pass looks for boundaries along the sheet of the one before. Depth and evidence."""
    rows, columns, count = samples.values.shape
    base, offsets = np.zeros((rows, columns)), np.arange(count, dtype=float)
    if swept:  # the trunk's surface is known nearly everywhere, so that only its neighbourhood need be searched
        known = np.isfinite(samples.trunk)
        if known.any():
            base = smooth_sheet(np.nan_to_num(samples.trunk), known.astype(float), 10.0, np.inf, 1)
            offsets = np.arange(-_BEFORE_TRUNK_MM, _BEHIND_TRUNK_MM + 1.0)
    weight = np.zeros((rows, columns))
    for (spread, bend, stiffness, tolerance), reach in zip(_PASSES, _REACHES, strict=True):
        if reach:
            offsets = np.arange(-reach, reach + 1.0)
        fine = 0 < reach <= _FINE_REACH
        if fine:
            samples = replace(samples, values=samples.plain)
        evidence, allowed = boundary_evidence(samples, base, offsets, spread, lines=not fine)
        cost = np.where(allowed, 1 - evidence, _FORBIDDEN * samples.possible[..., None])
        cost += _DEPTH_COST * DEPTH_STEP_MM * np.arange(len(offsets))
        if swept:
            cost += _off_trunk(samples, base[..., None] + offsets)
        if held is not None:
            cost += (
                (held.weight > 0)[..., None] * _POINT_PULL * np.abs(base[..., None] + offsets - held.depth[..., None])
            )
        depths, _ = cheapest_sheet(cost, bend, 2 if reach else 6)
        weight = np.take_along_axis(evidence, depths[..., None], 2)[..., 0]
        base = _through(base + offsets[0] + peak(evidence, depths), weight**2, held, stiffness, tolerance)
    return _through(base + steepest(samples, base), weight**2, held, stiffness, tolerance), weight


def _through(found: Array, weight: Array, held: _Held | None, stiffness: float, tolerance: float) -> Array:
    """The smooth sheet along what was found that passes through the points held."""
    sheet = smooth_sheet(found, weight + 1e-6, stiffness, tolerance)
    if held is None:
        return sheet
    # Where the sheet ran along another surface the points move all of it; what they leave, near them. A plane through
    # a few points would run away from them.
    at = held.weight > 0
    off = np.where(at, held.depth - sheet, 0.0)
    moved = sheet + float(np.median(off[at]))
    near = ndimage.gaussian_filter(at.astype(float), _POINT_REACH)
    left = ndimage.gaussian_filter(np.where(at, held.depth - moved, 0.0), _POINT_REACH) / np.maximum(near, 1e-9)
    return np.asarray(moved + left * np.minimum(near / near[at].min(), 1))


def _off_trunk(samples: Samples, depths: Array) -> Array:
    """Cost of depths (rows, columns, ...) in front of where the trunk would be without breasts, or far behind it."""
    behind = depths - samples.trunk[..., None]
    cost = _AHEAD_COST * np.maximum(-_AHEAD_MM - behind, 0) + _BEHIND_COST * np.maximum(behind - _BEHIND_MM, 0)
    return np.nan_to_num(cost * DEPTH_STEP_MM)


def _like_muscle(samples: Samples, base: Array, evidence: Array) -> Array:
    """How much a slab behind a sheet is alike along it and even in depth, 0 to 1 (rows, columns).

    It does not use the step that the sheet was found by: gland, ribs and vessels behind a false sheet differ from
    place to place, muscle does not.
    """
    slab, share = along(samples.values * samples.weights, base, _SLAB), along(samples.weights, base, _SLAB)
    held = share.mean(axis=2) > 0.7
    own = slab.sum(axis=2) / np.maximum(share.sum(axis=2), 1e-6)
    own = ndimage.gaussian_filter(own * held, 0.7) / np.maximum(ndimage.gaussian_filter(held.astype(float), 0.7), 1e-3)
    use, level = held * evidence**2, own
    scale = 1.0
    for _ in range(3):
        total = ndimage.gaussian_filter(use, _MUSCLE_SPREAD)
        level = ndimage.gaussian_filter(use * own, _MUSCLE_SPREAD) / np.maximum(total, 1e-9)
        misfit = np.abs(own - level)
        scale = max(2.5 * float(np.median(misfit[held])) if held.any() else 1.0, 0.1)
        use = held * evidence**2 / (1 + (misfit / scale) ** 2) ** 2
    alike = np.exp(-0.5 * (np.abs(own - level) / (1.5 * scale)) ** 2)
    return np.asarray(np.clip(ndimage.gaussian_filter(alike * held, NEAR_SPREAD), 0, 1))
