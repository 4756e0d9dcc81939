"""A small oblique image with a tumour, to be written in many ways."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from .hospital.dicom_files import series


@dataclass
class Small:
    """An image of 24 x 20 x 10 voxels, a tumour on it, and a folder to write them to."""

    folder: Path
    image: sitk.Image
    tumour: np.ndarray

    @property
    def voxels(self) -> np.ndarray:
        return sitk.GetArrayFromImage(self.image)

    def series(self, name: str = "series", **more) -> Path:
        """Writes the image as a DICOM series."""
        series(self.folder / name, self.image, **more)
        return self.folder / name


@pytest.fixture
def small(tmp_path) -> Small:
    rng = np.random.default_rng(3)
    z, y, x = np.indices((10, 20, 24))
    tumour = ((x - 12) / 5.0) ** 2 + ((y - 10) / 4.0) ** 2 + ((z - 4) / 2.6) ** 2 <= 1
    voxels = (300 + 500 * tumour + rng.integers(0, 60, tumour.shape)).astype(np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((1.0, 1.25, 3.0))
    image.SetOrigin((-30.5, 12.25, 40.0))
    turn = np.radians(20)
    across, down = np.array([1.0, 0, 0]), np.array([0, np.cos(turn), np.sin(turn)])
    image.SetDirection(np.stack([across, down, np.cross(across, down)], axis=1).ravel().tolist())
    return Small(tmp_path, image, tumour)
