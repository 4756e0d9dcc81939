"""The columns that a model may be made of: prepared, and selected by mRMR; of a training part and of each of its folds.

Were columns chosen with the patients left out, noise that fits them by chance would look useful in every fold: so each
fold has its own preparation and selection. Where the recipe says so they are those of the whole part all the same, as
when public tools for elimination and search follow mRMR.

What is learned of images does not depend on the clinical variables beside them: models with and without share it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from ...evaluation.partitions import Fold
from ...model.columns import CLINICAL
from ...model.preparation import Preparation
from ..preparation import fit_preparation
from ..table import Table
from .recipe import TreesRecipe
from .search import FoldData
from .selection import preselect, preselect_images

Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Candidates:
    """Columns, as learned from some patients.

    Attributes:
        preparation: of the columns of ``data``.
        data: of the patients learned from, and of those left out, if any.
        notes: what is to be said of harmonization.
    """

    preparation: Preparation
    data: FoldData
    notes: tuple[str, ...] = ()

    def of_columns(self, numbers: Numbers) -> Candidates:
        """Some of the columns, by number."""
        return Candidates(self.preparation.of_columns(numbers), self.data.of_columns(numbers), self.notes)

    def beside(self, other: Candidates) -> Candidates:
        """These columns and then another's, of the same patients."""
        preparation = self.preparation.beside(other.preparation)
        return Candidates(preparation, self.data.beside(other.data), (*self.notes, *other.notes))

    def fold(self, train: Numbers, test: Numbers) -> Candidates:
        """A fold of the patients learned from, with the columns of all of them."""
        values, outcome = self.data.train, self.data.outcome
        data = FoldData(self.data.columns, values[train], outcome[train], values[test], outcome[test])
        return Candidates(self.preparation, data)


Parts = Sequence[Candidates]
"""Of a whole training part, then of each of its folds."""


def image_candidates(table: Table, folds: Sequence[Fold], recipe: TreesRecipe, kept: int) -> Parts:
    """The stable image columns that the recipe's own steps and the mRMR of their group keep; all where they are not to
    be chosen from.

    Raises:
        InputError: a patient without scanner, no stable column.
    """
    table = table.stable()
    images = table.of_columns(np.setdiff1d(np.arange(len(table.columns)), table.in_group(CLINICAL)))
    choose = partial(preselect_images, spec=recipe.selection, kept=kept, seed=recipe.validation.seed)
    return _parts(images, folds, recipe, _all if table.selected else choose)


def candidates(images: Parts, table: Table, folds: Sequence[Fold], recipe: TreesRecipe, kept: int) -> list[Candidates]:
    """Of a table: image columns and clinical ones, by mRMR of both together; all where they are not to be chosen from.

    Args:
        images: of the table's image columns.

    Raises:
        InputError: no column varies.
    """
    clinical = _parts(table.of_columns(table.in_group(CLINICAL)), folds, recipe, _all)
    choose = _all if table.selected else partial(preselect, spec=recipe.selection, kept=kept)
    both = [image.beside(own) for image, own in zip(images, clinical, strict=True)]
    choosing = both if recipe.validation.select_in_folds else both[:1]
    numbers = [choose(each.data.train, each.data.outcome, each.data.columns) for each in choosing]
    return [each.of_columns(some) for each, some in zip(both, cycle(numbers), strict=False)]


_Choice = Callable[..., Numbers]
"""Numbers of columns, from their prepared values, the outcome and the columns."""


def _all(values: NDArray[np.float64], *_: object) -> Numbers:
    return np.arange(values.shape[1])


def _parts(table: Table, folds: Sequence[Fold], recipe: TreesRecipe, choose: _Choice) -> Parts:
    whole = _learned(table, table.part(np.arange(0)), recipe, choose)
    if not recipe.validation.select_in_folds:
        return [whole, *(whole.fold(*rows) for rows in folds)]
    return [whole, *(_learned(table.part(train), table.part(test), recipe, choose) for train, test in folds)]


def _learned(part: Table, left_out: Table, recipe: TreesRecipe, choose: _Choice) -> Candidates:
    preparation, values, notes = fit_preparation(part, recipe)
    numbers = choose(values, part.outcome, part.columns)
    few, unseen = preparation.of_columns(numbers), left_out.of_columns(numbers)
    held_out = few.completed(few.apply(unseen.values, unseen.scanners))
    data = FoldData(unseen.columns, values[:, numbers], part.outcome, held_out, left_out.outcome)
    return Candidates(few, data, notes)
