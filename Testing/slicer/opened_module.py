"""The module as Slicer opens it, and small patients for it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

MODULE = Path(__file__).resolve().parents[2] / "NACResponse" / "NACResponse.py"
PUT_OFF = 0.2  # seconds; states are put off by 0.05 (panel.UPDATE_DELAY_MS), a size by more (SIZE_DELAY_MS)
SIZE = (30, 40, 40)  # of the small volumes: slices, rows, columns


class Opened:
    """The opened module: its widget, and ways to wait and to look."""

    def __init__(self, slicerApp, module):
        self.app, self.module = slicerApp, module
        self.representation = module.widgetRepresentation()
        self.widget = self.representation.self()

    @property
    def node(self):
        return self.widget.parameterNode

    def until(self, condition, seconds=90):
        """Lets the application work until the condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come"
            self.app.app.processEvents()
            time.sleep(0.01)

    def settle(self):
        """Lets what was put off (states, sizes) happen."""
        end, size = time.monotonic() + PUT_OFF, self.widget.contour._sizeTimer
        self.until(lambda: time.monotonic() > end and not size.active)
        self.app.app.processEvents()  # what came due while the machine was busy

    def listed(self):
        """Waits for the list of models."""
        self.until(lambda: self.widget.model.listed)
        self.settle()

    def run(self, bar):
        """Presses a bar's button and waits for the end."""
        assert bar.runButton.enabled, bar.missingLabel.text
        bar.runButton.click()
        self.until(lambda: not bar.running)
        self.settle()


class ListedBefore:
    """The process that lists the models, ended already: the list is the program's own, asked for once."""

    def __init__(self, result):
        self._result = result

    def poll(self):
        from NACResponseSlicer.processRunner import Poll

        return Poll([], None, self._result)

    def cancel(self, wait=True):
        """There is nothing to end."""


@pytest.fixture
def opened(slicerApp, monkeypatch, listing, request):
    """The module, opened and entered in an empty scene; it is closed afterwards.

    Only a test that is marked ``usefixtures("asking")`` asks the program for the models anew.
    """
    monkeypatch.syspath_prepend(str(MODULE.parent))
    if "asking" not in request.fixturenames:
        from NACResponseSlicer.panels import model
        from NACResponseSlicer.processRunner import RunResult

        result = RunResult(0, False, "", listing, listing)
        monkeypatch.setattr(model, "ConsoleProcess", lambda words: ListedBefore(result))
    module = slicerApp.loadModule(MODULE)
    found = Opened(slicerApp, module)
    found.representation.enter()
    found.representation.show()
    yield found
    found.representation.hide()
    found.representation.exit()
    slicerApp.unloadModule("NACResponse")


def volume(name, values=None, spacing=(1.0, 1.0, 1.0)):
    """A small volume of the scene; noise where no values are given."""
    import slicer

    if values is None:
        values = np.random.default_rng(1).normal(100, 5, SIZE)
    node = slicer.util.addVolumeFromArray(np.asarray(values, dtype=np.float32), name=name)
    node.SetSpacing(spacing)
    return node


def ball(radius=6.0, centre=(15, 20, 20)):
    """A ball as an array of the small volumes' size."""
    place = np.indices(SIZE).reshape(3, -1).T - np.array(centre)
    return (np.linalg.norm(place, axis=1) <= radius).reshape(SIZE)


def contoured(opened, contour="MRI"):
    """A small image with a ball of a tumour, contoured; the segment's id."""
    import slicer

    image = volume("MRI_CET1" if contour == "MRI" else "CT", 100 + 100 * ball())
    setattr(opened.node, "imageMriCet1" if contour == "MRI" else "imageCt", image)
    segmentation, segment = opened.widget.logic.createContour(contour, image, opened.node)
    slicer.util.updateSegmentBinaryLabelmapFromArray(ball().astype(np.uint8), segmentation, segment, image)
    opened.settle()
    return segment
