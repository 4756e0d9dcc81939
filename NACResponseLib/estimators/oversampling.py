"""Synthetic patients of the smaller class, interpolated between real ones: SMOTENC, only inside a training part.

Chawla et al., JAIR 2002: a new patient lies between one of the smaller class and one of its nearest neighbours of that
class; statuses and grades are those that most neighbours have. Synthetic patients distort probabilities: these are
calibrated afterwards on real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def oversample(
    values: Values, outcome: NDArray[Any], categorical: Sequence[int], neighbors: int, seed: int
) -> tuple[Values, NDArray[Any]]:
    """The patients, then synthetic ones, so that both classes are equally large.

    Args:
        values: (n, columns), complete.
        outcome: (n,), 1 or 0.
        categorical: numbers of the columns that are no measurements (statuses, grades).
        neighbors: patients of the smaller class that are interpolated between.
        seed: of the drawing.
    """
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    if 2 * outcome.sum() == len(outcome):
        return values, outcome
    settings: dict[str, Any] = {"k_neighbors": neighbors, "random_state": seed}
    if not len(categorical):
        sampler = SMOTE(**settings)
    elif len(categorical) == values.shape[1]:
        sampler = SMOTEN(**settings)
    else:
        sampler = SMOTENC(list(categorical), **settings)
    more, labels = sampler.fit_resample(values, outcome)
    return np.asarray(more, dtype=float), np.asarray(labels)
