"""The skin corrected by clicks: about each point, skin reaches from the air as deep as the point lies."""

import numpy as np
import SimpleITK as sitk
import slicer
from scipy import ndimage

from .contours import contourSegment, drawnOn, imageOf
from .parameterNode import NACResponseParameterNode
from .sceneBridge import Grid, imageGrid, segmentImage, setSegment, volumeGrid
from .segments import LOOKS, findSegment, role
from .wallPoints import SKIN, wallPoints

REACH_MM = 15.0  # from a point, along the skin
_ROOM_MM = 20.0  # about the points: skin is thinner


def applySkinPoints(parameterNode: NACResponseParameterNode, contour: str) -> bool:
    """Corrects the segment of the skin by the points on it; without points the skin is found automatically again.

    A point marks where the skin ends. Air is what none of the module's segments holds.

    Returns:
        Whether there is a skin to correct.
    """
    node, _tumour = contourSegment(parameterNode, contour)
    skinId = findSegment(node, role("Skin", contour)) if node is not None else ""
    name = drawnOn(parameterNode, contour)
    if not skinId or name is None:
        return False
    grid = volumeGrid(imageOf(parameterNode, name))
    masks = {
        kind: segment
        for kind in LOOKS
        if (segment := _mask(node, findSegment(node, role(kind, contour)), grid)) is not None
    }
    if "Skin" not in masks:
        return False
    points = wallPoints(parameterNode, contour, SKIN)
    skin = sitk.GetArrayFromImage(masks["Skin"]) != 0
    if not points:
        skin[:] = False  # an emptied segment is found automatically
    else:
        body = np.any([sitk.GetArrayViewFromImage(mask) != 0 for mask in masks.values()], axis=0)
        _correct(skin, body, np.array([masks["Skin"].TransformPhysicalPointToContinuousIndex(p) for p in points]), grid)
    setSegment(node, skinId, _image(skin, masks["Skin"]))
    return True


def _mask(node: slicer.vtkMRMLSegmentationNode, segmentId: str, grid: Grid) -> sitk.Image | None:
    try:
        return segmentImage(node, segmentId, grid) if segmentId else None
    except ValueError:  # empty
        return None


def _image(values: np.ndarray, like: sitk.Image) -> sitk.Image:
    return imageGrid(like).place(sitk.GetImageFromArray(values.astype(np.uint8)))


def _correct(skin: np.ndarray, body: np.ndarray, points: np.ndarray, grid: Grid) -> None:
    """Changes ``skin`` (z, y, x) about points, (n, 3) indices x, y, z."""
    spacing = grid.spacing[::-1]
    places = points[:, ::-1]
    room = np.ceil((REACH_MM + _ROOM_MM) / spacing).astype(int)
    low = np.clip(np.floor(places.min(axis=0)).astype(int) - room, 0, body.shape)
    high = np.clip(np.ceil(places.max(axis=0)).astype(int) + room + 1, 0, body.shape)
    part = tuple(slice(first, last) for first, last in zip(low, high, strict=True))
    inside = ndimage.binary_fill_holes(body[part])  # what an earlier correction took from the skin
    if not inside.any() or inside.all():
        return
    depth = ndimage.distance_transform_edt(inside, spacing)
    around = np.indices(inside.shape).reshape(3, -1).T + low
    nearest = np.full(inside.shape, np.inf)
    wanted = np.zeros(inside.shape)
    for place in places:
        end = float(depth[tuple(np.clip(np.rint(place - low).astype(int), 0, np.array(inside.shape) - 1))])
        apart = np.linalg.norm((around - place) * spacing, axis=1).reshape(inside.shape)
        closer = apart < nearest
        nearest, wanted = np.where(closer, apart, nearest), np.where(closer, end, wanted)
    changed = nearest <= REACH_MM
    skin[part] = np.where(changed, inside & (depth <= wanted), skin[part])
