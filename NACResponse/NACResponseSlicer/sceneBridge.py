"""Between nodes of the scene and images in files: everything leaves in world coordinates, LPS, and comes back so.

Slicer keeps RAS, and a node may hang below transforms; ITK and the library use LPS and know no transforms. Images and
masks are therefore written as they lie in the world: a linear transform moves the grid, a bent one (or slanted axes)
resamples onto a straight grid. The user's nodes are never changed.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import get_vtk_array_type, numpy_to_vtk, vtk_to_numpy

LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
BINARY_LABELMAP = "Binary labelmap"  # vtkSegmentationConverter's name of the representation
_RIGHT_ANGLE = 1e-4


@dataclass(frozen=True)
class Grid:
    """Where voxels lie.

    Attributes:
        size: voxels along i, j, k.
        matrix: (4, 4) from voxel index (i, j, k, 1) to LPS, mm.
    """

    size: tuple[int, int, int]
    matrix: np.ndarray

    @property
    def spacing(self) -> np.ndarray:
        """(3,) edges of a voxel, mm."""
        return np.linalg.norm(self.matrix[:3, :3], axis=0)

    @property
    def direction(self) -> np.ndarray:
        """(3, 3) unit vectors of i, j, k as columns, LPS."""
        return self.matrix[:3, :3] / self.spacing

    @property
    def straight(self) -> bool:
        """Whether the axes are at right angles."""
        return bool(np.allclose(self.direction.T @ self.direction, np.eye(3), atol=_RIGHT_ANGLE))

    def place(self, image: sitk.Image) -> sitk.Image:
        """The image, laid onto this grid."""
        image.SetOrigin(self.matrix[:3, 3].tolist())
        image.SetSpacing(self.spacing.tolist())
        image.SetDirection(self.direction.ravel().tolist())
        return image

    def resample(self, image: sitk.Image, interpolator: int, background: float) -> sitk.Image:
        """The image on this grid."""
        filter_ = sitk.ResampleImageFilter()
        filter_.SetSize([int(n) for n in self.size])
        filter_.SetOutputOrigin(self.matrix[:3, 3].tolist())
        filter_.SetOutputSpacing(self.spacing.tolist())
        filter_.SetOutputDirection(self.direction.ravel().tolist())
        filter_.SetInterpolator(interpolator)
        filter_.SetDefaultPixelValue(background)
        return filter_.Execute(image)


def volumeImage(volume: slicer.vtkMRMLScalarVolumeNode) -> sitk.Image:
    """A volume as it lies in the world: LPS, mm, in its own pixel type, parent transforms applied.

    Raises:
        ValueError: it has no voxels, several values a voxel, or a transform that cannot be inverted.
    """
    data = volume.GetImageData()
    if data is None or data.GetNumberOfPoints() == 0:
        raise ValueError(_("Volume {name} has no voxels.").format(name=volume.GetName()))
    if data.GetNumberOfScalarComponents() != 1:
        message = _("Volume {name} has several values a voxel: choose a grey-scale one.")
        raise ValueError(message.format(name=volume.GetName()))
    moved = slicer.vtkOrientedImageData()
    moved.ShallowCopy(data)
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    moved.SetGeometryFromImageToWorldMatrix(matrix)
    lowest = float(data.GetScalarRange()[0])
    _toWorld(volume, moved, smooth=True, background=lowest)
    return _straightened(imageFromOriented(moved), lowest)


def volumeFromImage(image: sitk.Image, name: str) -> slicer.vtkMRMLScalarVolumeNode:
    """Adds an image (LPS, scalar, 3D) to the scene as a volume, with a display."""
    toRas = LPS_RAS @ imageGrid(image).matrix
    node = slicer.util.addVolumeFromArray(sitk.GetArrayViewFromImage(image), toRas, name)
    node.CreateDefaultDisplayNodes()
    return node


def volumeGrid(volume: slicer.vtkMRMLScalarVolumeNode) -> Grid:
    """The grid of ``volumeImage(volume)``, without its voxels where they need not be computed."""
    data, parent = volume.GetImageData(), volume.GetParentTransformNode()
    if data is not None and (parent is None or parent.IsTransformToWorldLinear()):
        matrix = vtk.vtkMatrix4x4()
        volume.GetIJKToRASMatrix(matrix)
        moved = slicer.vtkOrientedImageData()
        moved.SetExtent(data.GetExtent())
        moved.SetGeometryFromImageToWorldMatrix(matrix)
        _toWorld(volume, moved)
        grid = orientedGrid(moved)
        if grid.straight:
            return grid
    return imageGrid(volumeImage(volume))


def segmentImage(segmentation: slicer.vtkMRMLSegmentationNode, segmentId: str, grid: Grid | None = None) -> sitk.Image:
    """A segment as it lies in the world: unsigned 8-bit, 0 or 1, LPS.

    Args:
        segmentId: its id; names need not be unique.
        grid: onto which it is laid; its own, no larger than the segment, if None.

    Raises:
        ValueError: no such segment, or an empty one.
    """
    oriented = segmentLabelmap(segmentation, segmentId)
    _toWorld(segmentation, oriented)
    image = imageFromOriented(oriented)
    return image if grid is None else grid.resample(image, sitk.sitkNearestNeighbor, 0)


def segmentLabelmap(segmentation: slicer.vtkMRMLSegmentationNode, segmentId: str) -> slicer.vtkOrientedImageData:
    """A copy of one segment's voxels, 0 or 1, in the segmentation's own coordinates.

    A segment drawn as a surface is made voxels in a copy; the segmentation stays as it is.

    Raises:
        ValueError: no such segment, or an empty one.
    """
    segment = _segment(segmentation, segmentId)
    shared = segmentation.GetSegmentation().ContainsRepresentation(BINARY_LABELMAP)
    oriented = slicer.vtkOrientedImageData()
    found = slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentBinaryLabelmapRepresentation(
        segmentation, segmentId, oriented, False
    )
    scalars = oriented.GetPointData().GetScalars() if found else None
    if scalars is None or not scalars.GetNumberOfTuples():
        raise ValueError(_("Segment {name} is empty.").format(name=segment.GetName()))
    values = vtk_to_numpy(scalars)
    inside = values == segment.GetLabelValue() if shared else values != 0
    if not inside.any():
        raise ValueError(_("Segment {name} is empty.").format(name=segment.GetName()))
    _setScalars(oriented, inside.astype(np.uint8))
    return oriented


def setSegment(segmentation: slicer.vtkMRMLSegmentationNode, segmentId: str, mask: sitk.Image) -> None:
    """Replaces a segment's voxels by a mask that lies in the world, LPS; other segments keep theirs.

    Raises:
        ValueError: no such segment.
    """
    segment = _segment(segmentation, segmentId)
    oriented = orientedFromImage(mask)
    parent = segmentation.GetParentTransformNode()
    if parent is not None and oriented.GetNumberOfPoints():
        fromWorld = vtk.vtkGeneralTransform()
        slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, parent, fromWorld)
        slicer.vtkOrientedImageDataResample.TransformOrientedImage(oriented, fromWorld)
    inside = segmentation.GetSegmentation()
    if inside.GetSourceRepresentationName() != BINARY_LABELMAP:  # drawn as surfaces, which are kept beside
        inside.CreateRepresentation(BINARY_LABELMAP)
        inside.SetSourceRepresentationName(BINARY_LABELMAP)
    inside.SeparateSegmentLabelmap(segmentId)  # else its old voxels stay in the shared layer, for the next new segment
    segment.RemoveAllRepresentations()
    segment.SetLabelValue(1)
    segment.AddRepresentation(BINARY_LABELMAP, oriented)
    segment.Modified()
    inside.InvokeEvent(slicer.vtkSegmentation.SourceRepresentationModified, segmentId)


def writeImage(image: sitk.Image, path: Path) -> Path:
    """Writes an image; the parent folder is made. Masks are compressed; images are not, which would take seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path), image.GetPixelID() == sitk.sitkUInt8)
    return path


