"""The steps of selection against SciPy's tests done plainly, and as scikit-learn's estimators."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, spearmanr
from sklearn.utils.estimator_checks import parametrize_with_checks

from NACResponseLib.errors import InputError
from NACResponseLib.estimators.selectors import LassoSignature, MannWhitneySelector, SpearmanSelector, mann_whitney


@parametrize_with_checks([MannWhitneySelector(1.0), SpearmanSelector(), LassoSignature(folds=2)])
def test_they_are_estimators(estimator, check):
    check(estimator)


def cohort(size=70, features=25, seed=0):
    """Features with ties, of which the first three differ between the classes, in groups that correlate."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(size, 6))
    values = (factors[:, np.arange(features) % 6] + 0.4 * random.normal(size=(size, features))).round(1)
    outcome = (values[:, 0] + values[:, 1] - values[:, 2] + 1.5 * random.normal(size=size) > 0.8).astype(int)
    return values, outcome


def p_values(values, outcome):
    """SciPy's, feature by feature."""
    reached, other = values[outcome == 1].T, values[outcome == 0].T
    return np.array([mannwhitneyu(a, b, method="asymptotic").pvalue for a, b in zip(reached, other, strict=True)])


def test_mann_whitney_is_scipys_with_ties_and_without():
    values, outcome = cohort()
    smooth = values + np.random.default_rng(1).normal(0, 1e-3, values.shape)
    for each in (values, smooth, values.round(0)):
        assert mann_whitney(each, outcome) == pytest.approx(p_values(each, outcome), rel=1e-9)


def test_a_feature_without_spread_has_a_p_of_one_and_is_never_kept():
    values, outcome = cohort()
    values[:, 3] = 5.0
    selector = MannWhitneySelector(1.0).fit(values, outcome)
    assert selector.p_[3] == 1 and not selector.get_support()[3]


def test_features_below_the_level_stay():
    values, outcome = cohort()
    kept = MannWhitneySelector(0.05).fit(values, outcome).get_support()
    assert (kept == (p_values(values, outcome) < 0.05)).all() and 0 < kept.sum() < len(kept)


def test_of_features_that_correlate_the_one_with_the_smaller_p_stays():
    """A plain loop over features in the order of SciPy's p, with SciPy's correlation of each pair."""
    values, outcome = cohort()
    kept: list[int] = []
    for number in np.argsort(p_values(values, outcome), kind="stable"):
        if all(abs(spearmanr(values[:, number], values[:, other]).statistic) <= 0.7 for other in kept):
            kept.append(int(number))
    found = SpearmanSelector(0.7).fit(values, outcome).get_support(indices=True)
    assert found.tolist() == sorted(kept) and len(kept) < values.shape[1]


def test_a_copy_or_its_reverse_never_stays_beside_the_first():
    values, outcome = cohort()
    doubled = np.column_stack([values, values, -values])
    found = SpearmanSelector(0.9).fit(doubled, outcome).get_support(indices=True)
    assert found.tolist() == SpearmanSelector(0.9).fit(values, outcome).get_support(indices=True).tolist()


def test_noise_passes_the_sieve_as_often_as_its_level_says():
    random = np.random.default_rng(3)
    passed = MannWhitneySelector(0.05).fit(random.normal(size=(100, 4000)), np.arange(100) % 3 == 0).get_support()
    assert passed.mean() == pytest.approx(0.05, abs=0.01)


def test_a_signature_has_a_mean_of_zero_whatever_its_features_scales():
    values, outcome = cohort()
    scaled = values * np.geomspace(1e-3, 1e4, values.shape[1]) + 100
    plain, other = (LassoSignature().fit(each, outcome) for each in (values, scaled))
    assert plain.coef_.any()
    assert plain.transform(values).mean() == pytest.approx(0, abs=1e-9)
    assert other.transform(scaled)[:, 0] == pytest.approx(plain.transform(values)[:, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (MannWhitneySelector(0.0), "level"),
        (SpearmanSelector(1.5), "correlation"),
        (LassoSignature("beast"), "did you mean 'best'"),
        (LassoSignature(folds=1), "2 folds"),
    ],
)
def test_settings_that_cannot_be_are_refused(selector, message):
    with pytest.raises(InputError, match=message):
        selector.fit(*cohort())


def test_an_outcome_of_one_class_is_refused():
    values, _ = cohort()
    for selector in (MannWhitneySelector(), SpearmanSelector(), LassoSignature()):
        with pytest.raises(InputError, match="two classes"):
            selector.fit(values, np.zeros(len(values), dtype=int))
