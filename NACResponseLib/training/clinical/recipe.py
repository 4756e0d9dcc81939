"""Recipes: how a model is trained, read from YAML with every key checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...endpoints import endpoint_named
from ...errors import InputError, unknown_name
from ...model.bundle_parts import INPUT_KINDS, ImageNeeds
from ...model.columns import Column
from ...plain_data import build, read_yaml
from ..recipe_parts import RADIOMICS, SIGNATURES, THRESHOLD_RULES, CardText, recipe_path

CALIBRATIONS = ("none", "logistic")
_DEEPEST = 16  # of max_depth; small cohorts ask for 1 to 3
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class TableSpec:
    """The training table: a CSV file (relative to the recipe) and its columns of patient and outcome (1, 0)."""

    file: str
    patient_id: str
    outcome: str


@dataclass(frozen=True)
class InputSpec:
    """One input of the model.

    Attributes:
        column: of the training table.
        label: in words.
        kind: ``continuous``, ``binary`` (1 positive, 0 negative) or ``ordinal``.
        unit: of the value.
        missing_allowed: a patient may be scored without it.
        monotone: 1 if the probability may only rise with it, -1 if only fall, 0 if free; used where
            the recipe's classifier says so and the training data agree.
        log: the logarithm is taken.
    """

    column: str
    label: str
    kind: str
    unit: str = ""
    missing_allowed: bool = False
    monotone: int = 0
    log: bool = False

    def __post_init__(self) -> None:
        if self.kind not in INPUT_KINDS:
            raise unknown_name("a kind of input", str(self.kind), INPUT_KINDS)
        if self.monotone not in (-1, 0, 1):
            raise InputError("monotone as -1, 0 or 1", f"{self.monotone}", "correct the recipe")


@dataclass(frozen=True)
class ClassifierSpec:
    """Gradient-boosted trees (XGBoost) on what a logistic regression leaves: ``parallel_trees`` small forests, boosted.

    Attributes:
        colsample: inputs seen by each tree.
        monotone: the constraints of the inputs are imposed.
    """

    learning_rate: float
    min_child_weight: float
    subsample: float
    colsample: float
    parallel_trees: int
    rounds: int
    max_depth: int
    monotone: bool

    def __post_init__(self) -> None:
        _positive(self, "parallel_trees", "rounds")
        _shares(self, "learning_rate", "subsample", "colsample")
        if not self.min_child_weight >= 0:
            raise InputError("min_child_weight from 0", f"{self.min_child_weight}", "correct the recipe")
        if not 1 <= self.max_depth <= _DEEPEST:
            raise InputError(f"max_depth from 1 to {_DEEPEST}", f"{self.max_depth}", "correct the recipe")


@dataclass(frozen=True)
class ValidationSpec:
    """Repeated stratified cross-validation: the outer one reports, the inner one (in each training part) calibrates."""

    folds: int
    repeats: int
    inner_repeats: int
    final_repeats: int
    bootstrap_draws: int
    seed: int

    def __post_init__(self) -> None:
        _positive(self, "repeats", "inner_repeats", "final_repeats", "bootstrap_draws")
        if self.folds < 2:
            raise InputError("at least 2 folds", f"{self.folds}", "correct the recipe")
        if not 0 <= self.seed < 2**31:
            raise InputError("a seed from 0 to 2147483647", f"{self.seed}", "correct the recipe")


@dataclass(frozen=True)
class IntervalSpec:
    """Level of a probability's interval, and how many cohorts are simulated to set its width (``uncertainty``)."""

    level: float
    simulations: int

    def __post_init__(self) -> None:
        _positive(self, "level", "simulations")
        if self.level >= 1:
            raise InputError("a level below 1", f"{self.level}", "write 0.95 for 95 %")


@dataclass(frozen=True, kw_only=True)
class TitledCardText(CardText):
    """The card's text of a model whose patients are known beforehand; ``demonstration`` where they are synthetic."""

    title: str
    demonstration: bool = False


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. ``folder`` is where the recipe's file lies."""

    name: str
    version: str
    endpoint: str
    table: TableSpec
    inputs: Mapping[str, InputSpec]
    classifier: ClassifierSpec
    validation: ValidationSpec
    calibration: tuple[str, ...]
    threshold: str
    interval: IntervalSpec
    card: TitledCardText
    folder: Path
    images: ImageNeeds = field(default_factory=ImageNeeds)

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.name):
            raise InputError("a name of letters, digits, '.', '_' and '-'", f"'{self.name}'", "correct the recipe")
        endpoint_named(self.endpoint)
        if not self.calibration:
            raise InputError("at least one calibration", "an empty list", "correct the recipe")
        for choice in self.calibration:
            if choice not in CALIBRATIONS:
                raise unknown_name("a calibration", str(choice), CALIBRATIONS)
        if self.threshold not in THRESHOLD_RULES:
            raise unknown_name("a threshold rule", str(self.threshold), THRESHOLD_RULES)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The model's columns."""
        return tuple(Column(name, spec.label, spec.kind, spec.unit) for name, spec in self.inputs.items())

    @property
    def table_path(self) -> Path:
        """The training table's file."""
        return (self.folder / self.table.file).resolve()


_PARTS: dict[str, type] = {
    "table": TableSpec,
    "classifier": ClassifierSpec,
    "validation": ValidationSpec,
    "interval": IntervalSpec,
    "card": TitledCardText,
    "images": ImageNeeds,
}


def load_clinical_recipe(name: str | Path) -> Recipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value.
    """
    path = recipe_path(name)
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(f"named entries in {path.name}", type(data).__name__, "write them as 'key: value'")
    if data.get("kind") in (RADIOMICS, SIGNATURES):
        raise InputError(
            "a recipe with a training table of its own",
            f"{path.name}, for feature tables",
            "train with 'nacresponse train FEATURES_DIR'",
        )
    entries = {**data, "folder": path.parent}
    for key, kind in _PARTS.items():
        if key in entries:
            entries[key] = build(kind, entries[key], f"{path.name}, {key}")
    inputs = entries.get("inputs")
    if not isinstance(inputs, dict) or not inputs:
        raise InputError(f"named inputs in {path.name}", "none", "add inputs: ...")
    entries["inputs"] = {str(key): build(InputSpec, spec, f"{path.name}, input {key}") for key, spec in inputs.items()}
    return build(Recipe, entries, path.name)


def _positive(part: Any, *names: str) -> None:
    for name in names:
        if not getattr(part, name) > 0:
            raise InputError(f"{name} above 0", f"{getattr(part, name)}", "correct the recipe")


def _shares(part: Any, *names: str) -> None:
    for name in names:
        if not 0 < getattr(part, name) <= 1:
            raise InputError(f"{name} above 0, not above 1", f"{getattr(part, name)}", "correct the recipe")
