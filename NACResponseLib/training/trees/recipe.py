"""Recipes for feature tables, read from YAML with every key checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.mrmr import METHODS
from ...estimators.oversampling import oversample
from ...model.columns import Column
from ...plain_data import CheckedFields, build, in_short, limits, mapping, one_of, read_by, read_yaml, unknown
from ...variables import ClinicalVariable, known_variables, variables_from
from ..recipe_parts import (
    CORRECT,
    MAX_SEED,
    RADIOMICS,
    SCALINGS,
    THRESHOLD_RULES,
    CardText,
    Harmonization,
    Step,
    recipe_path,
    step_of,
    steps_of,
)
from .stored import stored

SAMPLINGS = ("smotenc", "none")
_DEEPEST, _MAX_ROUNDS = 16, 5000


@dataclass(frozen=True)
class Selection(CheckedFields):
    """mRMR (``estimators.mrmr``): ``share`` of the cohort's size is kept of each modality, then of all together.

    Attributes:
        steps: selectors of image features by their names in the ``registry``, before mRMR.
        keep_clinical: clinical variables stay whatever their rank; else they compete with the image features.
    """

    method: str = field(default="FCQ", metadata=one_of("a method of mRMR", METHODS))
    share: float = field(default=0.1, metadata=limits(0, 1))
    keep_clinical: bool = False
    steps: tuple[Step, ...] = field(default=(), metadata=read_by(steps_of))

    def mistakes(self) -> Iterator[InputError]:
        for step in self.steps:
            if not step.selects:
                yield InputError("steps that select features", f"{step.step}, which does not", CORRECT)

    def kept(self, patients: int) -> int:
        """Number of features for a cohort of this size."""
        return max(1, round(self.share * patients))


@dataclass(frozen=True)
class Elimination(CheckedFields):
    """Recursive feature elimination: the trees whose gain ranks the features, and their number by cross-validation.

    Attributes:
        at_once: share of the features, of those then left, that goes at each step; a feature at least.
    """

    rounds: int = field(metadata=limits(1, _MAX_ROUNDS))
    max_depth: int = field(metadata=limits(1, _DEEPEST))
    learning_rate: float = field(metadata=limits(1e-4, 1))
    min_child_weight: float = field(default=1.0, metadata=limits(0, 1e6))
    at_once: float = field(default=0.0, metadata=limits(0, 0.5))

    def following(self, count: int) -> int:
        """How many features are left after a step from ``count``: numbers are the same whatever it began with."""
        left = 0
        while (more := left + max(int(self.at_once * left), 1)) < count:
            left = more
        return left


@dataclass(frozen=True)
class Logistic(CheckedFields):
    """Ridge logistic regression on the same columns, to which the trees are added.

    Attributes:
        inverse_penalty: scikit-learn's ``C``, of columns of unit variance.
        stacking: how firmly its weight, that of the trees and that of a logistic regression of the clinical variables
            alone are held (``stacking``); None adds regression and trees as they are.
    """

    inverse_penalty: float = field(default=1.0, metadata=limits(1e-6, 1e6))
    stacking: float | None = field(default=None, metadata=limits(1e-3, 1e6))


@dataclass(frozen=True)
class Sampling(CheckedFields):
    """Oversampling of the smaller class inside training folds; ``neighbors`` patients are interpolated between."""

    method: str = field(default="smotenc", metadata=one_of("a sampling method", SAMPLINGS))
    neighbors: int = field(default=5, metadata=limits(1, 100))

    @property
    def least_minority(self) -> int:
        """Patients of the smaller class that a fold's training part must hold."""
        return self.neighbors + 1 if self.method == "smotenc" else 1


@dataclass(frozen=True)
class Grid(CheckedFields):
    """Settings of XGBoost that are tried, every combination.

    Attributes:
        parallel_trees: size of the small forests that are boosted; for all combinations, as ``max_bin``.
    """

    max_depth: tuple[int, ...] = field(metadata=limits(1, _DEEPEST))
    learning_rate: tuple[float, ...] = field(metadata=limits(1e-4, 1))
    min_child_weight: tuple[float, ...] = field(metadata=limits(0, 1e6))
    subsample: tuple[float, ...] = field(metadata=limits(0.1, 1))
    colsample: tuple[float, ...] = field(metadata=limits(0.1, 1))
    rounds: tuple[int, ...] = field(metadata=limits(1, _MAX_ROUNDS))
    parallel_trees: int = field(default=1, metadata=limits(1, 100))
    max_bin: int = field(default=256, metadata=limits(2, 4096))

    def mistakes(self) -> Iterator[InputError]:
        if list(self.rounds) != sorted(set(self.rounds)):
            yield InputError("rounds in rising order, each once", f"{list(self.rounds)}", "correct the recipe")


@dataclass(frozen=True)
class Validation(CheckedFields):
    """Stratified random partitions, ``test_share`` of the patients held out; ``folds`` inside each training part.

    Attributes:
        select_in_folds: harmonization, scaling and selection are learned anew in each inner fold; else once in the
            training part, so that inner choices (number of features, setting, calibration) are too hopeful.
    """

    partitions: int = field(metadata=limits(1, 1000))
    test_share: float = field(metadata=limits(0.05, 0.5))
    folds: int = field(metadata=limits(2, 20))
    seed: int = field(metadata=limits(0, MAX_SEED))
    select_in_folds: bool = True


def _named_classifier(step: Any, where: str) -> Step:
    if not isinstance(step, Step):
        raise InputError(f"classifier: {{name: ...}} in place of {where}", in_short(step), CORRECT)
    return step


