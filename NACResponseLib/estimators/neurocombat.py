"""neuroCombat's own fit, where the package defines one.

It is defined for complete features, two scanners or more of two patients each, with spread in every scanner. It holds
continuous covariates in single precision, so those must be exact there. The non-parametric form is left to
``empirical_bayes``: neuroCombat's takes the square of the number of features in Python loops, and its likelihoods
underflow with many patients.

Source: Fortin et al., NeuroImage 2018; the package neuroCombat, whose estimates ``ComBatHarmonizer`` applies to new
patients, which the package itself does not do reliably.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .empirical_bayes import NO_SPREAD

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """Attributes:
    grand_mean, pooled_variance: (features,).
    gamma, delta: (scanners, features), scanners in the order of their numbers.
    mean_effect: (patients, features) of the covariates.
    """

    grand_mean: Values
    pooled_variance: Values
    gamma: Values
    delta: Values
    mean_effect: Values


def is_defined(values: Values, member: NDArray[np.intp], continuous: Sequence[Values]) -> bool:
    """Whether neuroCombat's parametric fit is defined, and as precise as double precision is.

    Args:
        values: (patients, features).
        member: (patients,) number of the scanner.
        continuous: (patients,) of each continuous covariate.
    """
    counts = np.bincount(member)
    if len(counts) < 2 or counts.min() < 2 or values.shape[1] < 2 or not np.isfinite(values).all():
        return False
    if any((column != column.astype(np.float32)).any() for column in continuous):
        return False
    parts = (values[member == number] for number in range(len(counts)))
    return all((part.std(axis=0) > NO_SPREAD * (1 + np.abs(part).max(axis=0))).all() for part in parts)


def fit(values: Values, design: Values, scanners: int) -> Estimates:
    """neuroCombat's estimates, parametric, of values for which it is defined.

    The package inverts the design once for each feature; here it is inverted once, and what follows from the features'
    coefficients is the package's.

    Args:
        values: (patients, features).
        design: (patients, scanners and covariates): 1 for the patient's scanner, then the covariates' columns.
        scanners: how many of the columns are scanners.
    """
    from neuroCombat.neuroCombat import find_parametric_adjustments, fit_LS_model_and_find_priors

    patients, each = len(values), values.T.copy()
    projection = np.linalg.inv(design.T @ design) @ design.T
    coefficients = np.array([projection @ feature for feature in each]).T  # one by one: the same digits as the package
    share = design[:, :scanners].sum(axis=0) / patients
    grand_mean = share @ coefficients[:scanners]
    effect = design[:, scanners:] @ coefficients[scanners:]
    variance = (each - (design @ coefficients).T) ** 2 @ (np.ones((patients, 1)) / patients)
    standardized = (each - grand_mean[:, None] - effect.T) / np.sqrt(variance)
    members = [np.flatnonzero(column).tolist() for column in design[:, :scanners].T]
    about = {"n_batch": scanners, "batch_info": members, "ref_level": None}
    priors = fit_LS_model_and_find_priors(standardized, design, about, False)
    gamma, delta = find_parametric_adjustments(standardized, priors, about, False)
    return Estimates(grand_mean, variance[:, 0], gamma, delta, effect)
