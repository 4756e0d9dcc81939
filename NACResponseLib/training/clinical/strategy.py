"""How recipes with a training table of their own are followed: trees on clinical values, logistic regression beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...estimators.calibration import choose_threshold
from ...evaluation.calibration import Calibration
from ...evaluation.detectable import EVENTS_PER_FEATURE
from ...evaluation.partitions import Fold, repeated_folds
from ..fitted import Fitted
from ..interval import Simulation
from ..strategy import Strategy
from ..table import Table
from .comparator import FittedComparator, fit_comparator
from .procedure import fit_model, prepare_inputs
from .recipe import Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL, COMPARATOR = "model", "logistic"
"""The feature sets of such a run: both of the same inputs."""
_GROUPS = 5  # of a fold, of patients of similar score


@dataclass(frozen=True)
class ClinicalStrategy(Strategy):
    """Nested repeated cross-validation: a partition is a fold of a repeat, in this order."""

    recipe: Recipe

    @property
    def final(self) -> str:
        """The trees."""
        return MODEL

    def check(self, outcome: NDArray[np.int64]) -> None:
        """The table was checked when it was read."""

    def draw(self, outcome: NDArray[np.int64]) -> list[Fold]:
        """The folds of every repeat."""
        spec = self.recipe.validation
        repeats = repeated_folds(outcome, spec.folds, spec.repeats, spec.seed)
        return [fold for folds in repeats for fold in folds]

    def fit(self, table: Table, patients: int, feature_set: str, partition: int | None) -> Fitted:
        """``fit_model``, its folds drawn by a seed of the partition's own; or ``fit_comparator``."""
        spec = self.recipe.validation
        if feature_set == COMPARATOR:
            return self._comparator(table)
        if partition is None:
            seed = int(np.random.default_rng([spec.seed, 3]).integers(2**31))
            return fit_model(table.values, table.outcome, self.recipe, repeats=spec.final_repeats, seed=seed)
        seeds = np.random.default_rng([spec.seed, 1]).integers(2**31, size=spec.repeats * spec.folds)
        seed = int(seeds[partition])
        return fit_model(table.values, table.outcome, self.recipe, repeats=spec.inner_repeats, seed=seed)

    def _comparator(self, table: Table) -> FittedComparator:
        preparation = prepare_inputs(table.values, self.recipe)
        fitted = fit_comparator(preparation.apply(table.values, {}), table.outcome)
        probability = fitted.probability(preparation.apply(table.values, {}))
        threshold = choose_threshold(table.outcome, probability, self.recipe.threshold)
        return FittedComparator(
            table.columns, preparation, Calibration(), threshold, probability, probability, (), fitted
        )

    def refit(self, table: Table, feature_set: str, seed: int) -> Fitted:
        """``fit_model`` with folds by the seed."""
        repeats = self.recipe.validation.inner_repeats
        return fit_model(table.values, table.outcome, self.recipe, repeats=repeats, seed=seed)

    def simulation(self, partitions: int) -> Simulation:
        """As the recipe says."""
        return Simulation(
            self.recipe.interval.level, self.recipe.interval.simulations, self.recipe.validation.seed, _GROUPS
        )

    def truths(self, table: Table, fitted: Fitted) -> Sequence[NDArray[np.float64]]:
        """The model's probabilities, the comparator's, and, where the patients suffice for them, the comparator's with
        products of two inputs, which the model catches less well."""
        prepared, outcome = prepare_inputs(table.values, self.recipe).apply(table.values, {}), table.outcome
        smaller, inputs = min(outcome.sum(), len(outcome) - outcome.sum()), prepared.shape[1]
        kinds = [False, True] if smaller >= EVENTS_PER_FEATURE * (inputs * (inputs + 1) // 2) else [False]
        comparators = [fit_comparator(prepared, outcome, products=kind) for kind in kinds]
        return [fitted.probability_of(table), *(each.probability(prepared) for each in comparators)]

    def variants(self) -> Mapping[str, Strategy]:
        """One: nothing is sampled."""
        return {"none": self}

    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """The trees."""
        return (chosen,)
