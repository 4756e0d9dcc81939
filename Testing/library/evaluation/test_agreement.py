"""Intraclass correlation against the worked example of the paper that defines it."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.agreement import Agreement, intraclass_correlations

# Shrout and Fleiss, Psychological Bulletin 86:420 (1979), table 2: six targets, four judges. Table 4 gives .17.
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def intraclass_correlation(values):
    return Agreement(*(part[0] for part in intraclass_correlations(values[..., None])))


def test_the_published_example_gives_the_published_value():
    found = intraclass_correlation(RATINGS)
    assert round(found.icc, 2) == 0.17 and found.subjects == 6
    # Mean squares of the paper's table 3: between 11.24, within 6.26.
    assert found.icc == pytest.approx((11.24 - 6.26) / (11.24 + 3 * 6.26), abs=0.001)
    # The interval that R's psych::ICC prints for these data (ICC1): -0.13 to 0.72.
    assert (round(found.low, 2), round(found.high, 2)) == (-0.13, 0.72)


def test_intervals_hold_the_true_value_as_often_as_they_say():
    rng = np.random.default_rng(0)
    truth, hits = 0.6, 0
    for _ in range(400):
        values = rng.normal(0, truth**0.5, (20, 1)) + rng.normal(0, (1 - truth) ** 0.5, (20, 3))
        found = intraclass_correlation(values)
        hits += found.low <= truth <= found.high
    assert hits / 400 == pytest.approx(0.95, abs=0.03)


def test_perfect_and_undefined_agreement():
    exact = np.repeat(np.arange(5.0)[:, None], 3, axis=1)
    assert intraclass_correlation(exact).icc == 1
    assert np.isnan(intraclass_correlation(np.ones((5, 3))).icc)
    with_gap = np.vstack([RATINGS, [[1, np.nan, 2, 3]]])
    assert intraclass_correlation(with_gap) == intraclass_correlation(RATINGS)
    with pytest.raises(InputError, match="two repetitions"):
        intraclass_correlation(RATINGS[:, :1])


def test_many_quantities_at_once_are_those_one_by_one_gaps_included():
    values = np.random.default_rng(0).normal(size=(12, 3, 4)) + np.arange(12.0)[:, None, None]
    values[3, 1, 0] = values[5, :, 2] = np.nan
    values[:, :, 3] = 1e9 * np.arange(12.0)[:, None]
    for k, one in enumerate(zip(*intraclass_correlations(values), strict=True)):
        alone = intraclass_correlation(values[..., k])
        assert one == pytest.approx((alone.icc, alone.low, alone.high, alone.subjects))
    assert intraclass_correlations(values)[3].tolist() == [11, 12, 11, 12]
