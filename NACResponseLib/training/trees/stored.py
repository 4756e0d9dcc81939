"""What a bundle can hold of a user's own classifier: weights of a linear one, or trees of XGBoost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.trees import check_trees, portable_json

if TYPE_CHECKING:
    from xgboost import Booster

Linear = tuple[NDArray[np.float64], float]
"""Weights (k,) and intercept of log-odds or another margin."""


def stored(fitted: Any, values: NDArray[np.float64], names: Sequence[str], where: str) -> Booster | Linear:
    """A fitted classifier as data.

    Args:
        fitted: with ``get_booster`` (XGBoost's), or ``coef_``, ``intercept_`` and a ``decision_function`` made of them.
        values: (n, k) that the decision function is tried on.
        names: of the columns (k,).
        where: which classifier it is, for the error.

    Raises:
        InputError: it is neither.
    """
    if callable(getattr(fitted, "get_booster", None)):
        booster = fitted.get_booster()
        booster.feature_names = list(names)
        check_trees(json.loads(portable_json(booster)), names, where)
        return booster
    weights, intercept = (np.asarray(getattr(fitted, name, ()), dtype=float) for name in ("coef_", "intercept_"))
    if weights.shape == (1, values.shape[1]) and intercept.size == 1:
        found = weights[0], float(intercept.reshape(-1)[0])
        if np.allclose(fitted.decision_function(values), found[1] + values @ found[0]):
            return found
    raise InputError(
        f"a classifier that a bundle can hold as data (linear, or trees of XGBoost) in {where}",
        type(fitted).__name__,
        "choose another; in a recipe of signatures any classifier can be compared with the model",
    )
