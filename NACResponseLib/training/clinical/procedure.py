"""The whole procedure that turns a training table into a scoring function: tuning, calibration, threshold, refit.

Whatever is learned is learned here, so that cross-validation repeats it in every training part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.calibration import choose_threshold
from ...evaluation.calibration import Calibration, fit_calibration
from ...evaluation.metrics import log_loss
from ...evaluation.partitions import Fold, repeated_folds
from ...model.preparation import Preparation, Scanners
from ...model.trees import margins
from ..fitted import Fitted
from .boosting import Candidate, boost, candidates, staged_margins

if TYPE_CHECKING:
    from xgboost import Booster

    from .recipe import Recipe


@dataclass(frozen=True)
class FittedModel(Fitted):
    """What the procedure learned (see ``Fitted``); inputs are seen as they are, missing values left to XGBoost.

    Attributes:
        booster: refitted on all patients given.
        candidate, trees: the setting chosen.
        calibration_name: as in the recipe.
        losses: lowest out-of-fold log loss of each candidate over tree numbers.
    """

    booster: Booster
    candidate: Candidate
    trees: int
    calibration_name: str
    losses: Mapping[Candidate, float]

    @property
    def settings(self) -> Mapping[str, float]:
        """Of XGBoost."""
        return {"max_depth": self.candidate.max_depth, "rounds": self.trees}

    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration, NaN where missing."""
        return margins(self.booster, prepared)

    def probability(self, values: NDArray[Any], scanners: Scanners | None = None) -> NDArray[np.float64]:
        """(n,) calibrated probabilities for values (n, inputs), NaN where missing."""
        return self.calibration.probability(self.margins(values))


def fit_model(values: NDArray[Any], outcome: NDArray[Any], recipe: Recipe, *, repeats: int, seed: int) -> FittedModel:
    """Chooses by repeated stratified cross-validation among these patients, then refits on all of them.

    Args:
        values: (n, inputs), NaN where missing.
        outcome: (n,), 1 or 0.
        repeats: of the cross-validation.
        seed: of its folds.
    """
    partitions = repeated_folds(outcome, recipe.validation.folds, repeats, seed)
    best: tuple[float, Candidate, int, NDArray[Any]] | None = None
    losses = {}
    for candidate in candidates(values, outcome, recipe):
        staged = out_of_fold_margins(values, outcome, candidate, recipe, partitions)
        by_stage = [float(np.mean([log_loss(outcome, _sigmoid(row)) for row in stage])) for stage in staged]
        stage = int(np.argmin(by_stage))
        losses[candidate] = by_stage[stage]
        if best is None or by_stage[stage] < best[0]:
            best = by_stage[stage], candidate, (stage + 1) * recipe.classifier.tree_step, staged[stage]
    assert best is not None, "a recipe has at least one candidate"
    _, chosen, trees, held_out = best
    name, calibration = choose_calibration(outcome, held_out, partitions, recipe.calibration)
    reference = calibration.probability(held_out.mean(axis=0))
    return FittedModel(
        columns=recipe.columns,
        preparation=Preparation.unchanged(len(recipe.inputs)),
        calibration=calibration,
        threshold=choose_threshold(outcome, reference, recipe.threshold),
        reference=reference,
        uncalibrated=_sigmoid(held_out.mean(axis=0)),
        warnings=(),
        booster=boost(values, outcome, chosen, recipe, trees),
        candidate=chosen,
        trees=trees,
        calibration_name=name,
        losses=losses,
    )


def out_of_fold_margins(
    values: NDArray[Any],
    outcome: NDArray[Any],
    candidate: Candidate,
    recipe: Recipe,
    partitions: list[list[Fold]],
) -> NDArray[np.float64]:
    """(stages, repeats, n) margins of each patient from trees that did not see the patient."""
    step = recipe.classifier.tree_step
    stages = recipe.classifier.most_trees // step
    held_out = np.empty((stages, len(partitions), len(outcome)))
    for repeat, folds in enumerate(partitions):
        for train, test in folds:
            booster = boost(values[train], outcome[train], candidate, recipe)
            held_out[:, repeat, test] = staged_margins(booster, values[test], step)
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


def _sigmoid(margin: NDArray[Any]) -> NDArray[Any]:
    return Calibration().probability(margin)
