"""The tables of a cohort, out of its finished patients: features, cases, failures, and how all of it came about.

Every table holds the same patients, those whose every feature set is finished, in the order of ``COHORT.csv``. Tables
depend on nothing but files, protocol and code: not on the number of workers, nor on how often a run was interrupted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..clinical import CLINICAL_VARIABLES
from ..errors import InputError
from ..features.review import REVIEW
from ..features.table import INDEX, table_file, table_rows
from ..imaging.source import private
from ..output import whole_file
from ..plain_data import columns_of
from ..protocol import Protocol, protocol_plain, protocol_sha256
from ..variables import VARIABLES_FILE, shipped_variables
from ..writing import csv_rows, write_csv, write_json
from .device import columns, depth_of
from .manifest import SCANNER, Manifest, Patient
from .plan import HANDCRAFTED, Settings, code_version, missing_sets, task_of, versions
from .store import read_record

RUN, CASES, FAILURES, QC = "run.json", "cases.csv", "failures.csv", "qc"
_FEATURES = ("features_*.parquet", "features_*.csv")
_FAILURE = ("patient_id", "stage", "reason")
OWN = (*_FEATURES, RUN, CASES, FAILURES, VARIABLES_FILE, QC, REVIEW)
VOLUME = "tumor_volume_mm3"
Ways = dict[str, dict[str, Any]]
"""What a network says of the patients computed in one way, by that way as JSON, in the table's order."""


@dataclass(frozen=True)
class Failure:
    """A patient without a result, the stage it failed in, and why, in words."""

    patient_id: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Cohort:
    """A cohort's finished patients on disk.

    Attributes:
        folder: of the result files.
        failures: of the last run.
    """

    manifest: Manifest
    settings: Settings
    folder: Path
    failures: tuple[Failure, ...] = ()

    def finished(self) -> Iterator[tuple[Patient, dict[str, Any]]]:
        """Each finished patient and its record, one at a time.

        Raises:
            InputError: a result has gone since it was made.
        """
        failed = {failure.patient_id for failure in self.failures}
        for patient in self.manifest.patients:
            if patient.patient_id not in failed:
                yield patient, self.record(patient)

    def record(self, patient: Patient) -> dict[str, Any]:
        """A patient's record.

        Raises:
            InputError: it has gone since it was made.
        """
        task = task_of(patient, self.settings, self.folder)
        record = read_record(task.result)
        if record is None or missing_sets(self.settings, record):
            raise InputError(f"the result of {patient.patient_id}", "none", "run the same command again")
        return record


def read_failures(folder: Path) -> tuple[Failure, ...]:
    """Patients that failed in a run or a study of stability.

    Raises:
        InputError: no table, or one that is not whole.
    """
    columns = columns_of(folder / FAILURES, _FAILURE)
    return tuple(Failure(*row) for row in zip(*(columns[name] for name in _FAILURE), strict=True))


def write_failures(folder: Path, failures: Iterable[Failure]) -> None:
    """Writes the table that ``read_failures`` reads."""
    write_csv(folder / FAILURES, _FAILURE, (asdict(one).values() for one in failures))


def write_results(
    cohort: Cohort,
    output: Path,
    *,
    as_csv: bool = False,
    command: str = "",
    write_more: Callable[[Cohort, Path, Mapping[str, Any]], object] | None = None,
) -> dict[str, Any]:
    """Writes all tables; ``run.json`` goes first and comes last, so that without it nothing looks complete.

    Tables of an earlier run go too: those of feature sets that are not asked for now may be of other patients. A table
    that was there as CSV, too, is so again. Each record is read once, and once before where a table begins with how
    networks computed it.

    Args:
        write_more: writes what else belongs to the result; it is given what ``run.json`` says of each patient, too.

    Returns:
        What ``run.json`` holds.

    Raises:
        InputError: a file cannot be written, or a result has gone.
    """
    try:
        in_csv = {file.stem for file in output.glob("features_*.csv")}
        for stale in (output / RUN, *(file for pattern in _FEATURES for file in output.glob(pattern))):
            stale.unlink(missing_ok=True)
        patients: dict[str, Any] = {}
        with ExitStack() as files:
            sets, ways = cohort.settings.feature_sets, _ways(cohort)
            tables = [_FeatureTable(cohort, name, ways.get(name, {}), output, files, as_csv, in_csv) for name in sets]
            write_case = files.enter_context(csv_rows(output / CASES, _case_columns(cohort)))
            for patient, record in cohort.finished():
                for table in tables:
                    table.add(patient, record)
                write_case(_case_row(cohort, patient, record))
                patients[patient.patient_id] = _about(record)
        _write_variables(cohort.manifest, output)
        write_failures(output, cohort.failures)
        if write_more is not None:
            write_more(cohort, output, patients)
        run_metadata = provenance(cohort, command, patients)
        write_json(output / RUN, run_metadata)
    except OSError as error:
        found = f"{output}: {error.strerror}"
        raise InputError("an output folder that can be written", found, "free space and run again") from None
    return run_metadata


