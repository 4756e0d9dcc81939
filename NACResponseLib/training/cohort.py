"""A cohort from the folder that ``nacresponse extract`` writes: feature tables, clinical records, scanners, outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..clinical import BASIC_VARIABLES
from ..endpoints import Endpoint
from ..errors import InputError, few, unknown_name
from ..features.cases import CASES, clinical_values, is_synthetic, read_cases, with_known_outcome
from ..features.review import REVIEW, review_of, without_rejected
from ..features.table import FeatureTable, feature_tables, is_imported, read_table, refuse_foreign
from ..hashing import sha256_of_files
from ..headings import SCANNER
from ..model.columns import VOLUME, Column, clinical_column, image_columns, imported_columns
from ..model.protocols import check_columns
from ..patient_names import check_names
from ..variables import VARIABLES_FILE, Variables, variables_beside
from .recipes import strategy_of
from .table import Cohort, ImageTable, Table

if TYPE_CHECKING:
    import pandas as pd

    from .recipes import AnyRecipe

_MIN_PER_SCANNER = 2
UNKNOWN_SCANNER = "unknown"
"""The patients whose scanner is not written are harmonized as those of one scanner."""


def read_cohort(
    folder: Path,
    endpoint: str | Endpoint,
    recipe: AnyRecipe,
    features: Collection[str] | None = None,
    review: Path | None = None,
) -> Cohort:
    """Reads and joins.

    Args:
        folder: with ``cases.csv`` and, unless only comparators are wanted, ``features_<set>.parquet``.
        features: sets to read; all in the folder if None.
        review: a reader's decisions; those of the folder if None. Rejected patients are left out.

    Raises:
        InputError: a missing or unreadable file, patients that are duplicated or do not match (listed), columns without
            any value or numbers, a clinical value that cannot be understood, no outcome or those of one class, a
            patient without scanner, a scanner of one patient, features of a protocol that is neither shipped nor in the
            table.
    """
    path = folder / CASES
    every = read_cases(path)
    variables = variables_beside(folder, recipe.variables)
    decided = review_of(folder, review)
    kept, rejected = without_rejected(every, decided)
    cases, outcome, lacking = with_known_outcome(kept, endpoint, variables)
    clinical = clinical_values(cases, variables)
    known = {name for name, values in clinical.items() if not np.isnan(values).all()}
    warnings = [*rejected, *lacking]
    patients = tuple(cases.index)
    kind, tables, read, metadata, files = strategy_of(recipe), {}, {}, {}, [path, *filter(None, [decided])]
    found = _chosen(folder, features)
    for name in kind.chosen_tables(found):
        table = read_table(found[name])
        if not is_imported(table.metadata):
            check_columns(table.metadata, list(table.values.columns), f"the table {name}")
        read[name] = _image_table(table, every.index, patients, found[name].name)
        warnings.extend(_incomplete(name, patients, read[name].values))
        metadata[name], files = table.metadata, [*files, found[name]]
    images = kind.feature_sets(read)
    for name, image in images.items():
        scanners = _scanners(cases, image.columns, image.values, recipe, warnings)
        joined = _available(kind.clinical_of(name), known, variables, warnings)
        extra = [clinical_column(each, variables) for each in joined]
        whole = _table(patients, (*image.columns, *extra), image.values, clinical, outcome, scanners)
        tables[name] = replace(whole, signatures=image.signatures)
    comparators = []
    for name, wanted in recipe.comparators.items():
        if name in tables:
            raise InputError("feature sets named unlike comparators", f"'{name}'", "rename the comparator")
        used = _available(wanted, known, variables, warnings)
        if not used or (VOLUME in wanted and VOLUME not in used):
            warnings.append(
                f"The comparator {name} is left out, and comparisons with it: its variables are not in {CASES}."
            )
            continue
        nothing = np.empty((len(patients), 0))
        columns = tuple(clinical_column(each, variables) for each in used)
        tables[name] = _table(patients, columns, nothing, clinical, outcome, {}, selected=True)
        comparators.append(name)
    warnings.extend(_unused(known, tables.values(), variables))
    if not tables:
        raise InputError("feature tables or clinical variables", f"neither in {folder}", "run 'nacresponse extract'")
    if (folder / VARIABLES_FILE).is_file():
        files.append(folder / VARIABLES_FILE)
    hashes = {REVIEW if file is decided else file.name: sha256_of_files([file]) for file in files}
    synthetic = is_synthetic(folder, metadata.values())
    sources = {name: image.sources for name, image in images.items()}
    once = tuple(dict.fromkeys(warnings))
    return Cohort(
        patients,
        outcome,
        tables,
        tuple(comparators),
        metadata,
        hashes,
        once,
        synthetic,
        variables=variables,
        own_endpoint=endpoint if isinstance(endpoint, Endpoint) and endpoint.is_own else None,
        sources=sources,
    )


def _unused(known: Collection[str], tables: Iterable[Table], variables: Variables) -> Iterator[str]:
    """Clinical variables that someone noted and that no model of the recipe uses."""
    used = {name for table in tables for name in table.names} | {*BASIC_VARIABLES}
    left = [f"{variables[name].label} ({name})" for name in variables if name in known and name not in used]
    if left:
        yield f"Known and not used, since the recipe does not name it: {', '.join(left)}."


def _chosen(folder: Path, features: Collection[str] | None) -> dict[str, Path]:
    if features is None and not any(folder.glob("features_*.parquet")):
        refuse_foreign(folder)
        return {}  # comparators need cases.csv alone
    if features is not None and not features:
        return {}
    found = feature_tables(folder)
    for name in features or ():
        if name not in found:
            raise unknown_name(f"a feature set in {folder.name}", name, found)
    return {name: file for name, file in found.items() if features is None or name in features}


def _image_table(table: FeatureTable, every: Collection[str], patients: Sequence[str], file: str) -> ImageTable:
    values = _matched(table.values, every, patients, file)
    if is_imported(table.metadata):
        columns = imported_columns(values.columns, str(table.metadata["group"]))
    else:
        columns = image_columns(values.columns, table.metadata.get("images", {}), table.metadata.get("deltas", {}))
    return ImageTable(columns, values.to_numpy(), {table.name: tuple(values.columns)}, metadata=table.metadata)


def _incomplete(name: str, patients: Sequence[str], values: NDArray[np.float64]) -> Iterator[str]:
    """Patients without some of the images, or with features that are not defined."""
    lacking = [patients[row] for row in np.flatnonzero(np.isnan(values).any(axis=1)).tolist()]
    if lacking:
        who = f"{len(lacking)} of {len(patients)} patients"
        yield f"{who} lack some {name} features, for which the training patients' medians stand: {few(lacking)}."


def _matched(values: pd.DataFrame, every: Collection[str], patients: Sequence[str], name: str) -> pd.DataFrame:
    """The patients with an outcome out of a table, which is checked against every patient of ``cases.csv``."""
    check_names(every, CASES, values.index, name)
    for who, left in (
        (f"only in {name}", sorted(set(values.index) - set(every))),
        (f"only in {CASES}", sorted(set(every) - set(values.index))),
    ):
        if left:
            raise InputError(f"the same patients in {name} and {CASES}", f"{few(left)} {who}", "extract them again")
    values = values.loc[list(patients)]
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise InputError(f"values in every column of {name}", f"none in {few(empty)}", "leave those columns out")
    present = values[values.notna().any(axis=1)]
    same = present.index[present.duplicated(keep=False)]
    if len(same):
        raise InputError(
            f"different patients in {name}",
            f"the same values for {few(same)}: one patient under several names would be in both parts of a partition",
            "keep one of them",
        )
    return values


def _available(asked: Sequence[str], known: Collection[str], variables: Variables, warnings: list[str]) -> list[str]:
    """Variables that some patient has; HR stands for ER and PR where only it is known."""
    swap = {"ER", "PR"} & set(asked) and not {"ER", "PR"} & set(known) and "HR" in known
    wanted = dict.fromkeys("HR" if swap and name in ("ER", "PR") else name for name in asked)
    unknown = [name for name in wanted if name not in known]
    warnings.extend(f"{variables[name].label} ({name}) is known of no patient and is left out." for name in unknown)
    return [name for name in wanted if name in known]


def _scanners(
    cases: pd.DataFrame,
    columns: Sequence[Column],
    values: NDArray[np.float64],
    recipe: AnyRecipe,
    warnings: list[str],
) -> dict[str, NDArray[np.str_]]:
    found = {}
    groups = np.array([column.group for column in columns])
    for group in dict.fromkeys(groups) if recipe.harmonization.combat else ():
        if f"{SCANNER}{group}" not in cases:
            warnings.append(f"{group} features are not harmonized: {CASES} has no column {SCANNER}{group}.")
            continue
        labels = np.array([str(label).strip() for label in cases[f"{SCANNER}{group}"]])
        present = (~np.isnan(values[:, groups == group])).any(axis=1)
        labels = np.where(labels == "", UNKNOWN_SCANNER, labels)
        names, counts = np.unique(labels[present], return_counts=True)
        rare = names[counts < _MIN_PER_SCANNER]
        if len(rare) and len(names) > 1:
            who = [f"{name} (patient {cases.index[present & (labels == name)][0]})" for name in rare]
            raise InputError(
                f"at least {_MIN_PER_SCANNER} patients of every {group} scanner",
                f"one of {few(who)}",
                "leave that patient out, or join scanners of one model under one name",
            )
        found[group] = labels
    return found


def _table(
    patients: tuple[str, ...],
    columns: tuple[Column, ...],
    values: NDArray[np.float64],
    clinical: Mapping[str, NDArray[np.float64]],
    outcome: NDArray[np.int64],
    scanners: Mapping[str, NDArray[np.str_]],
    *,
    selected: bool = False,
) -> Table:
    joined = [clinical[column.name] for column in columns[values.shape[1] :]]
    return Table(patients, columns, np.column_stack([values, *joined]), outcome, scanners, selected)
