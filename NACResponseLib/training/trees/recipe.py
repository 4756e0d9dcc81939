"""Recipes for feature tables, read from YAML with every key checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.mrmr import METHODS
from ...estimators.oversampling import oversample
from ...model.columns import Column
from ...plain_data import build, mapping, read_yaml
from ...variables import ClinicalVariable, known_variables, variables_from
from ..recipe_parts import (
    RADIOMICS,
    SCALINGS,
    THRESHOLD_RULES,
    CardText,
    Harmonization,
    check_between,
    check_known,
    recipe_path,
    texts,
)

SAMPLINGS = ("smotenc", "none")
_DEEPEST, _MAX_ROUNDS = 16, 5000


@dataclass(frozen=True)
class Selection:
    """mRMR (``estimators.mrmr``): ``share`` of the cohort's size is kept of each modality, then of all together.

    Attributes:
        keep_clinical: clinical variables stay whatever their rank; else they compete with the image features.
    """

    method: str = "FCQ"
    share: float = 0.1
    keep_clinical: bool = False

    def __post_init__(self) -> None:
        check_known("a method of mRMR", self.method, METHODS)
        check_between("share", self.share, 0, 1)

    def kept(self, patients: int) -> int:
        """Number of features for a cohort of this size."""
        return max(1, round(self.share * patients))


@dataclass(frozen=True)
class Elimination:
    """Recursive feature elimination: the trees whose gain ranks the features, and their number by cross-validation."""

    rounds: int
    max_depth: int
    learning_rate: float
    min_child_weight: float = 1.0

    def __post_init__(self) -> None:
        check_between("rounds", self.rounds, 1, _MAX_ROUNDS)
        check_between("max_depth", self.max_depth, 1, _DEEPEST)
        check_between("learning_rate", self.learning_rate, 1e-4, 1)
        check_between("min_child_weight", self.min_child_weight, 0, 1e6)


@dataclass(frozen=True)
class Logistic:
    """Ridge logistic regression on the same columns, to which the trees are added.

    Attributes:
        inverse_penalty: scikit-learn's ``C``, of columns of unit variance.
        stacking: how firmly its weight, that of the trees and that of a logistic regression of the clinical variables
            alone are held (``stacking``); None adds regression and trees as they are.
    """

    inverse_penalty: float = 1.0
    stacking: float | None = None

    def __post_init__(self) -> None:
        check_between("inverse_penalty", self.inverse_penalty, 1e-6, 1e6)
        if self.stacking is not None:
            check_between("stacking", self.stacking, 1e-3, 1e6)


@dataclass(frozen=True)
class Sampling:
    """Oversampling of the smaller class inside training folds; ``neighbors`` patients are interpolated between."""

    method: str = "smotenc"
    neighbors: int = 5

    def __post_init__(self) -> None:
        check_known("a sampling method", self.method, SAMPLINGS)
        check_between("neighbors", self.neighbors, 1, 100)

    @property
    def least_minority(self) -> int:
        """Patients of the smaller class that a fold's training part must hold."""
        return self.neighbors + 1 if self.method == "smotenc" else 1


@dataclass(frozen=True)
class Grid:
    """Settings of XGBoost that are tried, every combination.

    Attributes:
        parallel_trees: size of the small forests that are boosted; for all combinations, as ``max_bin``.
    """

    max_depth: tuple[int, ...]
    learning_rate: tuple[float, ...]
    min_child_weight: tuple[float, ...]
    subsample: tuple[float, ...]
    colsample: tuple[float, ...]
    rounds: tuple[int, ...]
    parallel_trees: int = 1
    max_bin: int = 256

    def __post_init__(self) -> None:
        limits = {
            "max_depth": (1, _DEEPEST),
            "learning_rate": (1e-4, 1),
            "min_child_weight": (0, 1e6),
            "subsample": (0.1, 1),
            "colsample": (0.1, 1),
            "rounds": (1, _MAX_ROUNDS),
        }
        for name, (low, high) in limits.items():
            choices = getattr(self, name)
            if not choices:
                raise InputError(f"at least one {name}", "an empty list", "correct the recipe")
            for choice in choices:
                check_between(name, choice, low, high)
        if list(self.rounds) != sorted(set(self.rounds)):
            raise InputError("rounds in rising order, each once", f"{list(self.rounds)}", "correct the recipe")
        check_between("parallel_trees", self.parallel_trees, 1, 100)
        check_between("max_bin", self.max_bin, 2, 4096)


