"""mRMR: features chosen one after another, each of high relevance to the outcome and low redundancy.

The first feature has the greatest relevance ``V``. Each further one maximizes, over the features not yet in the set
``S``, one of four scores, in which ``W`` is the mean redundancy with the features of ``S``:

====== ========================================= ============================================ =========
method relevance V of a feature                  redundancy of two features                   score
====== ========================================= ============================================ =========
FCQ    F statistic of one-way analysis of        absolute value of Pearson's correlation      V / W
       variance between outcome classes
FCD    the same                                  the same                                     V - W
MIQ    mutual information (nats) with the        mutual information, both in quantile bins    V / W
       outcome, the feature in quantile bins
MID    the same                                  the same                                     V - W
====== ========================================= ============================================ =========

Sources: Peng, Long, Ding, IEEE TPAMI 2005 (MID); Ding, Peng, J Bioinform Comput Biol 2005 (all four, table 1).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..errors import InputError, unknown_name

Values = NDArray[np.float64]
Bits = NDArray[np.uint64]
"""Patients, a bit each; words first."""

METHODS = ("FCQ", "FCD", "MIQ", "MID")
MIN_REDUNDANCY = 1e-12  # stands for zero in a quotient
_BITS_SET = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)  # of a byte
TIE = 1e-10  # relative difference below which scores are equal: rounding must not choose between equal features


class MRMRSelector(SelectorMixin, BaseEstimator):
    """Selects features of maximum relevance and minimum redundancy (see the module).

    Args:
        n_features_to_select: how many; where fewer vary, all that vary are selected.
        method: ``FCQ``, ``FCD``, ``MIQ`` or ``MID``.
        n_bins: quantile bins of a feature, for mutual information, up to 100; equal values share the bin of their mean
            rank, so that a feature of two values always has two bins, however rare one of them is.

    Attributes:
        selected_: (k,) column numbers in the order of selection; ``transform`` keeps the order of ``X``.
        scores_: (k,) score of each when it was selected; of the first its relevance.
        relevance_: (features,) V; 0 for a constant feature.
        n_features_in_, feature_names_in_: as in scikit-learn.

    Edge cases:

    - The outcome is a class label, of two classes or more; missing and infinite values are refused.
    - A constant feature is never selected.
    - Of equal scores (to ten digits) the feature that stands first in ``X`` is taken, so that a copy of a column never
      changes the choice.
    - Zero redundancy counts as 1e-12 in a quotient; classes that a feature separates without any spread within have
      the F statistic of a spread at the limit of double precision.

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> outcome = np.arange(60) % 2
        >>> first, second = random.normal(size=(2, 60)) + outcome
        >>> values = np.column_stack([first, first, second, random.normal(size=60)])
        >>> MRMRSelector(2).fit(values, outcome).selected_.tolist()  # the copy of the first is redundant
        [0, 2]
    """

    def __init__(self, n_features_to_select: int = 10, *, method: str = "FCQ", n_bins: int = 4) -> None:
        self.n_features_to_select = n_features_to_select
        self.method = method
        self.n_bins = n_bins

    def fit(self, X: Any, y: Any) -> MRMRSelector:
        """Selects features.

        Args:
            X: (patients, features), finite.
            y: (patients,) class labels.

        Raises:
            InputError: an unknown method, a number out of range, an outcome of one class, no feature that varies.
        """
        self._check_parameters()
        values, outcome = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(outcome)
        classes, member = np.unique(outcome, return_inverse=True)
        if len(classes) < 2:
            raise InputError("an outcome of at least two classes", "one class", "check the outcome column")

        one_hot = (member[:, None] == np.arange(len(classes))).astype(float)
        measure: _Measure = (
            _QuantileInformation(values, self.n_bins) if self.method.startswith("MI") else _Correlation(values)
        )
        if not measure.varies.any():
            raise InputError("a feature that varies", "none", "check the feature table")
        self.relevance_ = np.where(measure.varies, measure.relevance(one_hot), 0.0)
        self.selected_, self.scores_ = self._choose(measure)
        return self

    def _check_parameters(self) -> None:
        if self.method not in METHODS:
            raise unknown_name("a method of mRMR", str(self.method), METHODS)
        for name, value, least, most in (
            ("n_features_to_select", self.n_features_to_select, 1, np.inf),
            ("n_bins", self.n_bins, 2, 100),
        ):
            if not isinstance(value, (int, np.integer)) or not least <= value <= most:
                raise InputError(f"a whole number {name} from {least} to {most}", f"{value}", "correct it")

    def _choose(self, measure: _Measure) -> tuple[NDArray[np.intp], Values]:
        free = measure.varies.copy()
        summed = np.zeros(len(free))
        score = self.relevance_
        selected: list[int] = []
        scores: list[float] = []
        for count in range(1, min(self.n_features_to_select, int(free.sum())) + 1):
            best = _first_largest(np.where(free, score, -np.inf))
            free[best] = False
            selected.append(best)
            scores.append(float(score[best]))
            summed += measure.redundancy(best)
            score = self._score(summed / count)
        return np.array(selected), np.array(scores)

    def _score(self, redundancy: Values) -> Values:
        if self.method.endswith("Q"):
            return self.relevance_ / np.maximum(redundancy, MIN_REDUNDANCY)
        return self.relevance_ - redundancy

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(self.n_features_in_, dtype=bool)
        mask[self.selected_] = True
        return mask

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


class _Measure(Protocol):
    """Relevance and redundancy of all features. ``varies`` (features,) is False where a feature is constant."""

    varies: NDArray[np.bool_]

    def relevance(self, one_hot: Values) -> Values:
        """(features,) given the outcome (patients, classes)."""

    def redundancy(self, feature: int) -> Values:
        """(features,) of every feature with one."""


class _Correlation:
    def __init__(self, values: Values) -> None:
        self.varies = values.max(axis=0) > values.min(axis=0)
        self._unit = values - values.mean(axis=0)
        length = np.linalg.norm(self._unit, axis=0)
        self.varies &= length > 0
        self._unit /= np.where(self.varies, length, 1.0)

    def relevance(self, one_hot: Values) -> Values:
        patients, classes = one_hot.shape
        sums = one_hot.T @ self._unit
        between = (sums**2 / one_hot.sum(axis=0)[:, None]).sum(axis=0)
        within = np.maximum(1 - between, np.finfo(float).eps)
        return (between / (classes - 1)) / (within / max(patients - classes, 1))

    def redundancy(self, feature: int) -> Values:
        return np.abs(self._unit[:, feature] @ self._unit)


class _QuantileInformation:
    """Mutual information I of n patients in quantile bins, from joint counts c and marginal counts a and b.

    n I = sum c log c - sum a log a - sum b log b + n log n, the logarithms from a table of all possible counts. The
    patients of a bin are a bit each, 64 to a word, so that those in both of two bins are counted a word at a time.
    """

    def __init__(self, values: Values, n_bins: int) -> None:
        self.varies = values.max(axis=0) > values.min(axis=0)
        bins = np.ascontiguousarray(_quantile_bins(values, n_bins).T)
        self._members = _as_bits(bins == np.arange(n_bins)[:, None, None])
        counts = np.arange(len(values) + 1)
        self._count_log_count = counts * np.log(np.maximum(counts, 1))
        self._marginal = self._sum_log(_counted(self._members))

    def relevance(self, one_hot: Values) -> Values:
        return self._information(_as_bits(one_hot.T > 0))

    def redundancy(self, feature: int) -> Values:
        return self._information(self._members[:, :, feature])

    def _information(self, other: Bits) -> Values:
        """(features,) with a variable given by the patients of its levels, (words, levels)."""
        joint = np.stack([_counted(self._members & level[:, None, None]) for level in other.T], axis=1)
        marginal = self._sum_log(_counted(other)[:, None])
        patients = len(self._count_log_count) - 1
        information = (
            self._sum_log(joint.reshape(-1, joint.shape[-1])) - self._marginal - marginal + self._count_log_count[-1]
        )
        return np.maximum(information, 0.0) / patients

    def _sum_log(self, counts: NDArray[np.intp]) -> Values:
        """(features,) sum of c log c over counts (cells, features)."""
        return self._count_log_count[counts].sum(axis=0)


def _as_bits(members: NDArray[np.bool_]) -> Bits:
    """(words, ...) of (..., patients)."""
    packed = np.packbits(members, axis=-1)
    whole = np.zeros((*packed.shape[:-1], -(-packed.shape[-1] // 8) * 8), dtype=np.uint8)
    whole[..., : packed.shape[-1]] = packed
    return np.ascontiguousarray(np.moveaxis(whole.view(np.uint64), -1, 0))


def _counted(words: Bits) -> NDArray[np.intp]:
    """(...) of (words, ...): how many bits are set."""
    if not hasattr(np, "bitwise_count"):  # numpy 1
        return _BITS_SET[words[..., None].view(np.uint8)].sum(axis=(0, -1), dtype=np.intp)
    return np.bitwise_count(words).sum(axis=0, dtype=np.intp)


def _quantile_bins(values: Values, n_bins: int) -> NDArray[np.int8]:
    """(patients, features) bins 0 to n_bins - 1 by mean rank, in whole numbers so that no bin depends on rounding."""
    patients, features = values.shape
    ordered = np.sort(values.T, axis=1)
    place = np.arange(patients, dtype=np.int32)
    starts = np.ones((features, patients + 1), dtype=bool)
    starts[:, 1:-1] = ordered[:, 1:] > ordered[:, :-1]
    first = np.maximum.accumulate(np.where(starts[:, :-1], place, 0), axis=1)
    last = np.minimum.accumulate(np.where(starts[:, 1:], place, patients)[:, ::-1], axis=1)[:, ::-1]
    ordered_bins = (first + last + 1) * n_bins // (2 * patients)

    bins = np.zeros(values.shape, dtype=np.int8)
    for bound in range(1, n_bins):
        reached = ordered_bins >= bound
        lowest = np.where(reached.any(axis=1), ordered[np.arange(features), reached.argmax(axis=1)], np.inf)
        bins += values >= lowest
    return bins


def _first_largest(score: Values) -> int:
    best = score.max()
    return int(np.flatnonzero(score >= best - TIE * abs(best))[0])
