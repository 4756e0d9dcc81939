"""A template: a family of features of your own, for a protocol. Copy it into a package of yours and change it.

1. The file, as ``my_package/features.py``. The class says the names of its features and computes them from one region
   of one image, already prepared as the protocol says (bias field, grey values, spacing).
2. The name, in the ``pyproject.toml`` of that package, in small letters::

       [project.entry-points."nacresponse.features"]
       rim = "my_package.features:RimFeatures"

3. ``pip install`` the package beside NACResponse, and name the family in a protocol of yours::

       families: [rim]

Its features stand in the table of handcrafted features, as ``MRI_CET1_Intra_rim_Contrast``, of each image and region
and of the changes between time points; recipes select from them as from any other. Whoever scores with a model of such
a protocol needs the package, too. When its code changes, ``nacresponse extract`` computes every patient anew.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.ndimage import binary_erosion


class RimFeatures:
    """How the outermost layer of voxels differs from what it encloses."""

    names = ("Contrast", "Share")

    def compute(self, values: Any, region: Any, spacing_mm: tuple[float, float, float]) -> Mapping[str, float]:
        """A finite value for each name.

        Args:
            values: (z, y, x) of the prepared image, of the region's bounding box.
            region: (z, y, x) whether a voxel belongs to the region; some do.
            spacing_mm: (z, y, x).
        """
        core = binary_erosion(region)
        rim = region & ~core
        spread = values[region].std()
        contrast = (values[rim].mean() - values[core].mean()) / spread if core.any() and spread > 0 else 0.0
        return {"Contrast": float(contrast), "Share": float(np.mean(rim[region]))}
