"""Names and descriptions of controls for screen readers."""

from __future__ import annotations

import re
from typing import Any

import qt

_MARKUP = re.compile(r"<[^>]*>|&(?!&)")


def nameControls(ui: Any) -> None:
    """Gives every control ``x`` of a form the name of its label ``xLabel``, and leads the label's key to it."""
    for name, label in list(vars(ui).items()):
        control = getattr(ui, name.removesuffix("Label"), None)
        isLabel = name.endswith("Label") and isinstance(label, qt.QLabel)
        if isLabel and control is not None and hasattr(control, "accessibleName"):  # a layout has none
            label.setBuddy(control)
            describe(control, str(label.text), str(control.toolTip))


def describe(widget: qt.QWidget, name: str, description: str = "") -> None:
    """What a screen reader says of a control; of one made of others, also of the list inside, which has the focus."""
    for part in (widget, *widget.findChildren("QComboBox")):
        part.accessibleName = _MARKUP.sub("", name).rstrip(": ")
        if description:
            part.accessibleDescription = _MARKUP.sub("", description)
