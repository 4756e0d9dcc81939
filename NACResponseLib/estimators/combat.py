"""ComBat: scanner effects learned from training patients and taken out of any patient's features.

A scanner shifts and scales a feature. With standardized feature ``z`` of patient ``i``, feature ``j``, scanner ``s``::

    x[i, j] = mean[j] + covariates[i] @ effects[j] + deviation[j] * (gamma[s, j] + sqrt(delta[s, j]) * z[i, j])

``gamma`` and ``delta`` are estimated by empirical Bayes: each feature's own estimate is drawn towards what the scanner
does to the other features, the more so the fewer patients there are.

Sources: Johnson, Li, Rabinovic, Biostatistics 2007 (the method); Fortin et al., NeuroImage 2018 (scanners).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ..errors import InputError, unknown_name
from ..model.preparation import UNSEEN
from . import neurocombat
from .empirical_bayes import NO_SPREAD, least_squares, shrink
from .labels import label_of, numbers_of

Values = NDArray[np.float64]

_FLOAT = np.dtype(float)
FEW_PATIENTS = 5  # below this many a warning: a scanner's estimates are mostly those of its other features


class HarmonizationWarning(UserWarning):
    """A patient, a scanner or a feature was left as it is, or rests on very few patients.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("error", HarmonizationWarning)  # where a pipeline shall rather stop
    """


class ComBatHarmonizer(TransformerMixin, BaseEstimator):
    """Takes scanner effects, learned from the patients given to ``fit``, out of features (see the module).

    The scanner is a column of ``X``, named by ``batch``, so that the estimator works in a ``Pipeline``, in
    cross-validation and for one new patient, where scikit-learn hands on nothing but ``X``. ``transform`` returns the
    features alone: the scanner and the covariates are dropped. Put robust scaling and selection after it.

    The outcome is never used: ``y`` is ignored. Do not name it as a covariate either; it is unknown for a new patient,
    and preserving it writes the answer into the features.

    Args:
        batch: name or index of the scanner's column (text or numbers). None: one scanner, nothing is changed.
        parametric: normal and inverse gamma priors; if False the priors are the other features' own estimates.
        categorical_covariates, continuous_covariates: names or indices of columns whose effect is preserved.
        unseen: of a scanner that ``fit`` did not see, leave features as they are and warn (``identity``), or
            ``refuse``.

    Attributes:
        batches_: (scanners,) labels as text, sorted.
        batch_counts_: (scanners,) training patients.
        harmonized_: (features,) True where a feature is changed.
        grand_mean_, pooled_variance_: (features,) over training patients, scanner and covariates taken out.
        covariate_effects_: (covariate columns, features).
        categories_: levels of each categorical covariate, the first being the reference.
        gamma_, delta_: (scanners, features) shift and variance ratio, in units of the pooled deviation and variance.
        n_features_in_, feature_names_in_: as in scikit-learn, with the scanner and the covariates.

    The parametric fit is neuroCombat's where that is defined (``neurocombat``). Beyond it this is defined so:

    - One scanner: nothing is changed, with a warning (neuroCombat rescales by the sample variance).
    - A scanner of one patient: only the shift is estimated, the variance ratio is 1 (neuroCombat gives NaN).
      Fewer than five patients: estimated, with a warning.
    - A feature without variance, or constant within every scanner, is left unchanged and out of the priors; the latter
      with a warning, for it gives away the scanner. Constant within one scanner only: its ratio is taken as 1 before
      shrinkage, as in neuroCombat.
    - One feature: there is nothing to shrink towards, its own mean and variance are used.
    - Missing values (NaN) stay missing; a feature's statistics use the patients who have it. For a scanner without any
      it is unchanged. Patients without any feature are left out of ``fit`` and need no scanner.
    - Likelihoods of the non-parametric form are summed as logarithms, so that many patients do not underflow.

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> scanner = np.repeat([0, 1], 30)
        >>> features = random.normal(size=(60, 5)) + 3 * scanner[:, None]
        >>> harmonized = ComBatHarmonizer(0).fit_transform(np.column_stack([scanner, features]))
        >>> bool(abs(harmonized[scanner == 1].mean() - harmonized[scanner == 0].mean()) < 0.1)
        True
    """

    def __init__(
        self,
        batch: str | int | None = None,
        *,
        parametric: bool = True,
        categorical_covariates: Sequence[str | int] | None = None,
        continuous_covariates: Sequence[str | int] | None = None,
        unseen: str = "identity",
    ) -> None:
        self.batch = batch
        self.parametric = parametric
        self.categorical_covariates = categorical_covariates
        self.continuous_covariates = continuous_covariates
        self.unseen = unseen

    def fit(self, X: Any, y: Any = None) -> ComBatHarmonizer:
        """Learns scanner effects.

        Args:
            X: (patients, columns), a table or an array, with the scanner's and covariates' columns.
            y: ignored.

        Raises:
            InputError: a column that does not exist, a patient without scanner or covariate, covariates that the
                scanner determines, no value at all.
        """
        if self.unseen not in UNSEEN:
            raise unknown_name("what to do with an unseen scanner", str(self.unseen), UNSEEN)
        values = self._features(X, reset=True)
        present = _any_value(values)
        if not present.any():
            raise InputError("features with values", "none in any patient", "check the feature table")
        values, labels = values[present], self._labels(X)[present]
        if (labels == "").any():
            found = f"none for {(labels == '').sum()} of {len(labels)}"
            raise InputError("a scanner for every patient with features", found, "complete the scanner column")
        texts = [self._texts(X, column)[present] for column in self.categorical_covariates or ()]
        self.categories_ = [sorted(set(column) - {""}) for column in texts]
        covariates = self._covariates(X, present)

        self.batches_, member = np.unique(labels, return_inverse=True)
        self.batch_counts_ = np.bincount(member)
        self._estimate(values, member, covariates)
        return self

    def _estimate(self, values: Values, member: NDArray[np.intp], covariates: Values) -> None:
        batches, features = len(self.batches_), values.shape[1]
        one_hot = (member[:, None] == np.arange(batches)).astype(float)
        design = np.hstack([one_hot, covariates])
        if np.linalg.matrix_rank(design) < design.shape[1]:
            raise InputError(
                "covariates that vary within scanners and differ from one another",
                "one that the scanner or the others determine",
                "leave it out",
            )
        coefficients = least_squares(design, values)
        counts = one_hot.T @ np.isfinite(values)
        patients = np.maximum(counts.sum(axis=0), 1)
        variance = np.nansum((values - design @ coefficients) ** 2, axis=0) / patients
        magnitude = np.nanmax(np.abs(values), axis=0, initial=0)
        varies = np.sqrt(variance) > NO_SPREAD * magnitude

        self.harmonized_ = varies & (batches > 1)
        kept = np.where(self.harmonized_, 1.0, 0.0)
        self.grand_mean_ = kept * (counts * coefficients[:batches]).sum(axis=0) / patients
        self.pooled_variance_ = np.where(self.harmonized_, variance, 1.0)
        self.covariate_effects_ = kept * coefficients[batches:]
        self.gamma_, self.delta_ = np.zeros((batches, features)), np.ones((batches, features))
        continuous = list(covariates.T[covariates.shape[1] - len(self.continuous_covariates or ()) :])
        if self.parametric and neurocombat.is_defined(values[:, self.harmonized_], member, continuous):
            found = neurocombat.fit(values[:, self.harmonized_], design, batches)
            self._take(found, covariates)
        else:
            self._shrink(values, member, covariates)
        self._warn_of_weak_points(values, varies)

    def _take(self, found: neurocombat.Estimates, covariates: Values) -> None:
        """neuroCombat's estimates of the features that are harmonized."""
        chosen = self.harmonized_
        self.grand_mean_[chosen], self.pooled_variance_[chosen] = found.grand_mean, found.pooled_variance
        self.gamma_[:, chosen], self.delta_[:, chosen] = found.gamma, found.delta
        if covariates.shape[1]:
            self.covariate_effects_[:, chosen] = np.linalg.lstsq(covariates, found.mean_effect, rcond=None)[0]

    def _shrink(self, values: Values, member: NDArray[np.intp], covariates: Values) -> None:
        """Empirical Bayes where neuroCombat is not defined."""
        expected = self.grand_mean_ + covariates @ self.covariate_effects_
        standardized = ((values - expected) / np.sqrt(self.pooled_variance_))[:, self.harmonized_]
        for batch in range(len(self.batches_) if self.harmonized_.any() else 0):
            estimates = shrink(standardized[member == batch], parametric_priors=self.parametric)
            self.gamma_[batch, self.harmonized_], self.delta_[batch, self.harmonized_] = estimates

    def _warn_of_weak_points(self, values: Values, varies: NDArray[np.bool_]) -> None:
        if len(self.batches_) == 1:
            _warn("all training patients come from one scanner: nothing is harmonized")
            return
        few = self.batch_counts_ < FEW_PATIENTS
        if few.any():
            named = (
                f"{label} ({count})" for label, count in zip(self.batches_[few], self.batch_counts_[few], strict=True)
            )
            _warn(f"scanners with few training patients, whose effect is estimated poorly: {', '.join(named)}")
        lowest, highest = np.nanmin(values, axis=0, initial=np.inf), np.nanmax(values, axis=0, initial=-np.inf)
        revealing = ~varies & (highest > lowest)
        if revealing.any():
            _warn(f"{revealing.sum()} features are constant within every scanner but differ between; left unchanged")

    def transform(self, X: Any) -> Values:
        """Features with the scanner's effect taken out.

        Args:
            X: (patients, columns), with the same columns as in ``fit``; one patient suffices.

        Returns:
            (patients, features), in the order of ``X`` without the scanner's and covariates' columns.

        Raises:
            InputError: a scanner that ``fit`` did not see, where it is to be refused; a missing covariate.
        """
        check_is_fitted(self)
        adjusted = self._features(X, reset=False)
        labels = self._labels(X)
        present = _any_value(adjusted)
        known = present & np.isin(labels, self.batches_)
        self._report_unseen(labels[present & ~known])
        if not known.any():
            return adjusted
        member = np.searchsorted(self.batches_, labels[known])
        expected = self.grand_mean_ + self._covariates(X, known) @ self.covariate_effects_
        shift = np.sqrt(self.pooled_variance_) * self.gamma_[member]
        adjusted[known] = (adjusted[known] - expected - shift) / np.sqrt(self.delta_[member]) + expected
        return adjusted

    def _report_unseen(self, labels: NDArray[np.str_]) -> None:
        if not len(labels):
            return
        found = ", ".join(sorted({label or "(not given)" for label in labels}))
        if self.unseen == "refuse":
            known = ", ".join(self.batches_)
            raise InputError(f"a scanner of the training patients ({known})", found, "train with patients from it")
        _warn(f"scanners without training patients, whose features are left as they are: {found}")

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the features that ``transform`` returns; ``x0``, ``x1``, ... where ``X`` had no names."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
            if len(given) != self.n_features_in_ or (names is not None and not np.array_equal(given, names)):
                raise ValueError("input_features is not equal to the columns seen in fit")
            names = given
        if names is None:
            names = np.array([f"x{index}" for index in range(self.n_features_in_)], dtype=object)
        return names[self._feature_positions()]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _position(self, column: str | int) -> int:
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        if isinstance(column, str):
            if column not in names:
                raise unknown_name("a column", column, names)
            return names.index(column)
        if not 0 <= column < self.n_features_in_:
            raise InputError(f"a column index below {self.n_features_in_}", f"{column}", "correct it")
        return int(column)

    def _feature_positions(self) -> NDArray[np.intp]:
        named = [*(self.categorical_covariates or ()), *(self.continuous_covariates or ())]
        named += [] if self.batch is None else [self.batch]
        return np.delete(np.arange(self.n_features_in_), [self._position(column) for column in named])

    def _features(self, X: Any, *, reset: bool) -> Values:
        """(patients, features) as a copy; scikit-learn's own checks of names, number and finiteness are made here."""
        if not hasattr(X, "iloc"):
            X = check_array(X, dtype=None, ensure_all_finite=False)
        validate_data(self, X, reset=reset, skip_check_array=True)
        positions = self._feature_positions()
        if not len(positions):
            found = f"none (n_features = {self.n_features_in_})"
            raise InputError("features besides the scanner and the covariates", found, "check the feature table")
        features = _columns(X, positions)
        if hasattr(features, "dtypes") and all(kind is _FLOAT for kind in features.dtypes):
            features = features.to_numpy()  # of a table scikit-learn looks at thousands of columns one by one
        return check_array(features, dtype=np.float64, ensure_all_finite="allow-nan", copy=True)

    def _texts(self, X: Any, column: str | int) -> NDArray[np.str_]:
        raw = np.asarray(_columns(X, self._position(column)), dtype=object)
        return np.array([label_of(value) for value in raw], dtype=str)

    def _labels(self, X: Any) -> NDArray[np.str_]:
        if self.batch is None:
            return np.full(len(_columns(X, 0)), "all")
        return self._texts(X, self.batch)

    def _covariates(self, X: Any, rows: NDArray[np.bool_]) -> Values:
        """(rows, covariate columns): every level but the first of the categorical, then the continuous ones."""
        columns = []
        for column, levels in zip(self.categorical_covariates or (), self.categories_, strict=True):
            texts = self._texts(X, column)[rows]
            for text in set(texts) - set(levels):
                raise unknown_name(f"a level of the covariate {column}", text or "(missing)", levels)
            columns += [texts == level for level in levels[1:]]
        for column in self.continuous_covariates or ():
            columns.append(numbers_of(self._texts(X, column)[rows], column))
        return np.array(columns, dtype=float).reshape(len(columns), rows.sum()).T


def _any_value(values: Values) -> NDArray[np.bool_]:
    """(patients,) True where any feature is known."""
    return np.logical_or.reduce(np.isfinite(values), axis=1)


def _columns(X: Any, positions: Any) -> Any:
    return X.iloc[:, positions] if hasattr(X, "iloc") else np.asarray(X)[:, positions]


def _warn(message: str) -> None:
    warnings.warn(message, HarmonizationWarning, stacklevel=3)
