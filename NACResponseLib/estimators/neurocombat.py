"""neuroCombat's own fit, where the package defines one.

It is defined for complete features, two scanners or more of two patients each, with spread in every scanner. It holds
continuous covariates in single precision, so those must be exact there. The non-parametric form is left to
``empirical_bayes``: neuroCombat's takes the square of the number of features in Python loops, and its likelihoods
underflow with many patients.

Source: Fortin et al., NeuroImage 2018; the package neuroCombat, whose estimates ``ComBatHarmonizer`` applies to new
patients, which the package itself does not do reliably.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
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


def fit(
    values: Values, member: NDArray[np.intp], categorical: Sequence[NDArray[np.str_]], continuous: Sequence[Values]
) -> Estimates:
    """neuroCombat's estimates, parametric; for arguments see ``is_defined``.

    Args:
        categorical: (patients,) levels of each categorical covariate.
    """
    import pandas as pd
    from neuroCombat import neuroCombat

    table = pd.DataFrame({"scanner": member})
    names = [
        [f"{kind}{number}" for number in range(len(columns))]
        for kind, columns in (("categorical", categorical), ("continuous", continuous))
    ]
    for name, column in zip([*names[0], *names[1]], [*categorical, *continuous], strict=True):
        table[name] = column
    with redirect_stdout(io.StringIO()):  # it prints its steps
        found = neuroCombat(values.T.copy(), table, "scanner", names[0], names[1])["estimates"]
    effect = np.broadcast_to(np.asarray(found["mod.mean"], dtype=float).T, values.shape)
    return Estimates(
        found["stand.mean"][:, 0], found["var.pooled"][:, 0], found["gamma.star"], found["delta.star"], effect
    )
