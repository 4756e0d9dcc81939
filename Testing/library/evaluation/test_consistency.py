"""Consistency over subgroups: worked out by scikit-learn, and its three verdicts on planted patients."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from NACResponseLib.evaluation.consistency import subgroup_consistency
from NACResponseLib.evaluation.equivalence import AGREES, DIFFERS, UNCLEAR


def patients(seed, count, worse=0.0):
    """Two variables of two groups; calls are right in 75 %, less ``worse`` in the second group of the first one."""
    random = np.random.default_rng(seed)
    outcome, first, second = random.integers(2, size=(3, count))
    right = random.random(count) < 0.75 - worse * first
    labels = {"first": np.array(["a", "b"])[first].tolist(), "second": np.array(["c", "d"])[second].tolist()}
    return labels, outcome, np.where(right, outcome, 1 - outcome)


def test_the_score_is_one_less_the_mean_of_both_ranges():
    labels, outcome, called = patients(1, 400, 0.2)
    ranges = {
        variable: sum(
            np.ptp([recall_score(outcome[rows], called[rows], pos_label=so) for rows in parts]) for so in (1, 0)
        )
        for variable, names in labels.items()
        if (parts := [np.array(names) == name for name in sorted(set(names))])
    }
    found = subgroup_consistency(labels, outcome, called, draws=200)
    assert dict(found.disparities) == pytest.approx(ranges)
    assert found.score == pytest.approx(1 - np.mean(list(ranges.values())))
    assert found.low <= found.score <= found.high <= 1


@pytest.mark.parametrize(
    ("count", "worse", "verdict"), [(20_000, 0.0, AGREES), (800, 0.35, DIFFERS), (200, 0.0, UNCLEAR)]
)
def test_calls_that_are_alike_unlike_or_too_few(count, worse, verdict):
    assert subgroup_consistency(*patients(2, count, worse), draws=200).verdict == verdict


def test_small_and_unknown_groups_have_no_part():
    labels, outcome, called = patients(3, 300)
    before = subgroup_consistency(labels, outcome, called, draws=100)
    more = {name: [*groups, "z", "", "z"] for name, groups in labels.items()}
    after = subgroup_consistency(more, [*outcome, 1, 1, 0], [*called, 0, 0, 1], draws=100)
    assert after.score == pytest.approx(before.score)
    assert subgroup_consistency({"one": ["a"] * 300}, outcome, called) is None
    assert subgroup_consistency({}, outcome, called) is None


def test_chance_alone_is_reported_and_its_score_is_that_of_models_alike_in_all_groups():
    scores = [subgroup_consistency(*patients(seed, 200), draws=10) for seed in range(40, 100)]
    assert np.mean([one.by_chance for one in scores]) == pytest.approx(np.mean([one.score for one in scores]), abs=0.02)
    assert np.mean([one.verdict == DIFFERS for one in scores]) < 0.15
