"""Scores: what they contain, what they warn of, and that the shipped model behaves as its card says."""

import csv
import dataclasses
import itertools
import json
import math
import re

import numpy as np
import pytest
import xgboost

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.model.linear import linear_to_json
from NACResponseLib.scoring.explanation import shown
from NACResponseLib.scoring.predict import score_values

PATIENT = {"age": 50.0, "HR": 1.0, "HER2": 0.0, "tumor_volume_mm3": 20_000.0}


def score(shipped, **changes):
    return score_values({**PATIENT, **changes}, shipped, patient_id="P1")


def brute_force_shapley(trees, row):
    """Shapley values by their definition, over the expectation that TreeSHAP uses: unknown splits are averaged."""

    def expected(tree, known, node=0):
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left == -1:
            return tree["base_weights"][node]
        feature, value = tree["split_indices"][node], np.float32(row[tree["split_indices"][node]])
        if feature in known:
            goes_left = tree["default_left"][node] if np.isnan(value) else value < tree["split_conditions"][node]
            return expected(tree, known, left if goes_left else right)
        cover = tree["sum_hessian"]
        return (cover[left] * expected(tree, known, left) + cover[right] * expected(tree, known, right)) / cover[node]

    def worth(known):
        return sum(expected(tree, known) for tree in trees)

    size, result = len(row), []
    for feature in range(size):
        others = [other for other in range(size) if other != feature]
        result.append(
            sum(
                math.factorial(len(known))
                * math.factorial(size - len(known) - 1)
                / math.factorial(size)
                * (worth({*known, feature}) - worth(set(known)))
                for number in range(size)
                for known in itertools.combinations(others, number)
            )
        )
    return result


