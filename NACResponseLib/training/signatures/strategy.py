"""How recipes of signatures are followed in a run: which features belong to which model, and what else is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...evaluation.partitions import Fold
from ...model.linear import Linear, linear_of
from ...run_folder import APPARENT, CLASSIFIERS, SIGNATURES
from ..fitted import Fitted
from ..strategy import FeatureTableStrategy, Strategy, TrainingRun
from ..table import ImageTable, Table
from .classifiers import compare_classifiers
from .model import FittedFormula, fit_formula, inner_folds
from .recipe import SignatureRecipe
from .recipe_parts import FOLDS
from .tables import check_alike, joined, members_of, restricted, table_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


_STEPS = {"mann_whitney": "Mann-Whitney test", "spearman": "Spearman correlation", "lasso": "LASSO"}


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
        return tuple(dict.fromkeys(table_of(name, self.recipe.signatures[name], found) for name in used))

    def feature_sets(self, read: Mapping[str, ImageTable]) -> Mapping[str, ImageTable]:
        """The columns of each model's signatures, side by side.

        Raises:
            InputError: tables of different protocols, of another than the recipe's, of two networks in one model; a
                contour that does not exist; a signature without columns.
        """
        check_alike(self.recipe, read)
        members = {
            name: (table := table_of(name, spec, read), members_of(name, spec, read[table]))
            for name, spec in self.recipe.signatures.items()
            if any(name in model.signatures for model in self.recipe.models.values())
        }
        return {
            model: joined(model, {name: members[name] for name in spec.signatures}, read)
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
        found: dict[str, Any] = {"apparent": tuple(fitted.probability_of(train).tolist())}
        if feature_set == self.final and len(self.recipe.classifiers) > 1:
            terms = _formula_of(fitted).terms
            found["classifiers"] = compare_classifiers(
                self.recipe.classifiers,
                (terms.held_out, train.outcome),
                (terms.of(test), test.outcome),
                fitted.probability_of(test),
                self.recipe.validation.seed,
            )
        return found

    def bundle_model(self, fitted: Fitted, prepared: NDArray[np.float64]) -> Linear:
        """The formula, with the training patients' means."""
        return linear_of(_formula_of(fitted).formula, prepared)

    def label(self, feature_set: str) -> str:
        """By the recipe's label where it gives one."""
        model = self.recipe.models.get(feature_set)
        return model.label if model and model.label else super().label(feature_set)

    def extra_tables(self, run: TrainingRun) -> Mapping[str, pd.DataFrame]:
        """``apparent.csv``: each model's probabilities of its own training patients, by partition: what they exceed the
        held-out ones by is optimism. ``classifiers.csv``: AUC and Brier score of each classifier on the final model's
        terms, by partition. ``signatures.csv``: features of the final model's signatures and their weights, for one
        unit of the prepared feature."""
        apparent = [
            (name, result.partition, run.cohort.patients[row], int(run.cohort.outcome[row]), probability)
            for name, results in run.results.items()
            for result, (train, _) in zip(results, run.partitions, strict=True)
            for row, probability in zip(train, result.apparent, strict=True)
        ]
        classifiers = [
            (name, result.partition, figures["auc"], figures["brier"], len(result.outcome))
            for result in run.results[run.final.feature_set]
            for name, figures in result.classifiers.items()
        ]
        weights = signature_rows(_formula_of(run.final.model))
        return {
            APPARENT: _frame(apparent, "feature_set", "partition", "patient_id", "y_true", "probability"),
            CLASSIFIERS: _frame(classifiers, "classifier", "partition", "auc", "brier", "n_test"),
            SIGNATURES: _frame(list(weights), "signature", "feature", "weight"),
        }

    def run_metadata(self, run: TrainingRun) -> Mapping[str, Any]:
        """Labels, and what the recipe asks beforehand."""
        return {
            "kind": self.recipe.kind,
            "final": self.recipe.final,
            "nested": [list(pair) for pair in self.recipe.nested if set(pair) <= set(run.results)],
            "relevant_gain": self.recipe.relevant_gain,
            "labels": {name: run.label(name) for name in run.results},
        }

    def inputs_in_words(self, run: TrainingRun) -> str:
        """Signatures, then the clinical variables that are known."""
        model = self.recipe.models[run.final.feature_set]
        known = {column.name for column in run.final.model.columns}
        clinical = [run.cohort.variables[name].label for name in model.clinical if name in known]
        words = [_inside(label) for label in (*map(self._label, model.signatures), *clinical)]
        return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"

    def scheme_in_words(self, count: int, share: float) -> str:
        """By the recipe's scheme."""
        spec = self.recipe.validation
        if spec.scheme != FOLDS:
            return super().scheme_in_words(count, share)
        repeats = "" if spec.repeats == 1 else f", repeated {spec.repeats} times"
        return f"Stratified {spec.outer_folds}-fold cross-validation{repeats}: {count} partitions."

    def steps_in_words(self, run: TrainingRun) -> Mapping[str, bool]:
        """Selection, LASSO's weights and the logistic model."""
        signatures = bool(self.recipe.signatures_of(run.final.feature_set))
        steps = ", ".join(_STEPS.get(step.step, step.step) for step in self.recipe.selection)
        return {
            f"selection of features ({steps})": signatures,
            "the weights of each signature": signatures,
            "the logistic model": True,
        }

    def composition_in_words(self, run: TrainingRun) -> str:
        """How signatures are joined, and how many features the model on all patients has in each."""
        names = self.recipe.signatures_of(run.final.feature_set)
        if not names:
            return ""
        terms = _formula_of(run.final.model).formula.terms
        sizes = {term.name: len(term.inputs) for term in terms if term.coefficient}
        held = [f"{self._label(name)} {sizes.get(name) or 'none'}" for name in names]
        return (
            " The logistic model was fitted to scores of patients whom the signatures had not seen (stacking), so that "
            f"one of noise gets no weight. Features in the signatures of the model on all patients: {', '.join(held)}."
        )

    def calibration_in_words(self, run: TrainingRun) -> tuple[str, str, str]:
        """Of the formula's log-odds."""
        anew = "the logistic model was fitted to the others"
        if self.recipe.signatures_of(run.final.feature_set):
            anew = f"signatures were learned anew, and {anew}' scores"
        return "formula's log-odds", anew, "not oversampled"

    def _label(self, signature: str) -> str:
        return self.recipe.signatures[signature].label or signature


def _formula_of(fitted: Fitted) -> FittedFormula:
    assert isinstance(fitted, FittedFormula), "it was fitted by this strategy"
    return fitted


def signature_rows(fitted: FittedFormula) -> Iterator[tuple[str, str, float]]:
    """Each signature's features with their weights, for one unit of the prepared feature."""
    for name, signature in fitted.terms.signatures.items():
        for number, weight in zip(signature.columns, signature.weights, strict=True):
            yield name, fitted.terms.columns[number].name, float(weight)


def _frame(rows: list[Any], *columns: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _inside(label: str) -> str:
    """A label inside a sentence: ``tumour volume``; ``HER2`` and ``MRI signature`` keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
