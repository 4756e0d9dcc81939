"""The whole procedure from a training part to a scoring function, after Jang et al. (section 2.7).

Harmonization and scaling, mRMR, recursive elimination, grid search, trees; then calibration and threshold. A recipe may
leave elimination out, and add the trees to a logistic regression; its comparators are logistic regressions then.
Nothing but the table given is seen, so that partitions, and the final model on all patients, run the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.calibration import NOTHING_LEARNED, calibrate, choose_threshold
from ...evaluation.logistic import sigmoid
from ...evaluation.partitions import Fold, repeated_folds
from ...model.columns import Column
from ...model.linear import Linear
from ...model.trees import ReferencePredictions, Trees, margins, portable_json, scaled
from ..fitted import Fitted
from ..table import Table
from .candidates import Candidates, Parts, candidates, image_candidates
from .logistic import LogisticRegression, fit_regressions, weighted_sum
from .recipe import TreesRecipe
from .search import FoldData, Setting, fit_trees, regressed, search, without_search
from .selection import best_count, eliminate, last_eliminated
from .stacking import stack
from .stored import stored

if TYPE_CHECKING:
    from xgboost import Booster

Values = NDArray[np.float64]

_REFERENCE_PATIENTS, _MARGIN_DIGITS = 5, 6


@dataclass(frozen=True)
class FittedPipeline(Fitted):
    """What the procedure learned (see ``Fitted``).

    Attributes:
        booster: the trees, over prepared values; None of a comparator that is a logistic regression, and where they
            have no weight.
        logistic: to which they are added, the weighted sum of several; None where they are alone.
        setting: of XGBoost, if any, and ``setting_auc`` its mean AUC over folds.
    """

    booster: Booster | None
    logistic: LogisticRegression | None
    setting: Setting | None
    setting_auc: float

    @property
    def settings(self) -> Mapping[str, float]:
        """Of XGBoost."""
        return {} if self.setting is None else dict(vars(self.setting))

    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration; missing values are left to XGBoost where the trees are alone."""
        return _margins(self.booster, self.logistic, prepared)

    def bundle_model(self, prepared: Values) -> Trees | Linear:
        """The trees, with what they predict for a few training patients, and what they are added to."""
        linear = None if self.logistic is None else self.logistic.linear(self.columns, prepared)
        if self.booster is None:
            assert linear is not None, "a model is one of them, or both"
            return linear
        rows = prepared[np.unique(np.linspace(0, len(prepared) - 1, _REFERENCE_PATIENTS).astype(int))]
        given = tuple(round(float(value), _MARGIN_DIGITS) for value in margins(self.booster, rows))
        return Trees(portable_json(self.booster), ReferencePredictions(tuple(map(tuple, rows.tolist())), given), linear)


def fit_pipeline(table: Table, recipe: TreesRecipe, kept: int, images: Parts | None = None) -> FittedPipeline:
    """Learns from a training part; folds and sampling follow the recipe's seed.

    The number of features, XGBoost's setting, the calibration and the threshold are chosen by cross-validation; then
    features and trees are those of the whole part.

    Args:
        kept: number of features that mRMR keeps (``recipe.selection.kept`` of the whole cohort's size).
        images: ``image_candidates`` of the table, where they are known.

    Raises:
        InputError: too few patients of a class, no column that varies or is stable, a patient without scanner.
    """
    comparator = table.selected and recipe.logistic is not None
    if recipe.logistic is not None and comparator:
        recipe = replace(recipe, logistic=replace(recipe.logistic, stacking=None))  # one regression, nothing to weigh
    folds = inner_folds(table.outcome, recipe)
    images = images or image_candidates(table, folds, recipe, kept)
    chosen, *parts = candidates(images, table, folds, recipe, kept)
    data = [part.data for part in parts]
    if not table.selected and recipe.elimination is not None:
        chosen, data = _eliminated(chosen, data, recipe)
    if recipe.own_classifier is not None:
        found = without_search(data, [_own_margins(fold, recipe) for fold in data], recipe)
    else:
        found = (
            without_search(data, [regressed(fold, recipe) for fold in data], recipe)
            if comparator
            else search(data, recipe)
        )
    log_odds = np.empty((len(table.outcome), found.parts[0].shape[1]))
    for (_, test), part in zip(folds, found.parts, strict=True):
        log_odds[test] = part
    weights, held_out = stack(table.outcome, log_odds, folds, recipe)
    calibration, learned = calibrate(table.outcome, held_out)
    reference = calibration.probability(held_out)
    setting, columns, notes = found.setting if weights[0] else None, chosen.data.columns, chosen.notes
    booster, logistic = _fitted(chosen.data.train, table.outcome, columns, setting, weights, recipe)
    return FittedPipeline(
        columns=columns,
        preparation=chosen.preparation,
        booster=booster,
        logistic=logistic,
        setting=setting,
        setting_auc=found.score,
        calibration=calibration,
        threshold=choose_threshold(table.outcome, reference, recipe.threshold),
        reference=reference,
        uncalibrated=sigmoid(held_out),
        warnings=notes if learned else (*notes, NOTHING_LEARNED),
    )


