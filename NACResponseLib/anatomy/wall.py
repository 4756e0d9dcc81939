"""A chest wall as found: its surface on columns, and how far it is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .columns import PITCH_MM, Array, Columns, sample
from .sheet import smooth_sheet

Mask = NDArray[np.bool_]

_SEEN = 0.5
_GOES_ON_MM, _GAP = 12.0, 2  # and columns: half a gap that is none
_ABOUT_MM, _AROUND_TUMOUR = (-5.0, 5.0, 1.0), 3.0  # about the surface where a tumour hides it; columns
_HIDDEN, _SPOILT, _BRIDGE_STIFFNESS, _RIM, _BULGE_MM = 0.3, 2, 0.1, 1.5, 8.0
NEAR_SPREAD = 1.5  # columns


@dataclass(frozen=True)
class Wall:
    """The chest wall's surface on columns.

    Attributes:
        depth_mm: (rows, columns) along the columns.
        evidence: (rows, columns), 0 to 1: how clearly the image shows a boundary there.
        muscle: (rows, columns), 0 to 1: how much what lies behind it is like muscle: even, and alike along the wall.
        possible: (rows, columns), where the column enters the trunk.
    """

    columns: Columns
    depth_mm: Array
    evidence: Array
    muscle: Array
    possible: Mask

    @property
    def confidence(self) -> Array:
        """(rows, columns), 0 to 1: a boundary is seen thereabouts, and what lies behind it is muscle."""
        return np.asarray(ndimage.gaussian_filter(self.evidence, NEAR_SPREAD) * self.muscle)

    @property
    def seen(self) -> Mask:
        """Where the image itself shows the surface."""
        return np.asarray(self.confidence > _SEEN)

    @property
    def seen_share(self) -> float:
        """Of the columns that enter the trunk."""
        return float(self.seen[self.possible].mean()) if self.possible.any() else 0.0

    def beneath(self, tumour: sitk.Image) -> Wall:
        """The wall as it goes on beneath a tumour, which hides it; elsewhere it stays what it is.

        Args:
            tumour: 1 where the image is no evidence (the tumour and what is close to it), else 0.
        """
        depth = np.arange(*_ABOUT_MM)
        about = Columns(self.columns.low, self.columns.high, self.columns.axis, depth)
        places = about.points(self.depth_mm)
        hidden = sample(tumour, places, 0.0).max(axis=2) > _HIDDEN
        hidden = ndimage.binary_dilation(hidden, iterations=_SPOILT)  # it takes part in the evidence beside it, too
        if not hidden.any() or hidden.all():
            return self
        sheet = smooth_sheet(self.depth_mm, (~hidden).astype(float), _BRIDGE_STIFFNESS, np.inf, 1)
        near = ndimage.distance_transform_edt(hidden) <= _RIM
        low, high = (
            float(f(self.depth_mm[near & ~hidden])) + bulge for f, bulge in ((np.min, -_BULGE_MM), (np.max, 0))
        )
        clear = (~hidden).astype(float)
        share = np.maximum(ndimage.gaussian_filter(clear, _AROUND_TUMOUR), 1e-3)
        evidence, muscle = (
            np.where(hidden, ndimage.gaussian_filter(a * clear, _AROUND_TUMOUR) / share, a)
            for a in (self.evidence, self.muscle)
        )
        return replace(
            self, depth_mm=np.where(hidden, np.clip(sheet, low, high), self.depth_mm), evidence=evidence, muscle=muscle
        )

    def supported(self) -> Mask:
        """Where the surface is seen, or goes on from where it is by no more than a short way or a narrow gap."""
        near = np.pad(ndimage.distance_transform_edt(~self.seen) * PITCH_MM <= _GOES_ON_MM, _GAP, mode="edge")
        return np.asarray(ndimage.binary_closing(near, iterations=_GAP)[_GAP:-_GAP, _GAP:-_GAP])
