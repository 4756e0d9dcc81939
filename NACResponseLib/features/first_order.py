"""First-order features: what the values of a region's voxels are, wherever they lie."""

from __future__ import annotations

import numpy as np

EPSILON = float(np.spacing(1))
"""Added to a probability before its logarithm is taken, as pyradiomics does."""


def first_order_features(values: np.ndarray, shares: np.ndarray, voxel_mm3: float) -> dict[str, float]:
    """The 18 first-order features, by name.

    Args:
        values: (N,) of the region's voxels.
        shares: of the voxels on each grey level that occurs.
        voxel_mm3: volume of a voxel.
    """
    ascending = np.sort(values)
    lowest, highest = ascending[0], ascending[-1]
    tenth, quarter, median, three_quarters, ninetieth = np.percentile(ascending, (10, 25, 50, 75, 90))
    within = values[(values >= tenth) & (values <= ninetieth)]
    centred = values - values.mean()
    squares = centred**2
    variance = np.mean(squares)
    scale = variance if variance > 0 else 1.0
    energy = np.sum(values**2)
    return {
        "10Percentile": tenth,
        "90Percentile": ninetieth,
        "Energy": energy,
        "Entropy": -np.sum(shares * np.log2(shares + EPSILON)),
        "InterquartileRange": three_quarters - quarter,
        "Kurtosis": np.mean(squares**2) / scale**2.0,
        "Maximum": highest,
        "MeanAbsoluteDeviation": np.mean(np.abs(centred)),
        "Mean": values.mean(),
        "Median": median,
        "Minimum": lowest,
        "Range": highest - lowest,
        "RobustMeanAbsoluteDeviation": np.mean(np.abs(within - within.mean())),
        "RootMeanSquared": np.sqrt(energy / len(values)),
        "Skewness": np.mean(squares * centred) / scale**1.5,
        "TotalEnergy": energy * voxel_mm3,
        "Uniformity": np.sum(shares**2),
        "Variance": variance,
    }
