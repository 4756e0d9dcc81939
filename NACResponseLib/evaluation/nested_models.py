"""Whether variables, or a score, add to a logistic model: the likelihood-ratio test of nested models (Wilks 1938).

Twice the gain in log-likelihood is chi-squared distributed with as many degrees of freedom as columns were added, if
they add nothing. For nested models it is the test to use: the difference of their AUCs, fitted on the same patients,
is no longer normal, and DeLong's test finds too little (Demler, Pencina and D'Agostino, Stat Med 31:2577, 2012; Pepe et
al., Stat Med 32:1467, 2013; Seshan, Gonen and Begg, Stat Med 32:1483, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .detectable import EVENTS_PER_FEATURE
from .logistic import fit_logistic, log_likelihood, logit

SAME_PATIENTS = (
    "The score was made from the outcomes of these same patients. It fits them better than it would fit others, and "
    "the test does not know how much it was fitted: its p-value is too small. It is valid only on patients "
    "that the score was not trained on."
)

_ROUNDING = 1e-9


@dataclass(frozen=True)
class LikelihoodRatioTest:
    """Attributes:
    statistic: twice the gain in log-likelihood.
    degrees: columns added that the smaller model did not hold already.
    p: of so large a gain by chance.
    patients: their number.
    warnings: in words, for the report.
    """

    statistic: float
    degrees: int
    p: float
    patients: int
    warnings: tuple[str, ...] = ()


def likelihood_ratio_test(outcome: ArrayLike, smaller: ArrayLike, larger: ArrayLike) -> LikelihoodRatioTest:
    """A logistic model against one that holds it; both are fitted here, with intercepts of their own.

    Args:
        outcome: (n,), 1 or 0.
        smaller: (n, p) columns; (n, 0) for the intercept alone.
        larger: (n, q) columns, from which those of ``smaller`` can be made. The columns must have been chosen without
            these outcomes: of many tried, the best one passes by chance.

    Raises:
        InputError: missing values, models that are not nested or equal, or columns that separate the classes.
    """
    from scipy.special import chdtrc

    reached = np.asarray(outcome, dtype=float)
    small, large = (_design(columns, reached) for columns in (smaller, larger))
    low, high = (int(np.linalg.matrix_rank(part)) for part in (small, large))
    if np.linalg.matrix_rank(np.hstack([small, large])) > high or low == high:
        raise InputError(
            "a larger model that holds the smaller one and more", "models that are not nested", "add columns to it"
        )
    gain = _log_likelihood(reached, large, high) - _log_likelihood(reached, small, low)
    statistic = max(2 * gain, 0.0)
    p_value = float(chdtrc(high - low, statistic))
    return LikelihoodRatioTest(statistic, high - low, p_value, len(reached), _few(reached, high - 1))


def added_score_test(
    outcome: ArrayLike, baseline: ArrayLike, probability: ArrayLike, *, is_training_cohort: bool
) -> LikelihoodRatioTest:
    """Whether a model's score adds to a baseline's: both as log-odds in a logistic model, 1 degree of freedom.

    Where the model knows the baseline's variables, too, and weighs them otherwise, it may add to the baseline's score
    though what it knows besides has no effect; ``added_terms_test`` does not ask that.

    Args:
        outcome: (n,), 1 or 0.
        baseline: (n,) probabilities without the addition.
        probability: (n,) of the model asked about, alone or with the baseline's variables.
        is_training_cohort: either was learned from these patients' outcomes and these are not out-of-fold
            probabilities.

    Raises:
        InputError: as ``likelihood_ratio_test``.
    """
    known, added = logit(baseline)[:, None], logit(probability)[:, None]
    found = likelihood_ratio_test(outcome, known, np.hstack([known, added]))
    return replace(found, warnings=(SAME_PATIENTS, *found.warnings)) if is_training_cohort else found


def added_terms_test(outcome: ArrayLike, smaller: ArrayLike, added: ArrayLike) -> LikelihoodRatioTest:
    """Whether terms add to those of a smaller model, all of them refitted to the patients who have a value of each.

    Terms learned on other patients are variables like any other here: where the added ones have no effect beside the
    smaller model's, the test keeps its level in large samples, however either model weighed them. Simulated at 5 %,
    with one term added to four, and four to three: 100 patients 6.2 and 6.9 %, 400 patients 4.9 and 5.7 %.

    Args:
        outcome: (n,), 1 or 0.
        smaller: (n, p) terms of the smaller model, NaN where a value is missing.
        added: (n, q) terms besides; those that do not vary are left out.

    Raises:
        InputError: no added term varies, or as ``likelihood_ratio_test``.
    """
    reached, known, new = (np.asarray(values, dtype=float) for values in (outcome, smaller, added))
    complete = np.isfinite(np.hstack([known, new])).all(axis=1)
    known, new = known[complete], new[complete]
    varying = new[:, varies(new)]
    if not varying.shape[1]:
        raise InputError(
            "added terms that vary", "none of the added terms has a weight and varies here", "compare the models' AUCs"
        )
    return likelihood_ratio_test(reached[complete], known, np.hstack([known, varying]))


def varies(columns: NDArray[Any]) -> NDArray[np.bool_]:
    """(p,) of (n, p) complete columns: whether their values differ by more than rounding."""
    if not len(columns):
        return np.zeros(columns.shape[1], dtype=bool)
    low, high = columns.min(axis=0), columns.max(axis=0)
    found: NDArray[np.bool_] = high - low > _ROUNDING * np.maximum(np.abs(low), 1.0)
    return found


def _design(columns: ArrayLike, reached: NDArray[Any]) -> NDArray[np.float64]:
    """(n, 1 + p): ones, and the columns at mean 0 and deviation 1, which changes no likelihood and helps the fit."""
    values = np.asarray(columns, dtype=float)
    if values.ndim != 2 or len(values) != len(reached) or not np.isfinite(values).all():
        raise InputError(
            "columns with a value of each patient", f"an array of shape {values.shape}, or gaps", "complete them"
        )
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([np.ones(len(reached)), scaled])


def _log_likelihood(reached: NDArray[Any], design: NDArray[Any], rank: int) -> float:
    """The greatest, of the space that the columns span."""
    basis = np.linalg.svd(design, full_matrices=False)[0][:, :rank] * np.sqrt(len(design))
    return log_likelihood(reached, basis @ fit_logistic(basis, reached))


def _few(reached: NDArray[Any], columns: int) -> tuple[str, ...]:
    rarer = int(min(reached.sum(), len(reached) - reached.sum()))
    if rarer >= EVENTS_PER_FEATURE * columns:
        return ()
    patients = "patient" if rarer == 1 else "patients"
    warning = f"{rarer} {patients} of the rarer class for {columns} fitted columns: the p-value is approximate"
    return (f"{warning} and rather too small.",)
