"""What an image shows of the patient whatever is contoured in it: body and chest wall.

It takes most of the time of an anatomy, so that contours and readers of one image share it: ``survey`` once, then
``find_anatomy`` for each tumour.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..imaging.geometry import averaged
from ..memory import return_freed
from .body import Outline, find_body
from .chest_wall import find_wall
from .columns import make_columns
from .implant import Implants, find_implants
from .wall import Wall

_GRID_MM = 2.0
_MOST_KEPT = 2
_KEPT: dict[Any, Survey] = {}


@dataclass(frozen=True)
class Survey:
    """Attributes:
    modality: ``MR`` or ``CT``.
    outline: of the body, in the whole image.
    coarse: the image, averaged to voxels of about 2 mm; ``body``: the body on that grid.
    wall: the chest wall; None where none was looked for.
    pointed: a reader's points helped to find it.
    implants: None where there are none.
    """

    modality: str
    outline: Outline
    coarse: sitk.Image
    body: sitk.Image
    wall: Wall | None
    pointed: bool = False
    implants: Implants | None = None


def survey(
    image: sitk.Image, modality: str, wall_points: NDArray[np.float64] | None = None, with_wall: bool = True
) -> Survey:
    """Body and chest wall of a breast MRI or a chest CT, on a coarse grid over the whole image.

    Args:
        image: scalar; any orientation, its direction gives front and back.
        modality: ``MR`` or ``CT``.
        wall_points: (n, 3) a reader's points on the front of the pectoral muscle, LPS, mm: the chest wall passes
            through them.
        with_wall: False where the chest wall is known from elsewhere.

    Raises:
        InputError: no body in the image.
    """
    outline = find_body(image, modality)
    coarse = averaged(image, coarse_factors(image))
    body = outline.mask(coarse)
    if not with_wall:
        return Survey(modality, outline, coarse, body, None)
    with threadpool_limits(1, "blas"):  # on a busy machine, threads make small equations ten times slower
        columns = make_columns(body)
        implants = find_implants(coarse, body, modality, columns)
        ahead = implants.mask if implants and implants.sure else None
        wall = find_wall(coarse, body, modality, columns, wall_points, ahead)
    return Survey(modality, outline, coarse, body, wall, wall_points is not None and len(wall_points) > 0, implants)


def shared_survey(
    image: sitk.Image, modality: str, wall_points: NDArray[np.float64] | None = None, with_wall: bool = True
) -> Survey:
    """``survey``, kept for the next contour on an image of the same voxels: that of another reader, or a moved one."""
    voxels = sitk.GetArrayViewFromImage(image)
    place = (image.GetSpacing(), image.GetOrigin(), image.GetDirection(), voxels.dtype.str, voxels.shape)
    points = b"" if wall_points is None else np.asarray(wall_points, float).tobytes()
    key = (hashlib.sha256(voxels).hexdigest(), place, modality, points, with_wall)
    if key not in _KEPT:
        found = survey(image, modality, wall_points, with_wall)
        return_freed()
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[key] = found
    return _KEPT[key]


def coarse_factors(image: sitk.Image) -> list[int]:
    """Voxels to average along each axis, for voxels of at least about the working grid's size."""
    return [max(1, int(_GRID_MM / edge + 0.35)) for edge in image.GetSpacing()]
