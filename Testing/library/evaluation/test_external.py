"""External validation against scikit-learn and simulated patients of known calibration."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binomtest
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import calibration_intervals, calibration_metrics
from NACResponseLib.evaluation.delong import auc_interval
from NACResponseLib.evaluation.external import calibration_errors, external_metrics


@pytest.fixture
def patients():
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.8, 1.3, 3000)
    outcome = (random.random(3000) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return outcome, 1 / (1 + np.exp(-(2 * log_odds + 0.5)))  # twice too extreme


def test_metrics_equal_those_of_scikit_learn_and_their_intervals_hold_them(patients):
    outcome, probability = patients
    found = {row.metric: row for row in external_metrics(outcome, probability, 0.35, draws=200)}
    called = probability >= 0.35
    assert found["auc"].value == pytest.approx(reference.roc_auc_score(outcome, probability))
    assert found["brier"].value == pytest.approx(reference.brier_score_loss(outcome, probability))
    assert found["precision"].value == pytest.approx(reference.precision_score(outcome, called))
    assert all(row.ci_low < row.value < row.ci_high for row in found.values())


def test_probabilities_twice_too_extreme_have_slope_one_half(patients):
    slope = next(row for row in external_metrics(*patients, 0.5, draws=200) if row.metric == "calibration_slope")
    assert slope.value == pytest.approx(0.5, abs=0.04)
    assert slope.ci_low < 0.5 < slope.ci_high


def test_a_dozen_patients_have_wide_but_finite_intervals():
    outcome = np.array([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0])
    probability = np.array([0.6, 0.2, 0.3, 0.2, 0.5, 0.1, 0.7, 0.2, 0.4, 0.3, 0.4, 0.1])
    found = {row.metric: row for row in external_metrics(outcome, probability, 0.4, draws=500)}
    assert found["auc"].ci_high - found["auc"].ci_low > 0.2
    assert all(np.isfinite([row.value, row.ci_low, row.ci_high]).all() for row in found.values())


@pytest.mark.parametrize("figure", ["calibration_slope", "calibration_intercept"])
def test_intervals_of_the_calibration_are_those_of_a_robust_regression_by_hand(patients, figure):
    """HC3: b +- 1.96 sqrt(A^-1 (sum of x x' (y - p)^2 / (1 - h)^2) A^-1), A the information and h the leverages."""
    outcome, probability = (values[:120] for values in patients)
    log_odds = np.log(probability / (1 - probability))
    slope = figure == "calibration_slope"
    design = np.column_stack([np.ones(120), log_odds] if slope else [np.ones(120)])
    offset = 0 if slope else log_odds

    def loss(theta):
        return (np.logaddexp(0, design @ theta + offset) - outcome * (design @ theta + offset)).sum()

    fitted = minimize(loss, np.zeros(design.shape[1]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).x
    p = 1 / (1 + np.exp(-(design @ fitted + offset)))
    bread = np.linalg.inv(design.T @ np.diag(p * (1 - p)) @ design)
    leverage = np.diag(np.diag(p * (1 - p)) @ design @ bread @ design.T)
    meat = design.T @ np.diag(((outcome - p) / (1 - leverage)) ** 2) @ design
    half = 1.959964 * np.sqrt((bread @ meat @ bread)[-1, -1])
    found = next(row for row in external_metrics(outcome, probability, 0.5, draws=20) if row.metric == figure)
    assert (found.ci_low, found.ci_high) == pytest.approx((fitted[-1] - half, fitted[-1] + half), abs=1e-5)


def test_the_aucs_interval_is_delongs(patients):
    outcome, probability = (values[:80] for values in patients)
    area = auc_interval(outcome, probability)
    found = external_metrics(outcome, probability, 0.5, draws=20)[0]
    assert (found.metric, found.ci_low, found.ci_high) == ("auc", area.low, area.high)


@pytest.mark.slow
@pytest.mark.parametrize("patients", [40, 80])
def test_intervals_of_a_few_patients_hold_the_truth_though_the_curve_is_no_line(patients):
    """Slope 1 and intercept 0 of the best line through a curve, from 400,000 patients; 400 cohorts."""

    def drawn(count, seed):
        random = np.random.default_rng([seed, count])
        log_odds = random.normal(-0.8, 1.0, count)
        law = log_odds + 0.5 * (log_odds + 0.8) ** 2 - 0.5
        return (random.random(count) < 1 / (1 + np.exp(-law))).astype(int), 1 / (1 + np.exp(-log_odds))

    names = ("calibration_slope", "calibration_intercept")
    large = drawn(400_000, 0)
    truth = [float(calibration_metrics(*large)[name]) for name in names]
    cohorts = [drawn(patients, seed) for seed in range(1, 401)]
    found = [calibration_intervals(*cohort) for cohort in cohorts if min(cohort[0].sum(), (1 - cohort[0]).sum()) > 4]
    for name, value in zip(names, truth, strict=True):
        held = np.mean([low <= value <= high for low, high in (each[name] for each in found)])
        assert 0.925 <= held <= 0.985, f"{name}: {held:.3f}"


@pytest.mark.parametrize(
    ("outcome", "probability"), [([1, 1], [0.2, 0.3]), ([1, 0], [0.2]), ([1, 0], [0.2, 1.3]), ([1, 0], [0.2, np.nan])]
)
def test_unusable_patients_are_refused(outcome, probability):
    with pytest.raises(InputError):
        external_metrics(outcome, probability, 0.5)


def test_predictive_values_and_their_intervals_are_those_of_scipy(patients):
    outcome, probability = (values[:200] for values in patients)
    found = {row.metric: row for row in external_metrics(outcome, probability, 0.35, draws=20)}
    called = probability >= 0.35
    assert found["npv"].value == pytest.approx(reference.precision_score(outcome, called, pos_label=0))
    for name, hits, of in (
        ("npv", (outcome == 0) & ~called, ~called),
        ("precision", (outcome == 1) & called, called),
        ("sensitivity", (outcome == 1) & called, outcome == 1),
        ("specificity", (outcome == 0) & ~called, outcome == 0),
    ):
        interval = binomtest(int(hits.sum()), int(of.sum())).proportion_ci(method="wilson")
        assert (found[name].ci_low, found[name].ci_high) == pytest.approx((interval.low, interval.high))


def test_nobody_called_leaves_a_predictive_value_without_an_interval(patients):
    outcome, probability = patients
    found = {row.metric: row for row in external_metrics(outcome, probability * 0.5, 0.9, draws=20)}
    assert found["precision"].value == 0 and np.isnan(found["precision"].ci_high)
    assert np.isnan(external_metrics(outcome, probability, 0.0, draws=20)[-1].value)


def test_calibration_errors_are_distances_from_a_spline_fitted_apart(patients):
    outcome, probability = patients
    x = np.log(probability / (1 - probability))
    first, middle, last = np.quantile(x, [0.1, 0.5, 0.9])

    def cube(knot):
        return np.maximum(x - knot, 0) ** 3

    weights = (last - first) / (last - middle), (middle - first) / (last - middle)
    bend = (cube(first) - weights[0] * cube(middle) + weights[1] * cube(last)) / (last - first) ** 2
    design = np.column_stack([x, bend])
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(design, outcome)
    distance = np.abs(fitted.predict_proba(design)[:, 1] - probability)
    found = {row.metric: row for row in calibration_errors(outcome, probability, draws=100)}
    assert found["ici"].value == pytest.approx(distance.mean(), abs=1e-4)
    assert found["e50"].value == pytest.approx(np.quantile(distance, 0.5, method="inverted_cdf"), abs=1e-4)
    assert found["e90"].value == pytest.approx(np.quantile(distance, 0.9, method="inverted_cdf"), abs=1e-4)
    assert all(row.ci_low < row.value < row.ci_high for row in found.values())


def test_separated_classes_have_no_calibration_errors():
    found = calibration_errors(np.repeat([0, 1], 10), np.linspace(0.1, 0.9, 20), draws=20)
    assert np.isnan([(row.value, row.ci_low) for row in found]).all()


def test_observed_over_expected_by_hand():
    # 3 of 5 with the outcome, probabilities that sum to 2.
    found = {row.metric: row for row in external_metrics([1, 1, 1, 0, 0], [0.6, 0.5, 0.4, 0.3, 0.2], 0.5, draws=200)}
    assert found["observed_expected"].value == pytest.approx(1.5)
    # Debray et al.: log(1.5) -+ 1.96 sqrt((1 - 3/5) / 3), that is 1.5 / 2.0457 to 1.5 * 2.0457.
    bounds = found["observed_expected"].ci_low, found["observed_expected"].ci_high
    assert bounds == pytest.approx((0.7333, 3.0685), abs=1e-3)


def test_outcomes_half_as_frequent_as_predicted_have_a_ratio_of_one_half():
    random = np.random.default_rng(2)
    probability = random.uniform(0.2, 0.8, 4000)
    outcome = (random.random(4000) < probability / 2).astype(int)
    ratio = next(r for r in external_metrics(outcome, probability, 0.5, draws=300) if r.metric == "observed_expected")
    assert ratio.ci_low < 0.5 < ratio.ci_high and ratio.ci_high - ratio.ci_low < 0.1
