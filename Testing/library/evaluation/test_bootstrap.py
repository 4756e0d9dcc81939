"""The bootstrap of a difference of AUCs against scipy's, DeLong's normal interval, and its coverage."""

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.bootstrap import auc_gap
from NACResponseLib.evaluation.delong import auc_interval


def group(seed, patients, apart, share=0.3):
    random = np.random.default_rng(seed)
    outcome = (random.random(patients) < share).astype(int)
    return outcome, np.round(random.normal(0, 1, patients) + apart * outcome, 2)


def parts(outcome, score):
    return score[outcome == 1], score[outcome == 0]


def area_difference(first_positive, first_negative, second_positive, second_negative, axis=-1):
    """Mann-Whitney areas of drawn classes, by going through pairs, as scipy's bootstrap wants it."""

    def area(positive, negative):
        pairs = np.sign(positive[..., :, None] - negative[..., None, :]) / 2 + 0.5
        return pairs.mean((-1, -2))

    return area(first_positive, first_negative) - area(second_positive, second_negative)


@pytest.mark.parametrize(
    ("first", "second"),
    [(group(5, 60, 2.6), group(4, 25, 0.8)), (group(6, 40, 2.4), group(7, 40, -0.5))],
    ids=["skewed up", "skewed down"],
)
def test_the_interval_is_that_of_scipys_bootstrap_of_four_samples(first, second):
    """Of small and skewed groups."""
    samples = (*parts(*first), *parts(*second))
    expected = stats.bootstrap(
        samples, area_difference, n_resamples=12_000, batch=500, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    found = auc_gap(*first, *second, draws=12_000, seed=4)
    assert found.difference == pytest.approx(area_difference(*samples), abs=1e-12)
    assert found.percentile == pytest.approx((expected.low, expected.high), abs=0.01)


def test_with_many_patients_the_interval_is_that_of_delong():
    groups = group(5, 600, 1.2), group(6, 500, 0.9)
    first, second = (auc_interval(*one) for one in groups)
    difference, half = first.area - second.area, 1.959964 * np.hypot(first.error, second.error)
    found = auc_gap(*groups[0], *groups[1], draws=4000, seed=1)
    assert found.percentile == pytest.approx((difference - half, difference + half), abs=0.005)
    assert (found.first, found.second) == pytest.approx((first.area, second.area))


def test_the_p_value_is_the_interval_turned_round():
    for apart in (1.1, 1.6, 2.1):
        found = auc_gap(*group(7, 120, apart), *group(8, 90, 0.8), draws=2000, seed=2)
        assert (found.p < 0.05) == (found.percentile[0] > 0 or found.percentile[1] < 0)
        assert 0 < found.p <= 1


@pytest.mark.slow
def test_of_groups_that_do_not_differ_one_of_twenty_intervals_leaves_zero_out():
    missed = 0
    for seed in range(200):
        found = auc_gap(*group(2 * seed, 140, 1.0), *group(2 * seed + 1, 110, 1.0), draws=400, seed=seed)
        missed += not found.percentile[0] <= 0 <= found.percentile[1]
    assert missed / 200 == pytest.approx(0.05, abs=0.035)


def test_the_same_seed_gives_the_same_draws_and_another_others():
    first, second = group(9, 80, 1.0), group(10, 80, 1.0)
    assert auc_gap(*first, *second, seed=3) == auc_gap(*first, *second, seed=3)
    assert auc_gap(*first, *second, seed=3).percentile != auc_gap(*first, *second, seed=4).percentile


def test_separated_groups_have_no_difference_and_no_width():
    found = auc_gap([0, 0, 1, 1], [1, 2, 3, 4], [0, 1, 0, 1], [1, 2, 3, 4], draws=200)
    alone = auc_gap([0, 0, 1, 1], [1, 2, 3, 4], [0, 0, 1, 1], [1, 2, 3, 4], draws=200)
    assert found.difference == 0.25
    assert alone.percentile == (0, 0) and alone.p == 1


def test_few_draws_and_groups_of_one_class_are_refused():
    with pytest.raises(InputError, match="draws"):
        auc_gap(*group(1, 40, 1), *group(2, 40, 1), draws=10)
    with pytest.raises(InputError, match="both of them"):
        auc_gap(*group(1, 40, 1), np.zeros(10), np.arange(10))
