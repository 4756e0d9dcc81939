"""The ridge logistic regressions that trees may be added to: of all columns, and of the clinical ones alone.

What works in a line, as most effects in small cohorts do, trees approach by steps and pay for with patients. So both
are fitted to the same columns, and their log-odds are added, weighed by ``stacking``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.columns import CLINICAL, Column
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


def weighted_sum(models: Sequence[LogisticRegression], weights: NDArray[np.float64]) -> LogisticRegression | None:
    """One regression whose log-odds are those of all, weighed; None of none."""
    if not models:
        return None
    summed = np.sum([weight * model.weights for model, weight in zip(models, weights, strict=True)], axis=0)
    return LogisticRegression(summed, float(weights @ [model.intercept for model in models]))


def fit_regressions(
    values: NDArray[np.float64], outcome: NDArray[Any], columns: tuple[Column, ...], recipe: TreesRecipe
) -> tuple[LogisticRegression, ...]:
    """That of all columns, and, where parts are weighed, that of the clinical columns; none where the recipe has none.

    Arguments as ``fit_logistic_regression``. The second has weight 0 on the other columns, and on all where none is
    clinical.
    """
    whole = fit_logistic_regression(values, outcome, columns, recipe)
    if whole is None or recipe.logistic is None:
        return ()
    if recipe.logistic.stacking is None:
        return (whole,)
    clinical = np.array([column.group == CLINICAL for column in columns], dtype=bool)
    weights = np.zeros(len(columns))
    if not clinical.any():
        return whole, LogisticRegression(weights, 0.0)
    chosen = tuple(column for column in columns if column.group == CLINICAL)
    part = fit_logistic_regression(values[:, clinical], outcome, chosen, recipe)
    assert part is not None, "the recipe has one"
    weights[clinical] = part.weights
    return whole, LogisticRegression(weights, part.intercept)


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
