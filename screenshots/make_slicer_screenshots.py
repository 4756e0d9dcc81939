"""Makes the pictures of the module in a running 3D Slicer, and writes the version of that Slicer beside them.

    Slicer --additional-module-paths NACResponse --python-script screenshots/make_slicer_screenshots.py [COHORT]

COHORT is a folder made by ``make cohort-demo`` (phantoms, features, run); without it the two tabs for cohorts are left
out. Everything is done as a user does it: buttons are pressed, strokes are painted in the slice view.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from PIL import Image

FOLDER = Path(__file__).resolve().parent
WINDOW = (1500, 940)
LONGEST_S = 600.0


def until(condition: Callable[[], bool]) -> None:
    """Lets the application work until the condition holds.

    Raises:
        TimeoutError: it never did.
    """
    end = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        slicer.app.processEvents()
        time.sleep(0.02)


def pause(seconds: float = 1.0) -> None:
    """Lets pending updates of panel and views happen."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end)


def photograph(name: str) -> None:
    """The whole window, in few colours to keep the repository small."""
    pause()
    slicer.util.forceRenderAllViews()
    pause(0.3)
    picture = FOLDER / f"{name}.png"
    slicer.util.mainWindow().grab().save(str(picture))
    with Image.open(picture) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(picture, optimize=True)


def press(button: Any, bar: Any = None) -> None:
    """Presses a button, and waits for the run that it starts."""
    if not button.enabled:
        raise RuntimeError(f"'{button.text}' cannot be pressed")
    button.click()
    pause(0.2)
    if bar is not None:
        until(lambda: not bar.running)
    pause(0.2)


def scrollTo(widget: Any) -> None:
    """Brings a part of the module's panel into sight."""
    area = widget.parent()
    while area is not None and not area.inherits("QScrollArea"):
        area = area.parent()
    if area is not None:
        pause(0.2)
        area.verticalScrollBar().value = widget.mapTo(area.widget(), qt.QPoint(0, 0)).y()


def paint(widget: Any) -> None:
    """Paint in the Segment Editor, a stroke beside the tumour."""
    widget.contour.showContour()
    pause()
    editor = widget.contour.editor
    editor.setCurrentSegmentID(widget.contour.segmentId)
    editor.setActiveEffectByName("Paint")
    effect = editor.activeEffect()
    effect.setCommonParameter("BrushRelativeDiameter", 3)
    pause()
    view = slicer.app.layoutManager().sliceWidget("Yellow")
    width, height = view.sliceView().width, view.sliceView().height
    slicer.util.clickAndDrag(view, start=(width // 2, height // 2), end=(width // 2 + 20, height // 2 + 20), steps=8)


def patient(widget: Any) -> None:
    """The sample patient from start to end."""
    ui = widget.score.ui
    press(widget.images.ui.sampleButton)
    press(widget.shell.shellBars["MRI"].runButton, widget.shell.shellBars["MRI"])
    widget.contour.showContour()
    pause()
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    slicer.util.resetSliceViews()
    segmentation = widget.parameterNode.segmentation
    segmentation.GetDisplayNode().SetAllSegmentsVisibility3D(False)
    for kind, segment in widget.logic.anatomySegments(widget.parameterNode, "MRI").items():
        segmentation.GetDisplayNode().SetSegmentVisibility3D(segment, kind in ("Shell", "Skin"))
        segmentation.GetDisplayNode().SetSegmentOpacity3D(segment, 0.4 if kind == "Shell" else 0.12)
    segmentation.GetDisplayNode().SetSegmentVisibility3D(widget.contour.segmentId, True)
    segmentation.CreateClosedSurfaceRepresentation()
    pause()
    slicer.util.resetThreeDViews()
    scrollTo(widget.shell.widget)
    photograph("slicer_shell")
    press(widget.score.bar.runButton, widget.score.bar)
    scrollTo(widget.score.widget)
    photograph("slicer_patient")
    press(ui.chartButton)
    scrollTo(widget.score.widget)
    photograph("slicer_chart")
    paint(widget)
    scrollTo(widget.contour.widget)
    photograph("slicer_contour")
    widget.contour.editor.setActiveEffect(None)


def cohort(widget: Any, folder: Path) -> None:
    """What the two other tabs show of a finished extraction and a finished training."""
    node = widget.parameterNode
    node.cohortFile, node.cohortOutput = str(folder / "phantoms" / "COHORT.csv"), str(folder / "features")
    node.trainFeatures, node.trainOutput = str(folder / "features"), str(folder / "run")
    widget.showTab(widget.ui.cohortTab)
    photograph("slicer_cohort")
    widget.showTab(widget.ui.trainingTab)
    pause()
    press(widget.training.ui.rocButton)
    photograph("slicer_training")


def main(words: list[str]) -> None:
    window = slicer.util.mainWindow()
    window.resize(*WINDOW)
    slicer.util.selectModule("NACResponse")
    pause()
    widget = slicer.modules.nacresponse.widgetRepresentation().self()
    until(lambda: widget.score.ui.modelLabel.text != "")
    patient(widget)
    for folder in words[:1]:
        cohort(widget, Path(folder))
    print(f"Pictures of 3D Slicer {slicer.app.applicationVersion} in {FOLDER}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, TimeoutError) as error:
        print(error, file=sys.stderr)
        slicer.util.exit(1)
    else:
        slicer.util.exit(0)
