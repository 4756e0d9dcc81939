"""How recipes of signatures are followed in a run: which features belong to which model, and what else is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError, few, unknown_name
from ...evaluation.partitions import Fold
from ...features.table import HANDCRAFTED
from ...model.columns import DELTA
from ...model.linear import Linear, linear_of
from ..fitted import Fitted
from ..strategy import FeatureTableStrategy, Strategy
from ..table import ImageTable, Table
from .card_texts import composition_in_words, inputs_in_words, steps_in_words
from .classifiers import compare_classifiers
from .model import FittedFormula, fit_formula, inner_folds
from .recipe import SignatureRecipe
from .recipe_parts import DEEP, FOLDS, SignatureSpec
from .restriction import restricted
from .run_files import extra_tables, run_metadata

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ..run import TrainingRun

_ALIKE = ("protocol", "protocol_sha256", "margin_mm")


@dataclass(frozen=True)
class SignatureStrategy(FeatureTableStrategy):
    """Logistic models of signatures, one of them named final beforehand."""

    recipe: SignatureRecipe

    saves_every_model = True

    @property
    def endpoint(self) -> str | None:
        """The study's own."""
        return self.recipe.endpoint

    def changed(
        self, *, seed: int | None, partitions: int | None, oversample: bool, features: Collection[str] | None
    ) -> tuple[SignatureRecipe, tuple[str, ...]]:
        """Without the signatures of feature tables that are not named."""
        if not oversample:
            found = f"{self.recipe.name}, which does not"
            raise InputError("a recipe that oversamples with --no-smote", found, "leave it out")
        changed = self.recipe.changed(seed=seed, partitions=partitions)
        return (changed, ()) if features is None else restricted(changed, features)

    @property
    def final(self) -> str | None:
        """The recipe's."""
        return self.recipe.final

    def chosen_tables(self, found: Collection[str]) -> tuple[str, ...]:
        """The tables that signatures are made of, each once.

        Raises:
            InputError: one is missing, or ``deep`` could mean several.
        """
        used = dict.fromkeys(name for model in self.recipe.models.values() for name in model.signatures)
        return tuple(dict.fromkeys(_table_of(name, self.recipe.signatures[name], found) for name in used))

    def feature_sets(self, read: Mapping[str, ImageTable]) -> Mapping[str, ImageTable]:
        """The columns of each model's signatures, side by side.

        Raises:
            InputError: tables of different protocols, of another than the recipe's, of two networks in one model; a
                contour that does not exist; a signature without columns.
        """
        _check_alike(self.recipe, read)
        members = {
            name: (table := _table_of(name, spec, read), _members(name, spec, read[table]))
            for name, spec in self.recipe.signatures.items()
            if any(name in model.signatures for model in self.recipe.models.values())
        }
        return {
            model: _joined(model, {name: members[name] for name in spec.signatures}, read)
            for model, spec in self.recipe.models.items()
        }

    def clinical_of(self, feature_set: str) -> tuple[str, ...]:
        """The model's own."""
        return self.recipe.clinical_of(feature_set)

    def check(self, outcome: NDArray[np.int64]) -> None:
        """The folds need enough of the smaller class."""
        inner_folds(outcome, self.recipe)

    def draw(self, outcome: NDArray[np.int64]) -> list[Fold]:
        """By the recipe's scheme."""
        return self.recipe.validation.draw(outcome)

    def fit(self, table: Table, patients: int, feature_set: str, partition: int | None) -> Fitted:
        """``fit_formula``."""
        return fit_formula(table, self.recipe)

    def variants(self) -> Mapping[str, Strategy]:
        """One: nothing is sampled."""
        return {"none": self}

    def refitted(self, feature_sets: Sequence[str], chosen: str) -> tuple[str, ...]:
        """Every model, so that each can be validated externally."""
        return tuple(feature_sets)

    def extra_results(self, feature_set: str, fitted: Fitted, train: Table, test: Table) -> Mapping[str, Any]:
        """What the model says of its own training patients; of the final model, other classifiers too."""
        assert isinstance(fitted, FittedFormula), "it was fitted by fit"
        found: dict[str, Any] = {"apparent": tuple(fitted.probability_of(train).tolist())}
        if feature_set == self.final and len(self.recipe.classifiers) > 1:
            found["classifiers"] = compare_classifiers(
                self.recipe.classifiers,
                (fitted.terms.held_out, train.outcome),
                (fitted.terms.of(test), test.outcome),
                fitted.probability_of(test),
                self.recipe.validation.seed,
            )
        return found

    def bundle_model(self, fitted: Fitted, prepared: NDArray[np.float64]) -> Linear:
        """The formula, with the training patients' means."""
        assert isinstance(fitted, FittedFormula), "it was fitted by fit"
        return linear_of(fitted.formula, prepared)

    def label(self, feature_set: str) -> str:
        """By the recipe's label where it gives one."""
        model = self.recipe.models.get(feature_set)
        return model.label if model and model.label else super().label(feature_set)

    def extra_tables(self, run: TrainingRun) -> Mapping[str, pd.DataFrame]:
        """``run_files.extra_tables``."""
        return extra_tables(run)

    def run_metadata(self, run: TrainingRun) -> Mapping[str, Any]:
        """``run_files.run_metadata``."""
        return run_metadata(run, self.recipe)

    def inputs_in_words(self, run: TrainingRun) -> str:
        """Signatures, then clinical variables."""
        return inputs_in_words(run, self.recipe)

    def scheme_in_words(self, count: int, share: float) -> str:
        """By the recipe's scheme."""
        spec = self.recipe.validation
        if spec.scheme != FOLDS:
            return super().scheme_in_words(count, share)
        repeats = "" if spec.repeats == 1 else f", repeated {spec.repeats} times"
        return f"Stratified {spec.outer_folds}-fold cross-validation{repeats}: {count} partitions."

    def steps_in_words(self, run: TrainingRun) -> Mapping[str, bool]:
        """Selection, LASSO's weights and the logistic model."""
        return steps_in_words(self.recipe, run.final.feature_set)

    def composition_in_words(self, run: TrainingRun) -> str:
        """How signatures are joined, and how many features each consists of."""
        return composition_in_words(run, self.recipe)

    def calibration_in_words(self, run: TrainingRun) -> tuple[str, str, str]:
        """Of the formula's log-odds."""
        anew = "the logistic model was fitted to the others"
        if self.recipe.signatures_of(run.final.feature_set):
            anew = f"signatures were learned anew, and {anew}' scores"
        return "formula's log-odds", anew, "not oversampled"


