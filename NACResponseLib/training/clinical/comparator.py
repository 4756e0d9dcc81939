"""The plain comparator every model is held against: logistic regression on the same inputs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.logistic import fit_logistic, sigmoid
from ...model.preparation import Scanners
from ..fitted import Fitted
from .recipe import InputSpec


@dataclass(frozen=True)
class LogisticComparator:
    """Unpenalized logistic regression on standardized inputs, and on products of two of them where ``products`` says
    so; a missing value becomes the training mean."""

    log: NDArray[np.bool_]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    products: bool = False

    def probability(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) for values (n, inputs), NaN where missing."""
        return sigmoid(self.log_odds(values))

    def log_odds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) for values (n, inputs), NaN where missing."""
        return _design(values, self.log, self.mean, self.deviation, self.products) @ self.coefficients


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

    def probability(self, values: NDArray[Any], scanners: Scanners | None = None) -> NDArray[np.float64]:
        """(n,) for values (n, inputs), NaN where missing."""
        return self.comparator.probability(values)


def fit_comparator(
    values: NDArray[Any], outcome: NDArray[Any], inputs: list[InputSpec], *, products: bool = False
) -> LogisticComparator:
    """Fits on (n, inputs); means, deviations and coefficients come from these patients alone.

    Raises:
        InputError: the columns separate the classes.
    """
    log = np.array([spec.log for spec in inputs])
    transformed = _transformed(values, log)
    mean, deviation = np.nanmean(transformed, axis=0), np.nanstd(transformed, axis=0)
    design = _design(values, log, mean, deviation, products)
    return LogisticComparator(log, mean, deviation, fit_logistic(design, outcome), products)


def _transformed(values: NDArray[Any], log: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(log, np.log(np.where(log, values, 1.0)), values)


def _design(
    values: NDArray[Any], log: NDArray[np.bool_], mean: NDArray[Any], deviation: NDArray[Any], products: bool
) -> NDArray[np.float64]:
    standardized = np.nan_to_num((_transformed(values, log) - mean) / deviation, nan=0.0)
    pairs = itertools.combinations(standardized.T, 2) if products else ()
    return np.column_stack([np.ones(len(values)), standardized, *(first * second for first, second in pairs)])
