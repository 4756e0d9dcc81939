"""What ``nacresponse train`` wrote, read back and checked: the one source of the training report and of ``compare``.

Metrics are computed again from the held-out predictions; where ``metrics.csv`` says otherwise, the folder is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.partitioned import HeldOut, partition_metrics
from ..evaluation.selection_frequency import Selected, selection_frequency
from ..evaluation.verdict import label_of
from ..plain_data import columns_of
from ..run_folder import METRICS, OUT_OF_FOLD, PARTITIONS, PREDICTIONS, RUN, SELECTED_FEATURES, SELECTED_VALUES
from ..text_file import read_json
from ..variables import Variables, known_variables, shipped_variables, variables_from
from .recipe_parts import SIGNATURES

UNCALIBRATED = "uncalibrated"
SAMPLINGS = {"smotenc": "with SMOTENC", "none": "without SMOTENC"}
_REMEDY = "give the folder that 'nacresponse train' wrote, unchanged"
_LARGEST_COUNT = 2**31
_CHECKED = ("auc", "balanced_accuracy", "sensitivity", "specificity")
_NEEDED: Mapping[str, type] = {
    "endpoint": str,
    "positive_class": str,
    "negative_class": str,
    "n_patients": int,
    "n_positive": int,
    "comparators": list,
    "final_feature_set": str,
    "synthetic": bool,
}
_OTHERS: Mapping[str, type | tuple[type, ...]] = {
    "seed": int,
    "relevant_gain": (int, float),
    "labels": dict,
    "nested": list,
    "recipe_text": dict,
    "warnings": list,
}
"""Kinds of the entries of ``run.json`` that are read, and of those that may be missing."""


@dataclass(frozen=True)
class SavedRun:
    """A training run.

    Attributes:
        folder: where it lies.
        about: ``run.json``.
        held_out: held-out predictions by feature set; patients are numbered in the order of ``patients``.
        patients: those in any test part.
        parts: by partition, the patients of the training and of the test part.
        thresholds: (partitions,) by feature set.
        selected: by feature set, how often each feature was selected.
        out_of_fold: by sampling (``smotenc``, ``none``), outcome and probability of the final feature set; before
            recalibration where the file has a column ``uncalibrated``.
        values: columns of ``selected_values.csv`` as text, by name; ``patient_id`` and ``y_true`` among them.
    """

    folder: Path
    about: Mapping[str, Any]
    held_out: Mapping[str, HeldOut]
    patients: tuple[str, ...]
    parts: tuple[tuple[frozenset[str], frozenset[str]], ...]
    thresholds: Mapping[str, NDArray[np.float64]]
    selected: Mapping[str, tuple[Selected, ...]]
    out_of_fold: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
    values: Mapping[str, Sequence[str]]

    @property
    def final(self) -> str:
        """The feature set of the bundle."""
        return str(self.about["final_feature_set"])

    @property
    def recipe(self) -> Mapping[str, Any]:
        """The recipe as it was used; empty in runs that do not tell."""
        return self.about.get("recipe_text") or {}

    @cached_property
    def variables(self) -> Variables:
        """The clinical variables, as the run knew them, and those that ship."""
        return known_variables(_variables(self.about))

    @property
    def of_signatures(self) -> bool:
        """Whether the models are formulas of signatures; then a feature set is a model."""
        return self.about.get("kind") == SIGNATURES

    def label_of(self, feature_set: str) -> str:
        """A feature set or model as a reader knows it: by the recipe's label where it gives one."""
        labels = self.about.get("labels") or {}
        return str(labels.get(feature_set) or label_of(feature_set))

    @property
    def baselines(self) -> tuple[str, ...]:
        """Feature sets without image features but, at most, the tumour's volume: the recipe's comparators."""
        return tuple(name for name in self.about["comparators"] if name in self.held_out)

    @property
    def part_sizes(self) -> tuple[float, float]:
        """Mean number of patients in the training and the test parts."""
        train, test = np.mean([(len(train), len(test)) for train, test in self.parts], axis=0)
        return float(train), float(test)


