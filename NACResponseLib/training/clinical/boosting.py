"""Gradient-boosted trees (XGBoost), fitted so that the same data give the same trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.logistic import fit_logistic

if TYPE_CHECKING:
    from xgboost import Booster

    from .recipe import InputSpec, Recipe


@dataclass(frozen=True)
class Candidate:
    """A setting to try. ``monotone`` holds the constraint of each input (-1, 0, 1)."""

    max_depth: int
    monotone: tuple[int, ...]


def candidates(values: NDArray[Any], outcome: NDArray[Any], recipe: Recipe) -> list[Candidate]:
    """Every setting of the recipe; a constraint is used only where these data agree with its direction.

    Args:
        values: (n, inputs) of the training part.
        outcome: (n,) of the training part.
    """
    free = (0,) * len(recipe.inputs)
    wanted = agreeing_constraints(values, outcome, list(recipe.inputs.values()))
    choices = dict.fromkeys(wanted if constrained else free for constrained in recipe.classifier.monotone)
    return [Candidate(depth, choice) for choice in choices for depth in recipe.classifier.max_depth]


def agreeing_constraints(values: NDArray[Any], outcome: NDArray[Any], inputs: list[InputSpec]) -> tuple[int, ...]:
    """Each input's constraint, or 0 where the univariable log-odds slope in these data has the other sign."""
    slopes = (univariable_slope(values[:, index], outcome, spec) for index, spec in enumerate(inputs))
    return tuple(spec.monotone if spec.monotone * slope > 0 else 0 for spec, slope in zip(inputs, slopes, strict=True))


def univariable_slope(column: NDArray[Any], outcome: NDArray[Any], spec: InputSpec) -> float:
    """Log-odds per standard deviation of one input (of its logarithm where the recipe says log); missing left out."""
    known = ~np.isnan(column)
    transformed = np.log(column[known]) if spec.log else column[known]
    spread = transformed.std()
    if spread == 0:
        return 0.0
    standardized = (transformed - transformed.mean()) / spread
    return float(fit_logistic(np.stack([np.ones_like(standardized), standardized], axis=1), outcome[known])[1])


def boost(
    values: NDArray[Any], outcome: NDArray[Any], candidate: Candidate, recipe: Recipe, trees: int | None = None
) -> Booster:
    """Fits trees on one thread; missing values (NaN) are left to XGBoost.

    Args:
        trees: number of trees; the recipe's largest if None.
    """
    import xgboost

    spec = recipe.classifier
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
        "max_depth": candidate.max_depth,
        "monotone_constraints": str(candidate.monotone),
        "base_score": round(float(outcome.mean()), 6),
    }
    data = xgboost.DMatrix(values, outcome, feature_names=list(recipe.inputs), nthread=1)
    return xgboost.train(settings, data, num_boost_round=trees or spec.most_trees)


def staged_margins(booster: Booster, values: NDArray[Any], step: int) -> NDArray[np.float64]:
    """(stages, n) log-odds after ``step``, 2 ``step``, ... trees."""
    import xgboost

    data = xgboost.DMatrix(values, feature_names=booster.feature_names, nthread=1)
    ends = range(step, booster.num_boosted_rounds() + 1, step)
    return np.stack([booster.predict(data, output_margin=True, iteration_range=(0, end)) for end in ends]).astype(float)