def _table_of(name: str, spec: SignatureSpec, found: Collection[str]) -> str:
    """The feature table that a signature is made of."""
    if spec.features != DEEP:
        if spec.features not in found:
            raise InputError(
                f"the feature table features_{spec.features}.parquet, of which the signature {name} is made",
                f"{', '.join(found) or 'none'}",
                f"extract with --features {spec.features}",
            )
        return spec.features
    networks = [table for table in found if table != HANDCRAFTED]
    if not networks:
        raise InputError(
            f"deep features, of which the signature {name} is made",
            f"{'no feature table' if not found else 'handcrafted ones alone'}",
            "install a network's weights (nacresponse weights install) and extract with --features resnet50",
        )
    if len(networks) > 1:
        raise InputError(
            f"deep features of one network for the signature {name}", ", ".join(networks), "choose with --features"
        )
    return networks[0]


def _members(name: str, spec: SignatureSpec, table: ImageTable) -> frozenset[str]:
    """Names of the columns that a signature may be made of."""
    groups = tuple(dict.fromkeys(column.group for column in table.columns))
    for contour in spec.contours:
        if contour not in (*groups, DELTA):
            raise unknown_name(f"a contour of the signature {name}", contour, groups)
    members = frozenset(column.name for column in table.columns if spec.holds(column.group))
    if not members:
        raise InputError(f"image features for the signature {name}", "none", "correct its contours and deltas")
    return members


def _joined(
    model: str, members: Mapping[str, tuple[str, frozenset[str]]], read: Mapping[str, ImageTable]
) -> ImageTable:
    _check_apart(model, members)
    columns, values, sources = [], [], {}
    for source in dict.fromkeys(table for table, _ in members.values()):
        wanted = frozenset().union(*(names for table, names in members.values() if table == source))
        numbers = [number for number, column in enumerate(read[source].columns) if column.name in wanted]
        columns += [read[source].columns[number] for number in numbers]
        values.append(read[source].values[:, numbers])
        sources[source] = tuple(read[source].columns[number].name for number in numbers)
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        twice = [table for table in sources if table != HANDCRAFTED]
        raise InputError(f"features of one network in the model {model}", " and ".join(twice), "leave one out")
    signatures = {name: each for name, (_, each) in members.items()}
    return ImageTable(tuple(columns), np.column_stack(values), sources, signatures)


def _check_apart(model: str, members: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """As the recipe's own check (``SignatureSpec.shares_with``), but ``deep`` and ``resnet50`` may be one table."""
    for (first, (table, one)), (second, (other, two)) in combinations(members.items(), 2):
        if table == other and one & two:
            raise InputError(
                f"signatures of different features in the model {model}",
                f"{first} and {second} of the same ones",
                "give them different contours",
            )


def _check_alike(recipe: SignatureRecipe, read: Mapping[str, ImageTable]) -> None:
    for key in _ALIKE:
        values = {name: table.metadata.get(key) for name, table in read.items()}
        if len({str(value) for value in values.values()}) > 1:
            found = few([f"{str(value)[:16]} in {name}" for name, value in values.items()])
            raise InputError(f"feature tables of one {key}", found, "extract them together")
    others = {str(table.metadata.get("protocol")) for table in read.values()} - {recipe.protocol}
    if recipe.protocol is not None and others:
        raise InputError(
            f"features of the protocol {recipe.protocol}, which the recipe {recipe.name} asks for",
            f"of {', '.join(sorted(others))}",
            f"extract with --protocol {recipe.protocol}, or train by a copy of the recipe without its protocol",
        )
