"""Steps from many features to one signature, as scikit-learn's selectors and transformers: Mann-Whitney, Spearman,
LASSO.

All learn from training patients alone and give the same result whenever they see the same data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..errors import InputError, unknown_name
from .lasso import choose_lasso

Values = NDArray[np.float64]

RULES = ("best", "1se")
MIN_OF_A_CLASS = 2


class MannWhitneySelector(SelectorMixin, BaseEstimator):
    """Keeps features whose ranks differ between the two classes: p below ``level``, two-sided.

    The normal approximation with corrections for ties and continuity (Mann, Whitney, Ann Math Stat 1947), as SciPy's.
    No correction for the number of features: this is a filter, not a test. None may be left.

    Args:
        level: of p.

    Attributes:
        p_: (features,) 1 where a feature does not vary.

    Example:
        >>> import numpy as np
        >>> outcome = np.arange(40) % 2
        >>> values = np.column_stack([np.arange(40) + 40 * outcome, np.arange(40)])
        >>> MannWhitneySelector().fit(values, outcome).get_support().tolist()
        [True, False]
    """

    def __init__(self, level: float = 0.05) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> MannWhitneySelector:
        """Learns from (patients, features) finite values and (patients,) labels of two classes.

        Raises:
            InputError: a level that is none, another number of classes.
        """
        if not 0 < self.level <= 1:
            raise InputError("a level above 0, not above 1", f"{self.level}", "correct it")
        values, member = _checked(self, X, y)
        self.p_ = mann_whitney(values, member)
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.p_ < self.level

    def __sklearn_tags__(self) -> Any:
        return _two_classes(super().__sklearn_tags__())


class SpearmanSelector(SelectorMixin, BaseEstimator):
    """Of every two features that correlate more than ``most`` keeps the one more associated with the outcome.

    Features are taken in the order of their Mann-Whitney p, the first of equal ones; one is kept unless Spearman's
    correlation with one that is kept already is above ``most`` in size.

    Args:
        most: of the correlation's size.

    Attributes:
        kept_: (features,) True where kept; a feature that does not vary correlates with none.

    Example:
        >>> import numpy as np
        >>> outcome = np.arange(40) % 2
        >>> first = np.arange(40) + 40 * outcome
        >>> SpearmanSelector(0.9).fit(np.column_stack([first, first**2]), outcome).get_support().sum()
        np.int64(1)
    """

    def __init__(self, most: float = 0.9) -> None:
        self.most = most

    def fit(self, X: Any, y: Any) -> SpearmanSelector:
        """Learns from (patients, features) finite values and (patients,) labels of two classes.

        Raises:
            InputError: a correlation that is none, another number of classes.
        """
        if not 0 < self.most <= 1:
            raise InputError("a correlation above 0, not above 1", f"{self.most}", "correct it")
        values, member = _checked(self, X, y)
        size = np.abs(_rank_correlation(values))
        self.kept_ = np.ones(values.shape[1], dtype=bool)
        order = np.argsort(mann_whitney(values, member), kind="stable")
        for place, number in enumerate(order):
            if self.kept_[number]:
                later = order[place + 1 :]
                self.kept_[later[size[number, later] > self.most]] = False
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.kept_

    def __sklearn_tags__(self) -> Any:
        return _two_classes(super().__sklearn_tags__())


class LassoSignature(TransformerMixin, BaseEstimator):
    """One number made of many features, by L1-penalized logistic regression (``lasso``).

    The signature is the weighted sum of a patient's features, on the log-odds scale, less its mean over the training
    patients: the intercept is left out, for it holds only how common the outcome was. Without any feature that helps
    it is 0 for all.

    Args:
        rule: ``best``, the penalty of lowest cross-validated deviance; ``1se``, the largest within a standard error.
        folds: of that cross-validation.
        seed: of its folds.

    Attributes:
        coef_: (features,) weights, zero for those left out.
        intercept_: so that the training patients' mean is 0.
        penalty_: the chosen one, for standardized features; 0 where no feature varies.
        penalties_, deviance_, error_: (k,) the path as far as it was tried (``lasso.Chosen``).

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> outcome = np.arange(100) % 2
        >>> values = random.normal(size=(100, 4))
        >>> values[:, 0] += 2 * outcome
        >>> int(np.argmax(abs(LassoSignature().fit(values, outcome).coef_)))
        0
    """

    def __init__(self, rule: str = "best", folds: int = 5, seed: int = 0) -> None:
        self.rule = rule
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, y: Any) -> LassoSignature:
        """Learns from (patients, features) finite values and (patients,) labels of two classes, standardized inside.

        Raises:
            InputError: an unknown rule, fewer than two folds or patients of a class.
        """
        if self.rule not in RULES:
            raise unknown_name("a rule of LASSO", str(self.rule), RULES)
        if self.folds < 2:
            raise InputError("at least 2 folds", f"{self.folds}", "correct it")
        values, member = _checked(self, X, y)
        smaller = int(min(member.sum(), len(member) - member.sum()))
        if smaller < MIN_OF_A_CLASS:
            raise InputError(f"{MIN_OF_A_CLASS} patients of each class", f"{smaller}", "use a larger cohort")
        center, scale = values.mean(axis=0), values.std(axis=0)
        scale = np.where(scale > 1e-12 * np.abs(center), scale, np.inf)
        found = choose_lasso((values - center) / scale, member, self.folds, self.rule, self.seed)
        self.coef_ = found.weights / scale
        self.intercept_ = -float(center @ self.coef_)
        self.penalty_ = found.penalty
        self.penalties_, self.deviance_, self.error_ = found.penalties, found.deviance, found.error
        return self

    def transform(self, X: Any) -> Values:
        """(patients, 1) the signature."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        return (values @ self.coef_ + self.intercept_)[:, None]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """``signature``."""
        check_is_fitted(self)
        return np.array(["signature"], dtype=object)

    def __sklearn_tags__(self) -> Any:
        return _two_classes(super().__sklearn_tags__())


def mann_whitney(values: Values, outcome: NDArray[Any]) -> Values:
    """(features,) two-sided p of the Mann-Whitney U test between two classes; 1 where a feature does not vary.

    Args:
        values: (n, features), finite.
        outcome: (n,), 1 or 0.
    """
    from scipy.special import ndtr
    from scipy.stats import rankdata

    size, first = len(outcome), int(outcome.sum())
    ranks = rankdata(values, axis=0)
    larger = ranks[outcome == 1].sum(axis=0) - first * (first + 1) / 2
    expected = first * (size - first) / 2
    # sum of squared mean ranks falls by (t^3 - t) / 12 for every t tied values
    ties = size * (size + 1) * (2 * size + 1) / 6 - (ranks**2).sum(axis=0)
    variance = first * (size - first) / 12 * ((size + 1) - 12 * ties / (size * (size - 1)))
    spread = np.sqrt(np.maximum(variance, 0))
    varies = spread > 1e-9
    away = np.maximum(np.abs(larger - expected) - 0.5, 0.0) / np.where(varies, spread, 1.0)
    return np.where(varies, np.minimum(2 * ndtr(-away), 1.0), 1.0)


def _rank_correlation(values: Values) -> Values:
    """(features, features) Spearman's correlation, 0 with a feature that does not vary."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(length > 0, length, 1.0)
    return ranks.T @ ranks


def _checked(estimator: Any, X: Any, y: Any) -> tuple[Values, NDArray[np.int64]]:
    """Values and the outcome as 0 and 1."""
    values, outcome = validate_data(estimator, X, y, dtype=np.float64, ensure_min_samples=2)
    check_classification_targets(outcome)
    classes, member = np.unique(outcome, return_inverse=True)
    if len(classes) != 2:
        raise InputError("an outcome of two classes", f"{len(classes)}", "check the outcome column")
    return values, member


def _two_classes(tags: Any) -> Any:
    tags.target_tags.required = True
    tags.classifier_tags = ClassifierTags(multi_class=False)
    return tags
