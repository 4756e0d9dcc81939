"""Columns: lines from the air in front of the patient into the thorax, and where they meet a surface.

A surface across the columns is one depth per column, so that a surface which is hard to follow in three dimensions
becomes a sheet over a plane (Li, Wu, Chen and Sonka, IEEE TPAMI 2006). Columns live in patient axes (LPS): flips and
reorientations of the image do not change them. In a wide field of view, which holds the front of the thorax, they run
towards the axis of the thorax; in a narrow one, with a single breast, they run straight back.

Arrays over the columns are (row, column): rows go from the feet to the head, columns from the right to the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]

PITCH_MM = 4.0
DEPTH_STEP_MM = 1.0
_WIDE_MM = 230.0
_HALF_DEPTH_MM = 95.0
"""From the front of the trunk in the midline to the axis about which wide fields of view are swept."""
_SWEEP_DEGREES = 95.0
_DEEPEST_MM = 260.0
_CLEAVAGE_MM = 15.0


@dataclass(frozen=True)
class Columns:
    """Attributes:
    low, high: corners of the body's bounding box, LPS, mm.
    axis: x and y of the axis towards which the columns run; None where they run straight back.
    depths: of the samples in mm, from a plane or cylinder in front of the body.
    """

    low: Array
    high: Array
    axis: tuple[float, float] | None
    depths: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows = int((self.high[2] - self.low[2]) // PITCH_MM) + 1
        width = 2 * np.deg2rad(_SWEEP_DEGREES) * _HALF_DEPTH_MM if self.axis else self.high[0] - self.low[0]
        return rows, int(width // PITCH_MM) + 1

    @property
    def _radius(self) -> float:
        """Of the cylinder at depth 0, with an axis."""
        assert self.axis is not None
        aside = max(self.high[0] - self.axis[0], self.axis[0] - self.low[0])
        return float(np.hypot(aside, self.axis[1] - self.low[1]))

    def points(self, from_mm: Array | None = None) -> Array:
        """Positions of all samples: (3, rows, columns, depths), LPS, mm; depths counted from a surface if given."""
        rows, columns = self.shape
        z = self.low[2] + (self.high[2] - self.low[2] - (rows - 1) * PITCH_MM) / 2 + PITCH_MM * np.arange(rows)
        across = PITCH_MM * (np.arange(columns) - (columns - 1) / 2)
        depths = self.depths if from_mm is None else from_mm[..., None] + self.depths
        if self.axis is None:
            middle = (self.low[0] + self.high[0]) / 2
            x, y = np.broadcast_arrays((middle + across)[:, None], self.low[1] + depths)
        else:
            angle = (across / _HALF_DEPTH_MM)[:, None]
            radius = self._radius - depths
            x, y = self.axis[0] + radius * np.sin(angle), self.axis[1] - radius * np.cos(angle)
        return np.stack(np.broadcast_arrays(x, y, z[:, None, None]))

    def locate(self, points: Array) -> tuple[Array, Array, Array]:
        """Row, column (continuous) and depth (mm) of points (3, ...)."""
        rows, columns = self.shape
        x, y, z = points
        row = (z - (self.low[2] + self.high[2]) / 2) / PITCH_MM + (rows - 1) / 2
        if self.axis is None:
            across, depth = x - (self.low[0] + self.high[0]) / 2, y - self.low[1]
        else:
            ahead, aside = self.axis[1] - y, x - self.axis[0]
            across = np.arctan2(aside, ahead) * _HALF_DEPTH_MM
            depth = self._radius - np.hypot(aside, ahead)
        return row, across / PITCH_MM + (columns - 1) / 2, depth


def make_columns(body: sitk.Image) -> Columns:
    """Columns through a body mask."""
    inside = np.argwhere(sitk.GetArrayViewFromImage(body) != 0)
    inside = inside[:: max(1, len(inside) // 300_000)]
    points = index_to_point(body) @ inside[:, ::-1].T + np.array(body.GetOrigin())[:, None]
    low, high = points.min(axis=1), points.max(axis=1)
    axis = None
    if high[0] - low[0] > _WIDE_MM:
        middle, front = _midline(points)
        axis = (middle, front + _HALF_DEPTH_MM)
        deepest = np.hypot(max(high[0] - middle, middle - low[0]), axis[1] - low[1]) - 25
    else:
        deepest = min(high[1] - low[1], _DEEPEST_MM)
    return Columns(low, high, axis, np.arange(0, deepest, DEPTH_STEP_MM))


def _midline(points: Array) -> tuple[float, float]:
    """x and y of the front of the trunk between the breasts: where the front falls back the most from both sides.

    Where it does not (a flat chest), in the middle of the field, which may cut off a breast.

    Args:
        points: (3, n) of the body, LPS, mm.
    """
    x, y, z = points
    low, width = x.min(), 10.0
    count = int((x.max() - low) // width) + 1
    slabs = np.floor((z - z.min()) / 10).astype(int)
    strips = np.minimum(((x - low) / width).astype(int), count - 1)
    front = np.full((slabs.max() + 1, count), np.nan)
    order = np.argsort(-y, kind="stable")
    front[slabs[order], strips[order]] = y[order]  # the last one written is the foremost
    profile = np.nanmedian(front, axis=0)
    left = np.minimum.accumulate(profile)
    right = np.minimum.accumulate(profile[::-1])[::-1]
    falls_back = profile - np.maximum(left, right)
    inner = slice(count // 5, count - count // 5)
    best = int(np.argmax(falls_back[inner])) + inner.start
    if falls_back[best] < _CLEAVAGE_MM:
        best = count // 2
    return float(low + (best + 0.5) * width), float(profile[best])


def index_to_point(image: sitk.Image) -> Array:
    """The matrix from indices (x, y, z) to millimetres; the origin comes on top."""
    return np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())


def sample(image: sitk.Image, points: Array, outside: float) -> Array:
    """Linear interpolation of an image at points (3, ...), LPS; ``outside`` beyond its border."""
    flat = points.reshape(3, -1) - np.array(image.GetOrigin())[:, None]
    index = (np.linalg.inv(index_to_point(image)) @ flat)[::-1]
    # Up to half a voxel beyond the outermost centres is still inside the image.
    size = np.array(image.GetSize()[::-1])[:, None]
    beyond = ((index < -0.5) | (index > size - 0.5)).any(axis=0)
    values = ndimage.map_coordinates(
        sitk.GetArrayViewFromImage(image), index, output=np.float32, order=1, mode="nearest"
    )
    values[beyond] = outside
    return values.reshape(points.shape[1:])
