"""A template: a selector of your own, for the step of a recipe. Copy it into a package of yours and change it.

1. The file, as ``my_package/selectors.py``. The class is a scikit-learn selector: ``__init__`` only stores, ``fit``
   learns from the training patients alone, ``_get_support_mask`` says which features stay.
2. The name, in the ``pyproject.toml`` of that package::

       [project.entry-points."nacresponse.selectors"]
       spread = "my_package.selectors:SpreadSelector"

3. ``pip install`` the package beside NACResponse, and name the step in a recipe; its keys are the parameters of the
   class (a ``seed`` or ``random_state`` is given by the run). In a recipe of signatures it comes before LASSO, in one
   of trees before mRMR::

       selection:                                        selection:
         - { step: spread, least: 0.2 }                    steps: [{ step: spread, least: 0.2 }]
         - { step: lasso }                                 share: 0.1

A step is learned anew in every training part. Bundles hold what was selected, never the class: whoever scores with the
model does not need the package. Classifiers (``nacresponse.classifiers``) and endpoints (``nacresponse.endpoints``, an
``Endpoint`` of ``NACResponseLib.endpoints``) are named in the same way. In a recipe of trees,
``classifier: { name: mine, C: 0.5 }`` trains and ships a classifier of yours in place of XGBoost's settings, if it is
linear (``coef_``, ``intercept_``) or XGBoost's trees: a bundle holds a model as data. In a recipe of signatures any
classifier can stand under ``classifiers``, to be compared with the logistic model in the report.
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class SpreadSelector(SelectorMixin, BaseEstimator):
    """Keeps features that spread: interquartile range above a share of the range.

    Args:
        least: that share, 0 to 1.

    Attributes:
        spread_: (features,) interquartile range by range, 0 where a feature does not vary.
    """

    def __init__(self, least: float = 0.1) -> None:
        self.least = least

    def fit(self, X: Any, y: Any = None) -> "SpreadSelector":
        """Learns from (patients, features) finite values; the outcome ``y`` is not used.

        Raises:
            ValueError: a share that is none.
        """
        if not 0 <= self.least < 1:
            raise ValueError(f"least from 0 to 1, found {self.least}")
        values = validate_data(self, X, dtype=float)
        low, high = np.quantile(values, [0.25, 0.75], axis=0)
        span = np.ptp(values, axis=0)
        self.spread_ = np.divide(high - low, span, out=np.zeros_like(span), where=span > 0)
        return self

    def _get_support_mask(self) -> Any:
        check_is_fitted(self)
        return self.spread_ > self.least
