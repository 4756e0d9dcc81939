"""Stratified partitions of a cohort: every fold holds the same share of the positive class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


def repeated_folds(outcome: NDArray[Any], folds: int, repeats: int, seed: int) -> list[list[Fold]]:
    """Repeated stratified cross-validation.

    Args:
        outcome: (n,), 1 or 0.

    Returns:
        For each repeat its folds, each the row numbers (train, test); the test parts of a repeat cover every patient.
    """
    from sklearn.model_selection import StratifiedKFold

    seeds = np.random.default_rng(seed).integers(2**31, size=repeats)
    return [
        list(StratifiedKFold(folds, shuffle=True, random_state=int(each)).split(outcome[:, None], outcome))
        for each in seeds
    ]
