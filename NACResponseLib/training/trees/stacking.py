"""How much the trees count, the logistic regression beneath them, and one of the clinical variables alone.

Each is a model of the log-odds by itself. Weights from 0 that maximize the likelihood of patients left out (Wolpert,
Neural Netw 1992; Breiman, Mach Learn 1996, Stacked regressions) let a part that fits noise fall out: where images tell
nothing, the clinical variables stay. A normal prior holds the weights of trees and regression near one half each where
patients are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.logistic import fit_bounded_logistic
from ...evaluation.partitions import Fold
from .recipe import TreesRecipe

Values = NDArray[np.float64]

_PRIOR = (0.5, 0.5, 0.0)


def starting_weights(parts: int, recipe: TreesRecipe) -> Values:
    """(parts,) of trees, logistic regression and that of clinical variables, before these patients are asked."""
    stacked = recipe.logistic is not None and recipe.logistic.stacking is not None
    return np.array(_PRIOR) if stacked else np.ones(parts)


def stack(outcome: NDArray[Any], parts: Values, folds: Sequence[Fold], recipe: TreesRecipe) -> tuple[Values, Values]:
    """Weights of the parts, and the margins of patients left out.

    Args:
        outcome: (n,), 1 or 0.
        parts: (n, k) log-odds of patients left out.
        folds: by which they were left out: each patient's margin has weights that were found without the fold's.

    Returns:
        (k,) and (n,).
    """
    start = starting_weights(parts.shape[1], recipe)
    if recipe.logistic is None or recipe.logistic.stacking is None:
        return start, parts @ start
    held_out = np.empty(len(outcome))
    for train, test in folds:
        held_out[test] = parts[test] @ _weights(outcome[train], parts[train], start, recipe.logistic.stacking)
    return _weights(outcome, parts, start, recipe.logistic.stacking), held_out


def _weights(outcome: NDArray[Any], parts: Values, start: Values, penalty: float) -> Values:
    design = np.column_stack([np.ones(len(parts)), parts])
    bounds = np.zeros(len(start)), np.full(len(start), np.inf)
    return fit_bounded_logistic(design, outcome, *bounds, penalty, start)[1:]
