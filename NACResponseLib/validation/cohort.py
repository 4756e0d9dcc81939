"""A frozen bundle on a whole cohort, from the folder that ``nacresponse extract`` writes: for external validation."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..csv_cells import read
from ..errors import InputError, few
from ..features.cases import (
    CASES,
    clinical_values,
    is_synthetic,
    patient_groups,
    read_cases,
    with_known_outcome,
)
from ..features.deep import place_of
from ..features.review import REVIEW, review_of, without_rejected
from ..features.table import HANDCRAFTED, FeatureTable, is_imported, read_table, table_file
from ..hashing import sha256_of_files
from ..headings import SCANNER
from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput, quantiles_of
from ..model.protocols import check_protocol
from ..patient_names import check_names
from ..scoring.predict import probability_and_interval
from ..text_file import read_text

if TYPE_CHECKING:
    import pandas as pd

FAILURES = "failures.csv"
TRAINED, RECALIBRATED = "trained on", "recalibrated on"
_ORIGINS = {
    "": "",
    TRAINED: "These are the patients that the model was trained on: this is no validation.",
    RECALIBRATED: "These are the patients that the model was recalibrated on: its calibration here is no validation.",
}


@dataclass(frozen=True)
class CohortInputs:
    """What a bundle needs of a cohort's patients, and what they can be grouped by.

    Attributes:
        patients: (n) names, in the order of ``cases.csv``.
        values: (n, inputs) of the bundle, raw, NaN where missing.
        clinical: (n,) of each clinical variable and the tumour volume, NaN where missing.
        scanners: (n) of each group of features (``MRI``, ``CT``) that the cohort names scanners of; empty where one is
            not named.
        synthetic: the patients are synthetic.
        hashes: SHA-256 of the files read, by name.
        groups: (n) menopausal status and breast density, by label, where the table has them; empty where not known.
    """

    patients: tuple[str, ...]
    values: NDArray[np.float64]
    clinical: Mapping[str, NDArray[np.float64]]
    scanners: Mapping[str, tuple[str, ...]]
    synthetic: bool
    hashes: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoredCohort:
    """Attributes:
    patients: who could be scored, in the order of ``cases.csv``.
    outcome: (n,) theirs, 1 where the bundle's positive class was reached.
    probability: (n,) of that class, by the bundle; ``intervals``: (n, 2) bounds of its interval.
    failures: why each of the others could not be scored, by patient.
    warnings: in words.
    inputs: of all patients, those who could not be scored too.
    rows: (n,) places of the scored patients among them.
    learned_from: ``TRAINED`` or ``RECALIBRATED`` where these are the patients that the bundle was made from.
    """

    patients: tuple[str, ...]
    outcome: NDArray[np.int64]
    probability: NDArray[np.float64]
    intervals: NDArray[np.float64]
    failures: Mapping[str, str]
    warnings: tuple[str, ...]
    inputs: CohortInputs
    rows: NDArray[np.intp]
    learned_from: str = ""

    @property
    def is_training_cohort(self) -> bool:
        """The bundle was trained, or recalibrated, on these patients."""
        return bool(self.learned_from)

    @property
    def synthetic(self) -> bool:
        """The patients are synthetic."""
        return self.inputs.synthetic

    @property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 of the files read, by name."""
        return self.inputs.hashes


def score_cohort(folder: Path, bundle: Bundle, review: Path | None = None) -> ScoredCohort:
    """Scores every patient of ``cases.csv`` whose outcome is known; it alone suffices without image features.

    Args:
        review: a reader's decisions; those of the folder if None. Rejected patients are left out.

    Raises:
        InputError: a missing or unreadable file, no outcome or those of one class, feature tables of another
            protocol, margin or network than the bundle's, a patient that they lack, or no patient that can be scored.
    """
    every = read_cases(folder / CASES)
    decided = review_of(folder, review)
    kept, rejected = without_rejected(every, decided)
    cases, outcome, lacking = with_known_outcome(kept, bundle.endpoint, bundle.variables)
    inputs = _inputs(folder, cases, bundle)
    groups = bundle.preparation.effects if bundle.preparation else ()
    names, scored, failures = [item.name for item in bundle.inputs], {}, {}
    for number, patient in enumerate(inputs.patients):
        values = dict(zip(names, map(float, inputs.values[number]), strict=True))
        scanners = {group: inputs.scanners[group][number] for group in groups if group in inputs.scanners}
        try:
            scored[number] = probability_and_interval(values, bundle, scanners)
        except InputError as error:
            failures[patient] = str(error)
    if not scored:
        who, why = next(iter(failures.items()))
        raise InputError("patients that the model can score", f"none; {who}: {why}", "complete the tables")
    rows, estimates = np.fromiter(scored, np.intp), np.array(list(scored.values()))
    learned_from = _learned_from(bundle, inputs, int(outcome.sum()))
    if decided is not None:
        inputs = replace(inputs, hashes={**inputs.hashes, REVIEW: sha256_of_files([decided])})
    return ScoredCohort(
        patients=tuple(inputs.patients[row] for row in rows),
        outcome=outcome[rows],
        probability=estimates[:, 0],
        intervals=estimates[:, 1:],
        failures=failures,
        warnings=(
            *rejected,
            *lacking,
            *_left_out(failures),
            *_not_extracted(folder, every.index),
            *filter(None, [_ORIGINS[learned_from]]),
            *_warnings(bundle, inputs, rows),
        ),
        inputs=inputs,
        rows=rows,
        learned_from=learned_from,
    )


