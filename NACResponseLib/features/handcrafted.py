"""Handcrafted features of a region: pyradiomics' values, computed on the region's box alone.

pyradiomics: van Griethuysen et al., Cancer Research 2017. Feature definitions: the Image Biomarker Standardisation
Initiative (Zwanenburg et al., Radiology 2020); where pyradiomics differs is listed in ``Testing/reference``.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..errors import InputError, unknown_name
from ..imaging.geometry import bounding_box, crop, mask_array, mask_image, spacing_zyx, voxel_volume
from ..imaging.planar import is_plane
from ..protocol import Preprocessing
from ..registry import feature_family
from .names import INTENSITY

VARIABLE = "NACRESPONSE_FEATURES"
"""Of the environment: the engine that computes features, where a caller names none."""
ENGINES = ("own", "pyradiomics")
"""The library's kernels, which are the default, and pyradiomics itself: the same values in more time."""
_IN_PLANE = {"force2D": True, "force2Ddimension": 0}


def engine_of(asked: str = "") -> str:
    """The engine that is asked for here or in the environment.

    Raises:
        InputError: it is unknown, or not installed.
    """
    name = asked or os.environ.get(VARIABLE) or "own"
    if name not in ENGINES:
        raise unknown_name("a way to compute features", name, ENGINES)
    if name == "pyradiomics" and find_spec("radiomics") is None:
        remedy = f"pip install '.[pyradiomics]' in the copy of the repository, or unset {VARIABLE}"
        raise InputError("the package pyradiomics, asked for to compute features", "none", remedy)
    return name


def shape_features(mask: sitk.Image, engine: str = "") -> dict[str, float]:
    """The 14 shape features of a region, as ``shape_Sphericity``; of one slice the 9 of 2D, as ``shape2D_Sphericity``.

    Args:
        mask: 0 or 1, on the grid features are computed on.
        engine: one of ``ENGINES``; if empty, that of the environment or the own one.

    Raises:
        InputError: an empty region, one so thin that a feature is not defined, or an engine that cannot be used.
    """
    compute = _plain_shape if engine_of(engine) == "pyradiomics" else _own_shape
    with _one_thread():
        found = compute(crop(mask, bounding_box(mask)), is_plane(mask))
    return _finite(found, mask)


def intensity_features(image: sitk.Image, mask: sitk.Image, steps: Preprocessing, engine: str = "") -> dict[str, float]:
    """The 18 first-order and 75 texture features of a region, as ``glcm_Contrast``.

    Args:
        image: preprocessed, cubic voxels; of one slice where it is 2D, whose textures stay in its plane.
        mask: 0 or 1, on the image's grid.
        steps: gives the discretization: ``bin_count`` grey levels, or levels ``bin_width`` wide.
        engine: as of ``shape_features``.

    Raises:
        InputError: an empty region, a feature that is not defined on it, or an engine that cannot be used.
    """
    compute = _plain_intensity if engine_of(engine) == "pyradiomics" else _own_intensity
    box = bounding_box(mask)
    part, region = crop(image, box), crop(mask, box)
    if mask_array(region).sum() == 1:
        raise _undefined("textures", mask)
    with _one_thread():
        found = compute(part, region, steps)
    return _finite({feature.key: float(found[feature.key]) for feature in INTENSITY}, mask)


def _one_thread() -> AbstractContextManager[Any]:
    """On a busy machine, threads make small eigenvalue problems ten times slower."""
    return _thread_pools().limit(limits=1, user_api="blas")


@cache
def _thread_pools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _own_shape(region: sitk.Image, plane: bool) -> dict[str, float]:
    from .shape import plane_shape_values, shape_values

    inside, spacing = mask_array(region), spacing_zyx(region)
    found = plane_shape_values(inside[0], spacing[1:]) if plane else shape_values(inside, spacing)
    return {f"{'shape2D' if plane else 'shape'}_{name}": float(value) for name, value in found.items()}


def _own_intensity(image: sitk.Image, mask: sitk.Image, steps: Preprocessing) -> dict[str, float]:
    from .intensity import intensity_values

    values = sitk.GetArrayViewFromImage(image)
    return intensity_values(values, mask_array(mask), steps.bin_count, steps.bin_width, voxel_volume(image))


def _plain_shape(region: sitk.Image, plane: bool) -> dict[str, float]:
    from radiomics import shape, shape2D

    if plane:
        return _by_pyradiomics({"shape2D": shape2D.RadiomicsShape2D}, region, region, _IN_PLANE)
    return _by_pyradiomics({"shape": shape.RadiomicsShape}, region, region, {})


def _plain_intensity(image: sitk.Image, mask: sitk.Image, steps: Preprocessing) -> dict[str, float]:
    from radiomics import firstorder, glcm, gldm, glrlm, glszm, ngtdm

    classes = {
        "firstorder": firstorder.RadiomicsFirstOrder,
        "glcm": glcm.RadiomicsGLCM,
        "glrlm": glrlm.RadiomicsGLRLM,
        "glszm": glszm.RadiomicsGLSZM,
        "gldm": gldm.RadiomicsGLDM,
        "ngtdm": ngtdm.RadiomicsNGTDM,
    }
    bins = {"binWidth": steps.bin_width} if steps.bin_count is None else {"binCount": steps.bin_count}
    return _by_pyradiomics(classes, image, mask, bins | (_IN_PLANE if is_plane(image) else {}))


def _by_pyradiomics(
    classes: Mapping[str, Any], image: sitk.Image, mask: sitk.Image, settings: Mapping[str, Any]
) -> dict[str, float]:
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    found: dict[str, float] = {}
    for name, kind in classes.items():
        calculator = kind(image, mask, label=1, **settings)
        calculator.enableAllFeatures()
        found |= {f"{name}_{feature}": float(value) for feature, value in calculator.execute().items()}
    return found


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


def _finite(values: dict[str, float], mask: sitk.Image) -> dict[str, float]:
    undefined = [feature for feature, value in values.items() if not math.isfinite(value)]
    if undefined:
        raise _undefined(", ".join(undefined), mask)
    return values


def _undefined(features: str, mask: sitk.Image) -> InputError:
    return InputError(
        "a region on which every feature is defined",
        f"{features} undefined on {int(mask_array(mask).sum())} voxels",
        "check the contour: it may be too small, too thin or uniform",
    )


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
