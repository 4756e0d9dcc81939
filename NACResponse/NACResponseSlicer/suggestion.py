"""A contour suggested from enhancement inside a box that the user placed."""

import numpy as np
import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from .contours import beforeContrast, enhancedImage, imageOf
from .libraryPath import ensureLibrary
from .parameterNode import NACResponseParameterNode
from .sceneBridge import LPS_RAS, imageGrid, volumeImage
from .slots import inScene

SMALLEST_PART_MM3 = 50.0  # of the parts that are listed: a cube of 3.7 mm


def boxMask(box: slicer.vtkMRMLMarkupsROINode, image: sitk.Image) -> sitk.Image:
    """The voxels of an image (LPS, world) whose centres lie in a box: turned and transformed as it is in the scene.

    Raises:
        ValueError: the box has no size, or no voxel lies in it.
    """
    size = np.array(box.GetSize())
    if not (size > 0).all():
        raise ValueError(_("Draw the box about the tumour first: it has no size yet."))
    grid = imageGrid(image)
    toWorld = slicer.util.arrayFromVTKMatrix(box.GetObjectToWorldMatrix())  # as the views draw the box
    low, high = _indexBounds(toWorld, size, grid.matrix, grid.size)
    if (low >= high).any():
        raise ValueError(_("The box lies outside the image: place it about the tumour."))
    axes = [np.arange(first, last, dtype=float) for first, last in zip(low, high, strict=True)]
    i, j, k = np.meshgrid(*axes, indexing="ij")
    toBox = np.linalg.inv(toWorld) @ LPS_RAS @ grid.matrix
    points = (toBox @ np.stack([i.ravel(), j.ravel(), k.ravel(), np.ones(i.size)]))[:3]
    inside = (np.abs(points) <= size[:, None] / 2 + 1e-6).all(axis=0).reshape(i.shape).transpose(2, 1, 0)
    if not inside.any():
        raise ValueError(_("No voxel of the image lies in the box: place it about the tumour, or enlarge it."))
    voxels = np.zeros(grid.size[::-1], dtype=np.uint8)
    voxels[low[2] : high[2], low[1] : high[1], low[0] : high[0]] = inside
    return grid.place(sitk.GetImageFromArray(voxels))


def suggestedMask(
    parameterNode: NACResponseParameterNode,
    contour: str,
    box: slicer.vtkMRMLMarkupsROINode,
    percent: float,
    allParts: bool = False,
) -> tuple[sitk.Image, tuple[str, ...]]:
    """The suggestion on the grid of the image after contrast (LPS, world), and warnings. Both phases are chosen.

    Args:
        allParts: every connected part above the smallest size, not only the largest.

    Raises:
        ValueError: the box lies elsewhere, or nothing in it enhances enough.
    """
    ensureLibrary()
    from NACResponseLib.anatomy.enhancement import suggest_contour

    enhanced, late = enhancedImage(parameterNode, contour), inScene(parameterNode.imageLate)
    assert enhanced is not None, "the caller asked what is missing"
    post = volumeImage(imageOf(parameterNode, enhanced))
    found = suggest_contour(
        volumeImage(beforeContrast(parameterNode, contour)),
        post,
        boxMask(box, post),
        percent=percent,
        late=volumeImage(late) if late is not None else None,
        smallest_part_mm3=SMALLEST_PART_MM3 if allParts else None,
    )
    return found.mask, found.warnings


def _indexBounds(
    toWorld: np.ndarray, size: np.ndarray, matrix: np.ndarray, voxels: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """First and one past the last index along i, j, k that the box may reach."""
    corners = np.array(np.meshgrid(*[(-0.5, 0.5)] * 3)).reshape(3, -1) * size[:, None]
    index = (np.linalg.inv(matrix) @ LPS_RAS @ toWorld @ np.vstack([corners, np.ones(8)]))[:3]
    low = np.clip(np.floor(index.min(axis=1)).astype(int), 0, voxels)
    high = np.clip(np.ceil(index.max(axis=1)).astype(int) + 1, 0, voxels)
    return low, high
