"""Grids: a voxel lattice in patient space (LPS, millimetres), how two compare, and moving masks between them.

SimpleITK orders indices x, y, z; numpy arrays of the same image are z, y, x. A *box* is an index and a size in
SimpleITK's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import SimpleITK as sitk

from ..errors import InputError

Box = tuple[tuple[int, ...], tuple[int, ...]]


def same_grid(first: sitk.Image, second: sitk.Image, tolerance: float = 0.01) -> bool:
    """Whether two images have the same lattice: every corner agrees to ``tolerance`` of the smallest voxel edge."""
    if first.GetSize() != second.GetSize():
        return False
    allowed = tolerance * min(*first.GetSpacing(), *second.GetSpacing())
    return bool(np.abs(corners(first) - corners(second)).max() <= allowed)


def corners(image: sitk.Image) -> np.ndarray:
    """Physical positions of the eight corner voxels' centres: (8, 3), LPS, mm."""
    last = [size - 1 for size in image.GetSize()]
    indices = np.array(np.meshgrid(*[(0, end) for end in last], indexing="ij")).reshape(3, -1).T
    return np.array([image.TransformContinuousIndexToPhysicalPoint([float(i) for i in index]) for index in indices])


def array_to_image(array: np.ndarray, like: sitk.Image) -> sitk.Image:
    """An image of the array (z, y, x) on the grid of ``like``."""
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(like)
    return image


def mask_array(mask: sitk.Image) -> np.ndarray:
    """The mask's voxels as booleans, z, y, x."""
    return sitk.GetArrayViewFromImage(mask) != 0


def mask_image(voxels: np.ndarray, like: sitk.Image) -> sitk.Image:
    """A mask (unsigned 8-bit, 0 or 1) of the booleans (z, y, x) on the grid of ``like``."""
    return array_to_image(np.ascontiguousarray(voxels, bool).view(np.uint8), like)


def spacing_zyx(image: sitk.Image) -> np.ndarray:
    """Voxel edges in mm in numpy's axis order."""
    return np.array(image.GetSpacing()[::-1])


def voxel_volume(image: sitk.Image) -> float:
    """Volume of a voxel in mm³."""
    return float(np.prod(image.GetSpacing()))


def mask_onto(mask: sitk.Image, image: sitk.Image, name: str) -> tuple[sitk.Image, tuple[str, ...]]:
    """The mask on the image's grid, by nearest neighbour where the grids differ, and what to warn of.

    Args:
        mask: 0 or 1.
        image: gives the grid.
        name: of the mask, for messages.

    Raises:
        InputError: no voxel of the mask lies inside the image.
    """
    if same_grid(mask, image):
        exact = sitk.Image(mask)
        exact.CopyInformation(image)
        return exact, ()
    moved = sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0, mask.GetPixelID())
    kept = mask_array(moved).sum() * voxel_volume(image)
    whole = mask_array(mask).sum() * voxel_volume(mask)
    if kept == 0 and whole > 0:
        same_size = " (same voxel counts: the contour's file may have lost its position)"
        hint = same_size if mask.GetSize() == image.GetSize() else ""
        raise InputError(
            f"{name} to overlap the image", f"no overlap in patient space{hint}", "export it again on the image's grid"
        )
    warnings = []
    if not _same_lattice(mask, image):
        warnings.append(f"{name} lies on another grid than the image and was resampled (nearest neighbour).")
    lost = _outside_fraction(mask, image)
    if lost > 0.001:
        warnings.append(f"{100 * lost:.0f} % of {name} lies outside the image and is left out.")
    return moved, tuple(warnings)


def _same_lattice(first: sitk.Image, second: sitk.Image) -> bool:
    """Whether voxel centres of both coincide, as after cropping, padding or flipping: then nothing is interpolated."""
    if not np.isclose(voxel_volume(first), voxel_volume(second), rtol=1e-3):
        return False
    indices = np.array([second.TransformPhysicalPointToContinuousIndex(point) for point in corners(first).tolist()])
    return bool(np.abs(indices - np.round(indices)).max() < 0.01)