def completed(shipped, values):
    """Every patient that one with missing statuses may be, with the share of such patients in the training table."""
    with (resources() / "Models" / "ispy_clinical_volume.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    patients = [(values, 1.0)]
    for name in ("HR", "HER2"):
        if math.isnan(values[name]):
            known = [float(row[name.lower()]) for row in rows if row[name.lower()]]
            share = sum(known) / len(known)
            patients = [({**p, name: s}, w * c) for p, w in patients for s, c in ((0.0, 1 - share), (1.0, share))]
    return patients


def seen(shipped, values):
    """(inputs,) as the model sees them: the logarithm of the volume, the rest as they are."""
    return np.array(
        [math.log(values[item.name]) if item.unit == "mm³" else values[item.name] for item in shipped.inputs]
    )


MISSING = [{"HR": math.nan}, {"HER2": math.nan}, {"HR": math.nan, "HER2": math.nan}]


@pytest.mark.parametrize("changes", [{}, {"HR": math.nan}, {"age": 33.0, "HER2": 1.0, "tumor_volume_mm3": 2_000.0}])
def test_log_odds_contributions_are_shapley_values(shipped, changes):
    trees = json.loads(shipped.model.json)["learner"]["gradient_booster"]["model"]["trees"]
    linear = shipped.model.logistic

    def worth(row):
        return np.array(brute_force_shapley(trees, row)) + linear.formula.coefficients * (row - np.array(linear.means))

    expected = sum(
        weight * worth(seen(shipped, values)) for values, weight in completed(shipped, {**PATIENT, **changes})
    )
    found = {each.feature: each.log_odds for each in score(shipped, **changes).contributions}
    slope = shipped.calibration.slope
    assert [found[item.name] for item in shipped.inputs] == pytest.approx([slope * each for each in expected], abs=1e-4)


def test_contributions_add_up_in_probability_and_in_log_odds(shipped):
    result = score(shipped)
    total = result.baseline + sum(each.contribution for each in result.contributions)
    assert total == pytest.approx(result.probability, abs=1e-12)
    log_odds = [math.log(p / (1 - p)) for p in (result.baseline, result.probability)]
    assert sum(each.log_odds for each in result.contributions) == pytest.approx(log_odds[1] - log_odds[0], abs=1e-5)
    assert all(each.contribution * each.log_odds >= 0 for each in result.contributions)
    sizes = [abs(each.contribution) for each in result.contributions]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("changes", MISSING)
def test_a_missing_status_is_averaged_over_by_its_share_in_the_training_table(shipped, changes):
    result = score(shipped, **changes)
    every = [(score_values(p, shipped, patient_id="P1"), w) for p, w in completed(shipped, {**PATIENT, **changes})]
    assert result.probability == pytest.approx(sum(w * each.probability for each, w in every), abs=1e-6)
    assert result.interval[0] == min(each.interval[0] for each, _ in every)
    assert result.interval[1] == max(each.interval[1] for each, _ in every)
    parts = {each.feature: each.contribution for each in result.contributions}
    for name, part in parts.items():
        mean = sum(w * c.contribution for each, w in every for c in each.contributions if c.feature == name)
        assert part == pytest.approx(mean, abs=1e-6)
    assert result.baseline + sum(parts.values()) == pytest.approx(result.probability, abs=1e-12)
    assert len(result.warnings) == len(changes)
    assert all("averaged over both possibilities" in warning for warning in result.warnings)


def test_an_old_bundle_scores_complete_patients_only(shipped):
    old = dataclasses.replace(
        shipped, inputs=tuple(dataclasses.replace(item, prevalence=None) for item in shipped.inputs)
    )
    assert score(old).probability == score(shipped).probability
    with pytest.raises(InputError, match="does not tell how common"):
        score(old, HR=math.nan)


def test_contributions_add_up_for_any_patient(shipped):
    random = np.random.default_rng(5)
    for _ in range(50):
        result = score(
            shipped,
            age=random.uniform(20, 80),
            HR=random.choice([0.0, 1.0, math.nan]),
            HER2=random.choice([0.0, 1.0, math.nan]),
            tumor_volume_mm3=math.exp(random.uniform(4, 14)),
        )
        total = result.baseline + sum(each.contribution for each in result.contributions)
        assert total == pytest.approx(result.probability, abs=1e-12)


@pytest.mark.parametrize(
    ("mm3", "words"),
    [(4.02, "0.00402 cm³"), (50, "0.0500 cm³"), (9_999, "10.0 cm³"), (495_008, "495 cm³"), (1.2e6, "1200 cm³")],
)
def test_volumes_are_shown_with_three_significant_digits(shipped, mm3, words):
    assert shown(shipped.inputs[3], mm3) == words


def test_the_score_states_the_level_of_its_interval(shipped):
    assert score(shipped).interval_level == 0.95
    wide = dataclasses.replace(shipped, interval=dataclasses.replace(shipped.interval, level=0.99))
    assert score(wide).interval_level == 0.99
    assert score(wide).interval[0] < score(shipped).interval[0]


def test_the_probability_is_that_of_trees_and_logistic_regression_after_calibration(shipped):
    row = seen(shipped, PATIENT)
    matrix = xgboost.DMatrix(row[None], feature_names=shipped.model.booster.feature_names)
    linear = json.loads(linear_to_json(shipped.model.logistic))
    weights = {term["name"]: term["coefficient"] for term in linear["terms"]}
    margin = shipped.model.booster.predict(matrix, output_margin=True)[0] + linear["intercept"]
    margin += sum(weights[item.name] * value for item, value in zip(shipped.inputs, row, strict=True))
    log_odds = shipped.calibration.intercept + shipped.calibration.slope * margin
    assert score(shipped).probability == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-6)


def test_values_are_shown_as_a_reader_writes_them(shipped):
    shown = {each.feature: (each.shown, each.unit) for each in score(shipped, HER2=math.nan).contributions}
    assert shown == {
        "age": ("50 years", "years"),
        "HR": ("positive", ""),
        "HER2": ("not known", ""),
        "tumor_volume_mm3": ("20.0 cm³", "cm³"),
    }


def test_the_class_is_named_by_the_stored_threshold(shipped):
    low, high = score(shipped), score(shipped, HR=0.0, HER2=1.0, tumor_volume_mm3=3_000.0)
    assert low.probability < shipped.threshold <= high.probability
    assert (low.predicted_class, high.predicted_class) == ("residual disease", "pathological complete response")
    assert low.model["positive_class"] == "pathological complete response"
    assert "Research use only" in low.model["intended_use"]


def test_a_model_that_learned_nothing_names_no_class_and_says_so_first(shipped):
    calibration = dataclasses.replace(shipped.calibration, slope=0.01)
    nothing = dataclasses.replace(shipped, calibration=calibration)
    found = score_values(PATIENT, nothing, patient_id="P", warnings=("another",))
    assert (found.predicted_class, found.prediction_set, found.p_values) == (None, (), {})
    assert "learned nothing" in found.warnings[0] and found.warnings[1] == "another"
    assert score(shipped).predicted_class is not None


