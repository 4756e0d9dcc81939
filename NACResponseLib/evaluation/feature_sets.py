"""Feature sets side by side: their names, and every pair on the same partitions (Jang et al., tables S7 and S8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .paired_tests import PairedTest, corrected_resampled_t_test, paired_t_test
from .partitioned import PARTITION_METRICS, HeldOut, partition_metrics

_IN_WORDS = {"clinical": "clinical variables alone", "volume_receptors": "tumour volume with receptors"}
_LABELS = {"clinical": "Clinical only", "volume_receptors": "Volume + receptors"}
_ALONE = "_alone"


def alone(table: str) -> str:
    """The feature set of a feature table without clinical variables."""
    return table + _ALONE


def is_alone(feature_set: str) -> bool:
    """Whether it is one without clinical variables."""
    return feature_set.partition("@")[0].endswith(_ALONE)


def label_of(feature_set: str) -> str:
    """A feature set as a reader knows it: ``resnet34`` is ``ResNet34 + clinical``, ``resnet34@trial`` ends in
    ``(trial)``, ``resnet34_alone`` is ``ResNet34 alone``."""
    name, _, run = feature_set.partition("@")
    table = name.removesuffix(_ALONE)
    label = table_label(table)
    if table != name:
        label += " alone"
    elif label != name:
        label += " + clinical"
    else:
        label = _LABELS.get(name, name)
    return f"{label} ({run})" if run else label


def table_label(table: str) -> str:
    """A feature table as a reader knows it: ``resnet34`` is ``ResNet34``."""
    if table.startswith("resnet"):
        return "ResNet" + table.removeprefix("resnet")
    return "Handcrafted" if table == "handcrafted" else table


def in_words(feature_set: str) -> str:
    """A feature set inside a sentence: ``clinical`` is "clinical variables alone"."""
    name, _, run = feature_set.partition("@")
    return _IN_WORDS[name] + (f" ({run})" if run else "") if name in _IN_WORDS else label_of(feature_set)


@dataclass(frozen=True)
class Comparison:
    """``first`` less ``second`` in one metric: the plain test, and the corrected one that is to be believed."""

    first: str
    second: str
    metric: str
    plain: PairedTest
    corrected: PairedTest


def compare_pairs(
    held_out: Mapping[str, HeldOut], n_train: float, n_test: float, *, positive: int = 1
) -> Iterator[Comparison]:
    """Every pair of models in every metric; a metric that is not defined in every partition of both is left out.

    Args:
        held_out: predictions by model, on the same partitions.
        n_train, n_test: patients in the training and the test part.
        positive: 1, or 0 for the other class as the positive one.

    Raises:
        InputError: a single partition, or different numbers of them.
    """
    metrics = {name: partition_metrics(held, positive=positive) for name, held in held_out.items()}
    for first, second in combinations(metrics, 2):
        for metric in PARTITION_METRICS:
            one, other = metrics[first][metric], metrics[second][metric]
            if np.isfinite(one).all() and np.isfinite(other).all():
                corrected = corrected_resampled_t_test(one, other, n_train, n_test)
                yield Comparison(first, second, metric, paired_t_test(one, other), corrected)