@dataclass(frozen=True)
class Validation:
    """Stratified random partitions, ``test_share`` of the patients held out; ``folds`` inside each training part.

    Attributes:
        select_in_folds: harmonization, scaling and selection are learned anew in each inner fold; else once in the
            training part, so that inner choices (number of features, setting, calibration) are too hopeful.
    """

    partitions: int
    test_share: float
    folds: int
    seed: int
    select_in_folds: bool = True

    def __post_init__(self) -> None:
        check_between("partitions", self.partitions, 1, 1000)
        check_between("test_share", self.test_share, 0.05, 0.5)
        check_between("folds", self.folds, 2, 20)
        check_between("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True)
class TreesRecipe:
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
        threshold: a rule of ``training.clinical.recipe.THRESHOLD_RULES``.
        variables: clinical ones that the recipe itself defines.
    """

    name: str
    version: str
    kind: str
    clinical: tuple[str, ...]
    monotone: Mapping[str, int]
    comparators: Mapping[str, tuple[str, ...]]
    harmonization: Harmonization
    scaling: str
    selection: Selection
    elimination: Elimination | None
    sampling: Sampling
    classifier: Grid
    validation: Validation
    threshold: str
    interval: float
    card: CardText
    logistic: Logistic | None = None
    images_alone: bool = False
    origin: str = ""
    variables: Mapping[str, ClinicalVariable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_known("a kind of recipe", self.kind, (RADIOMICS,))
        check_known("a scaling", self.scaling, SCALINGS)
        check_known("a threshold rule", self.threshold, tuple(THRESHOLD_RULES))
        check_between("interval", self.interval, 0.5, 0.999)
        known = tuple(known_variables(self.variables))
        for variable in self.clinical:
            check_known("a clinical variable", variable, known)
        for variable, direction in self.monotone.items():
            check_known("a clinical variable", variable, known)
            if type(direction) is not int or direction not in (-1, 1):
                raise InputError(f"monotone: {variable} as -1 or 1", f"{direction}", "correct the recipe")
        for variables in self.comparators.values():
            if not variables:
                raise InputError("variables of every comparator", "an empty list", "correct the recipe")
            for variable in variables:
                check_known("a clinical variable", variable, known)

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

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return asdict(self)


_PARTS: dict[str, type] = {
    "harmonization": Harmonization,
    "selection": Selection,
    "elimination": Elimination,
    "logistic": Logistic,
    "sampling": Sampling,
    "classifier": Grid,
    "validation": Validation,
    "card": CardText,
}


def load_trees_recipe(name: str | Path = "jang2025") -> TreesRecipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe of another
            kind.
    """
    path = recipe_path(name)
    entries = dict(mapping(read_yaml(path), path.name))
    if entries.get("kind") != RADIOMICS:
        raise InputError(
            f"a recipe for feature tables (kind: {RADIOMICS})",
            f"another in {path.name}",
            "choose jang2025, or rebuild that model with 'nacresponse models rebuild'",
        )
    for key, kind in _PARTS.items():
        if entries.get(key) is not None:
            entries[key] = build(kind, entries[key], f"{path.name}, {key}")
    entries["monotone"] = mapping(entries.get("monotone", {}), f"{path.name}, monotone")
    entries["comparators"] = {
        model: texts(variables, f"{path.name}, comparator {model}")
        for model, variables in mapping(entries.get("comparators", {}), f"{path.name}, comparators").items()
    }
    entries["variables"] = variables_from(entries.get("variables"), f"{path.name}, variables")
    return build(TreesRecipe, entries, path.name)
