"""What differs between the kinds of recipes, so that the rest of a run is the same code; and that run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..endpoints import Endpoint, endpoint_named
from ..evaluation.partitions import Fold
from ..evaluation.verdict import label_of
from ..model.linear import Linear
from ..model.trees import Trees
from .fitted import Fitted, PartitionResult
from .interval import Interval, Simulation
from .table import Cohort, ImageTable, Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Results = Mapping[str, Sequence[PartitionResult]]
"""Of each feature set, by partition."""


@dataclass(frozen=True)
class FinalModel:
    """Attributes:
    feature_set: whose model it is.
    fitted: on all patients, by sampling (``smotenc``, ``none``); the one that is shipped comes first.
    interval: of its probabilities.
    """

    feature_set: str
    fitted: Mapping[str, Fitted]
    interval: Interval

    @property
    def model(self) -> Fitted:
        """The model that is shipped."""
        return next(iter(self.fitted.values()))


@dataclass(frozen=True)
class TrainingRun:
    """What a run is made of and what it found.

    Attributes:
        strategy: how its recipe was followed.
        results: of every feature set, on the same partitions.
        final: the model that is shipped.
        finals: every model that was refitted on all patients, by feature set; the final one is among them.
    """

    endpoint: str
    cohort: Cohort
    strategy: Any
    partitions: tuple[Fold, ...]
    results: Results
    final: FinalModel
    finals: Mapping[str, FinalModel] = field(default_factory=dict)

    @property
    def outcome(self) -> Endpoint:
        """The endpoint: the user's own, or the registered one of that name."""
        return self.cohort.own_endpoint or endpoint_named(self.endpoint)

    @property
    def recipe(self) -> Any:
        """The recipe that was followed."""
        return self.strategy.recipe

    def of_model(self, feature_set: str) -> TrainingRun:
        """The same run with another of its models as the final one."""
        return replace(self, final=self.finals[feature_set])

    def label(self, feature_set: str) -> str:
        """A feature set or model as a reader knows it."""
        label: str = self.strategy.label(feature_set)
        return label


MIN_SIMULATIONS, MAX_SIMULATIONS = 4, 12
"""Cohorts that set the interval of a model of feature tables, and as many that check it."""


class Strategy(ABC):
    """How recipes of one kind are followed. A "feature set" of a run is whatever is trained by itself and compared: a
    feature table with clinical variables, a model of signatures, a comparator.
    """

    @property
    @abstractmethod
    def final(self) -> str | None:
        """The feature set whose model is shipped; None: that of highest mean AUC."""

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
    def fit(self, table: Table, patients: int, feature_set: str, partition: int | None) -> Fitted:
        """The whole procedure on a training part; nothing but the table is seen.

        Args:
            patients: of the whole cohort.
            feature_set: whose table it is.
            partition: number of the one that the training part belongs to; None for all patients.

        Raises:
            InputError: the table cannot be learned from.
        """

    def together(self, feature_sets: Sequence[str]) -> list[tuple[str, ...]]:
        """The feature sets, those side by side that have something to learn in common (``having_learned``)."""
        return [(name,) for name in feature_sets]

    def having_learned(self, table: Table, patients: int) -> Strategy:
        """Itself with what the feature sets of one tuple of ``together`` have in common, to ``fit`` each of them.

        Args:
            table: a training part of one of them.
            patients: of the whole cohort.
        """
        return self

    def refit(self, table: Table, feature_set: str, seed: int) -> Fitted:
        """``fit`` on a simulated cohort; ``seed`` is for strategies whose folds the recipe's own seed does not draw."""
        return self.fit(table, len(table.patients), feature_set, None)

    @abstractmethod
    def simulation(self, partitions: int) -> Simulation:
        """How cohorts are simulated for the interval of a probability (``interval_by_simulation``)."""

    def truths(self, table: Table, fitted: Fitted) -> Sequence[NDArray[np.float64]]:
        """(patients,) probabilities that these cohorts are drawn by: the model's own."""
        return [fitted.probability_of(table)]

    @abstractmethod
    def variants(self) -> Mapping[str, Strategy]:
        """How models are refitted on all patients, by sampling; the first is shipped."""

    @abstractmethod
    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """Of which feature sets a model is fitted on all patients; the chosen one is among them."""

    def extra_results(self, feature_set: str, fitted: Fitted, train: Table, test: Table) -> Mapping[str, Any]:
        """Further attributes of a partition's result (``PartitionResult``)."""
        return {}

    def label(self, feature_set: str) -> str:
        """A feature set or model as a reader knows it."""
        return label_of(feature_set)


class FeatureTableStrategy(Strategy):
    """Of recipes for the feature tables of a cohort."""

    recipe: Any
    saves_every_model = False
    """Whether every model of a run is saved beside the final one."""

    @property
    def endpoint(self) -> str | None:
        """The recipe's own; None where one must be named."""
        return None

    @abstractmethod
    def changed(
        self, *, seed: int | None, partitions: int | None, oversample: bool, features: Collection[str] | None
    ) -> tuple[Any, tuple[str, ...]]:
        """The recipe with what the caller asks for, and what of it is left out, in words.

        Args:
            seed, partitions: instead of the recipe's, unless None.
            oversample: False leaves oversampling out.
            features: names of the feature tables to be used; all if None.

        Raises:
            InputError: the recipe cannot be changed so.
        """

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

    def simulation(self, partitions: int) -> Simulation:
        """As many cohorts as there are partitions, within bounds: one takes as long as the other."""
        cohorts = min(max(partitions // 2, MIN_SIMULATIONS), MAX_SIMULATIONS)
        return Simulation(self.recipe.interval, cohorts, self.recipe.validation.seed)

    @abstractmethod
    def bundle_model(self, fitted: Fitted, prepared: NDArray[np.float64]) -> Trees | Linear:
        """The model as a bundle holds it.

        Args:
            prepared: (patients, columns) of the model, of all training patients, completed.
        """

    def extra_tables(self, run: TrainingRun) -> Mapping[str, pd.DataFrame]:
        """Further tables of the run's folder, by file name."""
        return {}

    def run_metadata(self, run: TrainingRun) -> Mapping[str, Any]:
        """Further entries of ``run.json``."""
        return {}

    @abstractmethod
    def inputs_in_words(self, run: TrainingRun) -> str:
        """What the final model, no comparator, is made of, as the title of its card names it."""

    def scheme_in_words(self, count: int, share: float) -> str:
        """How so many partitions were drawn, with a share of the patients held out in each: a sentence."""
        return f"{count} stratified random partitions, {100 * share:.0f} % of the patients held out in each."

    @abstractmethod
    def steps_in_words(self, run: TrainingRun) -> Mapping[str, bool]:
        """What may be learned in each training part after harmonization and scaling, and whether it is."""

    def composition_in_words(self, run: TrainingRun) -> str:
        """What the model on all patients consists of; empty where the card says no more of it."""
        return ""

    @abstractmethod
    def calibration_in_words(self, run: TrainingRun) -> tuple[str, str, str]:
        """What is calibrated, what was learned anew in each fold, and how its training patients were sampled."""