def read_inputs(folder: Path, bundle: Bundle) -> CohortInputs:
    """A cohort's inputs of the bundle; no outcome is needed.

    Raises:
        InputError: as ``score_cohort``, but for outcomes and scores.
    """
    kept, _ = without_rejected(read_cases(folder / CASES), review_of(folder))
    return _inputs(folder, kept, bundle)


def _inputs(folder: Path, cases: pd.DataFrame, bundle: Bundle) -> CohortInputs:
    clinical, tables = clinical_values(cases, bundle.variables), {}
    nothing = np.full(len(cases), np.nan)
    columns = dict.fromkeys(bundle.variables, nothing) | clinical
    for name, wanted in _image_inputs(bundle).items():
        if bundle.images.imported is not None and not table_file(folder, name).is_file():
            raise InputError(f"the model's table of features {name}", f"none in {folder}", _again(bundle))
        tables[name] = _checked(read_table(table_file(folder, name)), bundle, wanted, cases.index)
        columns |= {column: tables[name].values.loc[cases.index, column].to_numpy() for column in wanted}
    files = [folder / CASES, *(table_file(folder, name) for name in tables)]
    named = [column for column in map(str, cases.columns) if column.startswith(SCANNER)]
    return CohortInputs(
        patients=tuple(cases.index),
        values=np.column_stack([columns[item.name].astype(float) for item in bundle.inputs]),
        clinical=clinical,
        scanners={column.removeprefix(SCANNER): tuple(cases[column].str.strip()) for column in named},
        synthetic=is_synthetic(folder, (table.metadata for table in tables.values())),
        hashes={file.name: sha256_of_files([file]) for file in files},
        groups=patient_groups(cases),
    )


def _again(bundle: Bundle) -> str:
    """How the features are had that a model asks for."""
    name = bundle.images.imported
    return "extract the cohort again" if name is None else f"'nacresponse import' the cohort's table with --name {name}"


def _image_inputs(bundle: Bundle) -> dict[str, list[str]]:
    """The bundle's image features by the feature set that holds them."""
    found: dict[str, list[str]] = {}
    if bundle.images.imported is not None:
        return {bundle.images.imported: [item.name for item in bundle.inputs if item.name not in bundle.variables]}
    if bundle.images.protocol is None:
        return {}
    protocol = bundle.protocol
    for name in (item.name for item in bundle.inputs if item.name not in bundle.variables):
        deep = place_of(name, protocol) is not None
        found.setdefault(f"resnet{bundle.images.depth}" if deep else HANDCRAFTED, []).append(name)
    return found


def _checked(table: FeatureTable, bundle: Bundle, wanted: Collection[str], patients: Collection[str]) -> FeatureTable:
    needs, metadata, where = bundle.images, table.metadata, f"the table {table.name}"
    if is_imported(metadata) != (needs.imported is not None):
        kinds = ("extracted by 'nacresponse extract'", "that another program computed")
        expected, found = kinds[:: 1 if needs.imported is None else -1]
        raise InputError(f"features {expected} in {where}", f"features {found}", "choose the model's own features")
    demands: dict[str, Any] = (
        {} if needs.imported is not None else {"protocol": needs.protocol, "margin_mm": needs.margin_mm}
    )
    if needs.depth is not None and table.name != HANDCRAFTED:
        demands |= {"depth": needs.depth, "weights_sha256": needs.weights_sha256}
    for key, value in demands.items():
        if metadata.get(key) != value:
            expected, found = (f"{key} {str(each)[:16]}" for each in (value, metadata.get(key)))
            raise InputError(
                f"{where} with the model's {expected}", found, "extract the cohort again as the model's was"
            )
    if needs.imported is None:
        check_protocol(metadata, where)
    lacking = [name for name in wanted if name not in table.values.columns]
    if lacking:
        raise InputError(f"the model's features in {where}", f"no {few(lacking)}", _again(bundle))
    check_names(patients, CASES, table.values.index, where)
    absent = [patient for patient in patients if patient not in table.values.index]
    if absent:
        raise InputError(f"every patient of {CASES} in {where}", f"no {few(absent)}", _again(bundle))
    return table


