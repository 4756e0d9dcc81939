"""The two stages of a model of signatures.

A signature is made of features that are chosen step by step and weighed by LASSO, all learned from one set of patients.
The second stage is logistic regression of the outcome on signatures and clinical variables. Signatures enter it with
values of patients that they were not learned from (stacking, Wolpert, Neural Netw 1992), so that one that was fitted to
noise gets no weight. A signature is made to rise with the outcome, so its coefficient is kept from 0 (Breiman, Mach
Learn 1996, Stacked regressions) to ``MAX_COEFFICIENT``: values that hardly differ between these patients may differ far
more between others. Clinical variables are free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.selectors import mann_whitney
from ...evaluation.logistic import fit_bounded_logistic, fit_logistic
from ..recipe_parts import LASSO, Step

Values = NDArray[np.float64]
Numbers = NDArray[np.intp]

MAX_COEFFICIENT = 5.0
RIDGE = 1.0
"""Where the likelihood has no maximum (the terms separate the classes) half this times the sum of squared coefficients,
for one standard deviation of each term, is taken off the log-likelihood: a normal prior of unit variance."""
_LARGEST = 15.0  # log-odds for one standard deviation of a term: beyond it the classes are all but separated
_NO_SPREAD = 1e-9


@dataclass(frozen=True)
class Signature:
    """``intercept + values[:, columns] @ weights``, of mean 0 among the patients it was learned from.

    Attributes:
        columns: (k,) numbers of its features in the table, rising; none where no feature helped.
        weights: (k,) log-odds for one unit more of each prepared feature.
        intercept: 0 where there is no feature.
    """

    columns: Numbers
    weights: Values
    intercept: float

    def of(self, prepared: Values) -> Values:
        """(n,) from (n, columns of the table) prepared values."""
        return prepared[:, self.columns] @ self.weights + self.intercept


def fit_signature(
    prepared: Values, outcome: NDArray[Any], columns: Numbers, steps: Sequence[Step], seed: int
) -> Signature:
    """Learns a signature. What was learned from the very same values before is not learned again: several models of a
    run have signatures in common.

    Args:
        prepared: (n, columns) of a training part, complete.
        outcome: (n,), 1 or 0, two of each at least.
        columns: numbers of those that it may be made of.
        steps: of the recipe; LASSO comes last.
        seed: of the folds that choose LASSO's penalty.
    """
    values = np.ascontiguousarray(prepared[:, columns])
    digest = hashlib.sha256(repr((values.shape, tuple(steps), seed)).encode())
    digest.update(values.data)
    digest.update(np.ascontiguousarray(outcome, dtype=np.int64).data)
    key = digest.digest()
    if key not in _learned:
        while len(_learned) >= _MAX_KEPT:
            del _learned[next(iter(_learned))]
        _learned[key] = _fit(values, outcome, steps, seed)
    found = _learned[key]
    return Signature(np.asarray(columns, dtype=np.intp)[found.columns], found.weights, found.intercept)


_learned: dict[bytes, Signature] = {}
_MAX_KEPT = 10_000  # of a few hundred bytes each, the oldest are dropped


def _fit(values: Values, outcome: NDArray[Any], steps: Sequence[Step], seed: int) -> Signature:
    """Of all columns of the values."""
    left = np.arange(values.shape[1])
    for step in steps:
        if not len(left):
            break
        fitted = step.estimator(seed).fit(values[:, left], outcome)
        if step.step == LASSO:
            used = np.flatnonzero(fitted.coef_)
            return Signature(left[used], fitted.coef_[used], fitted.intercept_ if len(used) else 0.0)
        left = left[fitted.get_support()]
    return Signature(np.empty(0, dtype=np.intp), np.empty(0), 0.0)


def nearest_feature(prepared: Values, outcome: NDArray[Any], columns: Numbers) -> int:
    """Number of the column whose ranks differ most between the classes."""
    return int(columns[int(np.argmin(mann_whitney(prepared[:, columns], outcome)))])


def fit_second_stage(terms: Values, outcome: NDArray[Any], bounded: NDArray[np.bool_]) -> tuple[Values, float, bool]:
    """Coefficients of maximal likelihood within their bounds.

    Args:
        terms: (n, t); of signatures, values of patients that they were not learned from.
        outcome: (n,), 1 or 0, both present.
        bounded: (t,) True for signatures.

    Returns:
        (t,) coefficients, 0 for a term that does not vary; the intercept; whether ``RIDGE`` was needed.
    """
    center, scale = terms.mean(axis=0), terms.std(axis=0)
    varies = scale > _NO_SPREAD * np.maximum(np.abs(center), 1.0)
    standard = (terms[:, varies] - center[varies]) / scale[varies]
    low = np.where(bounded[varies], 0.0, -np.inf)
    high = np.where(bounded[varies], MAX_COEFFICIENT * scale[varies], np.inf)
    found, ridge = _maximum(standard, outcome, low, high)
    coefficients = np.zeros(terms.shape[1])
    coefficients[varies] = found[1:] / scale[varies]
    return coefficients, float(found[0] - coefficients @ center), ridge


def _maximum(terms: Values, outcome: NDArray[Any], low: Values, high: Values) -> tuple[Values, bool]:
    """Intercept and coefficients of standardized terms, and whether the ridge was needed."""
    design = np.column_stack([np.ones(len(terms)), terms])
    try:
        found = fit_logistic(design, outcome)
    except InputError:
        return fit_bounded_logistic(design, outcome, low, high, RIDGE), True
    if np.abs(found[1:]).max(initial=0.0) > _LARGEST:
        return fit_bounded_logistic(design, outcome, low, high, RIDGE), True
    if ((found[1:] >= low) & (found[1:] <= high)).all():
        return found, False
    return fit_bounded_logistic(design, outcome, low, high), False
