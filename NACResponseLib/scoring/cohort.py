"""A frozen bundle on a whole cohort, from the folder that ``nacresponse extract`` writes: for external validation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, few
from ..features.deep import place_of
from ..features.table import HANDCRAFTED, FeatureTable, read_table, table_file
from ..hashing import sha256_of_files
from ..learning.endpoints import complete_outcomes
from ..learning.radiomics.cohort import CASES, SCANNER, clinical_values, is_synthetic, read_cases
from ..learning.radiomics.variables import CLINICAL_COLUMNS
from ..protocol import load_protocol, protocol_sha256
from .bundle import Bundle
from .predict import score_values

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScoredCohort:
    """Attributes:
    patients: who could be scored, in the order of ``cases.csv``.
    outcome: (n,) theirs, 1 where the bundle's positive class was reached.
    probability: (n,) of that class, by the bundle.
    failures: why each of the others could not be scored, by patient.
    warnings: in words.
    synthetic: the patients are made up.
    hashes: SHA-256 of the files read, by name.
    """

    patients: tuple[str, ...]
    outcome: NDArray[np.int64]
    probability: NDArray[np.float64]
    failures: Mapping[str, str]
    warnings: tuple[str, ...]
    synthetic: bool
    hashes: Mapping[str, str]


def score_cohort(folder: Path, bundle: Bundle) -> ScoredCohort:
    """Scores every patient of ``cases.csv``, which alone suffices for a bundle without image features.

    Raises:
        InputError: a missing or unreadable file, an outcome that is missing or of one class, feature tables of another
            protocol, margin or network than the bundle's, a patient whom they lack, or no patient who can be scored.
    """
    cases = read_cases(folder / CASES)
    outcome = complete_outcomes(bundle.card.endpoint, cases)
    columns, tables = dict(clinical_values(cases)), {}
    for name, wanted in _image_inputs(bundle).items():
        tables[name] = _checked(read_table(table_file(folder, name)), bundle, wanted, cases.index)
        columns |= {column: tables[name].values.loc[cases.index, column].to_numpy() for column in wanted}
    groups = bundle.preparation.effects if bundle.preparation else ()
    labels = {group: cases[SCANNER + group].str.strip() for group in groups if SCANNER + group in cases}
    scored, failures = {}, {}
    for number, patient in enumerate(cases.index):
        values = {item.name: float(columns[item.name][number]) for item in bundle.inputs}
        scanners = {group: names.iloc[number] for group, names in labels.items()}
        try:
            scored[number] = score_values(values, bundle, patient_id=patient, scanners=scanners).probability
        except InputError as error:
            failures[patient] = str(error)
    if not scored:
        who, why = next(iter(failures.items()))
        raise InputError("patients whom the model can score", f"none; {who}: {why}", "complete the tables")
    rows = np.fromiter(scored, np.intp)
    files = [folder / CASES, *(table_file(folder, name) for name in tables)]
    hashes = {file.name: sha256_of_files([file]) for file in files}
    return ScoredCohort(
        patients=tuple(cases.index[rows]),
        outcome=outcome[rows],
        probability=np.fromiter(scored.values(), float),
        failures=failures,
        warnings=tuple(_warnings(bundle, columns, labels, rows, failures, hashes)),
        synthetic=is_synthetic(folder, (table.metadata for table in tables.values())),
        hashes=hashes,
    )


def check_protocol(told: Mapping[str, Any], where: str) -> None:
    """Whether features are those of the protocol that ships under the same name, by which a patient is scored.

    Args:
        told: metadata of their table.

    Raises:
        InputError: an unknown protocol, or another under a shipped one's name.
    """
    shipped = load_protocol(str(told.get("protocol")))
    if told.get("protocol_sha256") != protocol_sha256(shipped):
        raise InputError(
            f"features of the protocol {shipped.name} as it ships",
            f"another of that name in {where}",
            "extract them again with --protocol " + shipped.name,
        )


def _image_inputs(bundle: Bundle) -> dict[str, list[str]]:
    """The bundle's image features by the feature set that holds them."""
    if bundle.images.protocol is None:
        return {}
    protocol = load_protocol(bundle.images.protocol)
    found: dict[str, list[str]] = {}
    for name in (item.name for item in bundle.inputs if item.name not in CLINICAL_COLUMNS):
        deep = place_of(name, protocol) is not None
        found.setdefault(f"resnet{bundle.images.depth}" if deep else HANDCRAFTED, []).append(name)
    return found


def _checked(table: FeatureTable, bundle: Bundle, wanted: Collection[str], patients: Collection[str]) -> FeatureTable:
    needs, told, where = bundle.images, table.metadata, f"the table {table.name}"
    demands = {"protocol": needs.protocol, "margin_mm": needs.margin_mm}
    if table.name != HANDCRAFTED:
        demands |= {"depth": needs.depth, "weights_sha256": needs.weights_sha256}
    for key, value in demands.items():
        if told.get(key) != value:
            expected, found = (f"{key} {str(each)[:16]}" for each in (value, told.get(key)))
            raise InputError(
                f"{where} with the model's {expected}", found, "extract the cohort again as the model's was"
            )
    check_protocol(told, where)
    lacking = [name for name in wanted if name not in table.values.columns]
    if lacking:
        raise InputError(f"the model's features in {where}", f"no {few(lacking)}", "extract the cohort again")
    absent = [patient for patient in patients if patient not in table.values.index]
    if absent:
        raise InputError(f"every patient of {CASES} in {where}", f"no {few(absent)}", "extract the cohort again")
    return table


def _warnings(
    bundle: Bundle,
    columns: Mapping[str, NDArray[np.float64]],
    labels: Mapping[str, pd.Series],
    rows: NDArray[np.intp],
    failures: Mapping[str, str],
    hashes: Mapping[str, str],
) -> Iterator[str]:
    if failures:
        yield f"{_patients(len(failures))} could not be scored and left out: {few(list(failures))}."
    if hashes[CASES] in (bundle.provenance.get("inputs") or {}).values():
        yield "These are the patients that the model was trained on: this is no validation."
    for group, effects in bundle.preparation.effects.items() if bundle.preparation else ():
        names = labels[group].to_numpy()[rows] if group in labels else np.full(len(rows), "")
        for scanner in effects.unseen(names):
            count = int((names == ("" if scanner == "not given" else scanner)).sum())
            yield (
                f"The {group} scanner of {_patients(count)} ({scanner}) is none of the training patients' "
                f"({', '.join(effects.scanners)}): their {group} features are used as they are."
            )
    for item in bundle.inputs:
        values = columns[item.name][rows]
        missing, outside = int(np.isnan(values).sum()), int(((values < item.low) | (values > item.high)).sum())
        if missing:
            yield f"{item.label} of {_patients(missing)} is not known."
        if outside and item.kind != "binary":
            yield f"{item.label} of {_patients(outside)} lies outside the training patients' range."


def _patients(count: int) -> str:
    return f"{count} patient{'' if count == 1 else 's'}"
