"""What recipes of all kinds have in common: their files, rules of the threshold, harmonization, card, and checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import find_resource
from ..errors import InputError, unknown_name
from ..model.preparation import UNSEEN
from ..plain_data import in_short

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
class Harmonization:
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
    unseen: str = "identity"

    def __post_init__(self) -> None:
        check_known("what to do with an unseen scanner", self.unseen, UNSEEN)


@dataclass(frozen=True, kw_only=True)
class CardText:
    """What the model card says in addition to figures; the cohort where it is known, as of a shipped model."""

    intended_use: str
    limits: tuple[str, ...]
    source: str
    cohort: str = ""
    licence: str = ""


def texts(data: Any, where: str) -> tuple[str, ...]:
    """A list of texts from YAML."""
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise InputError(f"a list of variables in {where}", in_short(data), "write [a, b]")
    return tuple(data)


def check_known(kind: str, name: str, known: tuple[str, ...]) -> None:
    """Refuses a name that does not exist."""
    if name not in known:
        raise unknown_name(kind, str(name), known)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuses a number out of range."""
    if not low <= value <= high:
        raise InputError(f"{name} from {low:g} to {high:g}", f"{value}", "correct the recipe or the option")
