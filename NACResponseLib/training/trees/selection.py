"""Which features a model is made of: mRMR of each modality, then of all together, then elimination by gain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.mrmr import MRMRSelector
from ...evaluation.metrics import auc
from ...model.columns import CLINICAL, Column
from .recipe import Elimination, Selection, TreesRecipe

if TYPE_CHECKING:
    from xgboost import Booster

Values = NDArray[np.float64]
Numbers = NDArray[np.intp]


def preselect_images(
    prepared: Values, outcome: NDArray[Any], columns: tuple[Column, ...], spec: Selection, kept: int, seed: int = 0
) -> Numbers:
    """The recipe's own steps on the image features, then mRMR of each group.

    Args:
        prepared: (n, columns) of a training part, complete.
        outcome: (n,), 1 or 0.
        kept: columns of each group.
        seed: of steps that draw.

    Returns:
        Numbers of the columns, rising.
    """
    left, groups = np.arange(len(columns)), np.array([column.group for column in columns])
    for step in spec.steps if len(left) else ():
        left = left[step.estimator(seed).fit(prepared[:, left], outcome).get_support()]
        if not len(left):
            break
    stays = [left[:0]]
    for group in dict.fromkeys(groups):
        members = left[groups[left] == group]
        if len(members) and np.ptp(prepared[:, members], axis=0).any():
            stays.append(members[_mrmr(prepared[:, members], outcome, spec.method, kept)])
    return np.sort(np.concatenate(stays))


def preselect(
    prepared: Values, outcome: NDArray[Any], columns: tuple[Column, ...], spec: Selection, kept: int
) -> Numbers:
    """mRMR of the image features that ``preselect_images`` keeps, the clinical variables among them or beside.

    Arguments and result as there.

    Raises:
        InputError: no column varies.
    """
    clinical = np.array([column.group == CLINICAL for column in columns], dtype=bool)
    beside, joined = np.flatnonzero(clinical & spec.keep_clinical), np.flatnonzero(~(clinical & spec.keep_clinical))
    if spec.steps and not len(columns):
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
    stay: int = 1,
) -> tuple[Numbers, Values]:
    """Recursive feature elimination (Guyon et al., Mach Learn 2002): the feature of least gain goes, one after another,
    or several at once where the recipe says so.

    Trees are boosted anew where a feature goes that they split by, and from the first tree that does.

    Args:
        values: (n, k) prepared, complete; oversampled here.
        outcome: (n,), 1 or 0.
        held_out: values (m, k) and outcome (m,) of other patients, to judge each number of features by.
        stay: without them, how many features need no order: they come last.

    Returns:
        Numbers of the features in the order in which they go, and the AUC (k,) of the held-out patients with 1, 2, ...
        k features, NaN without any patients and for numbers that are passed over.
    """
    import xgboost

    assert recipe.elimination is not None, "asked for"
    more, labels = recipe.oversampled(values, outcome, columns)
    spec, left = recipe.elimination, np.arange(values.shape[1])
    gone: list[int] = []
    scores, area = np.full(len(left), np.nan), np.nan
    boosted: _Boosted | None = None
    while len(left) > (stay if held_out is None else 0):
        if boosted is None or not np.isin(boosted.used, left).all():
            boosted = _boost(more, labels, left, spec, boosted)
            if held_out is not None:
                matrix = xgboost.DMatrix(held_out[0][:, left], nthread=1)
                area = auc(held_out[1], boosted.booster.predict(matrix, output_margin=True))
        scores[len(left) - 1] = area
        order = np.argsort(boosted.gains[left], kind="stable")  # equal ones in their order
        least = order[: len(left) - spec.following(len(left))]
        gone += left[least].tolist()
        left = np.delete(left, least)
    return np.array([*gone, *left.tolist()]), scores


def last_eliminated(gone: Numbers, count: int) -> Numbers:
    """The ``count`` features that are eliminated last, their numbers rising."""
    return np.sort(gone[len(gone) - count :])


def best_count(scores: list[Values]) -> int:
    """The number of features with the highest mean AUC over folds, the fewest of equal ones."""
    shortest = min(len(each) for each in scores)
    return int(np.nanargmax(np.mean([each[:shortest] for each in scores], axis=0).round(12))) + 1


@dataclass(frozen=True)
class _Boosted:
    """Trees.

    Attributes:
        columns: numbers of the columns that they could split by, rising.
        gains: of each column, what its splits gain in the mean; 0 of one that is never used.
    """

    booster: Booster
    columns: Numbers
    gains: Values

    @property
    def used(self) -> Numbers:
        """Numbers of the columns that the trees split by."""
        return np.flatnonzero(self.gains)


def _boost(
    values: Values, outcome: NDArray[Any], columns: Numbers, spec: Elimination, before: _Boosted | None
) -> _Boosted:
    """Trees of some columns, by number.

    Args:
        before: those of these columns and others: the first of them are the same.
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
    matrix = xgboost.DMatrix(values[:, columns], outcome, nthread=1)
    begun = None if before is None else _begun(before, columns)
    booster = xgboost.Booster(settings, [matrix], model_file=begun)
    for number in range(booster.num_boosted_rounds(), spec.rounds):
        booster.update(matrix, number)
    gains = np.zeros(values.shape[1])
    for name, gain in booster.get_score(importance_type="gain").items():
        gains[columns[int(name[1:])]] = gain
    return _Boosted(booster, columns, gains)


def _begun(before: _Boosted, columns: Numbers) -> bytearray | None:
    """The trees before the first that splits by another column than these, for a matrix of these; None of no tree.

    They are what boosting of these columns begins with: a tree follows from those before it and from the columns that
    it splits by. So only the rest is boosted anew; a column that goes is mostly one of late trees.
    """
    whole = json.loads(before.booster.save_raw("json"))
    learner = whole["learner"]
    model = learner["gradient_booster"]["model"]
    gone = np.flatnonzero(~np.isin(before.columns, columns))
    first = next(number for number, tree in enumerate(model["trees"]) if not _splits(tree).isdisjoint(gone))
    if not first:
        return None
    for part, length in (("trees", first), ("tree_info", first), ("iteration_indptr", first + 1)):
        model[part] = model[part][:length]
    model["gbtree_model_param"]["num_trees"] = str(first)
    for tree in model["trees"]:
        indices = np.array(tree["split_indices"])
        tree["split_indices"] = (indices - np.searchsorted(gone, indices)).tolist()
        tree["tree_param"]["num_feature"] = str(len(columns))
    learner["learner_model_param"]["num_feature"] = str(len(columns))
    return bytearray(json.dumps(whole).encode())


def _splits(tree: Mapping[str, Any]) -> set[int]:
    """The columns that a tree splits by."""
    pairs = zip(tree["split_indices"], tree["left_children"], strict=True)
    return {column for column, child in pairs if child >= 0}  # a leaf has no children
