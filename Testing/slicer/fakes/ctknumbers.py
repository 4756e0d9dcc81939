"""CTK's widgets for numbers: spin box, sliders and ranges."""

from __future__ import annotations

from typing import Any

import qt

from .properties import of_part, slots, stored

Signal, Property = qt.Signal, qt.Property


@slots("value", "decimals")
class _Number(qt.QWidget):
    """A number in a spin box, with a slider where the class has one."""

    valueChanged = Signal(float)
    decimalsChanged = Signal(int)
    minimum, maximum = of_part(float, "_spin", "minimum"), of_part(float, "_spin", "maximum")
    singleStep, decimals = of_part(float, "_spin", "singleStep"), of_part(int, "_spin", "decimals")
    prefix, suffix = of_part(str, "_spin", "prefix"), of_part(str, "_spin", "suffix")
    readOnly = of_part(bool, "_spin", "readOnly")
    pageStep = stored(float, "pageStep", 10.0)
    tickInterval = stored(float, "tickInterval", 0.0)
    tracking = stored(bool, "tracking", True)
    spinBoxVisible = stored(bool, "spinBoxVisible", True)
    has_slider = False

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._spin = qt.QDoubleSpinBox()
        if self.has_slider:
            self._slider = qt.QSlider(qt.Qt.Horizontal)
            self._slider.setRange(0, 1000)
            self._slider.sliderMoved.connect(self._on_slider)
            layout.addWidget(self._slider)
            self._spin.setRange(0.0, 100.0)
        layout.addWidget(self._spin)
        self._spin.valueChanged.connect(self._on_value)

    def _on_slider(self, position: int) -> None:
        self._spin.setValue(self.minimum + (self.maximum - self.minimum) * position / 1000)

    def _on_value(self, value: float) -> None:
        if self.has_slider and self.maximum > self.minimum:
            self._slider.setValue(round(1000 * (value - self.minimum) / (self.maximum - self.minimum)))
        self.valueChanged.emit(value)

    value = Property(float, lambda self: self._spin.value, lambda self, value: self._spin.setValue(value), user=True)


class ctkDoubleSpinBox(_Number):
    """A spin box; it is a widget of its own, not a QDoubleSpinBox."""


class ctkSliderWidget(_Number):
    """A slider with a spin box."""

    has_slider = True


class ctkDoubleSlider(_Number):
    """A slider for real numbers."""

    has_slider = True


@slots("minimumValue", "maximumValue", "decimals")
class ctkRangeWidget(qt.QWidget):
    """Two numbers, the lower and the upper end of a range."""

    valuesChanged = Signal(float, float)
    minimum, maximum = stored(float, "minimum", 0.0), stored(float, "maximum", 99.0)
    minimumValue, maximumValue = stored(float, "minimumValue", 0.0), stored(float, "maximumValue", 99.0)
    decimals, singleStep = stored(int, "decimals", 2), stored(float, "singleStep", 1.0)

    def setRange(self, low: float, high: float) -> None:
        self.minimum, self.maximum = low, high

    def setValues(self, low: float, high: float) -> None:
        self.minimumValue, self.maximumValue = low, high
        self.valuesChanged.emit(low, high)


class ctkDoubleRangeSlider(ctkRangeWidget):
    """A range slider."""
