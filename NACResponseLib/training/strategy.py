"""The kinds of recipes that a run can follow: what differs between them, so that the rest of a run is the same code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..evaluation.partitions import Fold, random_splits
from .fitted import Fitted
from .table import ImageTable, Table
from .trees.pipeline import fit_pipeline, inner_folds
from .trees.recipe import RadiomicsRecipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RecipeKind(ABC):
    """How the recipes of one kind are followed. A "feature set" of a run is whatever is trained by itself and compared:
    a feature table with clinical variables, a model of signatures, a comparator.
    """

    @property
    @abstractmethod
    def final(self) -> str | None:
        """The feature set whose model is shipped; None: that of highest mean AUC."""

    @abstractmethod
    def chosen_tables(self, found: Collection[str]) -> tuple[str, ...]:
        """Which of the feature tables there are will be read.

        Raises:
            InputError: one that the recipe needs is not among them.
        """

    @abstractmethod
    def feature_sets(self, read: Mapping[str, ImageTable]) -> Mapping[str, ImageTable]:
        """Image features by feature set, from those by feature table.

        Raises:
            InputError: features that the recipe needs are not there, or cannot be joined.
        """

    @abstractmethod
    def clinical_of(self, feature_set: str) -> tuple[str, ...]:
        """Clinical variables that are joined with a feature set."""

    @abstractmethod
    def check(self, outcome: NDArray[np.int64]) -> None:
        """Whether a training part has patients enough.

        Raises:
            InputError: too few of a class.
        """

    @abstractmethod
    def draw(self, outcome: NDArray[np.int64]) -> list[Fold]:
        """The partitions of a cohort.

        Raises:
            InputError: too few patients of a class.
        """

    @abstractmethod
    def fit(self, table: Table, patients: int) -> Fitted:
        """The whole procedure on a training part of a cohort of so many patients; nothing but the table is seen.

        Raises:
            InputError: the table cannot be learned from.
        """

    @abstractmethod
    def variants(self) -> Mapping[str, RecipeKind]:
        """How models are refitted on all patients, by sampling; the first is shipped."""

    @abstractmethod
    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """Of which feature sets a model is fitted on all patients; the chosen one is among them."""

    def besides(self, feature_set: str, fitted: Fitted, train: Table, test: Table) -> Mapping[str, Any]:
        """Further attributes of a partition's result (``PartitionResult``)."""
        return {}


@dataclass(frozen=True)
class RadiomicsKind(RecipeKind):
    """Trees on each feature table (``pipeline``); the best table's model is shipped."""

    recipe: RadiomicsRecipe

    @property
    def final(self) -> str | None:
        """That of highest mean AUC."""
        return None

    def chosen_tables(self, found: Collection[str]) -> tuple[str, ...]:
        """All there are."""
        return tuple(found)

    def feature_sets(self, read: Mapping[str, ImageTable]) -> Mapping[str, ImageTable]:
        """Each table by itself."""
        return read

    def clinical_of(self, feature_set: str) -> tuple[str, ...]:
        """The recipe's, whatever the table."""
        return self.recipe.clinical

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

    def fit(self, table: Table, patients: int) -> Fitted:
        """``fit_pipeline``."""
        return fit_pipeline(table, self.recipe, self.recipe.selection.kept(patients))

    def variants(self) -> Mapping[str, RecipeKind]:
        """With the recipe's sampling and, beside it, without."""
        recipe = self.recipe
        samplings = dict.fromkeys([recipe.sampling.method, "none"])
        return {
            each: RadiomicsKind(replace(recipe, sampling=replace(recipe.sampling, method=each))) for each in samplings
        }

    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """The chosen one alone."""
        return (chosen,)
