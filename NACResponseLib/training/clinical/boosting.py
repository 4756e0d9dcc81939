"""Gradient-boosted trees (XGBoost) on what a logistic regression leaves, the same trees for the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.logistic import fit_logistic

if TYPE_CHECKING:
    from xgboost import Booster

    from .recipe import InputSpec, Recipe


def agreeing_constraints(values: NDArray[Any], outcome: NDArray[Any], inputs: list[InputSpec]) -> tuple[int, ...]:
    """Each input's constraint, or 0 where the univariable log-odds slope in these data has the other sign.

    Args:
        values: (n, inputs), prepared, NaN where missing.
        outcome: (n,), 1 or 0.
    """
    slopes = (univariable_slope(column, outcome) for column in values.T)
    return tuple(spec.monotone if spec.monotone * slope > 0 else 0 for spec, slope in zip(inputs, slopes, strict=True))


def univariable_slope(column: NDArray[Any], outcome: NDArray[Any]) -> float:
    """Log-odds per standard deviation of one prepared input; missing values are left out."""
    known = ~np.isnan(column)
    values = column[known]
    spread = values.std()
    if spread == 0:
        return 0.0
    standardized = (values - values.mean()) / spread
    return float(fit_logistic(np.stack([np.ones_like(standardized), standardized], axis=1), outcome[known])[1])


def boost(values: NDArray[Any], outcome: NDArray[Any], base: NDArray[Any], recipe: Recipe) -> Booster:
    """Fits trees on one thread; missing values (NaN) are left to XGBoost.

    Args:
        values: (n, inputs), prepared.
        outcome: (n,), 1 or 0.
        base: (n,) log-odds to which those of the trees are added.
    """
    import xgboost

    spec, inputs = recipe.classifier, list(recipe.inputs.values())
    directions = agreeing_constraints(values, outcome, inputs) if spec.monotone else (0,) * len(inputs)
    settings = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "nthread": 1,
        "seed": recipe.validation.seed,
        "eta": spec.learning_rate,
        "min_child_weight": spec.min_child_weight,
        "subsample": spec.subsample,
        "colsample_bytree": spec.colsample,
        "num_parallel_tree": spec.parallel_trees,
        "max_depth": spec.max_depth,
        "monotone_constraints": str(directions),
        "base_score": 0.5,  # log-odds of 0: without the base, the trees' margin is their own part
    }
    data = xgboost.DMatrix(values, outcome, base_margin=base, feature_names=list(recipe.inputs), nthread=1)
    return xgboost.train(settings, data, num_boost_round=spec.rounds)
