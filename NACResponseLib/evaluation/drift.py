"""How far patients differ from those a model was trained on, feature by feature and altogether; outcomes do not enter.

Of each feature: the standardized mean difference ``(mean - mean_t) / sqrt((s^2 + s_t^2) / 2)`` (Austin, Stat Med
28:3083, 2009; below 0.1 it is small), Kolmogorov and Smirnov's two-sample test with Benjamini and Hochberg's control of
the false discovery rate over all features, and the shares outside the training range and missing.

Altogether: a classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017). A logistic regression, cross-validated, tries
to classify the cohort; an AUC of 0.5 says that it cannot, 1 that every patient shows where she comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .metrics import auc

_PENALTY = 1.0
_TIED = 0.2
_EXACT = 10_000  # product of both sizes, as in R's ks.test; beyond it the exact p-value may fail


@dataclass(frozen=True)
class FeatureDrift:
    """A feature here against the training patients; NaN where either cohort has fewer than two values.

    Attributes:
        difference: standardized mean difference; 0 where all values are the same, infinite where only two constants
            differ.
        ks, p, q: Kolmogorov-Smirnov distance, its p-value, and that corrected for the number of features.
        outside: share of the values here outside the training patients' range.
        missing, missing_training: shares without a value.
    """

    feature: str
    difference: float
    ks: float
    p: float
    q: float
    outside: float
    missing: float
    missing_training: float


@dataclass(frozen=True)
class Separation:
    """How well the cohorts can be distinguished.

    Attributes:
        auc: mean over the folds.
        chance: what 95 % of permutations stay below, as cohorts of like patients would.
        p: share of permutations with as high an AUC, never 0.
        patients, training_patients: how many.
    """

    auc: float
    chance: float
    p: float
    patients: int
    training_patients: int


def feature_drift(training: ArrayLike, here: ArrayLike, names: Sequence[str]) -> tuple[FeatureDrift, ...]:
    """The drift of each feature, in their order.

    Args:
        training: (n, features), raw, NaN where missing.
        here: (m, features), likewise.
        names: of the features.

    Raises:
        InputError: other numbers of features, or no patients.
    """
    from scipy.stats import false_discovery_control, ks_2samp

    known, found = _tables(training, here, len(names))
    rows: list[FeatureDrift] = []
    for column, name in enumerate(names):
        reference, values = (part[np.isfinite(part[:, column]), column] for part in (known, found))
        shares = (1 - values.size / len(found), 1 - reference.size / len(known))
        if min(reference.size, values.size) < 2:
            rows.append(FeatureDrift(name, *(float("nan"),) * 5, *shares))
            continue
        test = ks_2samp(values, reference, method="exact" if values.size * reference.size <= _EXACT else "asymp")
        distance, p_value = float(test.statistic), float(test.pvalue)
        outside = float(((values < reference.min()) | (values > reference.max())).mean())
        difference = _difference(reference, values)
        rows.append(FeatureDrift(name, difference, distance, p_value, float("nan"), outside, *shares))
    p = np.array([row.p for row in rows])
    q, tested = np.full(p.shape, np.nan), np.isfinite(p)
    if tested.any():
        q[tested] = false_discovery_control(p[tested])
    return tuple(replace(row, q=float(corrected)) for row, corrected in zip(rows, q, strict=True))


def pseudo_sample(quantiles: ArrayLike, patients: int) -> NDArray[np.float64]:
    """(patients,) values with these quantiles: what is known of a distribution whose patients are not at hand.

    Kolmogorov and Smirnov's distance to them is that to the patients within the distance of neighbouring quantiles:
    0.01 with 101 of them. Where more than a fifth of neighbouring quantiles are equal (grades, ages in whole years) no
    values are made between them: in large cohorts the test would find that alone.

    Args:
        quantiles: (k,), rising, from the least value to the greatest at equal steps of share.

    Raises:
        InputError: fewer than two quantiles, or some that fall.
    """
    known = np.asarray(quantiles, dtype=float)
    if known.ndim != 1 or known.size < 2 or not (np.diff(known) >= 0).all():
        raise InputError("two quantiles or more that rise", f"{known.size}, or some that fall", "do not use them")
    places = np.linspace(0, known.size - 1, patients)
    if (np.diff(known) == 0).mean() > _TIED:
        return known[np.rint(places).astype(int)]
    return np.interp(places, np.arange(known.size), known)


def cohort_separation(
    training: ArrayLike, here: ArrayLike, *, folds: int = 5, permutations: int = 199, seed: int = 0
) -> Separation:
    """The classifier two-sample test: logistic regression with shrunk coefficients (ridge), cross-validated.

    Missing values are replaced by the median, with an indicator column, and features scaled to unit deviation, over
    both cohorts together: that knows nothing of who belongs where. The p-value is by permutation, because the folds'
    AUCs share training patients and vary more than any formula for one says.

    Args:
        training, here: as ``feature_drift``.

    Raises:
        InputError: as ``feature_drift``, fewer patients than two for each fold, or no feature that varies.
    """
    known, found = _tables(training, here, None)
    if min(len(known), len(found)) < 2 * folds:
        raise InputError(
            f"at least {2 * folds} patients of each cohort", f"{len(known)} and {len(found)}", "take more patients"
        )
    random = np.random.default_rng(seed)
    values = _scaled(np.vstack([known, found]))
    if not values.size:
        raise InputError("a feature that varies", "none", "take other features")
    cohort = np.repeat([0, 1], [len(known), len(found)])
    area = _cross_validated_area(values, cohort, folds, random)
    null = [_cross_validated_area(values, random.permutation(cohort), folds, random) for _ in range(permutations)]
    p = (1 + sum(one >= area for one in null)) / (1 + permutations)
    return Separation(area, float(np.quantile(null, 0.95)), p, len(found), len(known))


def _cross_validated_area(values: NDArray[Any], cohort: NDArray[Any], folds: int, random: np.random.Generator) -> float:
    """Mean AUC over stratified folds drawn anew."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    model = LogisticRegression(C=_PENALTY, max_iter=1000, class_weight="balanced")
    parts = StratifiedKFold(folds, shuffle=True, random_state=int(random.integers(2**31))).split(values, cohort)
    areas = [
        auc(cohort[test], model.fit(values[fit], cohort[fit]).decision_function(values[test])) for fit, test in parts
    ]
    return float(np.mean(areas))


