"""The ridge logistic regression that trees may be added to.

What works in a line, as most effects in small cohorts do, trees approach by steps and pay for with patients. So both
are fitted to the same columns, and their log-odds are added; the calibration that follows weighs the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.columns import Column
from ...model.linear import Linear, LinearFormula, Term, linear_of
from .recipe import TreesRecipe


@dataclass(frozen=True)
class LogisticRegression:
    """``log-odds = intercept + values @ weights``.

    Attributes:
        weights: (k,) of the prepared columns.
    """

    weights: NDArray[np.float64]
    intercept: float

    def log_odds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) of prepared, complete values (n, k)."""
        return self.intercept + np.asarray(values, dtype=float) @ self.weights

    def linear(self, columns: tuple[Column, ...], prepared: NDArray[np.float64]) -> Linear:
        """As a bundle holds it: a term for each of its columns.

        Args:
            prepared: (n, k) of the training patients, complete.
        """
        figures = zip(prepared.min(axis=0), prepared.max(axis=0), prepared.mean(axis=0), strict=True)
        terms = tuple(
            Term(column.name, column.label, float(weight), (column.name,), (1.0,), 0.0, *map(float, three))
            for column, weight, three in zip(columns, self.weights, figures, strict=True)
        )
        names = tuple(column.name for column in columns)
        return linear_of(LinearFormula(names, terms, self.intercept), prepared)


def fit_logistic_regression(
    values: NDArray[np.float64], outcome: NDArray[Any], columns: tuple[Column, ...], recipe: TreesRecipe
) -> LogisticRegression | None:
    """On prepared, complete values (n, k), oversampled where the recipe says so; None where it has none.

    The penalty is that of columns of unit variance, statuses among them.
    """
    if recipe.logistic is None:
        return None
    from sklearn.linear_model import LogisticRegression as Ridge

    more, labels = recipe.oversampled(values, outcome, columns)
    spread = more.std(axis=0)
    spread[spread == 0] = 1.0
    fitted = Ridge(C=recipe.logistic.inverse_penalty, max_iter=5000, tol=1e-8).fit(more / spread, labels)
    return LogisticRegression(fitted.coef_[0] / spread, float(fitted.intercept_[0]))
