"""Classifiers beside the logistic model: the same terms, seeds that hold, figures as scikit-learn gives them."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import brier_score_loss, roc_auc_score

from NACResponseLib.registry import names
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partition
from NACResponseLib.training.signatures.classifiers import classifier, compare_classifiers
from NACResponseLib.training.signatures.model import fit_formula

from .conftest import planted

CLASSIFIERS = ("logistic", *names("classifiers"))


def terms(size, seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=(size, 3)) * [1, 5, 0.1]
    return values, (values[:, 0] + 0.5 * random.normal(size=size) > 0).astype(int)


def test_every_one_of_the_eight_learns_what_is_plain_and_gives_probabilities():
    shipped = np.full(400, 0.5)
    found = compare_classifiers(CLASSIFIERS, terms(144, 0), terms(400, 1), shipped, seed=0)
    assert list(found) == list(CLASSIFIERS)
    assert found.pop("logistic") == {"auc": 0.5, "brier": pytest.approx(0.25)}
    for name, expected in found.items():
        assert expected["auc"] > 0.85 and expected["brier"] < 0.17, name
    assert compare_classifiers(CLASSIFIERS[1:], terms(144, 0), terms(400, 1), shipped, seed=0) == found


def test_figures_are_those_of_the_classifier_used_plainly():
    (train, outcome), (test, truth) = terms(144, 0), terms(200, 1)
    scaled = (train - train.mean(axis=0)) / train.std(axis=0), (test - train.mean(axis=0)) / train.std(axis=0)
    plain = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(scaled[0], outcome)
    probability = plain.predict_proba(scaled[1])[:, 1]
    found = compare_classifiers(["lda"], (train, outcome), (test, truth), probability, 0)["lda"]
    assert found["auc"] == pytest.approx(roc_auc_score(truth, probability))
    assert found["brier"] == pytest.approx(brier_score_loss(truth, probability))


@pytest.mark.parametrize("name", CLASSIFIERS[1:])
def test_few_patients_and_terms_that_do_not_vary_are_borne(name):
    """Two of a class are the fewest that a recipe's folds may leave."""
    train, outcome = terms(30, 3)
    train[:, 1] = 2.0
    few = np.r_[np.flatnonzero(outcome == 1)[:2], np.flatnonzero(outcome == 0)[:6]]
    for rows in (np.arange(30), few):
        fitted = classifier(name, outcome[rows], 0).fit(train[rows], outcome[rows])
        assert np.isfinite(fitted.predict_proba(terms(5, 4)[0])).all()


def test_only_the_final_model_is_compared_and_logistic_is_the_model_itself(planted_recipe):
    table = planted(patients=150)
    partition = np.arange(100), np.arange(100, 150)
    final = run_partition(table, "both", 0, partition, strategy_of(planted_recipe))
    assert run_partition(table, "other", 0, partition, strategy_of(planted_recipe)).classifiers == {}
    assert list(final.classifiers) == ["logistic", "lda"]
    assert final.classifiers["logistic"]["auc"] == pytest.approx(roc_auc_score(final.outcome, final.probability))
    assert final.classifiers["logistic"]["brier"] == pytest.approx(brier_score_loss(final.outcome, final.probability))


def test_others_learn_from_terms_of_patients_left_out(planted_recipe):
    table = planted(patients=150)
    train, test = table.part(np.arange(100)), table.part(np.arange(100, 150))
    fitted = fit_formula(train, planted_recipe)
    lda = classifier("lda", train.outcome, 0).fit(fitted.terms.held_out, train.outcome)
    expected = roc_auc_score(test.outcome, lda.predict_proba(fitted.terms.of(test))[:, 1])
    found = run_partition(table, "both", 0, (np.arange(100), np.arange(100, 150)), strategy_of(planted_recipe))
    assert found.classifiers["lda"]["auc"] == pytest.approx(expected)