def _variables(about: Mapping[str, Any]) -> Variables:
    known = about.get("variables")
    return shipped_variables() if known is None else variables_from(known, RUN)


def read_run(folder: Path) -> SavedRun:
    """Reads a run's folder.

    Raises:
        InputError: a missing or unusable file, or files that contradict each other.
    """
    about = _read_about(folder / RUN)
    held_out, patients = read_predictions(folder)
    if about["final_feature_set"] not in held_out:
        raise broken("predictions of the final feature set", f"none of {about['final_feature_set']}")
    parts = _parts(folder / PARTITIONS)
    partitions = len(parts)
    for name, held in held_out.items():
        _check_parts(name, held, patients, parts)
    metrics = columns_of(folder / METRICS, ("feature_set", "partition", "threshold", *_CHECKED))
    chosen = columns_of(folder / SELECTED_FEATURES, ("feature_set", "feature", "times_selected"))
    times: dict[str, dict[str, int]] = {name: {} for name in held_out}
    clinical = _variables(about)
    counts = whole_numbers_of(chosen["times_selected"], "times_selected")
    for name, feature, count in zip(chosen["feature_set"], chosen["feature"], counts, strict=True):
        times.setdefault(name, {})[feature] = int(count)
    return SavedRun(
        folder=folder,
        about=about,
        held_out=held_out,
        patients=patients,
        parts=parts,
        thresholds={name: _thresholds(name, held, metrics) for name, held in held_out.items()},
        selected={name: selection_frequency(entries, partitions, clinical) for name, entries in times.items()},
        out_of_fold=_out_of_fold(folder / OUT_OF_FOLD, str(about["final_feature_set"])),
        values=columns_of(folder / SELECTED_VALUES, ("patient_id", "y_true")),
    )


def read_predictions(folder: Path) -> tuple[dict[str, HeldOut], tuple[str, ...]]:
    """Held-out predictions by feature set, and the patients in the order in which they are numbered there.

    Raises:
        InputError: a missing or unusable table.
    """
    columns = columns_of(
        folder / PREDICTIONS, ("feature_set", "partition", "patient_id", "y_true", "probability", "predicted")
    )
    patients = tuple(sorted(set(columns["patient_id"])))
    return _held_out(columns, patients), patients


def _read_about(path: Path) -> Mapping[str, Any]:
    about = read_json(path, "a training run with its run.json", _REMEDY)
    missing = [key for key in _NEEDED if not isinstance(about, dict) or key not in about]
    if missing:
        raise broken(f"'{missing[0]}' in run.json", "none")
    others = {key: kind for key, kind in _OTHERS.items() if about.get(key) is not None}
    for key, kind in {**_NEEDED, **others}.items():
        if not isinstance(about[key], kind):
            raise broken(f"'{key}' in run.json as it was written", f"{about[key]!r}"[:40])
    if not all(isinstance(name, str) for name in about["comparators"]):
        raise broken("names of 'comparators' in run.json", "others")
    return about


def numbers_of(texts: Sequence[str], column: str) -> NDArray[np.float64]:
    """A column as numbers.

    Raises:
        InputError: a value that is no number.
    """
    try:
        return np.array([float(text) for text in texts], dtype=float)
    except ValueError as error:
        raise broken(f"numbers in the column {column}", str(error)) from None


def whole_numbers_of(texts: Sequence[str], column: str) -> NDArray[np.int64]:
    """A column as whole numbers.

    Raises:
        InputError: a value that is none, or is larger than any count.
    """
    numbers = numbers_of(texts, column)
    if not (np.abs(numbers) < _LARGEST_COUNT).all() or (numbers % 1).any():
        raise broken(f"whole numbers in the column {column}", "others")
    return numbers.astype(np.int64)


