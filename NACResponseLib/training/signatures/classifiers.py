"""Other classifiers on the terms of the final model, to see whether the logistic one loses anything.

Each stands behind the same standardization, with settings that are fixed and stated here, none of them tuned.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.metrics import auc, brier
from ...registry import find, make

Values = NDArray[np.float64]

LOGISTIC = "logistic"


def compare_classifiers(
    names: Sequence[str],
    train: tuple[Values, NDArray[Any]],
    test: tuple[Values, NDArray[Any]],
    shipped: Values,
    seed: int,
) -> dict[str, dict[str, float]]:
    """AUC and Brier score in the test part of each classifier.

    Args:
        names: of the ``registry``; ``logistic`` is the model itself.
        train: terms (n, t), signatures of patients that they were not learned from; outcome (n,).
        test: terms (m, t) and outcome (m,).
        shipped: (m,) probabilities of the model itself.
        seed: of those that draw.
    """
    found = {}
    for name in names:
        if name == LOGISTIC:
            probability = shipped
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a network that stops early, collinear terms: the figures show it
                probability = classifier(name, train[1], seed).fit(*train).predict_proba(test[0])[:, 1]
        found[name] = {"auc": float(auc(test[1], probability)), "brier": float(brier(test[1], probability))}
    return found


def classifier(name: str, outcome: NDArray[Any], seed: int) -> Any:
    """A classifier of the ``registry`` but ``logistic``, behind standardization, not yet fitted.

    Args:
        outcome: (n,), 1 or 0, of the patients it is for; each at least twice.
        seed: of those that draw.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = find("classifiers", name, "a classifier")
    return make_pipeline(StandardScaler(), make(found, outcome=outcome, seed=seed, random_state=seed))


def lda() -> Any:
    """Linear discriminant analysis, covariance shrunk (Ledoit, Wolf)."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


def svm(outcome: NDArray[Any]) -> Any:
    """Radial kernel, C 1, gamma 1 / terms; probabilities by Platt's sigmoid on 5 folds, fewer where a class is
    smaller."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    folds = int(min(5, outcome.sum(), len(outcome) - outcome.sum()))
    return CalibratedClassifierCV(SVC(gamma="auto"), method="sigmoid", ensemble=False, cv=folds)


def knn(outcome: NDArray[Any]) -> Any:
    """A fifth of the patients, at most 11 neighbours."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(max(1, min(11, len(outcome) // 5)))


def naive_bayes() -> Any:
    """Normal densities."""
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def random_forest(seed: int) -> Any:
    """100 trees, leaves of at least 5 patients."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(100, min_samples_leaf=5, n_jobs=1, random_state=seed)


def xgboost(seed: int) -> Any:
    """50 trees of depth 2, learning rate 0.1."""
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=50, max_depth=2, learning_rate=0.1, n_jobs=1, random_state=seed)


def mlp(seed: int) -> Any:
    """One hidden layer of 8, weight decay 1, at most 300 rounds of L-BFGS."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=300, random_state=seed)
