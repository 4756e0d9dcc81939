"""The whole procedure from a training part to a formula: signatures, second stage, calibration and threshold.

Nothing but the table given is seen, so that partitions, and the models on all patients, run the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.calibration import NOTHING_LEARNED, calibrate, choose_threshold
from ...estimators.selectors import MIN_OF_A_CLASS
from ...evaluation.detectable import EVENTS_PER_FEATURE
from ...evaluation.logistic import sigmoid
from ...evaluation.partitions import Fold, repeated_folds
from ...model.columns import CLINICAL, Column
from ...model.linear import LinearFormula, Term
from ...model.preparation import Preparation
from ..fitted import Fitted
from ..preparation import fit_preparation
from ..table import Table
from .recipe import SignatureRecipe
from .signature import RIDGE, Signature, fit_second_stage, fit_signature, nearest_feature

Values = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class FormulaSetting:
    """Attributes:
    signatures: how many have a weight in the model.
    features: of images in them.
    events_per_term: patients of the smaller class for each term.
    ridge: of the second stage, 0 unless it was needed (``stacking.RIDGE``).
    """

    signatures: int
    features: int
    events_per_term: float
    ridge: float


@dataclass(frozen=True)
class Terms:
    """All signatures, those without weight in the model too, and how their values come about.

    Attributes:
        columns: of the table, whose numbers the signatures give; ``preparation`` is theirs.
        signatures: by name.
        clinical: numbers of the clinical columns.
        held_out: (n, terms) of the training patients, signatures learned without them; then the clinical variables.
    """

    columns: tuple[Column, ...]
    preparation: Preparation
    signatures: Mapping[str, Signature]
    clinical: Numbers
    held_out: Values

    def of(self, table: Table) -> Values:
        """(n, terms) of other patients, in a table that has these columns; an unknown status is the commoner one."""
        place = {name: number for number, name in enumerate(table.names)}
        values = table.values[:, [place[column.name] for column in self.columns]]
        return self.of_prepared(self.preparation.completed(self.preparation.apply(values, table.scanners)))

    def of_prepared(self, prepared: Values) -> Values:
        """(n, terms) from (n, columns) prepared values."""
        return np.column_stack([*(each.of(prepared) for each in self.signatures.values()), prepared[:, self.clinical]])

    def narrowed(self) -> Terms:
        """The same with only the columns that a signature or a term uses."""
        used = np.unique(np.concatenate([*(each.columns for each in self.signatures.values()), self.clinical]))
        place = {int(number): new for new, number in enumerate(used)}
        signatures = {
            name: Signature(_places(each.columns, place), each.weights, each.intercept)
            for name, each in self.signatures.items()
        }
        columns = tuple(self.columns[number] for number in used)
        preparation = self.preparation.of_columns(used)
        return Terms(columns, preparation, signatures, _places(self.clinical, place), self.held_out)


@dataclass(frozen=True)
class FittedFormula(Fitted):
    """What the procedure learned (see ``Fitted``).

    Attributes:
        formula: over the columns, prepared.
        setting: what it consists of, in numbers.
        terms: all signatures, to compare classifiers on and to be looked at.
    """

    formula: LinearFormula
    setting: FormulaSetting
    terms: Terms

    @property
    def settings(self) -> Mapping[str, float]:
        """What it consists of, in numbers."""
        return dict(vars(self.setting))

    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration; NaN where a status is missing."""
        return self.formula.log_odds(prepared)


def fit_formula(table: Table, recipe: SignatureRecipe) -> FittedFormula:
    """Learns from a training part; folds follow the recipe's seed.

    Signatures are learned from the whole part, and from each fold's training patients for the second stage, which sees
    only values of patients left out. Its log-odds for calibration and threshold are of a fold that it was fitted
    without; the other folds' signatures, whose values it was fitted to, had seen that fold: nested folds would cost
    folds times as much, and on noise these log-odds reach no AUC above new patients' (a test says so).

    Raises:
        InputError: too few patients of a class, no stable column, a patient without scanner.
    """
    table = table.stable()
    outcome = table.outcome
    folds = inner_folds(outcome, recipe)
    preparation, prepared, notes = fit_preparation(table, recipe)
    signatures = _signatures(table, prepared, recipe)
    clinical = np.flatnonzero([column.group == CLINICAL for column in table.columns])
    held_out = np.column_stack([_held_out(table, folds, recipe), prepared[:, clinical]])
    bounded = np.arange(held_out.shape[1]) < len(signatures)
    coefficients, intercept, ridge = fit_second_stage(held_out, outcome, bounded)
    log_odds = _left_out(held_out, outcome, bounded, folds)
    calibration, learned = calibrate(outcome, log_odds)
    reference = calibration.probability(log_odds)

    terms = Terms(table.columns, preparation, signatures, clinical, held_out)
    chosen = _columns(terms, coefficients, prepared, outcome)
    formula = _formula(terms, coefficients, intercept, chosen, prepared, recipe)
    smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
    features = sum(table.columns[number].group != CLINICAL for number in chosen)
    setting = FormulaSetting(
        signatures=int((coefficients[bounded] != 0).sum()),
        features=features,
        events_per_term=smaller / len(coefficients),
        ridge=RIDGE if ridge else 0.0,
    )
    warnings = (*notes, *_warnings(signatures, coefficients, setting), *(() if learned else (NOTHING_LEARNED,)))
    return FittedFormula(
        columns=tuple(table.columns[number] for number in chosen),
        preparation=preparation.of_columns(chosen),
        calibration=calibration,
        threshold=choose_threshold(outcome, reference, recipe.threshold),
        reference=reference,
        uncalibrated=sigmoid(log_odds),
        warnings=warnings,
        formula=formula,
        setting=setting,
        terms=terms.narrowed(),
    )


