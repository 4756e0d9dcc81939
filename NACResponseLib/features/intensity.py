"""The first-order and texture features of a region, with pyradiomics' values.

numpy and scipy alone, whose time is spent in compiled loops already: a compiler at run time (numba) would cost a
process more to load than it saves on a patient, and a dependency. Neighbours are looked up once for all matrices.
"""

from __future__ import annotations

import numpy as np

from .cooccurrence import cooccurrence_features
from .first_order import first_order_features
from .grey_levels import grey_levels
from .texture import dependence_features, difference_features, run_features, zone_features
from .texture_matrices import texture_matrices


def intensity_values(
    image: np.ndarray, inside: np.ndarray, bin_count: int | None, bin_width: float | None, voxel_mm3: float
) -> dict[str, float]:
    """The features by name, as ``glcm_Contrast``; NaN where one is not defined.

    Args:
        image: values (z, y, x).
        inside: booleans, the region; it touches every side of the array.
        bin_count, bin_width: as of ``grey_levels``.
        voxel_mm3: volume of a voxel.

    Raises:
        ValueError: a single voxel.
    """
    values = image[inside].astype(float)
    levels = grey_levels(values, bin_count, bin_width)
    matrices = texture_matrices(inside, levels)
    with np.errstate(divide="ignore", invalid="ignore"):  # of directions and levels that leave a feature undefined
        found = {
            "firstorder": first_order_features(values, levels.shares, voxel_mm3),
            "glcm": cooccurrence_features(matrices.cooccurrence, levels),
            "glrlm": run_features(matrices, levels),
            "glszm": zone_features(matrices, levels),
            "gldm": dependence_features(matrices, levels),
            "ngtdm": difference_features(matrices, levels),
        }
    return {f"{kind}_{name}": float(value) for kind, features in found.items() for name, value in features.items()}
