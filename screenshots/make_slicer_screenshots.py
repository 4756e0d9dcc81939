"""Makes the pictures of the Slicer module and its icon: ``make slicer-screenshots``.

The panel is the module's own, run with the stand-ins of ``Testing/slicer`` (real Qt widgets, a real MRML scene) and
photographed; the views are drawn from the scene by Slicer's displayable managers. No picture shows the whole of Slicer.
Cohort and training show the synthetic patients of ``make cohort-demo``, or of another such folder if it is given.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
ICON = ROOT / "NACResponse" / "Resources" / "Icons" / "NACResponse.svg"
COHORT = Path("build/synthetic-150")
"""Relative, since its path is seen in the pictures."""
PANEL_WIDTH, TALLEST, MARGIN = 580, 900, 30
VIEW_SIZE = (520, 440)
FIELD_OF_VIEW_MM = 170.0


def shrink(picture: Path, colours: int = 128) -> None:
    """Few colours are enough, and keep the repository small."""
    with Image.open(picture) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=colours).save(picture, optimize=True)


def drawIcon() -> None:
    """The icon's PNG, 128 x 128, from the drawing."""
    from PySide6 import QtGui, QtSvg

    image = QtGui.QImage(128, 128, QtGui.QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QtGui.QPainter(image)
    QtSvg.QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    image.save(str(ICON.with_suffix(".png")))


class Photographer:
    """The module's panel in a scroll area, as in Slicer's window."""

    def __init__(self, app: Any) -> None:
        import qt

        self.app = app
        self.widget = app.loadModule("NACResponse/NACResponse.py").widgetRepresentation()
        self.panel = self.widget.self()
        self.widget.enter()
        self.area = qt.QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.widget)

    def photograph(self, tab: Any, name: str) -> None:
        """One tab, from top to bottom."""
        import qt

        self.panel.showTab(tab)
        self.area.resize(PANEL_WIDTH, TALLEST)
        self.area.show()
        for _round in range(20):  # pending updates of the panel, and layouts that follow from them
            qt.QThread.msleep(20)
            self.app.app.processEvents()
        picture = FOLDER / f"{name}.png"
        self.widget.grab(qt.QRect(0, 0, self.widget.width, self._bottom(tab))).save(str(picture))
        shrink(picture, 64)

    def _bottom(self, tab: Any) -> int:
        """Where the tab's panels end; below them it is as empty as the longest tab is long."""
        import qt

        shown = [panel.widget for panel in self.panel.panels if panel.widget.parent() is tab]
        ends = [panel.mapTo(self.widget, qt.QPoint(0, panel.height)).y() for panel in shown]
        return max(ends) + MARGIN


def patient(photographer: Photographer) -> None:
    """The sample patient from start to end, by the panel's own logic; then the panel and the views."""
    from NACResponseSlicer import sampleData

    panel = photographer.panel
    logic, node = panel.logic, panel.parameterNode
    sampleData.loadSamplePatient(node, logic)
    logic.makeShell(node, "MRI")
    logic.score(node)
    photographer.photograph(panel.ui.patientTab, "slicer_patient")
    views(node)


def views(node: Any) -> None:
    """Axial, sagittal and 3D view of tumour, shell and skin, side by side."""
    import slicer
    from slicer_views import SliceView, ThreeDView

    volume, segmentation = node.imageMriCet1, node.segmentation
    display = segmentation.GetDisplayNode()
    values = slicer.util.arrayFromVolume(volume)
    volume.GetDisplayNode().AutoWindowLevelOff()
    volume.GetDisplayNode().SetWindowLevelMinMax(0, float(values[values > values.mean()].mean() * 4))
    display.SetSegmentVisibility("Breast_MRI", False)
    display.SetAllSegmentsVisibility2DFill(False)
    display.SetSliceIntersectionThickness(2)
    display.SetSegmentOpacity3D("Shell_MRI", 0.35)
    display.SetSegmentOpacity3D("Skin_MRI", 0.12)
    display.SetSegmentVisibility3D("ChestWall_MRI", False)
    point = tuple(segmentation.GetSegmentCenterRAS(node.segmentMri))
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Path(folder) / f"{name}.png" for name in ("Red", "Yellow", "3D")]
        for name, orientation, picture in zip(("Red", "Yellow"), ("Axial", "Sagittal"), pictures[:2], strict=True):
            view = SliceView(name, VIEW_SIZE)
            view.show(volume, orientation, point, FIELD_OF_VIEW_MM)
            view.save(picture)
        segmentation.CreateClosedSurfaceRepresentation()
        threeD = ThreeDView(VIEW_SIZE)
        threeD.look(azimuth=60, elevation=15, zoom=1.3)
        threeD.save(pictures[2])
        join(pictures, FOLDER / "slicer_views.png")


def join(pictures: list[Path], joined: Path) -> None:
    """Pictures of one height, side by side."""
    width, height = VIEW_SIZE
    with Image.new("RGB", (width * len(pictures), height)) as sheet:
        for place, picture in enumerate(pictures):
            with Image.open(picture) as image:
                sheet.paste(image, (width * place, 0))
        sheet.save(joined)
    shrink(joined, 256)


def cohort(photographer: Photographer, folder: Path) -> None:
    """What the two other tabs show of a finished extraction and a finished training."""
    panel = photographer.panel
    node = panel.parameterNode
    node.cohortFile, node.cohortOutput = str(folder / "phantoms" / "COHORT.csv"), str(folder / "features")
    node.trainFeatures, node.trainOutput = str(folder / "features"), str(folder / "run")
    photographer.photograph(panel.ui.cohortTab, "slicer_cohort")
    photographer.photograph(panel.ui.trainingTab, "slicer_training")


def main(folder: Path = COHORT) -> None:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if not (folder / "run" / "roc.csv").is_file():
        raise SystemExit(f"expected the synthetic patients in {folder}, found none: run make phantom-model")
    from Testing.slicer import standins

    app = standins.install()
    app.reset()
    drawIcon()
    photographer = Photographer(app)
    patient(photographer)
    cohort(photographer, folder)
    photographer.area.takeWidget()
    app.unloadModule("NACResponse")
    if app.raised:
        raise app.raised[0]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
