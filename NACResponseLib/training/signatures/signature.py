"""A signature: features chosen step by step and weighed by LASSO, all learned from one set of patients."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...estimators.selectors import mann_whitney
from .recipe_parts import LASSO, Step

Values = NDArray[np.float64]
Numbers = NDArray[np.intp]


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
