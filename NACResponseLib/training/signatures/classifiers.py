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
        names: of ``recipe.CLASSIFIERS``; ``logistic`` is the model itself.
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
    """A classifier of ``recipe.CLASSIFIERS`` but ``logistic``, behind standardization, not yet fitted.

    - ``lda``: linear discriminant analysis, covariance shrunk (Ledoit, Wolf).
    - ``svm``: radial kernel, C 1, gamma 1 / terms; probabilities by Platt's sigmoid on 5 folds, fewer where a class is
      smaller.
    - ``knn``: a fifth of the patients, at most 11 neighbours.
    - ``naive_bayes``: normal densities.
    - ``random_forest``: 100 trees, leaves of at least 5 patients.
    - ``xgboost``: 50 trees of depth 2, learning rate 0.1.
    - ``mlp``: one hidden layer of 8, weight decay 1, at most 300 rounds of L-BFGS.

    Args:
        outcome: (n,), 1 or 0, of the patients it is for; each at least twice.
        seed: of those that draw.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    if name == "xgboost":
        from xgboost import XGBClassifier

        chosen = XGBClassifier(n_estimators=50, max_depth=2, learning_rate=0.1, n_jobs=1, random_state=seed)
    else:
        folds = int(min(5, outcome.sum(), len(outcome) - outcome.sum()))
        neighbours = max(1, min(11, len(outcome) // 5))
        chosen = {
            "lda": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
            "svm": lambda: CalibratedClassifierCV(SVC(gamma="auto"), method="sigmoid", ensemble=False, cv=folds),
            "knn": lambda: KNeighborsClassifier(neighbours),
            "naive_bayes": GaussianNB,
            "random_forest": lambda: RandomForestClassifier(100, min_samples_leaf=5, n_jobs=1, random_state=seed),
            "mlp": lambda: MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=300, random_state=seed),
        }[name]()
    return make_pipeline(StandardScaler(), chosen)
