"""Volumes whose values show where they lie, and transforms that move, slant or bend them."""

import numpy as np

SLOPE = np.array([1.0, 2.0, 4.0])


def matrix(rows):
    import slicer

    full = np.eye(4)
    full[: len(rows), :] = rows
    return slicer.util.vtkMatrixFromArray(full)


def turned(degrees, spacing=(0.8, 1.1, 2.0), origin=(-20.0, 12.0, 5.0)):
    """IJK to RAS of a grid turned about two axes."""
    a, b = np.radians(degrees), np.radians(degrees / 2)
    about_s = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_r = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.column_stack([about_s @ about_r * spacing, origin])


def ramp(rows, size=(14, 12, 10), name="ramp"):
    """A volume whose value at a place (RAS) is SLOPE times that place."""
    import slicer

    k, j, i = np.indices(size[::-1])
    full = np.vstack([rows, [0, 0, 0, 1]])
    places = full @ np.stack([i.ravel(), j.ravel(), k.ravel(), np.ones(i.size)])
    values = (SLOPE @ places[:3]).reshape(size[::-1])
    volume = slicer.util.addVolumeFromArray(values, name=name)
    volume.SetIJKToRASMatrix(matrix(rows))
    return volume


def transform(rows):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    node.SetMatrixTransformToParent(matrix(rows))
    return node


def bent(amplitude=4.0):
    """A transform to parent that moves every point along R by amplitude times sin(S / 20)."""
    import slicer
    import vtk

    size, spacing, low = (9, 9, 41), (20.0, 20.0, 4.0), (-80.0, -80.0, -80.0)
    grid = vtk.vtkImageData()
    grid.SetDimensions(size)
    grid.SetSpacing(spacing)
    grid.SetOrigin(low)
    grid.AllocateScalars(vtk.VTK_DOUBLE, 3)
    from vtk.util.numpy_support import vtk_to_numpy

    moves = vtk_to_numpy(grid.GetPointData().GetScalars()).reshape(*size[::-1], 3)
    moves[:] = 0
    heights = low[2] + spacing[2] * np.arange(size[2])
    moves[..., 0] = amplitude * np.sin(heights / 20)[:, None, None]
    warp = slicer.vtkOrientedGridTransform()
    warp.SetDisplacementGridData(grid)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLGridTransformNode", "bent")
    node.SetAndObserveTransformToParent(warp)
    return node


def worst(image, back, margin=2):
    """The largest error of a ramp's voxels, ``margin`` voxels inside; ``back`` takes a place (RAS) to where it was."""
    errors, size = [], image.GetSize()
    for index in np.random.default_rng(1).integers(margin, np.array(size) - margin, (200, 3)).tolist():
        place = np.array(image.TransformIndexToPhysicalPoint(index)) * [-1, -1, 1]
        expected = SLOPE @ back(place)
        if image[index] > -900:
            errors.append(abs(image[index] - expected))
    assert len(errors) > 100
    return max(errors)
