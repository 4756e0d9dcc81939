"""The whole procedure that turns a training table into a scoring function: calibration, threshold, refit.

Whatever is learned is learned here, so that cross-validation repeats it in every training part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.calibration import choose_threshold
from ...evaluation.calibration import Calibration, fit_calibration
from ...evaluation.logistic import sigmoid
from ...evaluation.metrics import log_loss
from ...evaluation.partitions import Fold, repeated_folds
from ...model.preparation import Preparation
from ...model.trees import margins
from ..fitted import Fitted
from .boosting import boost
from .comparator import LogisticComparator, fit_comparator

if TYPE_CHECKING:
    from xgboost import Booster

    from .recipe import Recipe


@dataclass(frozen=True)
class FittedModel(Fitted):
    """What the procedure learned (see ``Fitted``).

    Attributes:
        logistic: refitted on all patients given.
        booster: the trees added to it.
        calibration_name: as in the recipe.
    """

    logistic: LogisticComparator
    booster: Booster
    calibration_name: str

    @property
    def settings(self) -> Mapping[str, float]:
        """Nothing is chosen but the calibration."""
        return {}

    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration, NaN where missing."""
        return self.logistic.log_odds(prepared) + margins(self.booster, prepared)


def prepare_inputs(values: NDArray[Any], recipe: Recipe) -> Preparation:
    """Logarithms where the recipe says so; what stands for a missing value is learned from (n, inputs)."""
    log = tuple(number for number, spec in enumerate(recipe.inputs.values()) if spec.log)
    unchanged = replace(Preparation.unchanged(len(recipe.inputs)), log=log)
    seen = unchanged.apply(values, {})
    status = np.array([spec.kind == "binary" for spec in recipe.inputs.values()])
    fill = np.where(status, np.nan, np.nanmedian(seen, axis=0))
    share = np.where(status, np.nanmean(seen, axis=0), np.nan)
    return replace(unchanged, fill=fill, share=share)


def fit_model(values: NDArray[Any], outcome: NDArray[Any], recipe: Recipe, *, repeats: int, seed: int) -> FittedModel:
    """Calibrates by repeated stratified cross-validation among these patients, then fits on all of them.

    Args:
        values: (n, inputs), NaN where missing.
        outcome: (n,), 1 or 0.
        repeats: of the cross-validation.
        seed: of its folds.

    Raises:
        InputError: inputs that separate the classes.
    """
    partitions = repeated_folds(outcome, recipe.validation.folds, repeats, seed)
    preparation = prepare_inputs(values, recipe)
    prepared = preparation.apply(values, {})
    held_out = out_of_fold_margins(prepared, outcome, recipe, partitions)
    name, calibration = choose_calibration(outcome, held_out, partitions, recipe.calibration)
    reference = calibration.probability(held_out.mean(axis=0))
    logistic, booster = _fitted(prepared, outcome, recipe)
    return FittedModel(
        columns=recipe.columns,
        preparation=preparation,
        calibration=calibration,
        threshold=choose_threshold(outcome, reference, recipe.threshold),
        reference=reference,
        uncalibrated=sigmoid(held_out.mean(axis=0)),
        warnings=(),
        logistic=logistic,
        booster=booster,
        calibration_name=name,
    )


def _fitted(prepared: NDArray[Any], outcome: NDArray[Any], recipe: Recipe) -> tuple[LogisticComparator, Booster]:
    logistic = fit_comparator(prepared, outcome)
    return logistic, boost(prepared, outcome, logistic.log_odds(prepared), recipe)


def out_of_fold_margins(
    prepared: NDArray[Any], outcome: NDArray[Any], recipe: Recipe, partitions: list[list[Fold]]
) -> NDArray[np.float64]:
    """(repeats, n) margins of each patient from models that did not see the patient."""
    held_out = np.empty((len(partitions), len(outcome)))
    for repeat, folds in enumerate(partitions):
        for train, test in folds:
            logistic, booster = _fitted(prepared[train], outcome[train], recipe)
            held_out[repeat, test] = logistic.log_odds(prepared[test]) + margins(booster, prepared[test])
    return held_out


def choose_calibration(
    outcome: NDArray[Any], held_out: NDArray[Any], partitions: list[list[Fold]], choices: tuple[str, ...]
) -> tuple[str, Calibration]:
    """The calibration with the lowest log loss, fitted on the other folds each time; then fitted on all patients.

    Args:
        held_out: (repeats, n) out-of-fold margins.

    Raises:
        InputError: logistic calibration is the only choice, and the margins do not allow it.
    """

    def loss(choice: str) -> float:
        try:
            return float(
                np.mean(
                    [
                        log_loss(outcome[test], _calibration(choice, outcome[train], row[train]).probability(row[test]))
                        for row, folds in zip(held_out, partitions, strict=True)
                        for train, test in folds
                    ]
                )
            )
        except InputError:  # margins so alike that no slope exists: this choice is not open
            return math.inf

    name = min(choices, key=loss) if len(choices) > 1 else choices[0]
    return name, _calibration(name, outcome, held_out)


def _calibration(name: str, outcome: NDArray[Any], held_out: NDArray[Any]) -> Calibration:
    return fit_calibration(outcome, held_out) if name == "logistic" else Calibration()
