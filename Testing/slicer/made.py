"""Nodes and widgets that several tests of the fakes make."""

import numpy as np


def volume(name="vol", shape=(4, 5, 6)):
    import slicer

    values = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    return slicer.util.addVolumeFromArray(values, name=name)


def selector(none=True):
    import slicer

    combo = slicer.qMRMLNodeComboBox()
    combo.nodeTypes, combo.noneEnabled = ["vtkMRMLScalarVolumeNode"], none
    combo.setMRMLScene(slicer.mrmlScene)
    return combo