def inner_folds(outcome: NDArray[Any], recipe: SignatureRecipe) -> list[Fold]:
    """The folds of a training part.

    Raises:
        InputError: fewer patients of the smaller class than the folds, and LASSO's within them, need.
    """
    count = recipe.validation.folds
    smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
    needed = max(count, -(-MIN_OF_A_CLASS * count // (count - 1)))  # of them a fold takes 1 / count, rounded up
    if smaller < needed:
        raise InputError(
            f"at least {needed} patients of the smaller class in every training part",
            f"{smaller} of {len(outcome)}",
            "use a larger cohort, or fewer folds in the recipe",
        )
    return repeated_folds(outcome, count, 1, recipe.validation.seed)[0]


def _signatures(table: Table, prepared: Values, recipe: SignatureRecipe) -> dict[str, Signature]:
    found = {}
    for name, members in table.signatures.items():
        columns = np.flatnonzero([column in members for column in table.names])
        found[name] = fit_signature(prepared, table.outcome, columns, recipe.selection, recipe.validation.seed)
    return found


def _held_out(table: Table, folds: list[Fold], recipe: SignatureRecipe) -> Values:
    """(n, signatures) of patients that preparation, selection and weights were not learned from."""
    found = np.zeros((len(table.outcome), len(table.signatures)))
    for train, test in folds if table.signatures else ():
        part, left_out = table.part(train), table.part(test)
        preparation, values, _ = fit_preparation(part, recipe)
        unseen = preparation.completed(preparation.apply(left_out.values, left_out.scanners))
        for number, signature in enumerate(_signatures(part, values, recipe).values()):
            found[test, number] = signature.of(unseen)
    return found


def _left_out(held_out: Values, outcome: NDArray[Any], bounded: NDArray[np.bool_], folds: list[Fold]) -> Values:
    """(n,) log-odds of each fold by a second stage fitted to the others."""
    found = np.empty(len(outcome))
    for train, test in folds:
        coefficients, intercept, _ = fit_second_stage(held_out[train], outcome[train], bounded)
        found[test] = intercept + held_out[test] @ coefficients
    return found


def _columns(terms: Terms, coefficients: Values, prepared: Values, outcome: NDArray[Any]) -> Numbers:
    """Numbers of the columns that have a weight, and of the clinical ones.

    A model without any is one probability for all; the feature that came nearest then stays, without weight.
    """
    weighty = [
        signature.columns
        for signature, coefficient in zip(terms.signatures.values(), coefficients, strict=False)
        if coefficient
    ]
    used = np.unique(np.concatenate([np.empty(0, np.intp), *weighty, terms.clinical])).astype(np.intp)
    if len(used) or not len(terms.columns):
        return used
    return np.array([nearest_feature(prepared, outcome, np.arange(len(terms.columns)))])


def _formula(
    terms: Terms, coefficients: Values, intercept: float, chosen: Numbers, prepared: Values, recipe: SignatureRecipe
) -> LinearFormula:
    names = [column.name for column in terms.columns]
    made, values = [], terms.of_prepared(prepared)
    for number, (name, signature) in enumerate(terms.signatures.items()):
        used = signature if coefficients[number] else Signature(np.empty(0, np.intp), np.empty(0), 0.0)
        alone = not len(terms.clinical) and number == 0 and not coefficients.any()
        inputs = tuple(names[column] for column in (chosen if alone else used.columns))
        weights = (0.0,) * len(inputs) if alone else tuple(map(float, used.weights))
        span = values[:, number] if coefficients[number] else np.zeros(1)
        label = recipe.signatures[name].label or name
        made.append(_term(name, label, coefficients[number], inputs, weights, used.intercept, span))
    for number, column in enumerate(terms.clinical, start=len(terms.signatures)):
        clinical = terms.columns[column]
        made.append(
            _term(clinical.name, clinical.label, coefficients[number], (clinical.name,), (1.0,), 0.0, values[:, number])
        )
    return LinearFormula(tuple(names[number] for number in chosen), tuple(made), intercept)


def _term(
    name: str,
    label: str,
    coefficient: float,
    inputs: tuple[str, ...],
    weights: tuple[float, ...],
    intercept: float,
    span: Values,
) -> Term:
    low, high, mean = float(span.min()), float(span.max()), float(span.mean())
    return Term(name, label, float(coefficient), inputs, weights, float(intercept), low, high, mean)


def _warnings(signatures: Mapping[str, Signature], coefficients: Values, setting: FormulaSetting) -> Iterator[str]:
    for (name, signature), coefficient in zip(signatures.items(), coefficients, strict=False):
        if not len(signature.columns):
            yield f"the signature {name} is empty: LASSO kept no feature"
        elif not coefficient:
            yield f"the signature {name} has no weight: for patients left out it did not rise with the outcome"
    if setting.ridge:
        yield f"the terms separate the classes of these patients: a ridge of {setting.ridge:g} holds the coefficients"
    if setting.events_per_term < EVENTS_PER_FEATURE:
        yield f"fewer than {EVENTS_PER_FEATURE} patients of the smaller class for each term of the model"


def _places(numbers: Numbers, place: Mapping[int, int]) -> Numbers:
    return np.array([place[int(number)] for number in numbers], dtype=np.intp)
