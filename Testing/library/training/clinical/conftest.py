"""A small cohort with a known outcome, and a recipe small enough for tests."""

from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.training.clinical.recipe import load_clinical_recipe
from NACResponseLib.training.table import Table


@pytest.fixture
def recipe():
    """The shipped recipe with fewer repeats, rounds, draws and simulations."""
    shipped = load_clinical_recipe("ispy-clinical-volume")
    return replace(
        shipped,
        classifier=replace(shipped.classifier, rounds=30, parallel_trees=1),
        validation=replace(shipped.validation, repeats=2, final_repeats=1, bootstrap_draws=50),
        interval=replace(shipped.interval, simulations=1),
    )


@pytest.fixture
def table(recipe):
    """300 patients: the outcome follows HR, HER2 and log volume; age is noise; a few statuses are missing."""
    random = np.random.default_rng(11)
    values = np.column_stack(
        [random.uniform(30, 70, 300), random.integers(0, 2, (300, 2)), np.exp(random.normal(9.5, 1, 300))]
    ).astype(float)
    log_odds = -1.2 * values[:, 1] + 1.2 * values[:, 2] - 0.6 * (np.log(values[:, 3]) - 9.5)
    outcome = (random.random(300) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    values[:3, 1] = np.nan
    return Table(tuple(f"P{number:03d}" for number in range(300)), recipe.columns, values, outcome, {}, selected=True)
