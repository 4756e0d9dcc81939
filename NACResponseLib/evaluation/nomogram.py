"""The nomogram of a logistic model: points for each variable, and the probability that their total stands for.

A variable's points rise from 0, at the end of its range that speaks least for the outcome, in proportion to its part of
the log-odds; the variable with the widest part has 100 at its other end (Iasonos et al., J Clin Oncol 26:1364, 2008;
Harrell, Regression Modeling Strategies, 2015). It is the model, in another notation: nothing is rounded here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown_name
from .logistic import logit, sigmoid

LARGEST_POINTS = 100.0


@dataclass(frozen=True)
class Variable:
    """A variable of the model.

    Attributes:
        coefficient: log-odds for one unit more.
        low, high: ends of its axis: the training patients' range, or 0 and 1 of a binary variable.
        label: in words.
    """

    name: str
    coefficient: float
    low: float
    high: float
    label: str = ""

    @property
    def origin(self) -> float:
        """The end of the axis that has 0 points."""
        return self.low if self.coefficient >= 0 else self.high

    @property
    def width(self) -> float:
        """The part of the log-odds that the axis covers."""
        return abs(self.coefficient) * (self.high - self.low)


@dataclass(frozen=True)
class Nomogram:
    """Attributes:
    variables: in the model's order.
    intercept: of the model.
    log_odds_per_point: what a point is worth.
    """

    variables: tuple[Variable, ...]
    intercept: float
    log_odds_per_point: float

    def points(self, name: str, value: ArrayLike) -> NDArray[np.float64]:
        """Points of a variable's values, of any shape; below 0 or beyond the axis' end for values beyond its range.

        Raises:
            InputError: no such variable.
        """
        known = {variable.name: variable for variable in self.variables}
        if name not in known:
            raise unknown_name("a variable of the nomogram", name, known)
        variable = known[name]
        return variable.coefficient * (np.asarray(value, dtype=float) - variable.origin) / self.log_odds_per_point

    def total(self, values: Mapping[str, float]) -> float:
        """Sum of a patient's points.

        Raises:
            InputError: a value missing or unknown.
        """
        found = [float(self.points(variable.name, values.get(variable.name, math.nan))) for variable in self.variables]
        if not all(map(math.isfinite, found)):
            lacking = next(v.name for v, points in zip(self.variables, found, strict=True) if not math.isfinite(points))
            raise InputError(f"a value of {lacking}", "none", "give it: a nomogram has no points for a missing value")
        return sum(found)

    def outside(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Names of the variables whose value lies beyond their axis."""
        return tuple(v.name for v in self.variables if v.name in values and not v.low <= values[v.name] <= v.high)

    @property
    def most(self) -> float:
        """The largest total within all ranges."""
        return sum(variable.width for variable in self.variables) / self.log_odds_per_point

    def probability(self, total: ArrayLike) -> NDArray[np.float64]:
        """Probability of the positive class for total points, of any shape."""
        return sigmoid(self._base + self.log_odds_per_point * np.asarray(total, dtype=float))

    def total_of(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Total points at which a probability stands on its axis, of any shape."""
        return (logit(probability) - self._base) / self.log_odds_per_point

    @property
    def _base(self) -> float:
        """Log-odds at 0 points."""
        return self.intercept + sum(variable.coefficient * variable.origin for variable in self.variables)


def nomogram(variables: Sequence[Variable], intercept: float) -> Nomogram:
    """The nomogram of ``log-odds = intercept + sum(coefficient * value)``.

    Raises:
        InputError: no variable, a name twice, a figure that is not finite, an empty range, or all coefficients 0.
    """
    names = [variable.name for variable in variables]
    figures = [intercept, *(x for v in variables for x in (v.coefficient, v.low, v.high))]
    if not names or len(set(names)) < len(names) or not all(map(math.isfinite, figures)):
        raise InputError("variables, each once, with finite figures", f"{names}", "correct the model")
    for variable in variables:
        if not variable.low < variable.high:
            raise InputError(
                f"a range of {variable.name}", f"{variable.low:g} to {variable.high:g}", "leave out a constant variable"
            )
    widest = max(variable.width for variable in variables)
    if widest == 0:
        raise InputError("a coefficient other than 0", "none", "a model without effects has no nomogram")
    return Nomogram(tuple(variables), float(intercept), widest / LARGEST_POINTS)
