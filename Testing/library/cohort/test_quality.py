"""Which contours to look at first."""

import numpy as np
import pandas as pd
from scipy.stats import median_abs_deviation

from NACResponseLib.cohort.quality import concerns, modified_z

RNG = np.random.default_rng(0)


def test_modified_z_scores_are_those_of_scipys_median_absolute_deviation():
    values = RNG.normal(3, 2, (41, 4)) ** 3
    values[5, 2] = np.nan
    spread = median_abs_deviation(values, axis=0, scale="normal", nan_policy="omit")
    expected = (values - np.nanmedian(values, axis=0)) / spread
    np.testing.assert_allclose(modified_z(values), expected, rtol=1e-4)


def test_columns_of_mostly_one_value_have_scores_too():
    values = np.zeros((20, 2))
    values[3, 0] = 5.0
    z = modified_z(values)
    np.testing.assert_allclose(z[3], [5 / (1.2533 * 5 / 20), 0])
    assert np.count_nonzero(z) == 1


def test_warnings_and_outlying_features_come_first():
    names = [f"P{k}" for k in range(30)]
    table = pd.DataFrame(RNG.uniform(-1, 1, (30, 50)), names, [f"f{k}" for k in range(50)])
    table.iloc[7, :10] += 40
    table.iloc[9, 4] -= 90
    found = concerns({name: ["w"] if name == "P20" else [] for name in names}, table)
    assert [one.patient_id for one in found[:3]] == ["P7", "P20", "P9"]
    assert found[0].share == 10 / 50 and found[2].farthest[0][0] == "f4" and found[2].farthest[0][1] < -50
    assert [one.patient_id for one in found[3:6]] == ["P0", "P1", "P2"] and found[3].farthest == ()


def test_a_handful_of_patients_has_no_outliers():
    table = pd.DataFrame([[0.0], [0.1], [99.0]], list("abc"), ["f"])
    assert all(one.share == 0 for one in concerns({"a": [], "b": [], "c": []}, table))
    assert [one.patient_id for one in concerns({"a": [], "b": ["w"]})] == ["b", "a"]
