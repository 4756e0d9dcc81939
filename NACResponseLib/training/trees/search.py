"""XGBoost's settings by grid search under cross-validation; numbers of rounds are read off one fit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.metrics import auc
from ...model.columns import Column
from .logistic import fit_regressions
from .recipe import TreesRecipe
from .stacking import starting_weights

if TYPE_CHECKING:
    from xgboost import Booster

Values = NDArray[np.float64]
Monotone = tuple[int, ...]
"""Of each column, whether the probability may only rise (1) or only fall (-1) with it; 0 if it is free."""


@dataclass(frozen=True)
class Setting:
    """One combination of the grid."""

    max_depth: int
    learning_rate: float
    min_child_weight: float
    subsample: float
    colsample: float
    rounds: int

    def parameters(self, recipe: TreesRecipe, monotone: Monotone) -> dict[str, Any]:
        """As XGBoost names them, on one thread."""
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "nthread": 1,
            "seed": recipe.validation.seed,
            "max_bin": recipe.grid.max_bin,
            "max_depth": self.max_depth,
            "eta": self.learning_rate,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "num_parallel_tree": recipe.grid.parallel_trees,
            "monotone_constraints": monotone,
        }


def settings(recipe: TreesRecipe) -> Iterator[Setting]:
    """Every combination, the number of rounds the largest."""
    grid = recipe.grid
    for choice in itertools.product(
        grid.max_depth, grid.learning_rate, grid.min_child_weight, grid.subsample, grid.colsample
    ):
        yield Setting(*choice, rounds=grid.rounds[-1])


def monotone(values: Values, outcome: NDArray[Any], columns: tuple[Column, ...], recipe: TreesRecipe) -> Monotone:
    """The recipe's directions, 0 where these patients have the other: an AUC of the column alone on the other side."""
    wanted = [recipe.monotone.get(column.name, 0) for column in columns]
    return tuple(
        direction if direction and direction * (auc(outcome, values[:, number]) - 0.5) > 0 else 0
        for number, direction in enumerate(wanted)
    )


@dataclass(frozen=True)
class FoldData:
    """A fold of a training part: prepared, complete values of the fold's own columns.

    Attributes:
        columns: (k,).
        train, outcome: (n, k) and (n,) of the patients learned from.
        held_out, held_outcome: (m, k) and (m,) of those left out.
    """

    columns: tuple[Column, ...]
    train: Values
    outcome: NDArray[np.int64]
    held_out: Values
    held_outcome: NDArray[np.int64]

    def of_columns(self, numbers: NDArray[np.intp]) -> FoldData:
        """The fold with some of its columns, by number."""
        columns = tuple(self.columns[number] for number in numbers)
        return replace(self, columns=columns, train=self.train[:, numbers], held_out=self.held_out[:, numbers])

    def beside(self, other: FoldData) -> FoldData:
        """The fold with another's columns after its own, of the same patients."""
        train, held_out = np.hstack([self.train, other.train]), np.hstack([self.held_out, other.held_out])
        return replace(self, columns=self.columns + other.columns, train=train, held_out=held_out)


@dataclass(frozen=True)
class Found:
    """The best setting of the trees (None without any), its mean AUC over folds, and by fold the log-odds of the
    patients left out, (m, k): of the trees, if any, and of the logistic regressions, if any."""

    setting: Setting | None
    score: float
    parts: tuple[Values, ...]


def search(folds: Sequence[FoldData], recipe: TreesRecipe) -> Found:
    """The setting with the highest mean AUC of the patients left out, the first of equal ones."""
    import xgboost

    prepared = []
    for fold in folds:
        directions = monotone(fold.train, fold.outcome, fold.columns, recipe)
        more, labels = recipe.oversampled(fold.train, fold.outcome, fold.columns)
        held_out = xgboost.DMatrix(fold.held_out, nthread=1)
        prepared.append((_matrix(more, labels, recipe), held_out, directions, regressed(fold, recipe)))
    best: Found | None = None
    for setting in settings(recipe):
        staged = [
            [np.column_stack([own, more]) for own in _staged(setting, directions, train, held_out, recipe)]
            for train, held_out, directions, more in prepared
        ]
        for stage, rounds in enumerate(recipe.grid.rounds):
            found = _found(replace(setting, rounds=rounds), folds, [stages[stage] for stages in staged], recipe)
            if best is None or found.score > best.score:
                best = found
    assert best is not None, "a grid has at least one combination"
    return best


def without_search(folds: Sequence[FoldData], parts: Sequence[Values], recipe: TreesRecipe) -> Found:
    """Of models that have nothing to be chosen.

    Args:
        parts: by fold, (m, k) log-odds of the patients left out.
    """
    return _found(None, folds, parts, recipe)


def _found(setting: Setting | None, folds: Sequence[FoldData], parts: Sequence[Values], recipe: TreesRecipe) -> Found:
    weights = starting_weights(parts[0].shape[1], recipe)
    areas = [auc(fold.held_outcome, part @ weights) for fold, part in zip(folds, parts, strict=True)]
    return Found(setting, round(float(np.mean(areas)), 12), tuple(parts))


def regressed(fold: FoldData, recipe: TreesRecipe) -> Values:
    """(m, k) log-odds of the patients left out by each logistic regression."""
    models = fit_regressions(fold.train, fold.outcome, fold.columns, recipe)
    return np.reshape([model.log_odds(fold.held_out) for model in models], (len(models), len(fold.held_out))).T


def _staged(setting: Setting, directions: Monotone, train: Any, held_out: Any, recipe: TreesRecipe) -> list[Values]:
    """Margins of the patients left out after each number of rounds, from one fit."""
    import xgboost

    ends = recipe.grid.rounds
    booster = xgboost.train(setting.parameters(recipe, directions), train, ends[-1])
    return [booster.predict(held_out, output_margin=True, iteration_range=(0, end)).astype(float) for end in ends]


def fit_trees(
    values: Values, outcome: NDArray[Any], columns: tuple[Column, ...], setting: Setting, recipe: TreesRecipe
) -> Booster:
    """Trees of one setting on (n, columns), oversampled."""
    import xgboost

    more, labels = recipe.oversampled(values, outcome, columns)
    matrix = _matrix(more, labels, recipe, [column.name for column in columns])
    directions = monotone(values, outcome, columns, recipe)
    return xgboost.train(setting.parameters(recipe, directions), matrix, setting.rounds)


def _matrix(values: Values, outcome: NDArray[Any], recipe: TreesRecipe, names: list[str] | None = None) -> Any:
    import xgboost

    bins = recipe.grid.max_bin
    return xgboost.QuantileDMatrix(values, outcome, feature_names=names, max_bin=bins, nthread=1)
