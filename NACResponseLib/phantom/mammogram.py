"""A craniocaudal mammogram: the line integral of the attenuation through the compressed breast, not a device.

Rays run from head to foot. The breast lies between plates: where it is thicker than their distance T, it is squeezed
to T, so that a ray sees its mean attenuation times T; at its edge it keeps its thickness. The tumour is stiff: its
path c is not squeezed,

    L = mean (min(thickness, T) - c) + tumour c,    grey value = 1000 L,

after the detector has counted photons (Poisson) with a blur and a level at which it saturates, which makes air black.
Attenuations are those at 20 keV (see ``contrast``).

Not modelled: spreading of the squeezed breast to the sides, scatter, the spectrum, magnification, calcifications.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import unknown_name
from .acquisition import Grid
from .anatomy import Anatomy, Side
from .contrast import CONTRASTS
from .implicit import Array, Mask
from .render import sample_tables
from .tumour import Tumour

PIXEL_MM = 0.2
_COARSE_MM, _RAY_STEP_MM, _CHORD_STEP_MM = 1.0, 3.5, 0.8
_EDGE_MM = 8.0  # of air around the breast, and of tissue behind the tumour
_SQUEEZED, _PLATES_MM = 0.45, (35.0, 75.0)
_SATURATION = 0.8  # of the photons that air lets through
_HIGHEST = 12.0


@dataclass(frozen=True)
class Detector:
    """A detector: photons that a pixel counts in air, and the deviation of its blur."""

    photons: float
    blur_mm: float


DETECTORS = {"MG-A": Detector(photons=120_000, blur_mm=0.12), "MG-B": Detector(photons=60_000, blur_mm=0.2)}


@dataclass(frozen=True)
class Projection:
    """A breast as X-rays see it, on pixels (rows x, columns y) of ``PIXEL_MM``.

    Attributes:
        path: optical thickness without noise.
        chord_mm: length of each ray in the tumour.
    """

    path: Array
    chord_mm: Array

    @property
    def contour(self) -> Mask:
        """Pixels whose ray meets the tumour."""
        return self.chord_mm > 0


def project(anatomy: Anatomy, tumour: Tumour, side: Side) -> Projection:
    """Projects a breast with its tumour along z."""
    rays = _rays(anatomy, tumour, side)
    tables = {name: CONTRASTS[name] for name in ("xray_loss", "breast")}
    depth, rows, columns = rays.size[::-1]
    sums = {
        name: values.reshape(depth, rows, columns).sum(axis=0)
        for name, values in sample_tables(anatomy, None, rays, tables).items()
    }
    mean = sums["xray_loss"] / np.maximum(sums["breast"], 1e-6)
    factor = _COARSE_MM / PIXEL_MM
    shape = (round((rows - 1) * factor) + 1, round((columns - 1) * factor) + 1)
    mean, thickness = (_finer(values, shape, factor) for values in (mean, sums["breast"] * _RAY_STEP_MM))
    chord, loss = _through_tumour(tumour, rays, shape)
    plates = float(np.clip(_SQUEEZED * 2 * anatomy.breast_radii_mm[2], *_PLATES_MM))
    squeezed = np.maximum(np.minimum(thickness, plates), chord)
    return Projection(mean * (squeezed - chord) + loss, chord)


def _rays(anatomy: Anatomy, tumour: Tumour, side: Side) -> Grid:
    """Columns run from the air before the nipple to the chest wall, rows across the breast, slices along the rays."""
    nipple, radii = anatomy.nipple_mm(side), anatomy.breast_radii_mm
    line = np.arange(nipple[1], nipple[1] + 2 * radii[1], 0.5)
    wall = anatomy.chest_wall(np.stack([np.full_like(line, nipple[0]), line, np.zeros_like(line)]))
    back = max(float(line[int(np.argmax(wall <= 0))]), tumour.centre_mm[1] + tumour.bounding_radius_mm + 2)
    front, half = nipple[1] - _EDGE_MM, radii[0] + _EDGE_MM
    counts = [int(np.ceil(length / _COARSE_MM)) + 1 for length in (back - front, 2 * half)]
    slices = int(np.ceil(2 * (radii[2] + 2) / _RAY_STEP_MM))
    origin = (float(nipple[0] - half), float(front), -(slices - 1) / 2 * _RAY_STEP_MM)
    direction = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
    return Grid((counts[0], counts[1], slices), (_COARSE_MM, _COARSE_MM, _RAY_STEP_MM), origin, direction)


def _finer(values: Array, shape: tuple[int, int], factor: float) -> Array:
    where = np.meshgrid(*(np.arange(count) / factor for count in shape), indexing="ij")
    return np.asarray(ndimage.map_coordinates(values, where, order=1, mode="nearest"))


def _through_tumour(tumour: Tumour, rays: Grid, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Length of each fine ray in the tumour, and the optical thickness of that part."""
    signal = CONTRASTS["xray_loss"]["tumour"]
    chord, loss = np.zeros(shape), np.zeros(shape)
    x, y = (rays.origin_mm[axis] + PIXEL_MM * np.arange(shape[axis]) for axis in (0, 1))
    reach, (cx, cy, cz) = tumour.bounding_radius_mm + PIXEL_MM, tumour.centre_mm
    rows, columns = (np.flatnonzero(np.abs(line - middle) <= reach) for line, middle in ((x, cx), (y, cy)))
    steps = int(np.ceil(2 * reach / _CHORD_STEP_MM))
    part = np.ix_(rows, columns)
    for z in cz + (np.arange(steps) - (steps - 1) / 2) * _CHORD_STEP_MM:
        points = np.stack([values.ravel() for values in np.broadcast_arrays(x[rows, None], y[columns], z)])
        inside = np.flatnonzero(tumour.contains(points))
        if len(inside):
            texture = tumour.heterogeneity * tumour.texture(points[:, inside])
            for total, values in ((chord, 1.0), (loss, signal.mean + signal.texture * texture)):
                added = np.zeros(points.shape[1])
                added[inside] = _CHORD_STEP_MM * values
                total[part] += added.reshape(len(rows), len(columns))
    return chord, loss


def mammogram(projection: Projection, scanner: str, seed: tuple[int, ...]) -> NDArray[np.int16]:
    """Grey values (rows, columns) that a detector records of a projection; dense tissue is bright, air 0.

    Raises:
        InputError: an unknown detector.
    """
    if scanner not in DETECTORS:
        raise unknown_name("a detector", scanner, DETECTORS)
    detector = DETECTORS[scanner]
    expected = detector.photons * np.exp(-np.minimum(projection.path, _HIGHEST))
    blurred = ndimage.gaussian_filter(expected, detector.blur_mm / PIXEL_MM)
    counted = np.random.default_rng((*seed, 2)).poisson(blurred)
    seen = np.clip(counted / detector.photons, 1 / detector.photons, _SATURATION)
    return np.rint(-1000 * np.log(seen / _SATURATION)).astype(np.int16)
