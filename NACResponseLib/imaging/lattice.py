"""From voxels and where they lie to an image: at right angles, or resampled until it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .geometry import check_shape

Note = Callable[[str], None]
"""Takes a sentence that a user must read."""


class ReadingWarning(UserWarning):
    """What a user must know of a file, where no list takes it."""


_STRAIGHT = 1e-3
"""Cosine between two axes that counts as a right angle: 0.06 degrees."""


@dataclass(frozen=True)
class Lattice:
    """Where voxels lie: LPS, mm.

    Attributes:
        size: voxels along x, y, z.
        origin: centre of the first voxel, (3,).
        steps: columns are the steps from a voxel to the next along x, y and z, (3, 3).
    """

    size: tuple[int, int, int]
    origin: np.ndarray
    steps: np.ndarray

    @property
    def spacing(self) -> np.ndarray:
        """Lengths of the steps."""
        return np.linalg.norm(self.steps, axis=0)

    @property
    def axes(self) -> np.ndarray:
        """Columns are unit vectors along the steps."""
        return self.steps / self.spacing

    @property
    def slant(self) -> float:
        """Greatest deviation of two axes from a right angle, in degrees."""
        cosines = self.axes.T @ self.axes - np.eye(3)
        return float(np.degrees(np.arcsin(min(np.abs(cosines).max(), 1.0))))

    def points(self, index: np.ndarray) -> np.ndarray:
        """Positions of (n, 3) indices x, y, z."""
        return self.origin + np.asarray(index, float) @ self.steps.T

    def corners(self) -> np.ndarray:
        """Positions of the eight corner voxels' centres, (8, 3)."""
        ends = np.array(np.meshgrid(*[(0, n - 1) for n in self.size], indexing="ij")).reshape(3, -1).T
        return self.points(ends)

    def empty(self) -> sitk.Image:
        """An image on it, if its axes are at right angles."""
        grid = sitk.Image([int(n) for n in self.size], sitk.sitkUInt8)
        self.place(grid)
        return grid

    def place(self, image: sitk.Image) -> None:
        """Puts an image of its size there."""
        axes, _ = nearest_rotation(self.axes)
        image.SetOrigin(self.origin.tolist())
        image.SetSpacing(self.spacing.tolist())
        image.SetDirection(axes.ravel().tolist())


def nearest_rotation(axes: np.ndarray) -> tuple[np.ndarray, float]:
    """The orthogonal matrix nearest to unit columns, and how far it is from them."""
    left, _, right = np.linalg.svd(axes)
    turned = left @ right
    return turned, float(np.abs(turned - axes).max())


def check_lattice(lattice: Lattice, name: str, steepest: float, contour: bool = False) -> None:
    """Refuses what no scanner makes.

    Args:
        steepest: greatest slant in degrees that is resampled.
        contour: a contour may be cut to the few slices that it is drawn on.

    Raises:
        InputError: as ``check_shape``, or a greater slant.
    """
    if not np.isfinite(lattice.steps).all() or not np.isfinite(lattice.origin).all() or not lattice.spacing.all():
        edges = " x ".join(f"{edge:g}" for edge in lattice.spacing)
        raise InputError(
            "voxel edges of 0.05 to 20 mm", f"{edges} mm in {name}: a voxel spacing is zero or no number",
            "correct the spacing in its header",
        )  # fmt: skip
    if abs(np.linalg.det(lattice.axes)) < 0.2 or lattice.slant > max(steepest, 0.06):
        found = f"slanted axes ({90 - lattice.slant:.1f} degrees) in {name}"
        raise InputError("image axes at right angles", found, "resample it onto a straight grid")
    check_shape(lattice.size, lattice.spacing.tolist(), np.eye(3).ravel().tolist(), name, contour)


def placed(voxels: np.ndarray, lattice: Lattice, name: str, note: Note, labels: bool = False) -> sitk.Image:
    """An image of voxels (z, y, x); resampled to right angles, with a note, where the lattice is slanted.

    The new grid keeps the rows and the way from slice to slice; its columns are at right angles to both. It holds all
    of the old one, and between voxels values are interpolated linearly (of labels the nearest is taken). What lies
    outside is the lowest value.
    """
    image = sitk.GetImageFromArray(voxels)
    if lattice.slant <= np.degrees(_STRAIGHT):
        lattice.place(image)
        return image
    straight = straightened(lattice)
    moved = float(np.abs(lattice.corners() - _unslanted(lattice)).max())
    note(
        f"{name} has slanted axes ({lattice.slant:.1f} degrees from right angles, as of a tilted gantry; {moved:.1f} "
        "mm at its far corner) and was resampled onto a straight grid."
    )
    return _resampled(image, lattice, straight, labels)


def straightened(lattice: Lattice) -> Lattice:
    """The smallest lattice at right angles, of the same voxel edges and slice direction, that holds a slanted one."""
    spacing, axes = lattice.spacing, lattice.axes
    along = axes[:, 2]
    across = axes[:, 0] - (axes[:, 0] @ along) * along
    across /= np.linalg.norm(across)
    down = np.cross(along, across)
    down *= np.sign(down @ axes[:, 1])
    turned = np.stack([across, down, along], axis=1)
    inside = (lattice.corners() - lattice.origin) @ turned / spacing
    low, high = np.floor(inside.min(axis=0) + 1e-3), np.ceil(inside.max(axis=0) - 1e-3)
    size = (high - low + 1).astype(int).tolist()
    return Lattice((size[0], size[1], size[2]), lattice.origin + turned @ (low * spacing), turned * spacing)


def _unslanted(lattice: Lattice) -> np.ndarray:
    """The corners where a reader would put them who takes the axes for straight."""
    normal = np.cross(lattice.axes[:, 0], lattice.axes[:, 1])
    normal *= np.sign(normal @ lattice.axes[:, 2])
    steps = np.stack([lattice.steps[:, 0], lattice.steps[:, 1], normal * lattice.spacing[2]], axis=1)
    return Lattice(lattice.size, lattice.origin, steps).corners()


def _resampled(image: sitk.Image, lattice: Lattice, straight: Lattice, labels: bool) -> sitk.Image:
    inverse = np.linalg.inv(lattice.steps)
    to_index = sitk.AffineTransform(3)  # the image itself stays in index space: x, y, z from zero in steps of one
    to_index.SetMatrix(inverse.ravel().tolist())
    to_index.SetTranslation((-inverse @ lattice.origin).tolist())
    lowest = float(sitk.GetArrayViewFromImage(image).min())
    how = sitk.sitkNearestNeighbor if labels else sitk.sitkLinear
    return sitk.Resample(image, straight.empty(), to_index, how, lowest, image.GetPixelID())
