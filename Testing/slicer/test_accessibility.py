"""The panel for everybody: by keyboard, by a screen reader, without telling colours apart, translated, and narrow."""

from itertools import combinations

import numpy as np
import pytest

from Testing.slicer import texts
from Testing.slicer.test_panel_shell_clinical import withAnatomy

WIDTH = 350  # pixels of Slicer's panel on a small screen
VISION = {  # what is left of linear red, green, blue without one kind of cone: Machado et al., TVCG 2009
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65
WHITE = np.array([0.95047, 1.0, 1.08883])
FAR = 20.0  # CIE 1976 differences of 2 to 3 are just seen; labels on maps are clearly different at 20


def lab(color, vision):
    color = np.asarray(color)
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.asarray(VISION[vision]) @ linear, 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_segments_are_told_apart_by_colour_whichever_colours_one_sees(opened, vision):
    from NACResponseSlicer.segments import LOOKS

    seen = {kind: lab(look.color, vision) for kind, look in LOOKS.items()}
    near = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(seen, 2)}
    assert min(near.values()) > FAR, min(near, key=near.get)


def controls(opened):
    """The widgets of the patient's tab that a user works with; the Segment Editor's are Slicer's own."""
    from PySide6 import QtWidgets as widgets

    kinds = (widgets.QAbstractButton, widgets.QComboBox, widgets.QLineEdit, widgets.QSlider)
    for panel in opened.widget.patientPanels:
        for one in panel.widget.findChildren(widgets.QWidget):
            inside = one.parentWidget()
            editor = opened.widget.contour.editor
            if isinstance(one, kinds) and not editor.isAncestorOf(one) and not composed(inside):
                yield panel, one


def composed(parent):
    """Whether a widget is a part of another control, which has the name and passes the focus on."""
    from PySide6 import QtWidgets as widgets

    return isinstance(parent, (widgets.QAbstractSpinBox, widgets.QComboBox)) or type(parent).__name__.startswith(
        ("ctkSlider", "qMRMLNode", "ctkPath", "qMRMLTable")
    )


def test_every_control_is_reached_by_the_keyboard_and_has_a_name_for_a_screen_reader(opened):
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QAccessible

    opened.listed()
    withAnatomy(opened)
    found, nameless = 0, []
    for panel, one in controls(opened):
        found += 1
        interface = QAccessible.queryAccessibleInterface(one)
        if not interface.text(QAccessible.Text.Name).strip() and not one.property("text"):
            nameless.append(f"{type(panel).__name__}.{one.objectName or type(one).__name__}")
        elif not one.focusPolicy & Qt.FocusPolicy.TabFocus:
            nameless.append(f"{type(panel).__name__}.{one.objectName} takes no focus")
    assert not nameless and found > 40


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ispy-clinical-volume", "phantom-multimodal", "li2026"])
def test_every_step_fits_into_a_narrow_panel_whatever_the_model(opened, tmp_path, name):
    from NACResponseLib.protocol import load_protocol
    from Testing.slicer.test_any_study import study_model

    opened.listed()
    withAnatomy(opened)
    opened.node.model = str(study_model(load_protocol(name), tmp_path / "m.nacmodel")) if name == "li2026" else name
    opened.settle()
    margins = opened.widget.ui.patientTab.layout().contentsMargins
    room = WIDTH - margins.left() - margins.right()
    wide = {
        type(panel).__name__: panel.widget.minimumSizeHint().width()
        for panel in opened.widget.panels
        if panel.widget.minimumSizeHint().width() > room
    }
    assert not wide


def test_every_text_is_one_that_slicers_tools_find_and_the_template_holds_all_and_no_other():
    from_metrics = [place for place in texts.untranslatable_calls() if "resultViews" not in place]
    assert not from_metrics
    assert texts.module_texts() == texts.template_texts(), "write the template again: python -m Testing.slicer.texts"


def test_what_must_stay_as_it_is_is_not_given_to_translators():
    given = {text for _context, text in texts.module_texts()}
    assert not {"marginMm", "vtkMRMLMarkupsROINode", "patientId"} & given
    assert "5. Clinical data" in given
