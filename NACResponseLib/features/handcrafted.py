"""Handcrafted features of a region: pyradiomics' own values, computed on the region's box alone.

pyradiomics: van Griethuysen et al., Cancer Research 2017. Feature definitions: the Image Biomarker Standardisation
Initiative (Zwanenburg et al., Radiology 2020); where pyradiomics differs is listed in ``Testing/reference``.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..imaging.geometry import bounding_box, crop, mask_array, mask_image
from ..imaging.planar import is_plane
from ..protocol import Preprocessing
from ..registry import feature_family

INTENSITY_CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
_IN_PLANE = {"force2D": True, "force2Ddimension": 0}


def shape_features(mask: sitk.Image) -> dict[str, float]:
    """The 14 shape features of a region, as ``shape_Sphericity``; of one slice the 9 of 2D, as ``shape2D_Sphericity``.

    Args:
        mask: 0 or 1, on the grid features are computed on.

    Raises:
        InputError: an empty region, or one so thin that a feature is not defined.
    """
    region = crop(mask, bounding_box(mask))
    if is_plane(mask):
        from radiomics.shape2D import RadiomicsShape2D

        return _computed(RadiomicsShape2D, "shape2D", region, region, _IN_PLANE)
    from .shape import FastShape

    return _computed(FastShape, "shape", region, region, {})


def intensity_features(image: sitk.Image, mask: sitk.Image, steps: Preprocessing) -> dict[str, float]:
    """The 18 first-order and 75 texture features of a region, as ``glcm_Contrast``.

    Args:
        image: preprocessed, cubic voxels; of one slice where it is 2D, whose textures stay in its plane.
        mask: 0 or 1, on the image's grid.
        steps: gives the discretization: ``bin_count`` grey levels, or levels ``bin_width`` wide.

    Raises:
        InputError: an empty region, or a feature pyradiomics cannot compute for it.
    """
    from radiomics import firstorder, glcm, gldm, glrlm, glszm, ngtdm
    from threadpoolctl import threadpool_limits

    classes = (
        firstorder.RadiomicsFirstOrder,
        glcm.RadiomicsGLCM,
        glrlm.RadiomicsGLRLM,
        glszm.RadiomicsGLSZM,
        gldm.RadiomicsGLDM,
        ngtdm.RadiomicsNGTDM,
    )
    settings: dict[str, Any] = {"binWidth": steps.bin_width}
    if steps.bin_count is not None:
        settings = {"binCount": steps.bin_count}
    if is_plane(image):
        settings |= _IN_PLANE
    box = bounding_box(mask)
    part, region = crop(image, box), crop(mask, box)
    features: dict[str, float] = {}
    with threadpool_limits(1, "blas"):  # on a busy machine, threads make small eigenvalue problems ten times slower
        for name, kind in zip(INTENSITY_CLASSES, classes, strict=True):
            features |= _computed(kind, name, part, region, settings)
    return features


def family_features(name: str, image: sitk.Image, mask: sitk.Image) -> dict[str, float]:
    """The features of a user's own family, as ``rim_Contrast``.

    Args:
        name: of the family (``registry.feature_family``).
        image, mask: as of ``intensity_features``.

    Raises:
        InputError: the family fails, gives other features than it names, or a value that is not finite.
    """
    family, box = feature_family(name), bounding_box(mask)
    spacing = tuple(reversed(image.GetSpacing()))
    values = sitk.GetArrayFromImage(crop(image, box)).astype(float)
    try:
        computed = family.compute(values, mask_array(crop(mask, box)), spacing)
        found = {str(feature): float(value) for feature, value in computed.items()}
    except Exception as error:  # whatever a family of others does
        raise InputError(f"features of the family {name}", f"{type(error).__name__}: {error}", "correct it") from None
    if set(found) != set(family.names):
        expected = f"{', '.join(family.names)} of the family {name}"
        raise InputError(expected, f"{', '.join(found) or 'none'}", "correct it")
    return _finite({f"{name}_{feature}": found[feature] for feature in family.names}, mask)


def _computed(kind: Any, name: str, image: sitk.Image, mask: sitk.Image, settings: dict[str, Any]) -> dict[str, float]:
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    calculator = kind(image, mask, label=1, **settings)
    calculator.enableAllFeatures()
    return _finite({f"{name}_{feature}": float(value) for feature, value in calculator.execute().items()}, mask)


def _finite(values: dict[str, float], mask: sitk.Image) -> dict[str, float]:
    undefined = [feature for feature, value in values.items() if not math.isfinite(value)]
    if undefined:  # pyradiomics turns some of its failures into NaN
        voxels = int(mask_array(mask).sum())
        raise InputError(
            "a region on which every feature is defined",
            f"{', '.join(undefined)} undefined on {voxels} voxels",
            "check the contour: it may be too small, too thin or uniform",
        )
    return values


def region_mask(mask: sitk.Image, grid: sitk.Image) -> sitk.Image:
    """A region's mask on the grid of a preprocessed image, by nearest neighbour.

    Where a centre lies on the border of two voxels, as every third does between 0.75 and 1 mm, the farther one counts,
    on whatever part of the grid: ITK leaves that to rounding.

    Args:
        grid: axes parallel to the mask's.
    """
    start = np.array(mask.TransformPhysicalPointToContinuousIndex(grid.GetOrigin()))
    steps = np.array(grid.GetSpacing()) / np.array(mask.GetSpacing())
    here: list[np.ndarray] = []
    there: list[np.ndarray] = []
    for first, step, count, size in zip(start, steps, grid.GetSize(), mask.GetSize(), strict=True):
        nearest = np.floor(first + step * np.arange(count) + 0.5 + 1e-6).astype(int)
        inside = np.flatnonzero((nearest >= 0) & (nearest < size))
        here.insert(0, inside)
        there.insert(0, nearest[inside])
    moved = np.zeros(grid.GetSize()[::-1], bool)
    moved[np.ix_(*here)] = sitk.GetArrayViewFromImage(mask)[np.ix_(*there)] != 0
    return mask_image(moved, grid)
