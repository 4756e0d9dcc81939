"""What a recipe of signatures is made of: signatures, steps of selection, models, and the scheme of validation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError, unknown_name
from ...model.columns import DELTA
from ...plain_data import CheckedFields, limits, one_of
from ..recipe_parts import CORRECT, MAX_SEED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...evaluation.partitions import Fold

DEEP, HANDCRAFTED = "deep", "handcrafted"
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class SignatureSpec(CheckedFields):
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

    def mistakes(self) -> Iterator[InputError]:
        if not re.fullmatch(rf"{DEEP}|{HANDCRAFTED}|resnet\d+", self.features):
            yield unknown_name("the features of a signature", self.features, (HANDCRAFTED, DEEP, "resnet50"))
        yield from twice(self.contours, "contours of a signature")
        yield from _wrong_label(self.label)

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
class ModelSpec(CheckedFields):
    """A logistic model of signatures and clinical variables."""

    signatures: tuple[str, ...]
    clinical: tuple[str, ...] = ()
    label: str = ""

    def mistakes(self) -> Iterator[InputError]:
        yield from _wrong_label(self.label)


def twice(names: Collection[str], what: str) -> Iterator[InputError]:
    """An error for each name that is there more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            yield InputError(f"{what}, each once", f"'{name}' twice", CORRECT)


def _wrong_label(label: str) -> Iterator[InputError]:
    if not label.isprintable() or len(label) > _LONGEST_LABEL:
        yield InputError(f"a label of one line, {_LONGEST_LABEL} letters at most", f"'{label[:40]}'", CORRECT)


PARTITIONS, FOLDS = "partitions", "folds"


@dataclass(frozen=True)
class SignatureValidation(CheckedFields):
    """Attributes:
    scheme: ``partitions``, stratified random splits with ``test_share`` of the patients held out; or ``folds``,
        stratified cross-validation of ``outer_folds``, ``repeats`` times, each fold a partition.
    folds: inside each training part.
    """

    scheme: str = field(metadata=one_of("a scheme of validation", (PARTITIONS, FOLDS)))
    folds: int = field(metadata=limits(2, 20))
    seed: int = field(metadata=limits(0, MAX_SEED))
    partitions: int | None = field(default=None, metadata=limits(1, 1000))
    test_share: float | None = field(default=None, metadata=limits(0.05, 0.5))
    repeats: int | None = field(default=None, metadata=limits(1, 200))
    outer_folds: int | None = field(default=None, metadata=limits(2, 20))

    def mistakes(self) -> Iterator[InputError]:
        belongs = {PARTITIONS: ("partitions", "test_share"), FOLDS: ("repeats", "outer_folds")}
        for scheme, keys in belongs.items():
            for name in keys:
                value = getattr(self, name)
                if (value is None) == (scheme == self.scheme):
                    given = "none" if value is None else f"{name}: {value}"
                    needed = " and ".join(belongs[self.scheme])
                    yield InputError(f"{needed} with scheme: {self.scheme}, and no others", given, CORRECT)

    @property
    def count(self) -> int:
        """Number of partitions."""
        return (self.partitions or 0) if self.scheme == PARTITIONS else (self.repeats or 0) * (self.outer_folds or 0)

    def of_count(self, count: int) -> SignatureValidation:
        """With another number of partitions.

        Raises:
            InputError: cross-validation, and no multiple of its folds.
        """
        if self.scheme == PARTITIONS:
            return replace(self, partitions=count)
        repeats, left = divmod(count, self.outer_folds or 1)
        if left or repeats < 1:
            raise InputError(
                f"partitions in multiples of {self.outer_folds}, the folds of cross-validation",
                f"{count}",
                "correct it",
            )
        return replace(self, repeats=repeats)

    def draw(self, outcome: NDArray[np.int64]) -> list[Fold]:
        """The partitions of a cohort by the seed, row numbers (train, test) rising.

        Raises:
            InputError: too few patients of a class to have some in both parts.
        """
        from ...evaluation.partitions import random_splits, repeated_folds

        smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
        share = self.test_share if self.test_share is not None else 1 / (self.outer_folds or 2)
        if smaller < (self.outer_folds or 2) or round(smaller * share) < 1:
            needed = "patients of the smaller class for both parts of every partition"
            raise InputError(needed, f"{smaller} of {len(outcome)}", "use a larger cohort")
        if self.scheme == PARTITIONS:
            return random_splits(outcome, self.count, share, self.seed)
        apart = self.seed + 1  # by its own seed the folds would be those that the final model's calibration comes from
        repeats = repeated_folds(outcome, self.outer_folds or 2, self.repeats or 1, apart)
        return [fold for folds in repeats for fold in folds]
