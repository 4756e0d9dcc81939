"""Estimators are public: each can be taken by its name and used in a pipeline of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from NACResponseLib import estimators
from NACResponseLib.estimators import ComBatHarmonizer, LassoSignature, MRMRSelector, SpearmanSelector


def test_every_public_name_exists_and_an_unknown_one_does_not():
    assert all(getattr(estimators, name).__name__ == name for name in estimators.__all__)
    with pytest.raises(AttributeError, match="has no attribute"):
        _ = estimators.NoSuchEstimator


def test_harmonization_selection_and_a_signature_make_one_pipeline():
    random = np.random.default_rng(0)
    scanner, outcome = random.integers(0, 2, 200), random.integers(0, 2, 200)
    values = random.normal(size=(200, 12)) + 3.0 * scanner[:, None]
    values[:, 0] += 2.0 * outcome
    rows = np.column_stack([scanner, values])
    steps = ComBatHarmonizer(0), MRMRSelector(6), SpearmanSelector(), LassoSignature(), LogisticRegression()
    fitted = clone(make_pipeline(*steps)).fit(rows[:100], outcome[:100])
    assert fitted.score(rows[100:], outcome[100:]) > 0.75
