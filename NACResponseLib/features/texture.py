"""Features of runs, zones, dependence and neighbourhood differences of grey levels."""

from __future__ import annotations

import numpy as np

from .first_order import EPSILON
from .grey_levels import GreyLevels
from .texture_matrices import TextureMatrices

Named = dict[str, float]


def run_features(matrices: TextureMatrices, levels: GreyLevels) -> Named:
    """The 16 features of the run-length matrix, means over directions."""
    counts, lengths = matrices.runs, matrices.run_lengths
    names = ("ShortRun", "LongRun", "Run", "RunLengthNonUniformity")
    found = _size_features(counts, levels.present, lengths, *names)
    return found | {"RunPercentage": _mean(counts.sum((0, 1)) / (counts.sum(0) * lengths[:, None]).sum(0))}


def zone_features(matrices: TextureMatrices, levels: GreyLevels) -> Named:
    """The 16 features of the size-zone matrix."""
    counts, sizes = matrices.zones[..., None], matrices.zone_sizes
    found = _size_features(counts, levels.present, sizes, "SmallArea", "LargeArea", "Zone", "SizeZoneNonUniformity")
    return found | {"ZonePercentage": float(counts.sum() / len(levels.of_voxel))}


def dependence_features(matrices: TextureMatrices, levels: GreyLevels) -> Named:
    """The 14 features of the dependence matrix."""
    names = ("SmallDependence", "LargeDependence", "", "DependenceNonUniformity")
    found = _size_features(matrices.dependence[..., None], levels.present, matrices.dependence_sizes, *names)
    found["DependenceVariance"], found["DependenceEntropy"] = found.pop("Variance"), found.pop("Entropy")
    del found["GrayLevelNonUniformityNormalized"]  # the same as first-order uniformity
    return found


def _size_features(
    counts: np.ndarray, present: np.ndarray, sizes: np.ndarray, small: str, large: str, what: str, uneven: str
) -> Named:
    """What matrices of level and size have in common, under each one's names.

    Args:
        counts: (n, sizes, directions).
        present: (n,) grey levels.
        sizes: of the second axis.
        small, large: what emphasis of small and large sizes is called.
        what: what is counted.
        uneven: what the non-uniformity of sizes is called.
    """
    level2, size2 = present.astype(float)[:, None, None] ** 2, sizes[:, None] ** 2
    by_level, by_size, total = counts.sum(1), counts.sum(0), counts.sum((0, 1))
    share = counts / total
    found = {
        f"{small}Emphasis": (by_size / size2).sum(0) / total,
        f"{large}Emphasis": (by_size * size2).sum(0) / total,
        "GrayLevelNonUniformity": (by_level**2).sum(0) / total,
        "GrayLevelNonUniformityNormalized": (by_level**2).sum(0) / total**2,
        uneven: (by_size**2).sum(0) / total,
        f"{uneven}Normalized": (by_size**2).sum(0) / total**2,
        "GrayLevelVariance": _variance(by_level / total, present),
        f"{what}Variance": _variance(by_size / total, sizes),
        f"{what}Entropy": -(share * np.log2(share + EPSILON)).sum((0, 1)),
        f"LowGrayLevel{what}Emphasis": (by_level / level2[:, 0]).sum(0) / total,
        f"HighGrayLevel{what}Emphasis": (by_level * level2[:, 0]).sum(0) / total,
        f"{small}LowGrayLevelEmphasis": (counts / (level2 * size2)).sum((0, 1)) / total,
        f"{small}HighGrayLevelEmphasis": (counts * level2 / size2).sum((0, 1)) / total,
        f"{large}LowGrayLevelEmphasis": (counts * size2 / level2).sum((0, 1)) / total,
        f"{large}HighGrayLevelEmphasis": (counts * (size2 * level2)).sum((0, 1)) / total,
    }
    return {name: _mean(values) for name, values in found.items()}


def _variance(share: np.ndarray, number: np.ndarray) -> np.ndarray:
    mean = (share * number[:, None]).sum(0)
    return (share * (number[:, None] - mean) ** 2).sum(0)


def _mean(values: np.ndarray) -> float:
    """Over directions; NaN where there are none."""
    return float(values.mean()) if values.size else float("nan")


def difference_features(matrices: TextureMatrices, levels: GreyLevels) -> Named:
    """The 5 features of neighbourhood differences."""
    share, deviation, level = levels.shares, matrices.deviations, levels.present.astype(float)
    apart = (level[:, None] - level) ** 2
    weighted = share * deviation
    coarse, busy = weighted.sum(), np.abs(np.subtract.outer(level * share, level * share)).sum()
    n, both = len(level), np.add.outer(share, share)
    contrast = (np.outer(share, share) * apart).sum() * deviation.sum() / len(levels.of_voxel)
    strength = (both * apart).sum()
    return {
        "Busyness": float(coarse / busy) if busy else 0.0,
        "Coarseness": float(1 / coarse) if coarse else 1e6,
        "Complexity": float((np.abs(level[:, None] - level) * np.add.outer(weighted, weighted) / both).sum())
        / len(levels.of_voxel),
        "Contrast": float(contrast / (n * (n - 1))) if n > 1 else 0.0,
        "Strength": float(strength / deviation.sum()) if deviation.any() else 0.0,
    }