# Between VTK and SimpleITK


def orientedGrid(oriented: slicer.vtkOrientedImageData) -> Grid:
    """The grid of an oriented image; its extent may start anywhere."""
    matrix = vtk.vtkMatrix4x4()
    oriented.GetImageToWorldMatrix(matrix)
    toRas = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    extent = oriented.GetExtent()
    toRas[:3, 3] = (toRas @ [extent[0], extent[2], extent[4], 1.0])[:3]
    return Grid(tuple(extent[2 * axis + 1] - extent[2 * axis] + 1 for axis in range(3)), LPS_RAS @ toRas)


def imageGrid(image: sitk.Image) -> Grid:
    """The grid of an image."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    return Grid(image.GetSize(), matrix)


def imageFromOriented(oriented: slicer.vtkOrientedImageData) -> sitk.Image:
    """A copy of an oriented image (RAS) as an image (LPS)."""
    grid = orientedGrid(oriented)
    voxels = vtk_to_numpy(oriented.GetPointData().GetScalars()).reshape(grid.size[::-1])
    return grid.place(sitk.GetImageFromArray(voxels))


def orientedFromImage(image: sitk.Image) -> slicer.vtkOrientedImageData:
    """A mask (LPS) as an oriented image (RAS), unsigned 8-bit, 0 or 1: on its grid, no larger than what is inside."""
    toRas = LPS_RAS @ imageGrid(image).matrix
    matrix = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(toRas[row, column]))
    voxels = sitk.GetArrayViewFromImage(image) != 0
    oriented = slicer.vtkOrientedImageData()
    oriented.SetGeometryFromImageToWorldMatrix(matrix)
    if not voxels.any():
        oriented.SetExtent(0, -1, 0, -1, 0, -1)
        oriented.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        return oriented
    box = boundingBox(voxels)
    oriented.SetExtent([end for part in box[::-1] for end in (part.start, part.stop - 1)])
    _setScalars(oriented, voxels[box].astype(np.uint8).ravel())
    return oriented


def boundingBox(voxels: np.ndarray) -> tuple[slice, ...]:
    """The slices of a mask (any axes), at least one voxel of which is inside, that hold it."""
    box = []
    for axis in range(voxels.ndim):
        found = np.flatnonzero(voxels.any(axis=tuple(other for other in range(voxels.ndim) if other != axis)))
        box.append(slice(int(found[0]), int(found[-1]) + 1))
    return tuple(box)


def _segment(segmentation: slicer.vtkMRMLSegmentationNode, segmentId: str) -> slicer.vtkSegment:
    segment = segmentation.GetSegmentation().GetSegment(segmentId)
    if segment is None:
        message = _("Segment {id} is not in {name} any more.")
        raise ValueError(message.format(id=segmentId, name=segmentation.GetName()))
    return segment


def _setScalars(oriented: slicer.vtkOrientedImageData, values: np.ndarray) -> None:
    scalars = numpy_to_vtk(values, deep=True, array_type=get_vtk_array_type(values.dtype))
    scalars.SetName("ImageScalars")
    oriented.GetPointData().SetScalars(scalars)


def _toWorld(
    node: slicer.vtkMRMLTransformableNode,
    oriented: slicer.vtkOrientedImageData,
    smooth: bool = False,
    background: float = 0.0,
) -> None:
    slicer.vtkSlicerSegmentationsModuleLogic.ApplyParentTransformToOrientedImageData(
        node, oriented, smooth, [background] * 4
    )


def _straightened(image: sitk.Image, background: float) -> sitk.Image:
    """The image itself where its axes are at right angles; else on the nearest grid of which they are."""
    grid = imageGrid(image)
    if grid.straight:
        return image
    left, _stretch, right = np.linalg.svd(grid.direction)
    axes = left @ right
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in grid.size], indexing="ij")).reshape(3, -1)
    points = axes.T @ (grid.matrix[:3, :3] @ corners + grid.matrix[:3, 3:])
    low, high = points.min(axis=1), points.max(axis=1)
    size = np.ceil((high - low) / grid.spacing - 1e-6).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = axes * grid.spacing
    matrix[:3, 3] = axes @ (low + 0.5 * grid.spacing)
    return Grid(tuple(size), matrix).resample(image, sitk.sitkLinear, background)
