"""The second stage: logistic regression of the outcome on signatures and clinical variables.

Signatures enter with values of patients that they were not learned from (stacking, Wolpert, Neural Netw 1992), so that
one that was fitted to noise gets no weight. A signature is made to rise with the outcome, so its coefficient is kept
from 0 (Breiman, Mach Learn 1996, Stacked regressions) to ``MAX_COEFFICIENT``: values that hardly differ between these
patients may differ far more between others. Clinical variables are free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...evaluation.logistic import fit_bounded_logistic, fit_logistic

Values = NDArray[np.float64]

MAX_COEFFICIENT = 5.0
RIDGE = 1.0
"""Where the likelihood has no maximum (the terms separate the classes) half this times the sum of squared coefficients,
for one standard deviation of each term, is taken off the log-likelihood: a normal prior of unit variance."""
_LARGEST = 15.0  # log-odds for one standard deviation of a term: beyond it the classes are all but separated
_NO_SPREAD = 1e-9


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
