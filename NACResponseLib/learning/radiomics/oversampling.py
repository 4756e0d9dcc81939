"""More patients of the smaller class, made up between those there are: SMOTENC, only ever inside a training part.

Chawla et al., JAIR 2002: a new patient lies between one of the smaller class and one of its nearest neighbours of that
class; statuses and grades are those that most neighbours have. Made-up patients distort probabilities: they are
calibrated afterwards on real ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.columns import Column
from .recipe import RadiomicsRecipe

Values = NDArray[np.float64]


def oversample(
    values: Values, outcome: NDArray[Any], columns: tuple[Column, ...], recipe: RadiomicsRecipe
) -> tuple[Values, NDArray[Any]]:
    """The patients with made-up ones after them, so that the classes are equally large; or as they were.

    Args:
        values: (n, columns), prepared, complete.
        outcome: (n,), 1 or 0.
    """
    if recipe.sampling.method == "none" or 2 * outcome.sum() == len(outcome):
        return values, outcome
    categorical = [number for number, column in enumerate(columns) if column.kind != "continuous"]
    more, labels = _sampler(categorical, len(columns), recipe).fit_resample(values, outcome)
    return np.asarray(more, dtype=float), np.asarray(labels)


def _sampler(categorical: list[int], columns: int, recipe: RadiomicsRecipe) -> Any:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    settings = {"k_neighbors": recipe.sampling.neighbors, "random_state": recipe.validation.seed}
    if not categorical:
        return SMOTE(**settings)
    if len(categorical) == columns:
        return SMOTEN(**settings)
    return SMOTENC(categorical, **settings)
