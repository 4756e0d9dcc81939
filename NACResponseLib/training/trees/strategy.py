"""How recipes of trees are followed in a run: a model on each feature table, of which the best one is shipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...evaluation.partitions import Fold, random_splits
from ...evaluation.verdict import alone, is_alone, label_of, table_label
from ...features.table import HANDCRAFTED
from ...model.columns import CLINICAL
from ...model.linear import Linear
from ...model.trees import Trees
from ..fitted import Fitted
from ..strategy import FeatureTableStrategy, Strategy, TrainingRun
from ..table import ImageTable, Table
from .candidates import Parts, image_candidates
from .pipeline import FittedPipeline, fit_pipeline, inner_folds
from .recipe import TreesRecipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_SAMPLED = {"smotenc": "oversampled by SMOTENC", "none": "not oversampled"}
_ANEW = {
    True: "everything but the number of features and XGBoost's setting was learned anew",
    False: "only the trees were learned anew, on features selected with all patients, which makes it too hopeful",
}


@dataclass(frozen=True)
class TreesStrategy(FeatureTableStrategy):
    """Trees on each feature table (``pipeline``); the best table's model is shipped.

    Attributes:
        images: what was learned of the images of the training part at hand (``having_learned``).
    """

    recipe: TreesRecipe
    images: Parts | None = None

    @property
    def final(self) -> str | None:
        """That of highest mean AUC."""
        return None

    def chosen_tables(self, found: Collection[str]) -> tuple[str, ...]:
        """All there are."""
        return tuple(found)

    def feature_sets(self, read: Mapping[str, ImageTable]) -> Mapping[str, ImageTable]:
        """Each table by itself, and without clinical variables where the recipe says so."""
        without = {alone(name): table for name, table in read.items()} if self.recipe.images_alone else {}
        return {**read, **without}

    def clinical_of(self, feature_set: str) -> tuple[str, ...]:
        """The recipe's, whatever the table; none beside images alone."""
        return () if is_alone(feature_set) else self.recipe.clinical

    def label(self, feature_set: str) -> str:
        """Of a table of another program likewise: ``radiomics + clinical``."""
        label = label_of(feature_set)
        plain = label == feature_set and feature_set not in self.recipe.comparators
        return f"{label} + clinical" if plain else label

    def run_metadata(self, run: TrainingRun) -> Mapping[str, Any]:
        """The labels of tables of other programs."""
        labels = {name: run.label(name) for name in run.results if run.label(name) != label_of(name)}
        return {"labels": labels} if labels else {}

    def check(self, outcome: NDArray[np.int64]) -> None:
        """Folds and oversampling need enough of the smaller class."""
        inner_folds(outcome, self.recipe)

    def draw(self, outcome: NDArray[np.int64]) -> list[Fold]:
        """Stratified random splits."""
        spec = self.recipe.validation
        smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
        if round(smaller * spec.test_share) < 1 or smaller < 2:
            self.check(outcome)  # says what folds and oversampling need
            needed = "patients of the smaller class for both parts of a partition"
            raise InputError(needed, f"{smaller} of {len(outcome)}", "use a larger cohort")
        return random_splits(outcome, spec.partitions, spec.test_share, spec.seed)

    def fit(self, table: Table, patients: int, feature_set: str, partition: int | None) -> Fitted:
        """``fit_pipeline``."""
        return fit_pipeline(table, self.recipe, self.recipe.selection.kept(patients), self.images)

    def together(self, feature_sets: Sequence[str]) -> list[tuple[str, ...]]:
        """Each with its images alone, where the recipe has these."""
        without = {alone(name) for name in feature_sets if self.recipe.images_alone}
        return [
            (name, alone(name)) if alone(name) in feature_sets and self.recipe.images_alone else (name,)
            for name in feature_sets
            if name not in without
        ]

    def having_learned(self, table: Table, patients: int) -> TreesStrategy:
        """``image_candidates``."""
        kept, folds = self.recipe.selection.kept(patients), inner_folds(table.outcome, self.recipe)
        return replace(self, images=image_candidates(table, folds, self.recipe, kept))

    def variants(self) -> Mapping[str, Strategy]:
        """With the recipe's sampling and, beside it, without."""
        recipe = self.recipe
        samplings = dict.fromkeys([recipe.sampling.method, "none"])
        return {
            each: TreesStrategy(replace(recipe, sampling=replace(recipe.sampling, method=each))) for each in samplings
        }

    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """The chosen one alone."""
        return (chosen,)

    def changed(
        self, *, seed: int | None, partitions: int | None, oversample: bool, features: Collection[str] | None
    ) -> tuple[TreesRecipe, tuple[str, ...]]:
        """Nothing is left out: each table is trained by itself."""
        return self.recipe.changed(seed=seed, partitions=partitions, oversample=oversample), ()

    def bundle_model(self, fitted: Fitted, prepared: NDArray[np.float64]) -> Trees | Linear:
        """``FittedPipeline.bundle_model``."""
        assert isinstance(fitted, FittedPipeline), "it was fitted by fit"
        return fitted.bundle_model(prepared)

    def inputs_in_words(self, run: TrainingRun) -> str:
        """``handcrafted features of MRI and CT and clinical variables``."""
        chosen = run.final.feature_set
        kind = HANDCRAFTED if chosen == HANDCRAFTED else table_label(chosen)
        groups = [column.group for column in run.final.model.columns if column.group != CLINICAL]
        names = list(dict.fromkeys(groups)) or ["images (none selected)"]
        return f"{kind} features of {' and '.join(names)} and clinical variables"

    def steps_in_words(self, run: TrainingRun) -> Mapping[str, bool]:
        """Selection, oversampling and tuning."""
        selected = run.cohort.tables[run.final.feature_set].selected
        return {
            "selection": not selected,
            "oversampling": self.recipe.sampling.method != "none",
            "tuning": self.recipe.own_classifier is None,
        }

    def calibration_in_words(self, run: TrainingRun) -> tuple[str, str, str]:
        """Of the trees' margin, or of the sum that they are part of."""
        anew = _ANEW[self.recipe.validation.select_in_folds]
        margin = "trees' margin" if self.recipe.logistic is None else "weighted sum of trees and logistic regressions"
        if self.recipe.own_classifier is not None:
            margin = "classifier's margin"
        return margin, anew, _SAMPLED[self.recipe.sampling.method]
