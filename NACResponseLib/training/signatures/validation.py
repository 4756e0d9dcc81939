"""How models of signatures are validated: random partitions, or repeated cross-validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import InputError
from ..recipe_parts import check_between, check_known

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...evaluation.partitions import Fold

PARTITIONS, FOLDS = "partitions", "folds"


@dataclass(frozen=True)
class SignatureValidation:
    """Attributes:
    scheme: ``partitions``, stratified random splits with ``test_share`` of the patients held out; or ``folds``,
        stratified cross-validation of ``outer_folds``, ``repeats`` times, each fold a partition.
    folds: inside each training part.
    """

    scheme: str
    folds: int
    seed: int
    partitions: int | None = None
    test_share: float | None = None
    repeats: int | None = None
    outer_folds: int | None = None

    def __post_init__(self) -> None:
        check_known("a scheme of validation", self.scheme, (PARTITIONS, FOLDS))
        check_between("folds", self.folds, 2, 20)
        check_between("seed", self.seed, 0, 2**31 - 1)
        limits: dict[str, dict[str, tuple[float, float]]] = {
            PARTITIONS: {"partitions": (1, 1000), "test_share": (0.05, 0.5)},
            FOLDS: {"repeats": (1, 200), "outer_folds": (2, 20)},
        }
        for scheme, keys in limits.items():
            for name, (low, high) in keys.items():
                value = getattr(self, name)
                if (value is None) == (scheme == self.scheme):
                    given = "none" if value is None else f"{name}: {value}"
                    wanted = " and ".join(limits[self.scheme])
                    raise InputError(f"{wanted} with scheme: {self.scheme}, and no others", given, "correct the recipe")
                if value is not None:
                    check_between(name, value, low, high)

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
