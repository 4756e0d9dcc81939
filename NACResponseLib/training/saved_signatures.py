"""The further files of a run of signatures (apparent predictions, other classifiers, weights), read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plain_data import columns_of
from ..run_folder import APPARENT, CLASSIFIERS, SIGNATURES
from .saved_run import SavedRun, broken, numbers_of, whole_numbers_of

Predictions = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class SignatureRun:
    """Attributes:
    apparent: by model and partition, outcome and probability of the patients that it was trained on.
    classifiers: by name, (partitions,) AUC and Brier score on the final model's terms.
    weights: by signature, its features with their weights in the final fit, the heaviest first.
    """

    apparent: Mapping[str, tuple[Predictions, ...]]
    classifiers: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    weights: Mapping[str, tuple[tuple[str, float], ...]]


def read_signature_run(run: SavedRun) -> SignatureRun:
    """Reads the files of a run of kind ``signatures``.

    Raises:
        InputError: a missing or unusable file, or one that contradicts the run's partitions.
    """
    apparent = _apparent(run)
    if set(apparent) != set(run.held_out):
        raise broken("apparent predictions of every model", f"those of {', '.join(sorted(apparent))}")
    return SignatureRun(apparent, _classifiers(run), _weights(run))


def _apparent(run: SavedRun) -> dict[str, tuple[Predictions, ...]]:
    path = run.folder / APPARENT
    columns = columns_of(path, ("feature_set", "partition", "patient_id", "y_true", "probability"))
    partition = whole_numbers_of(columns["partition"], "partition")
    outcome = whole_numbers_of(columns["y_true"], "y_true")
    probability = numbers_of(columns["probability"], "probability")
    rows: dict[tuple[str, int], list[int]] = {}
    for row, place in enumerate(zip(columns["feature_set"], partition, strict=True)):
        rows.setdefault((place[0], int(place[1])), []).append(row)
    found: dict[str, tuple[Predictions, ...]] = {}
    for name in dict.fromkeys(columns["feature_set"]):
        parts = []
        for number, (train, _) in enumerate(run.parts):
            chosen = rows.get((name, number), [])
            if sorted(columns["patient_id"][row] for row in chosen) != sorted(train):
                raise broken(f"apparent predictions of {name} for the training part of partition {number}", "others")
            parts.append((outcome[chosen], probability[chosen]))
        found[name] = tuple(parts)
    return found


def _classifiers(run: SavedRun) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    columns = columns_of(run.folder / CLASSIFIERS, ("classifier", "partition", "auc", "brier"))
    partition = whole_numbers_of(columns["partition"], "partition")
    area, score = (numbers_of([text or "nan" for text in columns[name]], name) for name in ("auc", "brier"))
    names = np.array(columns["classifier"], dtype=str)
    found = {}
    for name in dict.fromkeys(columns["classifier"]):
        rows = np.flatnonzero(names == name)
        rows = rows[np.argsort(partition[rows])]
        if partition[rows].tolist() != list(range(len(run.parts))):
            raise broken(f"the classifier {name} in each partition once", f"{len(rows)} rows")
        found[name] = (area[rows], score[rows])
    return found


def _weights(run: SavedRun) -> dict[str, tuple[tuple[str, float], ...]]:
    columns = columns_of(run.folder / SIGNATURES, ("signature", "feature", "weight"))
    weights = numbers_of(columns["weight"], "weight")
    found: dict[str, list[tuple[str, float]]] = {name: [] for name in run.recipe.get("signatures") or {}}
    for name, feature, weight in zip(columns["signature"], columns["feature"], weights, strict=True):
        found.setdefault(name, []).append((feature, float(weight)))
    return {name: tuple(sorted(rows, key=lambda row: -abs(row[1]))) for name, rows in found.items()}
