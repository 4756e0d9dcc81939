"""What a recipe of signatures is made of: signatures, steps of selection, models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...errors import InputError, unknown_name
from ...estimators.selectors import RULES
from ...model.columns import DELTA
from ..recipe_parts import check_between, check_known

DEEP, HANDCRAFTED = "deep", "handcrafted"
CORRECT = "correct the recipe"
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class SignatureSpec:
    """Which image features a signature may be made of.

    Attributes:
        label: in words.
        features: the feature table: ``handcrafted``, a network (``resnet50``), or ``deep`` for the one network whose
            features there are.
        contours: those of which its features come, ``delta`` among them for changes between time points; all if none
            is named.
        deltas: whether changes between time points belong to it; by default where no contours are named.
    """

    features: str
    label: str = ""
    contours: tuple[str, ...] = ()
    deltas: bool | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"{DEEP}|{HANDCRAFTED}|resnet\d+", self.features):
            raise unknown_name("the features of a signature", self.features, (HANDCRAFTED, DEEP, "resnet50"))
        each_once(self.contours, "contours of a signature")
        _check_label(self.label)

    @property
    def has_deltas(self) -> bool:
        """Whether changes between time points belong to it."""
        return (not self.contours or DELTA in self.contours) if self.deltas is None else self.deltas

    def holds(self, group: str) -> bool:
        """Whether the features of a contour, or of ``delta``, belong to it."""
        return self.has_deltas if group == DELTA else not self.contours or group in self.contours

    def shares_with(self, other: SignatureSpec) -> bool:
        """Whether both may hold the same features."""
        groups = {*self.contours, *other.contours, DELTA, ""}  # "" stands for contours that neither names
        return self.features == other.features and any(self.holds(group) and other.holds(group) for group in groups)


@dataclass(frozen=True)
class MannWhitneyStep:
    """Features whose Mann-Whitney p is below ``level`` stay."""

    step: str
    level: float = 0.05

    def __post_init__(self) -> None:
        check_between("level", self.level, 1e-6, 1)


@dataclass(frozen=True)
class SpearmanStep:
    """Of two features that correlate more than ``most`` one stays."""

    step: str
    most: float = 0.9

    def __post_init__(self) -> None:
        check_between("most", self.most, 0.1, 1)


@dataclass(frozen=True)
class LassoStep:
    """LASSO weighs what is left; the penalty by cross-validation of so many folds and a rule of ``RULES``."""

    step: str
    rule: str = "best"
    folds: int = 5

    def __post_init__(self) -> None:
        check_known("a rule of LASSO", self.rule, RULES)
        check_between("folds of LASSO", self.folds, 2, 20)


Step = MannWhitneyStep | SpearmanStep | LassoStep
STEPS: Mapping[str, type] = {"mann_whitney": MannWhitneyStep, "spearman": SpearmanStep, "lasso": LassoStep}


@dataclass(frozen=True)
class ModelSpec:
    """A logistic model of signatures and clinical variables."""

    signatures: tuple[str, ...]
    clinical: tuple[str, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        _check_label(self.label)


def each_once(names: Collection[str], what: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(f"{what}, each once", f"'{twice[0]}' twice", CORRECT)


def _check_label(label: str) -> None:
    if not label.isprintable() or len(label) > _LONGEST_LABEL:
        raise InputError(f"a label of one line, {_LONGEST_LABEL} letters at most", f"'{label[:40]}'", CORRECT)