def _held_out(columns: Mapping[str, Sequence[str]], patients: Sequence[str]) -> dict[str, HeldOut]:
    number_of = {patient: number for number, patient in enumerate(patients)}
    number = np.array([number_of[patient] for patient in columns["patient_id"]], dtype=np.int64)
    sets = np.array(columns["feature_set"])
    partition, outcome, predicted = (
        whole_numbers_of(columns[name], name) for name in ("partition", "y_true", "predicted")
    )
    probability = numbers_of(columns["probability"], "probability")
    if not (np.isin(outcome, [0, 1]).all() and np.isin(predicted, [0, 1]).all()):
        raise broken("y_true and predicted of 0 or 1", "other values")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise broken("probabilities from 0 to 1", "others")
    if len(set(zip(number, outcome, strict=True))) != len(patients):
        raise broken("one outcome a patient in predictions.csv", "a patient with both")
    held = {}
    for name in dict.fromkeys(columns["feature_set"]):
        rows = np.flatnonzero(sets == name)
        held[str(name)] = HeldOut(
            partition[rows], number[rows], outcome[rows], probability[rows], predicted[rows], len(patients)
        )
    return held


def _parts(path: Path) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    columns = columns_of(path, ("partition", "patient_id", "part"))
    found: dict[int, dict[str, set[str]]] = {}
    partition = whole_numbers_of(columns["partition"], "partition")
    for number, patient, part in zip(partition, columns["patient_id"], columns["part"], strict=True):
        if part not in ("train", "test"):
            raise broken("parts train and test in partitions.csv", f"'{part}'")
        found.setdefault(int(number), {"train": set(), "test": set()})[part].add(patient)
    if sorted(found) != list(range(len(found))) or not found:
        raise broken("partitions numbered from 0", f"{sorted(found)[:12]}")
    return tuple((frozenset(found[n]["train"]), frozenset(found[n]["test"])) for n in range(len(found)))


def _check_parts(
    name: str, held: HeldOut, patients: Sequence[str], parts: Sequence[tuple[frozenset, frozenset]]
) -> None:
    tested: list[list[str]] = [[] for _ in parts]
    if held.partition.min() < 0 or held.partitions > len(parts):
        raise broken(f"predictions of {name} for {len(parts)} partitions", "others")
    for number, patient in zip(held.partition, held.patient, strict=True):
        tested[number].append(patients[patient])
    for number, (train, test) in enumerate(parts):
        if train & test:
            raise broken(f"no patient in both parts of partition {number}", f"{sorted(train & test)[0]}")
        if sorted(tested[number]) != sorted(test):
            raise broken(f"predictions of {name} for the test part of partition {number}, each patient once", "others")


def _thresholds(name: str, held: HeldOut, metrics: Mapping[str, Sequence[str]]) -> NDArray[np.float64]:
    """The set's thresholds; its metrics must be those of its predictions."""
    rows = [row for row, feature_set in enumerate(metrics["feature_set"]) if feature_set == name]
    number = whole_numbers_of([metrics["partition"][row] for row in rows], "partition")
    if sorted(number) != list(range(held.partitions)):
        raise broken(f"metrics of {name} for each partition", f"{len(rows)} rows")
    computed = partition_metrics(held)
    for metric in _CHECKED:
        stored = numbers_of([metrics[metric][row] or "nan" for row in rows], metric)
        if not np.allclose(stored, computed[metric][number], atol=1e-4, equal_nan=True):
            raise broken(f"metrics.csv to follow from predictions.csv ({metric} of {name})", "other values")
    return numbers_of([metrics["threshold"][row] for row in rows], "threshold")[np.argsort(number)]


def _out_of_fold(path: Path, final: str) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    columns = columns_of(path, ("feature_set", "y_true", "probability", "sampling"))
    outcome = whole_numbers_of(columns["y_true"], "y_true")
    probability = numbers_of(columns[UNCALIBRATED if UNCALIBRATED in columns else "probability"], "probability")
    own = np.array([name == final for name in columns["feature_set"]], dtype=bool)
    found = {}
    for sampling in SAMPLINGS:
        rows = np.flatnonzero(own & (np.array(columns["sampling"]) == sampling))
        if rows.size:
            found[sampling] = (outcome[rows], probability[rows])
    if not found:
        raise broken(f"out-of-fold probabilities of {final}", "none in out_of_fold.csv")
    return found


def broken(expected: str, found: str) -> InputError:
    """The error for a run's folder whose files cannot be used."""
    return InputError(expected, found, _REMEDY)