@dataclass(frozen=True)
class TreesRecipe(CheckedFields):
    """How a model is trained on feature tables.

    Attributes:
        clinical: variables joined with the image features.
        monotone: clinical variables with which the probability may only rise (1) or only fall (-1); imposed where a
            training part agrees with the direction.
        elimination: None keeps what mRMR selects.
        logistic: None leaves the trees alone.
        origin: whose procedure it is, in words; empty where the recipe does not say.
        images_alone: a model without clinical variables is trained beside each; it is never the final one.
        comparators: models of clinical variables alone, trained beside every other; variables by name of the model.
        interval: level of a probability's interval.
        own_classifier: of a user's package, in place of the grid of ``classifier``, which is None then: linear, or
            trees of XGBoost (``stored``).
        threshold: a rule of ``training.clinical.recipe.THRESHOLD_RULES``.
        variables: clinical ones that the recipe itself defines.
    """

    name: str
    version: str
    kind: str = field(metadata=one_of("a kind of recipe", (RADIOMICS,)))
    clinical: tuple[str, ...]
    monotone: Mapping[str, int]
    comparators: Mapping[str, tuple[str, ...]]
    harmonization: Harmonization
    scaling: str = field(metadata=one_of("a scaling", SCALINGS))
    selection: Selection
    elimination: Elimination | None
    sampling: Sampling
    classifier: Grid | None
    validation: Validation
    threshold: str = field(metadata=one_of("a threshold rule", tuple(THRESHOLD_RULES)))
    interval: float = field(metadata=limits(0.5, 0.999))
    card: CardText
    logistic: Logistic | None = None
    images_alone: bool = False
    origin: str = ""
    variables: Mapping[str, ClinicalVariable] = field(default_factory=dict, metadata=read_by(variables_from))
    own_classifier: Step | None = field(default=None, metadata=read_by(_named_classifier))

    def mistakes(self) -> Iterator[InputError]:
        if (self.classifier is None) == (self.own_classifier is None):
            yield InputError("classifier: settings of XGBoost, or a name", "none of them", CORRECT)
        if self.own_classifier is not None and self.logistic is not None:
            yield InputError("logistic with trees of the library", f"with {self.own_classifier.step}", "leave it out")
        named = [*self.clinical, *self.monotone, *(name for each in self.comparators.values() for name in each)]
        yield from unknown("a clinical variable", dict.fromkeys(named), known_variables(self.variables))
        for variable, direction in self.monotone.items():
            if direction not in (-1, 1):
                yield InputError(f"monotone: {variable} as -1 or 1", f"{direction}", "correct the recipe")
        if not all(self.comparators.values()):
            yield InputError("variables of every comparator", "an empty list", "correct the recipe")

    def changed(
        self, *, seed: int | None = None, partitions: int | None = None, oversample: bool = True
    ) -> TreesRecipe:
        """The recipe with another seed or number of partitions, or without oversampling."""
        validation, sampling = self.validation, self.sampling
        if seed is not None:
            validation = replace(validation, seed=seed)
        if partitions is not None:
            validation = replace(validation, partitions=partitions)
        if not oversample:
            sampling = replace(sampling, method="none")
        return replace(self, validation=validation, sampling=sampling)

    def oversampled(
        self, values: NDArray[np.float64], outcome: NDArray[Any], columns: tuple[Column, ...]
    ) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Patients (n, columns) and outcome (n,), synthetic ones of the smaller class after them where it says so."""
        if self.sampling.method == "none":
            return values, outcome
        categorical = [number for number, column in enumerate(columns) if column.kind != "continuous"]
        return oversample(values, outcome, categorical, self.sampling.neighbors, self.validation.seed)

    @property
    def log_volume(self) -> bool:
        """For a logistic regression; trees depend on the order of values alone."""
        return self.logistic is not None

    @property
    def grid(self) -> Grid:
        """The settings of XGBoost, of a recipe that has no classifier of its own."""
        assert self.classifier is not None, "it has no classifier of its own"
        return self.classifier

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data, as it could be written to a file."""
        plain = asdict(self)
        del plain["selection"]["steps"], plain["own_classifier"]
        if self.own_classifier is not None:
            plain["classifier"] = self.own_classifier.plain()
        steps = [step.plain() for step in self.selection.steps]
        return {**plain, "selection": {**plain["selection"], **({"steps": steps} if steps else {})}}


def load_trees_recipe(name: str | Path = "jang2025") -> TreesRecipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe of another
            kind.
    """
    path = recipe_path(name)
    entries = {"monotone": {}, "comparators": {}, **mapping(read_yaml(path), path.name)}
    if entries.get("kind") != RADIOMICS:
        raise InputError(
            f"a recipe for feature tables (kind: {RADIOMICS})",
            f"another in {path.name}",
            "choose jang2025, or rebuild that model with 'nacresponse models rebuild'",
        )
    own = entries.get("classifier")
    if isinstance(own, dict) and "name" in own:
        where = f"{path.name}, classifier {own['name']}"
        names = tuple(f"x{number}" for number in range(8))
        accept = partial(_accept, names=names, where=where)
        entries |= {"classifier": None, "own_classifier": step_of(own, path.name, "classifiers", accept)}
    recipe: TreesRecipe = build(TreesRecipe, entries, path.name)
    return recipe


def _accept(fitted: Any, values: NDArray[np.float64], names: Sequence[str], where: str) -> None:
    stored(fitted, values, names, where)
