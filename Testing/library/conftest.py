"""A small breast-like image with a tumour, on files, and the shipped model, for tests that read and score."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.model.bundle import load_bundle


@dataclass
class Files:
    """A patient's files and where they lie."""

    folder: Path
    image: sitk.Image
    tumor: sitk.Image

    def write(self, volume: sitk.Image, name: str) -> Path:
        path = self.folder / name
        sitk.WriteImage(volume, str(path))
        return path


def ball(grid: sitk.Image, centre: tuple[float, float, float], radius: float) -> np.ndarray:
    """Voxels (z, y, x) whose centres lie within a radius of a point in patient space, mm."""
    axes = np.array(grid.GetDirection()).reshape(3, 3) * np.array(grid.GetSpacing())
    along = [np.arange(n) for n in grid.GetSize()]
    from_centre = np.array(grid.GetOrigin()) - np.array(centre)
    squares = np.zeros(grid.GetSize()[::-1])
    for row, start in zip(axes, from_centre, strict=True):
        x, y, z = (step * steps for step, steps in zip(row, along, strict=True))
        squares += (start + x + y[:, None] + z[:, None, None]) ** 2
    return squares <= radius**2


def grid_of(size, spacing, direction=None, origin=(-40.0, -40.0, -40.0)) -> sitk.Image:
    grid = sitk.Image(list(size), sitk.sitkUInt8)
    grid.SetSpacing(spacing)
    grid.SetOrigin(origin)
    if direction is not None:
        grid.SetDirection([float(x) for x in np.ravel(direction)])
    return grid


def volume(array: np.ndarray, grid: sitk.Image) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(grid)
    return image


@pytest.fixture
def files(tmp_path) -> Files:
    return make_files(tmp_path)


def make_files(folder: Path) -> Files:
    """A body of 36 mm radius in air, a tumour of 9 mm radius, 1.0 x 1.0 x 2.0 mm."""
    grid = grid_of((80, 80, 40), (1.0, 1.0, 2.0))
    rng = np.random.default_rng(1)
    inside, tumor = ball(grid, (0, 0, 0), 36), ball(grid, (5, 0, 0), 9)
    values = np.where(inside, 100.0, 4.0) + 60.0 * tumor + rng.normal(0, 3, inside.shape)
    return Files(folder, volume(values.astype(np.float32), grid), volume(tumor.astype(np.uint8), grid))


@pytest.fixture(scope="session")
def shipped():
    return load_bundle("ispy-clinical-volume")
