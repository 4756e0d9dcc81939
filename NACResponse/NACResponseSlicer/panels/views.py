"""What the slice views show while the steps are done. Without a main window there are none, and nothing happens."""

from __future__ import annotations

import slicer

LAYOUTS = {  # of a contour: the layout of one slice view, that view's name, and its orientation
    "MRI": (slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpYellowSliceView, "Yellow", "Sagittal"),
    "CT": (slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView, "Red", "Axial"),
}


def showVolume(volume: slicer.vtkMRMLVolumeNode) -> None:
    """The volume lies behind all slice views, which are fitted to it."""
    if slicer.app.layoutManager() is not None:
        slicer.util.setSliceViewerLayers(background=volume, fit=True)


def showForContour(contour: str, volume: slicer.vtkMRMLVolumeNode) -> None:
    """One large slice view, in the orientation in which that contour is drawn, along the volume's own axes."""
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None:
        return
    layout, name, orientation = LAYOUTS[contour]
    layoutManager.setLayout(layout)
    sliceNode = layoutManager.sliceWidget(name).mrmlSliceNode()
    sliceNode.SetOrientation(orientation)
    sliceNode.RotateToVolumePlane(volume)
    showVolume(volume)


def jumpTo(point: tuple[float, float, float]) -> None:
    """All slice views show this point (RAS, mm)."""
    if slicer.app.layoutManager() is not None:
        sliceNode = slicer.vtkMRMLSliceNode
        sliceNode.JumpAllSlices(slicer.mrmlScene, *point, sliceNode.CenteredJumpSlice)


def lookAt(point: tuple[float, float, float]) -> None:
    """The 3D views turn to this point (RAS, mm) from where they look; without it a breast lies outside of them."""
    for camera in slicer.util.getNodesByClass("vtkMRMLCameraNode"):
        ways = [there - here for there, here in zip(point, camera.GetFocalPoint(), strict=True)]
        camera.SetPosition([start + way for start, way in zip(camera.GetPosition(), ways, strict=True)])
        camera.SetFocalPoint(point)
        camera.ResetClippingRange()


def viewCentre() -> tuple[float, float, float]:
    """The point (RAS, mm) in the middle of the slice view that is seen; of Red where there are no views."""
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None:
        return (0.0, 0.0, 0.0)
    seen = {layout: name for layout, name, _orientation in LAYOUTS.values()}
    sliceNode = layoutManager.sliceWidget(seen.get(layoutManager.layout, "Red")).mrmlSliceNode()
    matrix = sliceNode.GetSliceToRAS()
    return tuple(matrix.GetElement(row, 3) for row in range(3))
