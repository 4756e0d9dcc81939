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


def random_splits(outcome: NDArray[Any], count: int, test_share: float, seed: int) -> list[Fold]:
    """Independent stratified random splits; test parts of different splits overlap.

    Args:
        outcome: (n,), 1 or 0, at least two of each.
        test_share: of the patients in each test part.

    Returns:
        For each split the row numbers (train, test), rising.
    """
    from sklearn.model_selection import StratifiedShuffleSplit

    splitter = StratifiedShuffleSplit(count, test_size=test_share, random_state=seed)
    return [(np.sort(train), np.sort(test)) for train, test in splitter.split(outcome[:, None], outcome)]
