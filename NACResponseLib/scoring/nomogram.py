"""The nomogram of a bundle whose model is a formula, and where a patient stands on it.

The axes are in raw units: a clinical variable in its own (the preparation's center and scale are put into its
coefficient; of one that the model sees as logarithm, the axis is that logarithm), a signature as it is. Calibration is
part of it, so that total points give the bundle's own probability.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.nomogram import Nomogram, Variable, nomogram
from ..model.linear import Linear

if TYPE_CHECKING:
    from ..model.bundle import Bundle
    from ..model.linear import Term


SIGNATURE = "signature"


@dataclass(frozen=True)
class Scale:
    """What an axis shows.

    Attributes:
        kind: of the input (``binary``, ``ordinal``, ``continuous``), or ``signature``.
        unit: of the raw value; empty where it has none.
        log: the axis is the natural logarithm of the raw value.
    """

    kind: str = SIGNATURE
    unit: str = ""
    log: bool = False

    def raw(self, value: float) -> float:
        """The raw value that stands at a place of the axis."""
        return math.exp(value) if self.log else value


@dataclass(frozen=True)
class Position:
    """Where a patient stands.

    Attributes:
        values: of each variable of the nomogram, on its axis (``Scale``); NaN for a status that is not known.
        totals: lowest and highest total points over what a missing status may be; equal for a complete patient.
    """

    values: Mapping[str, float]
    totals: tuple[float, float]


def bundle_nomogram(bundle: Bundle) -> Nomogram | None:
    """The nomogram in raw units; None for trees, and for a formula in which no term counts."""
    model = bundle.model
    if not isinstance(model, Linear) or not any(term.coefficient for term in model.formula.terms):
        return None
    slope, constant = bundle.calibration.slope, bundle.calibration.intercept
    intercept = slope * model.formula.intercept + constant
    variables, shown = [], scales(bundle)
    for term in model.formula.terms:
        center, scale = _unit(bundle, term)
        coefficient = slope * term.coefficient / scale
        intercept -= coefficient * center
        variables.append(_variable(term, shown[term.name].kind, coefficient, center, scale))
    return nomogram(variables, intercept)


def position(bundle: Bundle, row: NDArray[Any], scanners: Mapping[str, str] | None = None) -> Position:
    """A patient's place on the nomogram; a missing number stands at what the preparation fills it with.

    Args:
        row: (inputs,), raw, NaN where missing.
        scanners: by group of features, where known.

    Raises:
        InputError: a bundle without a nomogram, or a scanner that the model refuses.
    """
    drawn = bundle_nomogram(bundle)
    if drawn is None or not isinstance(bundle.model, Linear):
        raise InputError("a model that has a nomogram", f"{bundle.card.name}", "choose one of signatures")
    formula = bundle.model.formula
    prepared = bundle.prepared(np.asarray(row, dtype=float), scanners or {})
    values = {}
    for term, value in zip(formula.terms, formula.values(prepared)[0], strict=True):
        center, scale = _unit(bundle, term)
        values[term.name] = float(value) * scale + center
    totals = [0.0, 0.0]
    for variable in drawn.variables:
        value = values[variable.name]
        ends = [variable.low, variable.high] if math.isnan(value) else [value]
        points = [float(drawn.points(variable.name, each)) for each in ends]
        totals = [totals[0] + min(points), totals[1] + max(points)]
    return Position(values, (totals[0], totals[1]))


def scales(bundle: Bundle) -> dict[str, Scale]:
    """What each axis of the bundle's nomogram shows, by the variable's name; empty for trees."""
    if not isinstance(bundle.model, Linear):
        return {}
    places = {item.name: number for number, item in enumerate(bundle.inputs)}
    found = {}
    for term in bundle.model.formula.terms:
        found[term.name] = Scale()
        if is_clinical(term):
            item = bundle.inputs[places[term.name]]
            found[term.name] = Scale(item.kind, item.unit, places[term.name] in _logs(bundle))
    return found


def is_clinical(term: Term) -> bool:
    """Whether a term is one input under its own name."""
    return (term.inputs, term.weights, term.intercept) == ((term.name,), (1.0,), 0.0)


def _logs(bundle: Bundle) -> tuple[int, ...]:
    return () if bundle.preparation is None else bundle.preparation.log


def _unit(bundle: Bundle, term: Term) -> tuple[float, float]:
    """What turns a term's value into the axis' unit: ``value * scale + center``; a signature stays as it is."""
    if not is_clinical(term) or bundle.preparation is None:
        return 0.0, 1.0
    place = [item.name for item in bundle.inputs].index(term.name)
    return float(bundle.preparation.center[place]), float(bundle.preparation.scale[place])


def _variable(term: Term, kind: str, coefficient: float, center: float, scale: float) -> Variable:
    if kind == "binary":
        return Variable(term.name, coefficient, 0.0, 1.0, term.label)
    low, high = (end * scale + center for end in (term.low, term.high))
    return Variable(term.name, coefficient, low, high if high > low else low + 1, term.label)
