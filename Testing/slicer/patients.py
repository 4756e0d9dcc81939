"""A patient of 40 x 40 x 30 voxels with a ball for a lesion, for the tests of the logic."""

import numpy as np
import pytest
import SimpleITK as sitk

SPACING = (1.0, 1.0, 2.0)
CENTRE = np.array([20.0, 20.0, 30.0])  # of the lesion, RAS
MODEL = {
    "name": "test",
    "path": "/nowhere/test.nacmodel",
    "default": True,
    "images": [],
    "contours": ["MRI"],
    "margin_mm": 5.0,
    "clinical": [
        {"name": "age", "label": "Age", "needed": True},
        {"name": "HR", "label": "Hormone receptor", "needed": False},
    ],
}


def volume(name, lesion=100.0, shift=(0, 0, 0)):
    """40 x 40 x 30 voxels of 100, with a ball of 8 mm radius of another value."""
    import slicer

    k, j, i = np.indices((30, 40, 40))
    distance = np.sqrt((i - CENTRE[0]) ** 2 + (j - CENTRE[1]) ** 2 + (2 * k - CENTRE[2]) ** 2)
    voxels = np.where(distance <= 8, lesion, 100).astype(np.float32)
    node = slicer.util.addVolumeFromArray(voxels, name=name)
    node.SetSpacing(SPACING)
    node.SetOrigin(shift)
    return node


def box(size=(24.0, 24.0, 24.0), center=CENTRE):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    node.SetSize(size)
    node.SetCenter(center)
    return node


def ball(volume, radius=8.0):
    from NACResponseSlicer.sceneBridge import volumeGrid

    grid = volumeGrid(volume)
    k, j, i = np.indices((30, 40, 40))
    inside = np.sqrt((i - CENTRE[0]) ** 2 + (j - CENTRE[1]) ** 2 + (2 * k - CENTRE[2]) ** 2) <= radius
    return grid.place(sitk.GetImageFromArray(inside.astype(np.uint8)))


@pytest.fixture
def logic(slicerApp, moduleFolder):
    from NACResponseSlicer.patientLogic import NACResponseLogic

    logic = NACResponseLogic()
    logic.setModels([MODEL])
    return logic


@pytest.fixture
def chosen(logic):
    return logic.getParameterNode()