def _scaled(values: NDArray[Any]) -> NDArray[np.float64]:
    """(n, at most n) columns that hold the same distances as all features, completed and scaled: ridge sees no more."""
    absent = ~np.isfinite(values)
    filled = np.where(absent, np.nan, values)
    filled = filled[:, ~absent.all(axis=0)]
    columns = np.hstack([np.where(np.isnan(filled), np.nanmedian(filled, axis=0), filled), absent.astype(float)])
    spread = columns.std(axis=0)
    columns = (columns - columns.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left * sizes


def _difference(reference: NDArray[Any], values: NDArray[Any]) -> float:
    apart = float(values.mean() - reference.mean())
    spread = float(np.sqrt((values.var(ddof=1) + reference.var(ddof=1)) / 2))
    if spread == 0:
        return 0.0 if apart == 0 else float(np.copysign(np.inf, apart))
    return apart / spread


def _tables(training: ArrayLike, here: ArrayLike, features: int | None) -> tuple[NDArray[Any], NDArray[Any]]:
    known, found = np.asarray(training, dtype=float), np.asarray(here, dtype=float)
    shaped = known.ndim == found.ndim == 2 and known.shape[1:] == found.shape[1:] and min(known.size, found.size) > 0
    if not shaped or (features is not None and known.shape[1] != features):
        raise InputError(
            "two tables of the same features", f"shapes {known.shape} and {found.shape}", "take the same features"
        )
    return known, found
