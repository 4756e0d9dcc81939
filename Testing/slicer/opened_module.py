"""The module as Slicer opens it, and small patients for it; fixtures to import in a test's file."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

MODULE = Path(__file__).resolve().parents[2] / "NACResponse" / "NACResponse.py"
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
        end = time.monotonic() + 0.6
        self.until(lambda: time.monotonic() > end)

    def listed(self):
        """Waits for the list of models."""
        self.until(lambda: self.widget.score._listed)
        self.settle()

    def run(self, bar):
        """Presses a bar's button and waits for the end."""
        assert bar.runButton.enabled, bar.missingLabel.text
        bar.runButton.click()
        self.until(lambda: not bar.running)
        self.settle()


@pytest.fixture
def opened(slicerApp, monkeypatch):
    """The module, opened and entered in an empty scene; it is closed afterwards."""
    monkeypatch.syspath_prepend(str(MODULE.parent))
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
