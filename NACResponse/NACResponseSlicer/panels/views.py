"""What the slice views show while the steps are done. Without a main window there are none, and nothing happens."""

from __future__ import annotations

import slicer
import vtk

from ..study import Contour

_PLANES = {  # layout of one slice view, that view's name
    "Sagittal": (slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpYellowSliceView, "Yellow"),
    "Axial": (slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView, "Red"),
    "Coronal": (slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpGreenSliceView, "Green"),
}
_DRAWN = {("MR", 3): "Sagittal", ("CT", 3): "Axial"}  # plane in which a contour is drawn; else as acquired


def showVolume(volume: slicer.vtkMRMLVolumeNode) -> None:
    """The volume lies behind all slice views, which are fitted to it."""
    if slicer.app.layoutManager() is not None:
        slicer.util.setSliceViewerLayers(background=volume, fit=True)


def planeOf(contour: Contour, volume: slicer.vtkMRMLVolumeNode) -> str:
    """The plane in which a contour is drawn: sagittal on MRI, axial on CT, of others as their image was acquired."""
    if (contour.modality, contour.dimension) in _DRAWN:
        return _DRAWN[contour.modality, contour.dimension]
    directions = vtk.vtkMatrix4x4()
    volume.GetIJKToRASDirectionMatrix(directions)
    through = [abs(directions.GetElement(row, 2)) for row in range(3)]
    return ("Sagittal", "Coronal", "Axial")[through.index(max(through))]


def showForContour(contour: Contour, volume: slicer.vtkMRMLVolumeNode, threePlanes: bool = False) -> None:
    """One large slice view, in the plane in which that contour is drawn, or all three beside the 3D view.

    They lie along the volume's own axes and are linked: what one of them shows, and how large, the others show.
    """
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None:
        return
    drawn = planeOf(contour, volume)
    layoutManager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView if threePlanes else _PLANES[drawn][0])
    for plane in _PLANES if threePlanes else (drawn,):
        widget = layoutManager.sliceWidget(_PLANES[plane][1])
        sliceNode, composite = widget.mrmlSliceNode(), widget.mrmlSliceCompositeNode()
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)
        sliceNode.SetOrientation(plane)
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
    seen = dict(_PLANES.values())
    sliceNode = layoutManager.sliceWidget(seen.get(layoutManager.layout, "Red")).mrmlSliceNode()
    matrix = sliceNode.GetSliceToRAS()
    return tuple(matrix.GetElement(row, 3) for row in range(3))