def test_an_ordinary_patient_gets_no_warning_but_those_given(shipped):
    assert score(shipped).warnings == ()
    given = score_values(PATIENT, shipped, patient_id="P1", warnings=("first",), provenance={"image": "abc"})
    assert given.warnings == ("first",)
    assert given.provenance["image"] == "abc"
    assert given.provenance["model"]["sha256"] == shipped.sha256


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tumor_volume_mm3": 900_000.0}, r"Tumour volume 900 cm³ .*0\.201 to"),
        ({"age": 19.0}, "Age 19 years lies outside"),
        ({"age": 76.0}, "Age 76 years .*98 %"),
        ({"HR": math.nan}, "Hormone receptor .*2 of 1,020"),
        ({"HER2": math.nan}, "HER2 .*3 of 1,020"),
    ],
)
def test_what_is_unusual_is_stated(shipped, changes, words):
    (warning,) = score(shipped, **changes).warnings
    assert re.search(words, warning)


def test_an_absent_value_is_a_missing_one(shipped):
    without = {name: value for name, value in PATIENT.items() if name != "HR"}
    assert score_values(without, shipped, patient_id="P1") == score_values(
        {**without, "HR": math.nan, "grade": 3.0}, shipped, patient_id="P1"
    )


def test_the_interval_of_a_missing_status_covers_both_possibilities(shipped):
    unknown, negative, positive = (score(shipped, HR=value) for value in (math.nan, 0.0, 1.0))
    assert unknown.interval[0] <= positive.interval[0]
    assert unknown.interval[1] >= negative.interval[1]
    (warning,) = unknown.warnings
    assert (
        f"{100 * negative.probability:.0f} % if negative and {100 * positive.probability:.0f} % if positive" in warning
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tumor_volume_mm3": math.nan}, "a value of tumor_volume_mm3"),
        ({"age": math.nan}, "a value of age"),
        ({"age": math.inf}, "a finite value of age"),
        ({"age": 1e300}, "a finite value of age"),
        ({"HR": 0.5}, "HR as 1 \\(positive\\) or 0 \\(negative\\)"),
    ],
)
def test_values_the_model_cannot_use_are_refused(shipped, changes, words):
    with pytest.raises(InputError, match=words):
        score(shipped, **changes)


def test_intervals_contain_the_probability_and_stay_inside_zero_and_one(shipped):
    for age, hr, her2, volume in itertools.product((25.0, 75.0), (0.0, 1.0), (0.0, 1.0), (300.0, 4e5)):
        result = score(shipped, age=age, HR=hr, HER2=her2, tumor_volume_mm3=volume)
        assert 0 < result.interval[0] < result.probability < result.interval[1] < 1


def test_the_shipped_model_never_contradicts_its_constraints(shipped):
    volumes = np.geomspace(250, 490_000, 150)
    for age, hr, her2 in itertools.product((30.0, 45.0, 60.0), (0.0, 1.0), (0.0, 1.0)):
        rows = np.column_stack([np.full((150, 3), (age, hr, her2)), volumes])
        data = xgboost.DMatrix(rows, feature_names=shipped.model.booster.feature_names)
        assert (np.diff(shipped.model.booster.predict(data)) <= 0).all(), "a larger volume never raises the probability"
        base = score(shipped, age=age, HR=hr, HER2=her2).probability
        assert score(shipped, age=age, HR=1.0, HER2=her2).probability <= base
        assert score(shipped, age=age, HR=hr, HER2=1.0).probability >= base
    assert [item.name for item in shipped.inputs] == ["age", "HR", "HER2", "tumor_volume_mm3"]


def test_the_shipped_model_meets_its_aims(shipped):
    metrics = {metric.name: metric for metric in shipped.card.metrics}
    assert metrics["auc"].value >= 0.70
    assert metrics["auc"].value >= metrics["auc"].comparator - 0.005
    assert 0.9 <= metrics["calibration_slope"].value <= 1.1
    for metric in shipped.card.metrics:
        assert metric.low < metric.value < metric.high
        assert metric.comparator_low < metric.comparator < metric.comparator_high


def test_the_shipped_reference_agrees_with_the_card(shipped):
    """Out-of-fold probabilities of another cross-validation of the same patients: near the nested figures."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    metrics = {metric.name: metric.value for metric in shipped.card.metrics}
    reference = shipped.reference
    assert len(reference.outcomes) == shipped.card.patients
    assert reference.outcomes.sum() == shipped.card.positives
    assert roc_auc_score(reference.outcomes, reference.probabilities) == pytest.approx(metrics["auc"], abs=0.015)
    assert brier_score_loss(reference.outcomes, reference.probabilities) == pytest.approx(metrics["brier"], abs=0.004)
