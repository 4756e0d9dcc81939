"""Plain logistic regression on the inputs: the trees are added to it and held against it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.logistic import fit_logistic, sigmoid
from ...model.columns import Column
from ...model.linear import Linear, LinearFormula, Term
from ..fitted import Fitted


@dataclass(frozen=True)
class LogisticComparator:
    """Unpenalized logistic regression on standardized inputs, and on products of two of them where ``products`` says
    so; a missing value becomes the training mean."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    products: bool = False

    def probability(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) for prepared values (n, inputs), NaN where missing."""
        return sigmoid(self.log_odds(values))

    def log_odds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) for prepared values (n, inputs), NaN where missing."""
        return _design(values, self.mean, self.deviation, self.products) @ self.coefficients

    def linear(self, columns: tuple[Column, ...], values: NDArray[Any], digits: int) -> Linear:
        """As a bundle holds it: a term for each column; without products.

        Args:
            values: (n, inputs) of the training patients, prepared, NaN where missing.
            digits: that its numbers are rounded to.
        """
        weights = self.coefficients[1:] / self.deviation
        intercept = float(self.coefficients[0] - weights @ self.mean)
        figures = np.round([weights, np.nanmin(values, axis=0), np.nanmax(values, axis=0), self.mean], digits).tolist()
        terms = tuple(
            Term(column.name, column.label, weight, (column.name,), (1.0,), 0.0, low, high, mean)
            for column, weight, low, high, mean in zip(columns, *figures, strict=True)
        )
        formula = LinearFormula(tuple(column.name for column in columns), terms, round(intercept, digits))
        return Linear(formula, tuple(figures[-1]))


@dataclass(frozen=True)
class FittedComparator(Fitted):
    """The comparator as a run fits it; its reference are its own patients' probabilities, none held out."""

    comparator: LogisticComparator

    @property
    def settings(self) -> Mapping[str, float]:
        """Nothing is chosen."""
        return {}

    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds of (n, inputs), NaN where missing."""
        return self.comparator.log_odds(prepared)


def fit_comparator(values: NDArray[Any], outcome: NDArray[Any], *, products: bool = False) -> LogisticComparator:
    """Fits on prepared values (n, inputs); means, deviations and coefficients come from these patients alone.

    Raises:
        InputError: the columns separate the classes.
    """
    mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    design = _design(values, mean, deviation, products)
    return LogisticComparator(mean, deviation, fit_logistic(design, outcome), products)


def _design(values: NDArray[Any], mean: NDArray[Any], deviation: NDArray[Any], products: bool) -> NDArray[np.float64]:
    standardized = np.nan_to_num((values - mean) / deviation, nan=0.0)
    pairs = itertools.combinations(standardized.T, 2) if products else ()
    return np.column_stack([np.ones(len(values)), standardized, *(first * second for first, second in pairs)])
