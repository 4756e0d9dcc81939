"""The grey levels of a region: its values sorted into bins of equal width, as pyradiomics does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError

_MOST_BINS = 10**6


@dataclass(frozen=True)
class GreyLevels:
    """The level of each of a region's voxels.

    Attributes:
        present: the levels that occur, ascending, from 1.
        of_voxel: (N,) each voxel's position in ``present``.
    """

    present: np.ndarray
    of_voxel: np.ndarray

    @property
    def highest(self) -> int:
        """The highest level that occurs: what normalized features divide by."""
        return int(self.present[-1])

    @property
    def shares(self) -> np.ndarray:
        """The share of voxels on each level that occurs."""
        return np.bincount(self.of_voxel) / len(self.of_voxel)


def grey_levels(values: np.ndarray, bin_count: int | None, bin_width: float | None) -> GreyLevels:
    """Sorts the values of a region's voxels (N,) into ``bin_count`` bins over their range, or into bins
    ``bin_width`` wide with an edge at zero.

    Raises:
        InputError: values that are not finite, or of so wide a range that their bins fill the memory.
    """
    lowest, highest = values.min(), values.max()
    wide = bin_count is None and bin_width is not None and highest / bin_width - lowest / bin_width > _MOST_BINS
    if wide or not (np.isfinite(lowest) and np.isfinite(highest)):
        found = f"{lowest:g} to {highest:g}" + (f" in bins of {bin_width:g}" if bin_width else "")
        raise InputError(f"finite grey values of at most {_MOST_BINS:,} bins", found, "check the image for outliers")
    if bin_count is not None:
        edges = np.histogram_bin_edges(values, bin_count)
        edges[-1] += 1  # the greatest value belongs to the last bin
    else:
        assert bin_width is not None
        edges = np.arange(lowest - lowest % bin_width, highest + 2 * bin_width, bin_width)
    level = ((values - edges[0]) / (edges[1] - edges[0])).astype(np.intp).clip(0, len(edges) - 2)
    level += values >= edges[level + 1]  # rounding errors move a value by one level at most
    level += values >= edges[level]
    counts = np.bincount(level)
    present = np.flatnonzero(counts)
    return GreyLevels(present, (np.cumsum(counts > 0) - 1)[level])