def _outside_fraction(mask: sitk.Image, image: sitk.Image) -> float:
    """Share of the mask's voxels whose centres lie outside the image."""
    everywhere = sitk.Image(image.GetSize(), sitk.sitkUInt8) + 1
    everywhere.CopyInformation(image)
    seen = sitk.Resample(everywhere, mask, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    inside = mask_array(mask)
    return 1.0 - float(mask_array(seen)[inside].mean())


def bounding_box(mask: sitk.Image, margin_mm: float = 0.0) -> Box:
    """The box of a mask's voxels, widened by a margin and cut at the image's border.

    Raises:
        InputError: the mask is empty.
    """
    voxels = sitk.GetArrayViewFromImage(mask)
    index, size = [0, 0, 0], [0, 0, 0]
    for axis in (2, 1, 0):  # the slowest in memory first; the others need only look where it found something
        others = tuple(a for a in range(3) if a != 2 - axis)
        occupied = np.flatnonzero(voxels.any(axis=others))
        if occupied.size == 0:
            raise InputError("a mask with voxels", "an empty mask", "draw it again")
        first, last = int(occupied[0]), int(occupied[-1])
        voxels = voxels.take(range(first, last + 1), 2 - axis)
        wide = int(np.ceil(margin_mm / mask.GetSpacing()[axis]))
        index[axis] = max(first - wide, 0)
        size[axis] = min(last + wide, mask.GetSize()[axis] - 1) - index[axis] + 1
    return tuple(index), tuple(size)


def joined(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds them all."""
    low = np.min([index for index, _ in boxes], axis=0)
    high = np.max([np.add(index, size) for index, size in boxes], axis=0)
    return tuple(low.tolist()), tuple((high - low).tolist())


def crop(image: sitk.Image, box: Box) -> sitk.Image:
    """The part of an image in a box; positions in patient space stay. All of it shares its voxels until one changes."""
    if box == ((0, 0, 0), image.GetSize()):
        return sitk.Image(image)
    return sitk.RegionOfInterest(image, size=list(box[1]), index=list(box[0]))


def paste(part: sitk.Image, box: Box, whole: sitk.Image) -> sitk.Image:
    """``part`` at its box on the grid of ``whole``, zero elsewhere."""
    array = np.zeros(whole.GetSize()[::-1], sitk.GetArrayViewFromImage(part).dtype)
    array[tuple(slice(i, i + n) for i, n in zip(reversed(box[0]), reversed(box[1]), strict=True))] = (
        sitk.GetArrayViewFromImage(part)
    )
    return array_to_image(array, whole)


def isotropic_grid(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """An empty image that covers the same space with cubic voxels; the first voxel's outer corner stays in place.

    The number of voxels is rounded up, so that nothing is cut off. A single slice keeps its thickness.
    """
    return _lattice(image, spacing_mm, (0, 0, 0), _isotropic_size(image, spacing_mm))


def subgrid(image: sitk.Image, spacing_mm: float | None, box: Box) -> sitk.Image:
    """The part of the whole image's isotropic lattice that covers a box of the image; of its own where None."""
    if spacing_mm is None:
        return crop(image, box)
    return isotropic_subgrid(image, spacing_mm, box)


def isotropic_subgrid(image: sitk.Image, spacing_mm: float, box: Box) -> sitk.Image:
    """The part of the whole image's isotropic lattice that covers a box of the image."""
    ends = [
        (np.array(index) * image.GetSpacing() / _edges(image, spacing_mm))
        for index in (box[0], [i + n for i, n in zip(*box, strict=True)])
    ]
    low = np.maximum(np.floor(ends[0] + 1e-6), 0).astype(int)
    high = np.minimum(np.ceil(ends[1] - 1e-6).astype(int), _isotropic_size(image, spacing_mm))
    return _lattice(image, spacing_mm, low, high - low)


def _isotropic_size(image: sitk.Image, spacing_mm: float) -> np.ndarray:
    extent = np.array(image.GetSize()) * np.array(image.GetSpacing())
    return np.ceil(extent / _edges(image, spacing_mm) - 1e-6).astype(int)


def _edges(image: sitk.Image, spacing_mm: float) -> np.ndarray:
    """Edges of the cubic voxels along x, y, z; of a single slice, as thick as it is."""
    return np.array([spacing_mm, spacing_mm, spacing_mm if image.GetSize()[2] > 1 else image.GetSpacing()[2]])


def _lattice(image: sitk.Image, spacing_mm: float, first: Sequence[int] | np.ndarray, size: np.ndarray) -> sitk.Image:
    """Cubic voxels from the image's outer corner, so many of them from the ``first`` one on."""
    direction, edges = np.array(image.GetDirection()).reshape(3, 3), _edges(image, spacing_mm)
    shift = (edges - np.array(image.GetSpacing())) / 2 + edges * np.array(first)
    grid = sitk.Image([int(n) for n in size], sitk.sitkUInt8)
    grid.SetSpacing([float(edge) for edge in edges])
    grid.SetDirection(image.GetDirection())
    grid.SetOrigin([float(x) for x in np.array(image.GetOrigin()) + direction @ shift])
    return grid


def resample(image: sitk.Image, grid: sitk.Image, interpolator: int) -> sitk.Image:
    """The image on another grid; beyond its border the nearest voxels go on, so that no edge is made there."""
    filter_ = sitk.ResampleImageFilter()
    filter_.SetReferenceImage(grid)
    filter_.SetInterpolator(interpolator)
    filter_.SetOutputPixelType(image.GetPixelID())
    filter_.UseNearestNeighborExtrapolatorOn()
    return filter_.Execute(image)


def interpolated(image: sitk.Image, grid: sitk.Image) -> sitk.Image:
    """The image on another grid of the same orientation, by linear interpolation; its nearest voxels go on beyond it.

    ``resample`` up to rounding.

    Args:
        image: 32-bit floats.
        grid: axes parallel to the image's.
    """
    values = np.empty(grid.GetSize()[::-1], np.float32)
    for k, plane in enumerate(interpolated_planes(image, grid)):
        values[k] = plane
    return array_to_image(values, grid)


def interpolated_planes(image: sitk.Image, grid: sitk.Image) -> Iterator[np.ndarray]:
    """``interpolated``, one plane (y, x) after the other: quicker and without the whole in memory."""
    values = sitk.GetArrayViewFromImage(image)
    start = image.TransformPhysicalPointToContinuousIndex(grid.GetOrigin())
    steps = np.array(grid.GetSpacing()) / np.array(image.GetSpacing())
    places = (
        _neighbours(first + step * np.arange(count), size)
        for first, step, count, size in zip(start, steps, grid.GetSize(), image.GetSize(), strict=True)
    )
    (left, right, across), (above, below, down), (behind, ahead, along) = places
    down = down[:, None]
    for k in range(len(along)):
        plane = values[behind[k]] + along[k] * (values[ahead[k]] - values[behind[k]])
        rows = plane[above]
        rows += down * (plane[below] - rows)
        low = rows.take(left, 1)
        low += across * (rows.take(right, 1) - low)
        yield low


def reaches(image: sitk.Image, grid: sitk.Image, least: float) -> np.ndarray:
    """Where on the grid (z, y, x) the interpolated image is at least so much."""
    found = np.empty(grid.GetSize()[::-1], bool)
    for k, plane in enumerate(interpolated_planes(image, grid)):
        np.greater_equal(plane, least, out=found[k])
    return found


def _neighbours(at: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of places along an axis: the voxels on either side and the share of the second."""
    at = np.clip(at, 0, size - 1)
    low = np.minimum(at.astype(int), max(size - 2, 0))
    return low, np.minimum(low + 1, size - 1), (at - low).astype(np.float32)


def averaged(image: sitk.Image, factors: Sequence[int]) -> sitk.Image:
    """Means over blocks of voxels, 32-bit floats; what is left over at the far ends is dropped.

    ``BinShrink`` of a float image, without the whole image in floats.

    Args:
        factors: voxels of a block along x, y, z.
    """
    values, (fx, fy, fz) = sitk.GetArrayViewFromImage(image), factors
    nz, ny, nx = (n // f for n, f in zip(values.shape, (fz, fy, fx), strict=True))
    means = np.empty((nz, ny, nx), np.float32)
    for k in range(nz):
        slab = values[k * fz : (k + 1) * fz, : ny * fy, : nx * fx].sum(axis=0, dtype=np.float32)
        rows = slab.reshape(ny, fy, nx * fx).sum(axis=1)
        means[k] = sum(rows[:, i::fx] for i in range(fx))
    means /= fx * fy * fz
    result = sitk.GetImageFromArray(means)
    result.SetSpacing([edge * f for edge, f in zip(image.GetSpacing(), factors, strict=True)])
    result.SetDirection(image.GetDirection())
    result.SetOrigin(image.TransformContinuousIndexToPhysicalPoint([(f - 1) / 2 for f in factors]))
    return result


def check_shape(
    size: Sequence[int], spacing: Sequence[float], direction: Sequence[float], name: str, contour: bool = False
) -> None:
    """Refuses a geometry no scanner makes.

    Args:
        contour: of a contour, which may be cut to the few slices that it is drawn on.

    Raises:
        InputError: fewer than four voxels along an axis, a spacing outside 0.05 to 20 mm, more than two metres, or
            axes that are not at right angles.
    """
    if min(size) < 4 and not contour:
        shape = " x ".join(str(n) for n in size)
        raise InputError("a 3D image", f"{shape} voxels in {name}", "give the whole series of slices")
    if not all(0.05 <= edge <= 20 for edge in spacing):
        edges = " x ".join(f"{edge:g}" for edge in spacing)
        raise InputError("voxel edges of 0.05 to 20 mm", f"{edges} mm in {name}", "correct the spacing in its header")
    extent = max(n * edge for n, edge in zip(size, spacing, strict=True))
    if extent > 2000:
        raise InputError(
            "an image of a person", f"{extent / 1000:.1f} m in {name}", "correct the spacing in its header"
        )
    check_axes(direction, name)


def check_axes(direction: Sequence[float], name: str) -> None:
    """Refuses axes that are not at right angles.

    Raises:
        InputError: they are not.
    """
    axes = np.array(direction).reshape(3, 3)
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-3):
        raise InputError("image axes at right angles", f"slanted axes in {name}", "resample it onto a straight grid")
