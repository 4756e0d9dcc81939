"""Recipes trained on synthetic cohorts whose truth is known; each once for all tests that ask."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.run import train_on
from NACResponseLib.training.signatures.recipe import SignatureRecipe, load_signature_recipe
from NACResponseLib.training.strategy import TrainingRun
from Testing.studies import Population
from Testing.study_files import make_study


@dataclass(frozen=True)
class Learned:
    """A run, the population that its patients were drawn from, and by which effect."""

    run: TrainingRun
    truth: Population
    effect: str

    def held_out(self, model: str) -> tuple[np.ndarray, np.ndarray]:
        """Outcome and probability of every patient held out, all partitions together."""
        results = self.run.results[model]
        return tuple(
            np.concatenate([np.array(getattr(one, what)) for one in results]) for what in ("outcome", "probability")
        )


def quick(recipe: SignatureRecipe, folds: int) -> SignatureRecipe:
    """Cross-validation once, logistic regression alone."""
    validation = replace(
        recipe.validation, scheme="folds", repeats=1, outer_folds=folds, partitions=None, test_share=None
    )
    return replace(recipe, validation=validation, classifiers=("logistic",))


@pytest.fixture(scope="session")
def learn(tmp_path_factory):
    """``learn(study, effect, patients, seed, columns, folds)``; the slow tests take more columns and folds."""

    @cache
    def run(
        study: str, effect: str = "full", patients: int = 400, seed: int = 1, columns: int = 80, folds: int = 3
    ) -> Learned:
        folder: Path = tmp_path_factory.mktemp(study)
        truth = make_study(folder, study, patients, seed, effect=effect, columns=columns)
        recipe = quick(load_signature_recipe(study), folds)
        cohort = read_cohort(folder, recipe.endpoint, recipe)
        return Learned(train_on(cohort, recipe.endpoint, recipe), truth, effect)

    return run