def _fitted(
    values: Values,
    outcome: NDArray[Any],
    columns: tuple[Column, ...],
    setting: Setting | None,
    weights: Values,
    recipe: TreesRecipe,
) -> tuple[Booster | None, LogisticRegression | None]:
    """Trees of a setting and the logistic regressions in one, each by its weight; None of what there is not."""
    if recipe.own_classifier is not None:
        return _own_classifier(values, outcome, columns, recipe)
    regressions = fit_regressions(values, outcome, columns, recipe)
    others = weights[len(weights) - len(regressions) :]
    booster = setting and scaled(fit_trees(values, outcome, columns, setting, recipe), float(weights[0]))
    return booster, weighted_sum(regressions, others)


def _own_classifier(
    values: Values, outcome: NDArray[Any], columns: tuple[Column, ...], recipe: TreesRecipe
) -> tuple[Booster | None, LogisticRegression | None]:
    """The classifier of a user's package, as trees or as a linear one."""
    assert recipe.own_classifier is not None
    more, labels = recipe.oversampled(values, outcome, columns)
    own = recipe.own_classifier.estimator(recipe.validation.seed, outcome=labels).fit(more, labels)
    found = stored(own, more, [column.name for column in columns], recipe.own_classifier.step)
    return (None, LogisticRegression(*found)) if isinstance(found, tuple) else (found, None)


def _own_margins(fold: FoldData, recipe: TreesRecipe) -> Values:
    """(m, 1) of the patients left out."""
    return _margins(*_own_classifier(fold.train, fold.outcome, fold.columns, recipe), fold.held_out)[:, None]


def _margins(booster: Booster | None, logistic: LogisticRegression | None, values: NDArray[Any]) -> Values:
    """(n,) log-odds before calibration, of either or of both added."""
    parts = [] if booster is None else [margins(booster, values)]
    parts += [] if logistic is None else [logistic.log_odds(values)]
    return np.sum(parts, axis=0)


def inner_folds(outcome: NDArray[Any], recipe: TreesRecipe) -> list[Fold]:
    """The folds of a training part.

    Raises:
        InputError: fewer patients of the smaller class than the folds and the oversampling need.
    """
    count = recipe.validation.folds
    smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
    left = smaller - -(-smaller // count)  # in the fold that loses most
    if smaller < count or left < recipe.sampling.least_minority:
        needs = f"{count} folds need {count} patients of the smaller class"
        if recipe.sampling.method == "smotenc":
            needs += (
                f"; SMOTENC interpolates between {recipe.sampling.neighbors} neighbours, so that each fold's training "
                f"patients must hold {recipe.sampling.least_minority}"
            )
        raise InputError(
            f"enough patients of the smaller class in every training part ({needs})",
            f"{smaller} of {len(outcome)}, {max(left, 0)} in a fold's training patients",
            "use a larger cohort" + (", or train with --no-smote" if smaller >= count else ""),
        )
    return repeated_folds(outcome, count, 1, recipe.validation.seed)[0]


def _eliminated(whole: Candidates, folds: list[FoldData], recipe: TreesRecipe) -> tuple[Candidates, list[FoldData]]:
    """The columns that stay after elimination, and the folds with those that stay there."""
    paths = [
        eliminate(fold.train, fold.outcome, fold.columns, recipe, (fold.held_out, fold.held_outcome)) for fold in folds
    ]
    count, data = best_count([scores for _, scores in paths]), whole.data
    gone, _ = eliminate(data.train, data.outcome, data.columns, recipe, stay=count)
    last = last_eliminated(gone, min(count, len(gone)))
    stays = [last_eliminated(path, count) if recipe.validation.select_in_folds else last for path, _ in paths]
    return whole.of_columns(last), [fold.of_columns(stay) for fold, stay in zip(folds, stays, strict=True)]
