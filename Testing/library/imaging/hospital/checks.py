"""What the tests of DICOM series do again and again: change files, read with notes, compare with the image."""

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import same_grid
from NACResponseLib.imaging.io import read_image


def changed(folder, change, files=None) -> None:
    """Rewrites the files of a folder after a change of each data set."""
    for k, file in enumerate(sorted(folder.iterdir()) if files is None else files):
        dataset = dcmread(file)
        change(k, dataset)
        dataset.save_as(file)


def read(source) -> tuple[sitk.Image, str]:
    notes: list[str] = []
    return read_image(source, note=notes.append), " ".join(notes)


def refusal(source) -> str:
    with pytest.raises(InputError) as caught:
        read_image(source, note=lambda text: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def assert_same(image, small, voxels=None) -> None:
    assert same_grid(image, small.image)
    np.testing.assert_allclose(sitk.GetArrayFromImage(image), small.voxels if voxels is None else voxels, rtol=1e-5)