def _left_out(failures: Mapping[str, str]) -> Iterator[str]:
    if failures:
        yield f"{_patients(len(failures))} could not be scored and left out: {few(list(failures))}."


def _not_extracted(folder: Path, patients: Collection[str]) -> Iterator[str]:
    """Patients that 'nacresponse extract' failed on: who is easy to extract may be easy to predict, too."""
    path = folder / FAILURES
    if path.is_file():
        rows = csv.DictReader(read_text(path, f"{FAILURES} as it was written").splitlines())
        failed = dict.fromkeys(read(row.get("patient_id") or "") for row in rows)
        gone = [name for name in failed if name and name not in set(patients)]
        if gone:
            yield f"{_patients(len(gone))} could not be extracted and had no part in this ({FAILURES}): {few(gone)}."


def _learned_from(bundle: Bundle, inputs: CohortInputs, positives: int) -> str:
    """Seen by a file of theirs that the bundle names, or by values that are distributed as its training patients' to
    the last digit. Some of those patients among others are not recognized: a bundle holds none of them."""
    files, recalibration = set(inputs.hashes.values()), bundle.provenance.get("recalibration") or {}
    if files & set((bundle.provenance.get("inputs") or {}).values()) or _same_values(bundle, inputs, positives):
        return TRAINED
    return RECALIBRATED if files & set((recalibration.get("inputs") or {}).values()) else ""


def _same_values(bundle: Bundle, inputs: CohortInputs, positives: int) -> bool:
    if (len(inputs.patients), positives) != (bundle.card.patients, bundle.card.positives):
        return False
    pairs = list(zip(bundle.inputs, inputs.values.T, strict=True))
    comparable = [(item, column) for item, column in pairs if item.quantiles]
    return bool(comparable) and all(
        int(np.isnan(column).sum()) == item.missing
        and np.allclose(quantiles_of(column, item.kind), item.quantiles, rtol=1e-5)
        for item, column in comparable
    )


def _warnings(bundle: Bundle, inputs: CohortInputs, rows: NDArray[np.intp]) -> Iterator[str]:
    for group, effects in bundle.preparation.effects.items() if bundle.preparation else ():
        labels = inputs.scanners.get(group, ("",) * len(inputs.patients))
        names = np.array(labels)[rows]
        for scanner in effects.unseen(names):
            count = int((names == ("" if scanner == "not given" else scanner)).sum())
            yield (
                f"The {group} scanner of {_patients(count)} ({scanner}) is none of the training patients' "
                f"({', '.join(effects.scanners)}): their {group} features are used as they are."
            )
    columns = inputs.values[rows].T
    for item, column in zip(bundle.inputs, columns, strict=True):
        missing, outside = int(np.isnan(column).sum()), int(_outside(item, column).sum())
        if item.name in bundle.variables and missing:
            yield f"{item.label} of {_patients(missing)} is not known."
        if item.name in bundle.variables and outside:
            yield f"{item.label} of {_patients(outside)} lies outside the training patients' range."
    image = [pair for pair in zip(bundle.inputs, columns, strict=True) if pair[0].name not in bundle.variables]
    yield from _of_images("are missing", [np.isnan(column) for _, column in image])
    yield from _of_images("lie outside the training patients' range", [_outside(*pair) for pair in image])


def _of_images(what: str, found: Sequence[NDArray[np.bool_]]) -> Iterator[str]:
    """Image features are too many to be listed one by one: the table of drift does that."""
    if any(one.any() for one in found):
        counts = np.sum(found, axis=0)
        counts = counts[counts > 0]
        least, most = int(counts.min()), int(counts.max())
        each = f"{most} of {len(found)}" if least == most else f"{least} to {most} of {len(found)} each"
        who = f"{_patients(len(counts))} {'has' if len(counts) == 1 else 'have'}"
        yield f"{who} image features that {what}: {each} (the table of drift says which)."


def _outside(item: BundleInput, column: NDArray[np.float64]) -> NDArray[np.bool_]:
    beyond: NDArray[np.bool_] = (column < item.low) | (column > item.high)
    return beyond & (item.kind != "binary")


def _patients(count: int) -> str:
    return f"{count} patient{'' if count == 1 else 's'}"
