"""mRMR against feature-engine, against the definition written out in loops, and at its edges."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from NACResponseLib.errors import InputError
from NACResponseLib.estimators.mrmr import METHODS, MRMRSelector

REFERENCE = Path(__file__).parents[2] / "reference" / "mrmr" / "feature_engine.npz"


@pytest.fixture
def table():
    """70 patients; correlated, skewed, whole-number and two-valued columns; copies of columns make ties."""
    rng = np.random.default_rng(11)
    outcome = rng.permutation(np.repeat([0, 1], [48, 22]))
    base = rng.normal(size=(70, 9)) + 0.6 * outcome[:, None] * (np.arange(9) % 3 == 0)
    mixed = base[:, :4] + 0.5 * base[:, 4:8]
    columns = [base, mixed, np.exp(base[:, :3]), np.round(base[:, :4]), base[:, :3] > 1, base[:, [0, 3]]]
    return np.hstack(columns).astype(float), outcome


def bins_of(column, n_bins):
    """Quantile bin of each value by the share of values below it, half of its equals counted."""
    size = len(column)
    return [
        ((2 * sum(other < value for other in column) + sum(other == value for other in column)) * n_bins) // (2 * size)
        for value in column
    ]


def information(first, second):
    size, a, b = len(first), Counter(first), Counter(second)
    joint = Counter(zip(first, second, strict=True))
    return sum(c / size * math.log(c * size / (a[x] * b[y])) for (x, y), c in joint.items())


def f_statistic(column, outcome):
    groups = [[x for x, y in zip(column, outcome, strict=True) if y == label] for label in sorted(set(outcome))]
    grand = sum(column) / len(column)
    means = [sum(group) / len(group) for group in groups]
    between = sum(len(group) * (mean - grand) ** 2 for group, mean in zip(groups, means, strict=True))
    within = sum((x - mean) ** 2 for group, mean in zip(groups, means, strict=True) for x in group)
    return between / (len(groups) - 1) / (within / (len(column) - len(groups)))


def in_loops(values, outcome, count, method, n_bins=4):
    """The definition, a feature at a time; equal scores go to the first column."""
    columns = [list(map(float, column)) for column in values.T]
    outcome = list(map(int, outcome))
    if method.startswith("MI"):
        columns = [bins_of(column, n_bins) for column in columns]
        relevance = [information(column, outcome) for column in columns]
        redundancy = information
    else:
        relevance = [f_statistic(column, outcome) for column in columns]

        def redundancy(first, second):
            return abs(float(np.corrcoef(first, second)[0, 1]))

    def score(feature):
        if not chosen:
            return relevance[feature]
        mean = sum(redundancy(columns[feature], columns[other]) for other in chosen) / len(chosen)
        return relevance[feature] / mean if method.endswith("Q") else relevance[feature] - mean

    chosen = []
    for _ in range(count):
        scores = {feature: score(feature) for feature in range(len(columns)) if feature not in chosen}
        best = max(scores.values())
        chosen.append(next(feature for feature, value in scores.items() if math.isclose(value, best, rel_tol=1e-9)))
    return chosen


@parametrize_with_checks([MRMRSelector(method=method) for method in METHODS])
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("method", ["FCQ", "FCD"])
@pytest.mark.parametrize("name", ["two_classes", "three_classes"])
def test_feature_engine_selects_the_same_columns_in_the_same_order(name, method):
    stored = np.load(REFERENCE)
    expected = stored[f"{name}_{method}"]
    selector = MRMRSelector(len(expected), method=method).fit(stored[f"{name}_values"], stored[f"{name}_outcome"])
    np.testing.assert_array_equal(selector.selected_, expected)


@pytest.mark.parametrize("method", METHODS)
def test_the_definition_written_out_in_loops_selects_the_same_columns(table, method):
    values, outcome = table
    found = MRMRSelector(15, method=method).fit(values, outcome).selected_
    assert found.tolist() == in_loops(values, outcome, 15, method)


def test_the_relevance_by_f_is_that_of_analysis_of_variance(table):
    values, outcome = table
    np.testing.assert_allclose(MRMRSelector().fit(values, outcome).relevance_, f_classif(values, outcome)[0], rtol=1e-9)


@pytest.mark.parametrize("n_bins", [2, 3, 7])
def test_the_relevance_by_information_is_that_of_the_binned_columns(table, n_bins):
    values, outcome = table
    expected = [mutual_info_score(outcome, bins_of(column, n_bins)) for column in values.T]
    found = MRMRSelector(method="MID", n_bins=n_bins).fit(values, outcome).relevance_
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.skipif(not hasattr(np, "bitwise_count"), reason="numpy 1 has no other way")
def test_numpy_1_which_counts_no_bits_finds_the_same(table, monkeypatch):
    found = MRMRSelector(8, method="MIQ").fit(*table)
    monkeypatch.delattr(np, "bitwise_count")
    again = MRMRSelector(8, method="MIQ").fit(*table)
    assert again.selected_.tolist() == found.selected_.tolist() and again.scores_.tolist() == found.scores_.tolist()


def test_continuous_values_fall_into_bins_of_equal_size():
    """Four bins of 25; the outcome is the upper half, so that each bin tells it: log 2 nats."""
    values = np.random.default_rng(0).permutation(100)[:, None] ** 3.0
    outcome = (values[:, 0] >= 50**3).astype(int)
    assert MRMRSelector(method="MIQ").fit(values, outcome).relevance_ == pytest.approx(math.log(2))


@pytest.mark.parametrize("rare", [2, 98])
def test_a_rare_value_of_a_two_valued_column_has_its_own_bin(rare):
    column = np.arange(100) < rare
    outcome = np.arange(100) < 50
    found = MRMRSelector(method="MIQ").fit(column[:, None], outcome).relevance_
    assert found == pytest.approx(mutual_info_score(outcome, column))


@pytest.mark.parametrize("method", ["MIQ", "MID"])
def test_selection_by_information_does_not_depend_on_the_scale_of_a_column(table, method):
    values, outcome = table
    stretched = np.exp(3 * values) * np.geomspace(1e-6, 1e6, values.shape[1])
    one, other = (MRMRSelector(12, method=method).fit(each, outcome).selected_ for each in (values, stretched))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("method", METHODS)
def test_of_equal_columns_the_first_is_taken(table, method):
    values, outcome = table
    first = MRMRSelector(1, method=method).fit(values, outcome).selected_[0]
    doubled = np.column_stack([values[:, first]] * 3 + [values])
    assert MRMRSelector(1, method=method).fit(doubled, outcome).selected_[0] == 0


@pytest.mark.parametrize("method", ["FCQ", "MIQ"])
def test_the_columns_that_drive_the_outcome_are_found_among_copies_of_the_strongest(method):
    rng = np.random.default_rng(8)
    drivers = rng.normal(size=(300, 3))
    outcome = drivers @ [1.5, 1.2, 1.0] > 0
    copies = drivers[:, :1] + 0.2 * rng.normal(size=(300, 40))
    values = np.hstack([rng.normal(size=(300, 200)), drivers, copies])
    selected = MRMRSelector(6, method=method).fit(values, outcome).selected_
    assert {201, 202} <= set(selected)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_column_is_never_selected(table, method):
    values, outcome = table
    selector = MRMRSelector(100, method=method).fit(np.column_stack([np.full(70, 0.1), values]), outcome)
    assert sorted(selector.selected_) == list(range(1, values.shape[1] + 1))
    assert selector.relevance_[0] == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_column_that_separates_the_classes_comes_first_with_finite_scores(table, method):
    values, outcome = table
    selector = MRMRSelector(5, method=method).fit(np.column_stack([values, outcome]), outcome)
    assert selector.selected_[0] == values.shape[1]
    assert np.isfinite(selector.scores_).all()


def test_the_outcome_may_be_text(table):
    values, outcome = table
    text = np.where(outcome == 1, "responder", "non-responder")
    expected = MRMRSelector(5).fit(values, outcome).selected_
    np.testing.assert_array_equal(MRMRSelector(5).fit(values, text).selected_, expected)


def test_names_come_out_in_the_order_of_the_table(table):
    values, outcome = table
    frame = pd.DataFrame(values, columns=[f"c{index}" for index in range(values.shape[1])])
    selector = MRMRSelector(4).set_output(transform="pandas").fit(frame, outcome)
    expected = [f"c{index}" for index in sorted(selector.selected_)]
    assert list(selector.get_feature_names_out()) == expected == list(selector.transform(frame).columns)
    assert set(selector.get_support(indices=True)) == set(selector.selected_)


def test_selection_inside_folds_finds_nothing_where_there_is_nothing():
    rng = np.random.default_rng(21)
    values, outcome = rng.normal(size=(120, 1000)), np.tile([0, 1], 60)
    model = make_pipeline(MRMRSelector(10), LogisticRegression())
    assert cross_val_score(model, values, outcome, cv=10, scoring="roc_auc").mean() == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "MIC"}, "a method of mRMR"),
        ({"n_features_to_select": 0}, "n_features_to_select from 1"),
        ({"n_features_to_select": 0.1}, "n_features_to_select from 1"),
        ({"n_bins": 1}, "n_bins from 2 to 100"),
    ],
)
def test_a_setting_out_of_range_is_refused(table, settings, words):
    with pytest.raises(InputError, match=words):
        MRMRSelector(**settings).fit(*table)


def test_an_outcome_of_one_class_is_refused(table):
    with pytest.raises(InputError, match="at least two classes"):
        MRMRSelector().fit(table[0], np.zeros(70))


def test_columns_that_are_all_constant_are_refused(table):
    with pytest.raises(InputError, match="a feature that varies"):
        MRMRSelector().fit(np.ones((70, 3)), table[1])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_or_infinite_value_is_refused(table, bad):
    values, outcome = table
    values[3, 4] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        MRMRSelector().fit(values, outcome)
