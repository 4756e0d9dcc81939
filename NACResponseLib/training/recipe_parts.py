"""What recipes of all kinds have in common: their files, rules of the threshold, harmonization, card, and checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..config import find_resource
from ..errors import InputError, all_of, unknown_name
from ..model.preparation import UNSEEN
from ..plain_data import CheckedFields, in_short, mapping, one_of
from ..registry import find, make, names

CORRECT, LASSO = "correct the recipe", "lasso"
_KINDS = {"selectors": "a step of selection", "classifiers": "a classifier"}
_KEYS = {"selectors": "step", "classifiers": "name"}
_OFFERED = ("seed", "random_state", "outcome")
MAX_SEED = 2**31 - 1
SCALINGS = ("robust", "standard", "none")
THRESHOLD_RULES = {
    "youden": "the value with the highest balanced accuracy (Youden's index) on out-of-fold probabilities",
    "prevalence": "the share of the positive class among the training patients",
}
RADIOMICS, SIGNATURES = "radiomics", "signatures"
"""Kinds of the recipes for feature tables (``trees``, ``signatures``); one that names its own table has none."""


def recipe_path(name: str | Path) -> Path:
    """A shipped recipe's file by name, or the user's own."""
    return find_resource("recipe", name, "Recipes", ".yaml")


@dataclass(frozen=True)
class Harmonization(CheckedFields):
    """ComBat by scanner, for each modality alone; the outcome is never used (``estimators.combat``).

    Attributes:
        combat: False leaves all features as they are.
        parametric: form of the priors.
        shape: shape features are harmonized, too; they do not depend on grey values.
        unseen: of a new patient's scanner without training patients, keep features as they are (``identity``) or
            ``refuse``; in the test parts of partitions they are kept.
    """

    combat: bool = True
    parametric: bool = True
    shape: bool = False
    unseen: str = field(default="identity", metadata=one_of("what to do with an unseen scanner", UNSEEN))


@dataclass(frozen=True, kw_only=True)
class CardText:
    """What the model card says in addition to figures; the cohort where it is known, as of a shipped model."""

    intended_use: str
    limits: tuple[str, ...]
    source: str
    cohort: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Step:
    """A step of selection, or a classifier, by its name in the ``registry``, with its parameters.

    Attributes:
        parameters: every one of them, but for the seed, which is the run's.
        group: of the registry.
    """

    step: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    group: str = "selectors"

    def estimator(self, seed: int, **offered: Any) -> Any:
        """Not yet fitted; what is offered is given where it takes it."""
        found = find(self.group, self.step, _KINDS[self.group])
        return make(found, **self.parameters, seed=seed, random_state=seed, **offered)

    @property
    def selects(self) -> bool:
        """Whether it says which features stay, as scikit-learn's selectors do; LASSO weighs them."""
        return callable(getattr(find(self.group, self.step, _KINDS[self.group]), "get_support", None))

    def plain(self) -> dict[str, Any]:
        """As a recipe's file has it."""
        return {_KEYS[self.group]: self.step, **self.parameters}


def steps_of(data: Any, where: str) -> tuple[Step, ...]:
    """The steps of a selection, in order.

    Raises:
        InputError: no list, or as ``step_of``.
    """
    if not isinstance(data, (list, tuple)):
        raise InputError(f"a list of steps in {where}", in_short(data), "write - {step: lasso}")
    return tuple(all_of(partial(step_of, entry, f"{where} {number}") for number, entry in enumerate(data, 1)))


def step_of(
    entry: Any, where: str, group: str = "selectors", accept: Callable[[Any, Any], object] | None = None
) -> Step:
    """A step from a recipe's file, tried on a few synthetic patients, so that what it refuses is refused at once.

    Args:
        accept: is called with the fitted estimator and the values (60, 8) that it was fitted to.

    Raises:
        InputError: an unknown step or parameter, a value that it refuses, or as ``accept``.
    """
    given, kind = dict(mapping(entry, where)), _KINDS[group]
    name = given.pop(_KEYS[group], None)
    if not isinstance(name, str):
        raise unknown_name(f"{kind} in {where}", in_short(name).strip("'"), names(group))
    known = inspect.signature(find(group, name, kind)).parameters
    taken = {each: one.default for each, one in known.items() if each not in _OFFERED}
    for key in given:
        if key not in taken:
            raise unknown_name(f"a key of {name} ({kind}) in {where}", str(key), [*taken])
    step = Step(name, {**taken, **given}, group)
    lacking = [key for key, value in step.parameters.items() if value is inspect.Parameter.empty]
    if lacking:
        raise InputError(f"{lacking[0]} of {name} ({kind}) in {where}", "none", CORRECT)
    try:
        random = np.random.default_rng(0)
        outcome = np.arange(60) % 2
        values = random.normal(size=(60, 8)) + outcome[:, None]
        fitted = step.estimator(0, outcome=outcome).fit(values, outcome)
        if accept is not None:
            accept(fitted, values)
    except InputError:
        raise
    except Exception as error:  # of whatever a user's own step raises
        found = f"{type(error).__name__}: {error}"
        raise InputError(f"parameters that {name} ({kind}) in {where} takes", found, CORRECT) from None
    return step
