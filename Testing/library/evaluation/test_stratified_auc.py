"""The AUC inside groups, against scikit-learn's in each and a score that knows the group alone."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from NACResponseLib.evaluation.delong import auc_covariance
from NACResponseLib.evaluation.stratified_auc import stratified_auc


def grouped(seed, count, inside):
    """Three groups of very different prevalence; ``inside`` is what the score knows within them."""
    random = np.random.default_rng(seed)
    group = random.integers(3, size=count)
    own = random.normal(size=count)
    outcome = (random.random(count) < 1 / (1 + np.exp(2 - 2 * group - inside * own))).astype(int)
    return np.array(["a", "b", "c"])[group], outcome, 2.0 * group + own


def test_it_is_the_mean_of_the_groups_areas_weighed_by_their_patients():
    labels, outcome, score = grouped(1, 300, 1.0)
    parts = [(outcome[labels == name], score[labels == name]) for name in "abc"]
    weights = [part.sum() * (1 - part).sum() / part.size for part, _ in parts]
    area, count = stratified_auc(labels, outcome, score)
    assert count == 3
    assert area.area == pytest.approx(np.average([roc_auc_score(*part) for part in parts], weights=weights))
    variances = [auc_covariance(part, scores[None])[1][0, 0] for part, scores in parts]
    assert area.error == pytest.approx(np.sqrt((np.array(weights) ** 2) @ variances) / np.sum(weights))


def test_a_score_that_knows_the_group_alone_ranks_all_but_not_inside():
    labels, outcome, score = grouped(2, 3000, 0.0)
    area, _ = stratified_auc(labels, outcome, score)
    assert roc_auc_score(outcome, score) > 0.7 and area.low < 0.5 < area.high and area.high - area.low < 0.06


def test_patients_without_a_group_and_groups_without_a_class_have_no_part():
    labels, outcome, score = grouped(3, 200, 1.0)
    alone, _ = stratified_auc(labels, outcome, score)
    more, count = stratified_auc([*labels, *[""] * 4, "d", "d"], [*outcome, 1, 0, 1, 0, 1, 1], [*score, *range(6)])
    assert more == alone and count == 3
    area, count = stratified_auc(["", ""], [0, 1], [0.1, 0.2])
    assert np.isnan(area.area) and count == 0


def test_groups_whose_scores_separate_the_classes_have_no_error():
    area, _ = stratified_auc(["a"] * 6, [0, 0, 0, 1, 1, 1], range(6))
    assert area.area == 1 and np.isnan([area.error, area.low, area.high]).all()


@pytest.mark.slow
def test_the_interval_holds_the_truth_in_ninety_five_of_a_hundred_cohorts():
    big = stratified_auc(*grouped(5, 200_000, 0.5))[0].area
    found = [stratified_auc(*grouped(seed, 150, 0.5))[0] for seed in range(100, 700)]
    assert np.mean([one.low <= big <= one.high for one in found]) == pytest.approx(0.95, abs=0.025)
