"""The table a model is trained on: patients, inputs and outcome, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, few
from ..table import Table

if TYPE_CHECKING:
    import pandas as pd

    from .recipe import InputSpec, Recipe


def read_training_table(recipe: Recipe) -> Table:
    """Reads the recipe's table.

    Raises:
        InputError: no such file or column, duplicated patients, values that are no finite numbers, inputs missing
            where the recipe does not allow it, an outcome that is missing or not 0 and 1, or too few of a class.
    """
    import pandas as pd

    path = recipe.table_path
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError("a training table (CSV)", f"{path}: {error}", "correct the recipe's table file") from None
    patients = _column(frame, recipe.table.patient_id, path)
    repeated = patients[patients.duplicated()].unique()
    if len(repeated):
        raise InputError(
            "each patient once", f"{few(list(repeated))} more than once in {path.name}", "keep one row each"
        )
    values = np.column_stack([_input(frame, spec, path) for spec in recipe.inputs.values()])
    return Table(tuple(patients), recipe.columns, values, _outcome(frame, recipe, path), {}, selected=True)


def _input(frame: pd.DataFrame, spec: InputSpec, path: Path) -> NDArray[np.float64]:
    numbers = _numbers(frame, spec.column, path, missing_allowed=spec.missing_allowed)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        raise InputError(f"values in column '{spec.column}'", f"none in {path.name}", "complete it or leave it out")
    if spec.kind == "binary" and not np.isin(known, [0, 1]).all():
        raise InputError(f"0 or 1 in column '{spec.column}'", f"other values in {path.name}", "correct the table")
    if spec.log and known.min() <= 0:
        raise InputError(f"'{spec.column}' above 0", f"{known.min():g} in {path.name}", "correct it, or drop its log")
    return numbers


def _column(frame: pd.DataFrame, name: str, path: Path) -> pd.Series:
    if name not in frame:
        raise InputError(f"the column '{name}'", f"{', '.join(frame.columns)} in {path.name}", "correct the recipe")
    return frame[name].str.strip()


def _numbers(frame: pd.DataFrame, name: str, path: Path, *, missing_allowed: bool) -> NDArray[np.float64]:
    import pandas as pd

    text = _column(frame, name, path)
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    unusable = text[(text != "") & ~np.isfinite(numbers)].unique()
    if len(unusable):
        raise InputError(f"numbers in column '{name}'", f"{few(unusable)} in {path.name}", "correct or empty them")
    missing = int((text == "").sum())
    if missing and not missing_allowed:
        raise InputError(f"every value of '{name}'", f"{missing} missing in {path.name}", "complete the table")
    return numbers


def _outcome(frame: pd.DataFrame, recipe: Recipe, path: Path) -> NDArray[np.int64]:
    name, folds = recipe.table.outcome, recipe.validation.folds
    numbers = _numbers(frame, name, path, missing_allowed=False)
    if not np.isin(numbers, [0, 1]).all():
        raise InputError(f"an outcome '{name}' of 0 and 1", f"other values in {path.name}", "correct the table")
    outcome = numbers.astype(np.int64)
    positives = int(outcome.sum())
    smallest = min(positives, len(outcome) - positives)
    needed = 2 * folds
    if smallest < needed:
        raise InputError(
            f"at least {needed} patients of each class for {folds} folds",
            f"{positives} with and {len(outcome) - positives} without {recipe.endpoint}",
            "use a larger cohort or fewer folds",
        )
    return outcome
