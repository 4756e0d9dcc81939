"""Selection, oversampling and search do what public packages do, step by step."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.feature_selection import RFECV, f_classif
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from xgboost import XGBClassifier

from NACResponseLib.evaluation.partitions import repeated_folds
from NACResponseLib.model.columns import Column, clinical_column
from NACResponseLib.training.trees.recipe import Selection
from NACResponseLib.training.trees.search import FoldData, fit_trees, monotone, search
from NACResponseLib.training.trees.selection import (
    best_count,
    eliminate,
    last_eliminated,
    preselect,
    preselect_images,
)

COLUMNS = tuple(Column(f"c{number}", f"c{number}", group="MRI") for number in range(9))


@pytest.fixture
def plain(recipe):
    """No oversampling, no constraint, and nothing that depends on a random draw."""
    grid = replace(recipe.classifier, subsample=(1.0,), colsample=(1.0,), parallel_trees=1, max_bin=256)
    grid = replace(grid, max_depth=(1, 3), learning_rate=(0.1, 0.3), min_child_weight=(1.0,), rounds=(5, 10, 20))
    return replace(recipe, classifier=grid, monotone={}).changed(oversample=False)


@pytest.fixture
def data():
    random = np.random.default_rng(8)
    values = random.normal(size=(150, 9))
    outcome = (values[:, 0] - values[:, 4] + random.normal(size=150) > 0.5).astype(int)
    return values, outcome, repeated_folds(outcome, 5, 1, 3)[0]


def fold_data(values, outcome, columns, folds):
    return [FoldData(columns, values[train], outcome[train], values[test], outcome[test]) for train, test in folds]


def test_elimination_equals_scikit_learns(data, plain):
    values, outcome, folds = data
    spec = plain.elimination
    classifier = XGBClassifier(
        n_estimators=spec.rounds,
        max_depth=spec.max_depth,
        learning_rate=spec.learning_rate,
        min_child_weight=1,
        n_jobs=1,
    )
    reference = RFECV(classifier, cv=folds, scoring="roc_auc").fit(values, outcome)
    paths = [
        eliminate(values[train], outcome[train], COLUMNS, plain, (values[test], outcome[test])) for train, test in folds
    ]
    scores = [each for _, each in paths]
    assert np.mean(scores, axis=0) == pytest.approx(reference.cv_results_["mean_test_score"])
    gone, _ = eliminate(values, outcome, COLUMNS, plain)
    assert last_eliminated(gone, best_count(scores)).tolist() == np.flatnonzero(reference.support_).tolist()


@pytest.mark.parametrize(
    ("at_once", "counts"), [(0.0, range(24, 0, -1)), (0.3, (24, 23, 18, 14, 11, 9, 7, 6, 5, 4, 3, 2, 1))]
)
def test_every_step_of_elimination_is_that_of_trees_boosted_from_the_start(plain, at_once, counts):
    """Some columns are never split by, some from the first tree on."""
    random = np.random.default_rng(4)
    values = random.normal(size=(120, 24))
    values[:, 20:] = 0.0
    outcome = (values[:, 3] + values[:, 7] + random.normal(size=120) > 0).astype(int)
    spec = replace(plain.elimination, at_once=at_once)
    columns, train, test = (COLUMNS * 3)[:24], slice(80), slice(80, 120)
    gone, scores = eliminate(
        values[train], outcome[train], columns, replace(plain, elimination=spec), (values[test], outcome[test])
    )
    left = list(range(24))
    for count, following in pairwise([*counts, 0]):
        assert len(left) == count
        model = XGBClassifier(
            n_estimators=spec.rounds, max_depth=spec.max_depth, learning_rate=spec.learning_rate, n_jobs=1
        ).fit(values[train][:, left], outcome[train])
        margin = model.predict(values[test][:, left], output_margin=True)
        assert scores[count - 1] == pytest.approx(roc_auc_score(outcome[test], margin), abs=1e-12)
        gains = model.get_booster().get_score(importance_type="gain")
        order = np.argsort([gains.get(f"f{number}", 0.0) for number in range(count)], kind="stable")
        going = [left[number] for number in order[: count - following]]
        assert gone[24 - count : 24 - following].tolist() == going
        left = [number for number in left if number not in going]
    assert np.isfinite(scores).sum() == len(counts)


@pytest.mark.parametrize("at_once", [0.0, 0.3])
def test_features_that_stay_are_those_that_would_go_last(data, plain, at_once):
    values, outcome, _ = data
    recipe = replace(plain, elimination=replace(plain.elimination, at_once=at_once))
    gone, _ = eliminate(values, outcome, COLUMNS, recipe)
    for count in range(1, 10):
        fewer, _ = eliminate(values, outcome, COLUMNS, recipe, stay=count)
        assert last_eliminated(fewer, count).tolist() == last_eliminated(gone, count).tolist()


def test_the_best_number_of_features_is_one_that_was_tried():
    tried = [np.array([0.6, 0.7, np.nan, 0.8, np.nan, 0.9]), np.array([0.6, 0.7, np.nan, 0.7, 0.99])]
    assert best_count(tried) == 4  # five were tried in the second fold alone


def test_the_search_equals_scikit_learns(data, plain):
    values, outcome, folds = data
    grid = plain.classifier
    choices = {
        "max_depth": grid.max_depth,
        "learning_rate": grid.learning_rate,
        "n_estimators": grid.rounds,
    }
    reference = GridSearchCV(XGBClassifier(min_child_weight=1, n_jobs=1), choices, scoring="roc_auc", cv=folds)
    best = reference.fit(values, outcome)
    found = search(fold_data(values, outcome, COLUMNS, folds), plain)
    setting = found.setting
    assert found.score == pytest.approx(best.best_score_)
    means = best.cv_results_["mean_test_score"]
    equal = [best.cv_results_["params"][number] for number in np.flatnonzero(np.isclose(means, means.max()))]
    chosen = {"max_depth": setting.max_depth, "learning_rate": setting.learning_rate, "n_estimators": setting.rounds}
    assert chosen in equal


def selected(values, outcome, columns, spec, kept):
    """Numbers of the columns that are left of all, by both stages."""
    clinical = np.array([column.group == "clinical" for column in columns])
    images = preselect_images(
        values[:, ~clinical], outcome, tuple(np.array(columns, dtype=object)[~clinical]), spec, kept
    )
    left = np.r_[np.flatnonzero(~clinical)[images], np.flatnonzero(clinical)].astype(int)
    return left[preselect(values[:, left], outcome, tuple(columns[number] for number in left), spec, kept)]


def test_mrmr_takes_its_share_of_each_modality_and_then_of_all():
    random = np.random.default_rng(0)
    outcome = np.arange(60) % 2
    groups = ["MRI"] * 30 + ["CT"] * 30 + ["clinical"] * 2
    columns = tuple(Column(str(number), "", group=group) for number, group in enumerate(groups))
    values = random.normal(size=(60, 62))
    values[:, :30] += 2 * outcome[:, None]  # every MRI column predicts better than any of CT
    values[:, 60] = outcome + 0.1 * random.normal(size=60)
    spec = Selection("FCQ")
    chosen = selected(values, outcome, columns, spec, 4)
    assert len(chosen) == 4 and 60 in chosen
    assert chosen.tolist() == sorted(chosen)
    alone = selected(values[:, 30:60], outcome, columns[30:60], spec, 1)
    assert alone[0] == np.argmax(f_classif(values[:, 30:60], outcome)[0])


def test_clinical_variables_stay_where_they_do_not_compete():
    random = np.random.default_rng(0)
    columns = tuple(Column(str(number), "", group=group) for number, group in enumerate(["MRI"] * 9 + ["clinical"] * 2))
    values, outcome = random.normal(size=(60, 11)), np.arange(60) % 2
    chosen = selected(values, outcome, columns, Selection("FCD", keep_clinical=True), 3)
    assert len(chosen) == 5 and {9, 10} <= set(chosen)
    assert selected(values[:, 9:], outcome, columns[9:], Selection(keep_clinical=True), 3).tolist() == [0, 1]


def test_only_patients_of_the_smaller_class_are_made_up_and_real_ones_stay(recipe):
    random = np.random.default_rng(1)
    columns = (clinical_column("age"), clinical_column("ER"), clinical_column("grade"), COLUMNS[0])
    values = np.column_stack(
        [random.normal(size=40), random.integers(0, 2, 40), random.integers(1, 4, 40), random.normal(size=40)]
    )
    outcome = (np.arange(40) < 10).astype(int)
    more, labels = recipe.oversampled(values, outcome, columns)
    assert labels.sum() == 30 and len(labels) == 60
    np.testing.assert_array_equal(more[:40], values)
    assert set(np.unique(more[:, 1])) <= {0, 1} and set(np.unique(more[:, 2])) <= {1, 2, 3}
    made, real = more[40:, [0, 3]], values[:10][:, [0, 3]]
    assert (made.min(axis=0) >= real.min(axis=0)).all() and (made.max(axis=0) <= real.max(axis=0)).all()
    again, _ = recipe.oversampled(values, outcome, columns)
    np.testing.assert_array_equal(more, again)
    same, _ = recipe.changed(oversample=False).oversampled(values, outcome, columns)
    assert same is values


@pytest.mark.parametrize("kinds", [("ER", "grade"), ("age", "tumor_size_mm")])
def test_columns_of_one_kind_alone_are_oversampled_too(recipe, kinds):
    columns = tuple(clinical_column(name) for name in kinds)
    values = np.random.default_rng(2).integers(0, 2, (30, 2)).astype(float)
    more, labels = recipe.oversampled(values, (np.arange(30) < 8).astype(int), columns)
    assert labels.sum() == 22 and set(np.unique(more)) <= ({0, 1} if kinds[0] == "ER" else set(np.unique(more)))


def test_a_direction_holds_in_the_trees_and_is_dropped_where_the_patients_contradict_it(recipe):
    import xgboost

    random = np.random.default_rng(3)
    columns = (clinical_column("tumor_volume_mm3"), clinical_column("age"))
    values = random.normal(size=(200, 2))
    outcome = (random.random(200) < 1 / (1 + np.exp(values[:, 0]))).astype(int)
    assert monotone(values, outcome, columns, recipe) == (-1, 0)
    assert monotone(values, 1 - outcome, columns, recipe) == (0, 0)
    folds = fold_data(values, outcome, columns, repeated_folds(outcome, 5, 1, 1)[0])
    setting = search(folds, recipe).setting
    booster = fit_trees(values, outcome, columns, setting, recipe)
    grid = np.column_stack([np.linspace(-2, 2, 50), np.zeros(50)])
    margin = booster.predict(xgboost.DMatrix(grid, feature_names=booster.feature_names), output_margin=True)
    assert (np.diff(margin) <= 1e-6).all() and margin[0] > margin[-1]
