"""Names and descriptions of controls for screen readers."""

from __future__ import annotations

import re

import qt

_MARKUP = re.compile(r"<[^>]*>|&(?!&)")


def describe(widget: qt.QWidget, name: str, description: str = "") -> None:
    """What a screen reader says of a control."""
    widget.setAccessibleName(_MARKUP.sub("", name).rstrip(": "))
    if description:
        widget.setAccessibleDescription(_MARKUP.sub("", description))
