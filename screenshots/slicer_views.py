"""Slice and 3D views of a MRML scene, drawn off screen by Slicer's own displayable managers (from ``slicer-core``).

The same C++ classes draw in Slicer; what Slicer's view widgets add about them (controllers, frames) is not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
import vtk

SLICE_MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
)


class View:
    """A render window off screen whose content follows a view node."""

    def __init__(self, factory: Any, managers: tuple[str, ...], size: tuple[int, int]) -> None:
        self.renderer, self.window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(0)
        self.window.AddRenderer(self.renderer)
        self.window.SetSize(*size)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        for manager in managers:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self.group.SetRenderer(self.renderer)
        self.group.Initialize(factory, self.renderer)

    def save(self, picture: Path) -> None:
        """Draws, and writes a PNG."""
        self.window.Render()
        grabbed = vtk.vtkWindowToImageFilter()
        grabbed.SetInput(self.window)
        grabbed.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetInputConnection(grabbed.GetOutputPort())
        writer.SetFileName(str(picture))
        writer.Write()


class SliceView(View):
    """One slice view, with the slice logic of the layout's view of that name."""

    def __init__(self, name: str, size: tuple[int, int]) -> None:
        super().__init__(slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance(), SLICE_MANAGERS, size)
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self.mapper = vtk.vtkImageMapper()
        self.mapper.SetColorWindow(255)
        self.mapper.SetColorLevel(127.5)
        image = vtk.vtkActor2D()
        image.SetMapper(self.mapper)
        image.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(image)  # before the segments, which are then drawn over it
        self.logic = slicer.app.layoutManager().sliceWidget(name).sliceLogic()
        self.node = self.logic.GetSliceNode()
        self.logic.ResizeSliceNode(*size)
        self.group.SetMRMLDisplayableNode(self.node)

    def show(self, volume: Any, orientation: str, point: tuple[float, float, float], fieldOfViewMm: float) -> None:
        """A volume in an orientation, through a point (RAS, mm) that comes to the middle."""
        width, height = self.window.GetSize()
        self.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self.node.SetOrientation(orientation)
        self.logic.FitSliceToBackground()
        self.node.SetFieldOfView(fieldOfViewMm * width / height, fieldOfViewMm, self.node.GetFieldOfView()[2])
        self.node.JumpSliceByCentering(*point)
        self.logic.SnapSliceOffsetToIJK()
        self.logic.UpdatePipeline()
        self.mapper.SetInputConnection(self.logic.GetImageDataConnection())


class ThreeDView(View):
    """The first 3D view."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance(), THREE_D_MANAGERS, size)
        self.node = slicer.app.layoutManager().threeDWidget(0).mrmlViewNode()
        self.node.SetBoxVisible(False)
        self.node.SetAxisLabelsVisible(False)
        self.node.SetOrientationMarkerType(self.node.OrientationMarkerTypeAxes)
        self.group.SetMRMLDisplayableNode(self.node)

    def look(self, azimuth: float, elevation: float, zoom: float) -> None:
        """From where the camera looks at what is shown."""
        self.window.Render()
        camera = self.renderer.GetActiveCamera()
        self.renderer.ResetCamera()
        camera.Azimuth(azimuth)
        camera.Elevation(elevation)
        camera.Zoom(zoom)
        self.renderer.ResetCameraClippingRange()
