"""Planes that slices are cut along: the anatomical ones, and the plane of a 2D image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

LETTERS = ("RL", "AP", "IS")
"""Of the negative and the positive end of each patient axis (LPS)."""


@dataclass(frozen=True)
class Plane:
    """A plane: the patient-space (LPS) directions that its slices show rightwards and downwards; anatomical ones run
    along the patient's axes."""

    name: str
    right: tuple[float, ...]
    down: tuple[float, ...]
    anatomical: bool = True

    @property
    def normal(self) -> NDArray[np.float64]:
        return np.cross(self.right, self.down).astype(float)

    @property
    def letters(self) -> dict[str, str]:
        """The letter at each edge of a slice: R or L, A or P, S or I; none of a plane that is not anatomical."""
        if not self.anatomical:
            return dict.fromkeys(("left", "right", "top", "bottom"), "")
        return {
            "left": _letter(self.right, -1),
            "right": _letter(self.right, 1),
            "top": _letter(self.down, -1),
            "bottom": _letter(self.down, 1),
        }


def _letter(direction: tuple[float, ...], sign: int) -> str:
    axis = next(i for i in range(3) if direction[i])
    return LETTERS[axis][direction[axis] * sign > 0]


PLANES = (
    Plane("Axial", right=(1, 0, 0), down=(0, 1, 0)),
    Plane("Coronal", right=(1, 0, 0), down=(0, 0, -1)),
    Plane("Sagittal", right=(0, 1, 0), down=(0, 0, -1)),
)


def image_plane(image: sitk.Image) -> Plane:
    """The plane of an image's rows and columns."""
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return Plane("Image", tuple(direction[:, 0].tolist()), tuple(direction[:, 1].tolist()), anatomical=False)
