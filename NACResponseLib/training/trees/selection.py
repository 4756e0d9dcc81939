"""Which features a model is made of: mRMR of each modality, then of all together, then elimination by gain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.mrmr import MRMRSelector
from ...evaluation.metrics import auc
from ...model.columns import CLINICAL, Column
from .recipe import Elimination, Selection, TreesRecipe

Values = NDArray[np.float64]
Numbers = NDArray[np.intp]


def preselect(
    prepared: Values, outcome: NDArray[Any], columns: tuple[Column, ...], spec: Selection, kept: int, seed: int = 0
) -> Numbers:
    """The recipe's own steps on the image features, then mRMR in two stages.

    Args:
        prepared: (n, columns) of a training part, complete.
        outcome: (n,), 1 or 0.
        kept: columns of each group, and again of these together, the clinical variables among them or beside.
        seed: of steps that draw.

    Returns:
        Numbers of the columns, rising.

    Raises:
        InputError: no column varies.
    """
    groups = np.array([column.group for column in columns])
    clinical, image = np.flatnonzero(groups == CLINICAL), np.flatnonzero(groups != CLINICAL)
    for step in spec.steps if len(image) else ():
        image = image[step.estimator(seed).fit(prepared[:, image], outcome).get_support()]
        if not len(image):
            break
    beside, stays = (clinical, []) if spec.keep_clinical else (clinical[:0], [clinical])
    for group in dict.fromkeys(groups[groups != CLINICAL]):
        members = image[groups[image] == group]
        if len(members) and np.ptp(prepared[:, members], axis=0).any():
            stays.append(members[_mrmr(prepared[:, members], outcome, spec.method, kept)])
    joined = np.sort(np.concatenate([beside[:0], *stays]))
    if spec.steps and not len(joined) and not len(beside):
        raise InputError("features that the recipe's steps of selection keep", "none", "loosen them")
    if len(joined) or not len(beside):
        joined = joined[_mrmr(prepared[:, joined], outcome, spec.method, kept)]
    return np.sort(np.concatenate([joined, beside]))


def _mrmr(values: Values, outcome: NDArray[Any], method: str, kept: int) -> Numbers:
    return MRMRSelector(kept, method=method).fit(values, outcome).selected_


def eliminate(
    values: Values,
    outcome: NDArray[Any],
    columns: tuple[Column, ...],
    recipe: TreesRecipe,
    held_out: tuple[Values, NDArray[Any]] | None = None,
) -> tuple[Numbers, Values]:
    """Recursive feature elimination (Guyon et al., Mach Learn 2002): the feature of least gain goes, one after another,
    or several at once where the recipe says so.

    Args:
        values: (n, k) prepared, complete; oversampled here.
        outcome: (n,), 1 or 0.
        held_out: values (m, k) and outcome (m,) of other patients, to judge each number of features by.

    Returns:
        Numbers of the features in the order in which they go, and the AUC (k,) of the held-out patients with 1, 2, ...
        k features, NaN without any patients and for numbers that are passed over.
    """
    import xgboost

    assert recipe.elimination is not None, "asked for"
    more, labels = recipe.oversampled(values, outcome, columns)
    spec, left, begun = recipe.elimination, np.arange(values.shape[1]), None
    gone: list[int] = []
    scores = np.full(len(left), np.nan)
    while len(left):
        if held_out is None and len(left) == 1:
            return np.array([*gone, int(left[0])]), scores
        booster = _boost(more[:, left], labels, spec, begun)
        if held_out is not None:
            matrix = xgboost.DMatrix(held_out[0][:, left], nthread=1)
            scores[len(left) - 1] = auc(held_out[1], booster.predict(matrix, output_margin=True))
        least = _least_gains(booster, len(left))[: len(left) - spec.following(len(left))]
        gone += left[least].tolist()
        left, begun = np.delete(left, least), _before(booster, least)
    return np.array(gone), scores


def last_eliminated(gone: Numbers, count: int) -> Numbers:
    """The ``count`` features that are eliminated last, their numbers rising."""
    return np.sort(gone[len(gone) - count :])


def best_count(scores: list[Values]) -> int:
    """The number of features with the highest mean AUC over folds, the fewest of equal ones."""
    shortest = min(len(each) for each in scores)
    return int(np.nanargmax(np.mean([each[:shortest] for each in scores], axis=0).round(12))) + 1


def _boost(values: Values, outcome: NDArray[Any], spec: Elimination, begun: Any = None) -> Any:
    """Trees of all columns.

    Args:
        begun: those of the first rounds, where they are known.
    """
    import xgboost

    settings = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "nthread": 1,
        "max_depth": spec.max_depth,
        "eta": spec.learning_rate,
        "min_child_weight": spec.min_child_weight,
    }
    left = spec.rounds - (begun.num_boosted_rounds() if begun else 0)
    return (
        xgboost.train(settings, xgboost.DMatrix(values, outcome, nthread=1), left, xgb_model=begun) if left else begun
    )


def _before(booster: Any, columns: Numbers) -> Any:
    """The trees before the first that splits by one of some columns, of values without them; None where the first does.

    They are what boosting without these columns would begin with: a tree follows from those before it and from the
    columns that it splits by. So only the rest is boosted anew; a column that goes is mostly one of late trees.
    """
    import xgboost

    model = json.loads(booster.save_raw("json"))
    trees = model["learner"]["gradient_booster"]["model"]["trees"]
    first = next((number for number, tree in enumerate(trees) if not _splits(tree).isdisjoint(columns)), len(trees))
    if not first:
        return None
    if first < len(trees):
        model = json.loads(booster[:first].save_raw("json"))
    learner = model["learner"]
    for tree in learner["gradient_booster"]["model"]["trees"]:
        indices = np.array(tree["split_indices"])
        tree["split_indices"] = (indices - np.searchsorted(np.sort(columns), indices)).tolist()
        _fewer(tree["tree_param"], len(columns))
    _fewer(learner["learner_model_param"], len(columns))
    return xgboost.Booster({"nthread": 1}, model_file=bytearray(json.dumps(model).encode()))


def _splits(tree: Mapping[str, Any]) -> set[int]:
    """The columns that a tree splits by."""
    pairs = zip(tree["split_indices"], tree["left_children"], strict=True)
    return {column for column, child in pairs if child >= 0}  # a leaf has no children


def _fewer(parameters: dict[str, str], count: int) -> None:
    parameters["num_feature"] = str(int(parameters["num_feature"]) - count)


def _least_gains(booster: Any, features: int) -> Numbers:
    """Numbers of the features by what their splits gain, 0 for one that is never used; equal ones in their order."""
    gains = booster.get_score(importance_type="gain")
    return np.argsort([gains.get(f"f{number}", 0.0) for number in range(features)], kind="stable")
