"""Image grids and kinds of acquisition, with the geometry of the clinic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, unknown_name
from .anatomy import Anatomy, Posture, Side
from .implicit import Array

if TYPE_CHECKING:
    import SimpleITK as sitk

_CHUNK = 40_000  # points at a time: their temporary arrays stay in the processor's cache
_IN_FRONT_MM = 12.0  # air before the nipple

# Columns: the patient directions (LPS) of the image's axes i, j, k.
_AXIAL = np.eye(3)
_SAGITTAL = np.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]])


@dataclass(frozen=True)
class Kind:
    """A kind of acquisition.

    Attributes:
        contrast: a name of ``contrast.CONTRASTS``.
        sides: 1 where the field of view holds one breast, 2 where it holds both.
        direction: columns are the patient directions (LPS) of the image axes.
        size, spacing_mm: of the default grid, i, j, k.
        posture: in which the patient lies.
        scanner: by default.
    """

    contrast: str
    sides: int
    direction: NDArray[np.float64]
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    posture: Posture = "prone"
    scanner: str = "MR-A"


_ONE, _ONE_MM = (128, 128, 48), (1.2, 1.2, 2.5)
_BOTH, _BOTH_MM = (192, 160, 64), (1.8, 1.8, 2.4)
KINDS = {
    "sagittal_cet1_fs": Kind("cet1_fs", 1, _SAGITTAL, _ONE, _ONE_MM),
    "sagittal_cet1": Kind("cet1", 1, _SAGITTAL, _ONE, _ONE_MM),
    "sagittal_t2": Kind("t2", 1, _SAGITTAL, _ONE, _ONE_MM),
    "sagittal_t2_fs": Kind("t2_fs", 1, _SAGITTAL, _ONE, _ONE_MM),
    "axial_cet1_fs": Kind("cet1_fs", 2, _AXIAL, _BOTH, _BOTH_MM),
    "axial_cet1": Kind("cet1", 2, _AXIAL, _BOTH, _BOTH_MM),
    "axial_t2": Kind("t2", 2, _AXIAL, _BOTH, _BOTH_MM),
    "axial_t2_fs": Kind("t2_fs", 2, _AXIAL, _BOTH, _BOTH_MM),
    "chest_ct": Kind("ct", 2, _AXIAL, (160, 132, 40), (2.5, 2.5, 4.0), "supine", "CT-A"),
}


@dataclass(frozen=True)
class Acquisition:
    """How a phantom is imaged.

    Attributes:
        kind: a name of ``KINDS``: ``sagittal_`` (one breast) or ``axial_`` (both) with ``cet1`` (contrast-enhanced
            T1), ``cet1_fs`` (the same with fat suppression), ``t2``, ``t2_fs``; or ``chest_ct``.
        size, spacing_mm: of the grid; by default a coarse grid that is quick to make. Clinical ones are
            256 x 256 x 60 at 0.7 x 0.7 x 2 mm (sagittal), 448 x 448 x 160 at 0.8 x 0.8 x 1 mm (axial) and
            512 x 512 x 60 at 0.75 x 0.75 x 2.5 to 5 mm (CT).
        centre_mm: of the field of view; by default it begins shortly before the nipple (MRI) or holds the chest (CT).
        side: of the breast, where the field of view holds one.
        oblique_degrees: the grid is turned by these angles about the patient's x, y and z.
        scanner: a name of ``scanner.SCANNERS``; by default the kind's.
        noise, shading: factors on the scanner's; 0 switches them off.
        supersample: samples of a voxel along its longest edge; by default as many as make it about isotropic.
    """

    kind: str = "sagittal_cet1_fs"
    size: tuple[int, int, int] | None = None
    spacing_mm: tuple[float, float, float] | None = None
    centre_mm: tuple[float, float, float] | None = None
    side: Side = "left"
    oblique_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scanner: str | None = None
    noise: float = 1.0
    shading: float = 1.0
    supersample: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name("a kind of acquisition", self.kind, KINDS)
        for name, values in (("size", self.size), ("spacing_mm", self.spacing_mm)):
            if values is not None and (len(values) != 3 or min(values) <= 0):
                raise InputError(f"three positive numbers as {name}", f"{values}", "correct the acquisition")

    def grid(self, anatomy: Anatomy) -> Grid:
        """The grid on which this acquisition images an anatomy."""
        kind = KINDS[self.kind]
        size = np.array(self.size or kind.size)
        spacing = np.array(self.spacing_mm or kind.spacing_mm)
        turn = _rotation(self.oblique_degrees)
        direction = turn @ kind.direction
        extent = np.abs(kind.direction @ (size * spacing))
        centre = np.array(self.centre_mm or _field_centre(anatomy, kind, self.side, extent))
        origin = centre - direction @ ((size - 1) / 2 * spacing)
        count = self.supersample or int(np.clip(np.round(spacing.max() / spacing.min()), 1, 4))
        return Grid(tuple(size), tuple(spacing), tuple(origin), direction, count)


def _field_centre(anatomy: Anatomy, kind: Kind, side: Side, extent: Array) -> Array:
    nipple = anatomy.nipple_mm(side)
    centre = np.array([nipple[0] if kind.sides == 1 else 0.0, nipple[1] - _IN_FRONT_MM + extent[1] / 2, 0.0])
    if kind.contrast == "ct":
        centre[1] = (nipple[1] + anatomy.back_mm) / 2
    return centre


def _rotation(degrees: tuple[float, float, float]) -> Array:
    turn = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        first, second = (k for k in range(3) if k != axis)
        step = np.eye(3)
        step[[first, second], [first, second]] = np.cos(angle)
        step[first, second], step[second, first] = -np.sin(angle), np.sin(angle)
        turn = step @ turn
    return turn


@dataclass(frozen=True)
class Grid:
    """A voxel grid in the patient (LPS, mm); arrays on it are indexed k, j, i as SimpleITK's are."""

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: NDArray[np.float64]
    supersample: int = 1

    @property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.size))

    @property
    def width_mm(self) -> float:
        """The shortest edge of a voxel, over which a sample averages."""
        return float(min(self.spacing_mm))

    def offsets_mm(self) -> list[Array]:
        """Of the samples of a voxel from its centre: spread evenly along its longest edge."""
        axis = int(np.argmax(self.spacing_mm))
        shares = (np.arange(self.supersample) + 0.5) / self.supersample - 0.5
        return [self.direction[:, axis] * self.spacing_mm[axis] * share for share in shares]

    def chunks(self) -> Iterator[tuple[slice, Array]]:
        """Parts of the flattened grid with the points (3, n) of their voxel centres."""
        steps = self.direction * np.array(self.spacing_mm)
        for start in range(0, self.count, _CHUNK):
            part = slice(start, min(start + _CHUNK, self.count))
            k, j, i = np.unravel_index(np.arange(part.start, part.stop), self.size[::-1])
            yield part, steps @ np.stack([i, j, k]).astype(float) + np.array(self.origin_mm)[:, None]

    def image(self, flat: NDArray[Any]) -> sitk.Image:
        """Values in the order of ``chunks`` as an image on this grid."""
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(flat.reshape(self.size[::-1]))
        image.SetSpacing([float(edge) for edge in self.spacing_mm])
        image.SetOrigin([float(value) for value in self.origin_mm])
        image.SetDirection([float(value) for value in self.direction.ravel()])
        return image
