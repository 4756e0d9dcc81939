"""Recipes: how a model is trained, read from YAML with every key checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...endpoints import endpoint_named
from ...errors import InputError
from ...model.bundle_parts import INPUT_KINDS, ImageNeeds
from ...model.columns import Column
from ...plain_data import CheckedFields, build, limits, mapping, one_of, read_yaml
from ..recipe_parts import MAX_SEED, RADIOMICS, SIGNATURES, THRESHOLD_RULES, CardText, recipe_path

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
class InputSpec(CheckedFields):
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
    kind: str = field(metadata=one_of("a kind of input", INPUT_KINDS))
    unit: str = ""
    missing_allowed: bool = False
    monotone: int = field(default=0, metadata=limits(-1, 1))
    log: bool = False


@dataclass(frozen=True)
class ClassifierSpec(CheckedFields):
    """Gradient-boosted trees (XGBoost) on what a logistic regression leaves: ``parallel_trees`` small forests, boosted.

    Attributes:
        colsample: inputs seen by each tree.
        monotone: the constraints of the inputs are imposed.
    """

    learning_rate: float = field(metadata=limits(1e-6, 1))
    min_child_weight: float = field(metadata=limits(0, 1e6))
    subsample: float = field(metadata=limits(1e-6, 1))
    colsample: float = field(metadata=limits(1e-6, 1))
    parallel_trees: int = field(metadata=limits(1, 1000))
    rounds: int = field(metadata=limits(1, 100_000))
    max_depth: int = field(metadata=limits(1, _DEEPEST))
    monotone: bool


@dataclass(frozen=True)
class ValidationSpec(CheckedFields):
    """Repeated stratified cross-validation: the outer one reports, the inner one (in each training part) calibrates."""

    folds: int = field(metadata=limits(2, 1000))
    repeats: int = field(metadata=limits(1, 1000))
    inner_repeats: int = field(metadata=limits(1, 1000))
    final_repeats: int = field(metadata=limits(1, 1000))
    bootstrap_draws: int = field(metadata=limits(1, 1_000_000))
    seed: int = field(metadata=limits(0, MAX_SEED))


@dataclass(frozen=True)
class IntervalSpec(CheckedFields):
    """Level of a probability's interval, and how many cohorts set its width (``training.interval``)."""

    level: float = field(metadata=limits(0.5, 0.999))
    simulations: int = field(metadata=limits(1, 10_000))


@dataclass(frozen=True, kw_only=True)
class TitledCardText(CardText):
    """The card's text of a model whose patients are known beforehand; ``demonstration`` where they are synthetic."""

    title: str
    demonstration: bool = False


@dataclass(frozen=True)
class Recipe(CheckedFields):
    """How a model is trained. ``folder`` is where the recipe's file lies."""

    name: str
    version: str
    endpoint: str
    table: TableSpec
    inputs: Mapping[str, InputSpec]
    classifier: ClassifierSpec
    validation: ValidationSpec
    calibration: tuple[str, ...] = field(metadata=one_of("a calibration", CALIBRATIONS))
    threshold: str = field(metadata=one_of("a threshold rule", tuple(THRESHOLD_RULES)))
    interval: IntervalSpec
    card: TitledCardText
    folder: Path
    images: ImageNeeds = field(default_factory=ImageNeeds)

    def mistakes(self) -> Iterator[InputError]:
        if not _FILE_NAME.fullmatch(self.name):
            yield InputError("a name of letters, digits, '.', '_' and '-'", f"'{self.name}'", "correct the recipe")
        if not self.inputs:
            yield InputError(f"named inputs in {self.name}", "none", "add inputs: ...")
        endpoint_named(self.endpoint)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The model's columns."""
        return tuple(Column(name, spec.label, spec.kind, spec.unit) for name, spec in self.inputs.items())

    @property
    def table_path(self) -> Path:
        """The training table's file."""
        return (self.folder / self.table.file).resolve()


def load_clinical_recipe(name: str | Path) -> Recipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value.
    """
    path = recipe_path(name)
    entries = mapping(read_yaml(path), path.name)
    if entries.get("kind") in (RADIOMICS, SIGNATURES):
        raise InputError(
            "a recipe with a training table of its own",
            f"{path.name}, for feature tables",
            "train with 'nacresponse train FEATURES_DIR'",
        )
    recipe: Recipe = build(Recipe, {**entries, "folder": path.parent}, path.name)
    return recipe
