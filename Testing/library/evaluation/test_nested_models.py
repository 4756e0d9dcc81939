"""The likelihood-ratio test against the G-test of tables, scikit-learn's likelihoods, and its error rate."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.evaluation.nested_models import (
    SAME_PATIENTS,
    added_score_test,
    added_terms_test,
    likelihood_ratio_test,
)


def fitted_log_likelihood(outcome, columns):
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(columns, outcome)
    return -log_loss(outcome, model.predict_proba(columns)[:, 1], normalize=False)


@pytest.fixture
def cohort():
    random = np.random.default_rng(1)
    columns = random.normal(0, 1, (300, 5))
    outcome = (random.random(300) < sigmoid(columns[:, 0] + 0.5 * columns[:, 3] - 0.7)).astype(int)
    return outcome, columns


@pytest.mark.parametrize(
    "table", [[[10, 40], [30, 20]], [[5, 25], [12, 28], [20, 15]], [[9, 11], [8, 12], [10, 10], [3, 17]]]
)
def test_for_one_categorical_variable_it_is_the_g_test_of_its_table(table):
    counts = np.array(table)
    category = np.repeat(np.arange(len(counts)), counts.sum(1))
    outcome = np.concatenate([np.repeat([1, 0], row) for row in counts])
    members = (category[:, None] == np.arange(1, len(counts))).astype(float)
    expected = stats.chi2_contingency(counts, correction=False, lambda_="log-likelihood")
    found = likelihood_ratio_test(outcome, np.empty((len(outcome), 0)), members)
    assert (found.statistic, found.degrees, found.p) == pytest.approx(
        (expected.statistic, expected.dof, expected.pvalue)
    )


def test_it_equals_twice_the_gain_by_an_independent_logistic_regression(cohort):
    outcome, columns = cohort
    found = likelihood_ratio_test(outcome, columns[:, :2], columns)
    gain = fitted_log_likelihood(outcome, columns) - fitted_log_likelihood(outcome, columns[:, :2])
    assert found.statistic == pytest.approx(2 * gain, abs=1e-4)
    assert found.degrees == 3
    assert found.p == pytest.approx(stats.chi2.sf(2 * gain, 3), rel=1e-3)
    assert not found.warnings


def test_units_and_repeated_columns_change_nothing(cohort):
    outcome, columns = cohort
    plain = likelihood_ratio_test(outcome, columns[:, :2], columns)
    scaled = columns * [1e5, 1e-4, 1, 1e6, 1] + [3e5, 0, 0, 0, 7]
    again = likelihood_ratio_test(outcome, scaled[:, :2], np.hstack([scaled, scaled[:, :1] - scaled[:, 1:2]]))
    assert (again.statistic, again.degrees) == pytest.approx((plain.statistic, plain.degrees), rel=1e-6)


def test_models_that_are_not_nested_or_equal_are_refused(cohort):
    outcome, columns = cohort
    for smaller, larger in (
        (columns[:, :2], columns[:, 2:]),
        (columns[:, :2], columns[:, :2]),
        (columns, columns[:, :2]),
    ):
        with pytest.raises(InputError, match="holds the smaller"):
            likelihood_ratio_test(outcome, smaller, larger)
    with pytest.raises(InputError, match="complete them"):
        likelihood_ratio_test(outcome, columns[:, :1], np.where(columns > 2, np.nan, columns))


def test_few_patients_for_many_columns_are_warned_of(cohort):
    outcome, columns = cohort
    found = likelihood_ratio_test(outcome[:60], columns[:60, :1], columns[:60])
    assert "5 fitted columns" in found.warnings[0]


def test_a_score_that_was_learned_from_the_same_patients_is_warned_of(cohort):
    outcome, columns = cohort
    known, score = sigmoid(columns[:, 0]), sigmoid(columns[:, 3])
    elsewhere = added_score_test(outcome, known, score, is_training_cohort=False)
    here = added_score_test(outcome, known, score, is_training_cohort=True)
    assert elsewhere.warnings == () and here.warnings == (SAME_PATIENTS,)
    direct = likelihood_ratio_test(outcome, columns[:, :1], columns[:, [0, 3]])
    assert elsewhere.statistic == here.statistic == pytest.approx(direct.statistic, rel=1e-6)


def test_a_useless_score_learned_elsewhere_is_found_to_add_in_one_of_twenty_cohorts():
    random, found = np.random.default_rng(2), 0
    for _ in range(400):
        known, useless = random.normal(0, 1, (2, 150))
        outcome = (random.random(150) < sigmoid(known)).astype(int)
        found += added_score_test(outcome, sigmoid(known), sigmoid(useless), is_training_cohort=False).p < 0.05
    assert found / 400 == pytest.approx(0.05, abs=0.03)


def test_added_terms_are_tested_beside_the_smaller_models_in_patients_without_a_missing_value(cohort):
    outcome, columns = cohort
    smaller, added = columns[:, :2].copy(), np.column_stack([columns[:, 3], np.full(300, 0.1), columns[:, 4]])
    smaller[:20, 1] = np.nan
    found = added_terms_test(outcome, smaller, added)
    known, both = columns[20:, :2], columns[20:, [0, 1, 3, 4]]
    gain = fitted_log_likelihood(outcome[20:], both) - fitted_log_likelihood(outcome[20:], known)
    assert found.statistic == pytest.approx(2 * gain, abs=1e-4)
    assert found.p == pytest.approx(stats.chi2.sf(2 * gain, 2), rel=1e-3)
    assert (found.degrees, found.patients) == (2, 280)


def test_terms_of_which_none_varies_cannot_be_tested(cohort):
    outcome, columns = cohort
    for added in (np.full((300, 2), 0.1), np.where(np.arange(300) == 7, columns[:, 0], np.nan)[:, None]):
        with pytest.raises(InputError, match=r"none.* weight"):
            added_terms_test(outcome, columns[:, :2], added)


def test_terms_that_add_nothing_are_found_to_in_one_of_twenty_cohorts_however_the_models_weigh_what_both_know():
    """The added term goes with the known ones, and the smaller model weighs these badly: its score is no match."""
    random, terms, scores = np.random.default_rng(3), 0, 0
    for _ in range(400):
        known = random.normal(0, 1, (150, 3))
        outcome = (random.random(150) < sigmoid(known @ [0.9, -0.7, 0.5])).astype(int)
        image = known.sum(axis=1) + random.normal(0, 2, 150)
        terms += added_terms_test(outcome, known, image[:, None]).p < 0.05
        smaller, larger = known @ [0.9, -0.2, 0.1], known @ [0.8, -0.6, 0.4] + 0.05 * image
        scores += added_score_test(outcome, sigmoid(smaller), sigmoid(larger), is_training_cohort=False).p < 0.05
    assert terms / 400 == pytest.approx(0.05, abs=0.03)
    assert scores / 400 > 0.5


def test_terms_that_add_are_found_in_most_cohorts():
    random, found = np.random.default_rng(4), 0
    for _ in range(100):
        known, image = random.normal(0, 1, (2, 150))
        outcome = (random.random(150) < sigmoid(known + 0.8 * image)).astype(int)
        found += added_terms_test(outcome, known[:, None], image[:, None]).p < 0.05
    assert found >= 90
