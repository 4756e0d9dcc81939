"""From a recipe to a validated model: the orchestrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .boosting import agreeing_constraints, univariable_slope
from .procedure import FittedModel, fit_model
from .recipe import Recipe
from .training_table import TrainingTable, read_training_table
from .uncertainty import Uncertainty, measure_uncertainty
from .validation import Validation, cross_validate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Training:
    """A training run: what went in, the final model, and what is known of it.

    Attributes:
        univariable: log-odds per standard deviation of each input alone, the evidence for its constraint.
        constraints: those the data agree with (1, -1; 0 none), by input.
    """

    recipe: Recipe
    table: TrainingTable
    model: FittedModel
    validation: Validation
    uncertainty: Uncertainty
    univariable: Mapping[str, float]
    constraints: Mapping[str, int]


def train(recipe: Recipe) -> Training:
    """Validates the recipe's procedure by nested cross-validation, then runs it on all patients.

    Raises:
        InputError: an unusable table (``read_training_table``).
    """
    table = read_training_table(recipe)
    validation = cross_validate(table, recipe)
    seed = int(np.random.default_rng([recipe.validation.seed, 3]).integers(2**31))
    model = fit_model(table.values, table.outcome, recipe, repeats=recipe.validation.final_repeats, seed=seed)
    inputs = list(recipe.inputs.values())
    slopes = {
        name: univariable_slope(table.values[:, index], table.outcome, spec)
        for index, (name, spec) in enumerate(recipe.inputs.items())
    }
    agreed = dict(zip(recipe.inputs, agreeing_constraints(table.values, table.outcome, inputs), strict=True))
    uncertainty = measure_uncertainty(table, recipe, model, validation)
    return Training(recipe, table, model, validation, uncertainty, slopes, agreed)