class _FeatureTable:
    """A feature set's table, while records are read; as CSV, too, where it is asked for or was there.

    Args:
        files: closes them.
    """

    def __init__(
        self,
        cohort: Cohort,
        name: str,
        ways: Ways,
        output: Path,
        files: ExitStack,
        as_csv: bool,
        in_csv: Collection[str],
    ) -> None:
        names, path = columns(cohort.settings.protocol, name), table_file(output, name)
        self._name = name
        self._rows = files.enter_context(table_rows(path, names, table_metadata(cohort, name, ways)))
        self._write: Callable[[Iterable[Any]], None] | None = None
        if as_csv or path.stem in in_csv:
            self._write = files.enter_context(csv_rows(path.with_suffix(".csv"), (INDEX, *names)))

    def add(self, patient: Patient, record: Mapping[str, Any]) -> None:
        values = record["features"][self._name]["values"]
        self._rows.add(patient.patient_id, _numbers(values))
        if self._write is not None:
            self._write([patient.patient_id, *map(_cell, values)])


def _ways(cohort: Cohort) -> dict[str, Ways]:
    """Of each set of deep features."""
    found: dict[str, Ways] = {name: {} for name in cohort.settings.deep_sets}
    for _, record in cohort.finished() if found else ():
        for name, ways in found.items():
            metadata = record["features"][name]["metadata"]
            ways.setdefault(json.dumps(metadata["computed"], sort_keys=True), metadata)
    return found


def _write_variables(manifest: Manifest, output: Path) -> None:
    """The definitions that the cohort's own file adds, so that training reads the cases as they were read here."""
    own, target = manifest.path.parent / VARIABLES_FILE, output / VARIABLES_FILE
    if own.is_file() and not (target.exists() and own.samefile(target)):
        with whole_file(target) as stream:
            stream.write(own.read_bytes())
    elif not own.is_file():
        target.unlink(missing_ok=True)


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def protocol_metadata(protocol: Protocol) -> dict[str, Any]:
    """What a feature table says of the protocol that it was made by: all of it, and its hash."""
    plain = protocol_plain(protocol)
    return {
        "protocol": protocol.name,
        "protocol_sha256": protocol_sha256(protocol),
        "protocol_definition": plain,
        "regions": list(protocol.regions),
        "images": plain["images"],
        "deltas": plain.get("deltas", {}),
        "margin_mm": protocol.margin_mm,
        "preprocessing": plain["preprocessing"],
    }


def table_metadata(cohort: Cohort, name: str, ways: Ways) -> dict[str, Any]:
    """What a feature table says of itself."""
    metadata = {
        "feature_set": name,
        **protocol_metadata(cohort.settings.protocol),
        "versions": versions(),
        "depth": None if name == HANDCRAFTED else depth_of(name),
        "weights_sha256": cohort.settings.weights.get(name),
        "synthetic": cohort.manifest.synthetic,
    }
    if name == HANDCRAFTED:
        return metadata
    first = next(iter(ways.values()), {})
    return {**first, **metadata, "computed": [json.loads(way) for way in sorted(ways)]}


def _case_columns(cohort: Cohort) -> tuple[str, ...]:
    manifest = cohort.manifest
    recorded = (name for name in manifest.clinical if name not in (*CLINICAL_VARIABLES, VOLUME))
    scanners = (SCANNER + contour for contour in cohort.settings.protocol.contours)
    return (INDEX, *CLINICAL_VARIABLES, *recorded, VOLUME, *scanners, *manifest.other)


def _case_row(cohort: Cohort, patient: Patient, record: Mapping[str, Any]) -> list[str]:
    values, variables = patient.clinical.values(), cohort.manifest.variables or shipped_variables()
    cells = {name: variables[name].written(value) for name, value in values.items()}
    volume = tumor_volume(record, cohort.settings)
    cells |= {INDEX: patient.patient_id, VOLUME: cells[VOLUME] if volume is None else _cell(volume)}
    cells |= {SCANNER + contour: scanner for contour, scanner in patient.scanners.items()}
    cells |= {name: value for name, value in patient.other.items() if name not in cells}
    return [cells.get(name, "") for name in _case_columns(cohort)]


def tumor_volume(record: Mapping[str, Any], settings: Settings) -> float | None:
    """Volume inside the protocol's ``volume_contour``; None for a patient without it, or a protocol of 2D images."""
    contour = settings.protocol.volume_contour
    return None if contour is None else record["tumor_volume_mm3"].get(contour)


def _cell(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(float(value)).removesuffix(".0")


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    """What ``run.json`` says of a patient."""
    measured = ("tumor_volume_mm3", "tumor_area_mm2", "shell_volume_mm3", "anatomy", "warnings", "seconds")
    hashes = {role: known["sha256"] for role, known in record["inputs"].items()}
    return {"inputs": hashes} | {name: record[name] for name in measured}


def provenance(cohort: Cohort, command: str, patients: Mapping[str, Any]) -> dict[str, Any]:
    """How the tables came about, of the run and of each patient."""
    settings, manifest = cohort.settings, cohort.manifest
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": command,
        "cohort": "" if private() else manifest.path.name,
        "synthetic": manifest.synthetic,
        "n_patients": len(manifest.patients),
        "n_finished": len(patients),
        "n_failed": len(cohort.failures),
        "missing_images": manifest.missing(settings.protocol),
        "protocol": asdict(settings.protocol),
        "protocol_sha256": protocol_sha256(settings.protocol),
        "feature_sets": list(settings.feature_sets),
        "weights_sha256": dict(settings.weights),
        "code_sha256": code_version(),
        "versions": versions(),
        "patients": patients,
    }
