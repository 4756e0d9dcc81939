"""Whether a model adds to another over partitions, in a sentence that claims no more than the partitions show.

``evaluation.detectable`` makes the sentence, here as on patients of another cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ..errors import unknown_name
from .detectable import RELEVANT, UNCLEAR, AddedValue, added_value_of_partitions
from .paired_tests import PairedTest, corrected_resampled_t_test, paired_t_test
from .partitioned import PARTITION_METRICS, HeldOut, partition_metrics

MIN_PARTITIONS = 5
"""With fewer, the t distribution is so wide that intervals of a difference of AUCs reach beyond -1 and 1."""


@dataclass(frozen=True)
class Addition:
    """A model with imaging (or whatever is asked about) against one without it, by AUC over partitions.

    Attributes:
        imaging, baseline: names of the feature sets.
        test: corrected resampled t-test of imaging less baseline; None where there is none, for ``reason``.
        classes: number of patients with and without the outcome.
        area: mean AUC of the baseline.
        chosen_among: number of imaging sets of which it is the best, on these same partitions; 1 where it was named
            beforehand.
        relevant: a gain in AUC that would matter.
        labels: what a study calls its models, by name; feature sets have names of their own.
    """

    imaging: str
    baseline: str
    test: PairedTest | None
    classes: tuple[int, int]
    area: float
    chosen_among: int
    relevant: float = RELEVANT
    labels: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def value(self) -> AddedValue | None:
        """The verdict, with the smallest difference that could have been seen; None without a test."""
        if self.test is None:
            return None
        return added_value_of_partitions(self.test, self.classes, self.area, relevant=self.relevant)

    @property
    def finding(self) -> str:
        """``adds``, ``does not add`` or ``inconclusive``, as ``detectable`` calls them."""
        return UNCLEAR if self.value is None else self.value.verdict

    @property
    def sentence(self) -> str:
        """The finding in words, with difference, interval, p-value and smallest detectable difference."""
        imaging, baseline = self._called(self.imaging, label_of), self._called(self.baseline, in_words)
        if self.value is None:
            return f"Inconclusive whether {imaging} adds to {baseline}: {self.reason}."
        sentence = self.value.sentence(imaging, baseline)
        if self.chosen_among > 1:
            others = "models" if self.labels else "imaging sets"
            sentence += f" Being the best of {self.chosen_among} {others} on these partitions favours {imaging}."
        return sentence

    def _called(self, name: str, otherwise: Callable[[str], str]) -> str:
        return f"“{self.labels[name]}”" if name in self.labels else otherwise(name)


def additions(
    held_out: Mapping[str, HeldOut],
    baselines: Collection[str],
    sizes: tuple[float, float],
    relevant: float = RELEVANT,
) -> tuple[Addition, ...]:
    """The best imaging set with clinical variables against each set without imaging; none where either is missing.

    Args:
        held_out: by feature set.
        baselines: those without imaging.
        sizes: mean number of training and of test patients.
        relevant: a gain in AUC that would matter.
    """
    areas = {name: partition_metrics(held)["auc"] for name, held in held_out.items()}
    joined = [name for name in areas if name not in baselines and not is_alone(name)]
    means = {name: np.nanmean(areas[name]) for name in joined}
    if not means:
        return ()
    best = max(means, key=lambda name: means[name])
    return tuple(
        _addition(held_out, areas, best, baseline, sizes, len(means), relevant)
        for baseline in areas
        if baseline in baselines
    )


def stated_additions(
    held_out: Mapping[str, HeldOut],
    pairs: Sequence[Sequence[str]],
    sizes: tuple[float, float],
    relevant: float = RELEVANT,
) -> tuple[Addition, ...]:
    """The comparisons that were stated before training, as a signature recipe's ``nested`` does.

    Args:
        held_out, sizes, relevant: as ``additions``.
        pairs: names of the larger and the smaller model.

    Raises:
        InputError: a name that is no feature set's.
    """
    for name in (name for pair in pairs for name in pair):
        if name not in held_out:
            raise unknown_name("a model of this run", name, held_out)
    areas = {name: partition_metrics(held_out[name])["auc"] for pair in pairs for name in pair}
    return tuple(_addition(held_out, areas, larger, smaller, sizes, 1, relevant) for larger, smaller in pairs)


def _addition(
    held_out: Mapping[str, HeldOut],
    areas: Mapping[str, np.ndarray],
    larger: str,
    smaller: str,
    sizes: tuple[float, float],
    among: int,
    relevant: float,
) -> Addition:
    first, second, held = areas[larger], areas[smaller], held_out[smaller]
    outcome = held.outcome[np.unique(held.patient, return_index=True)[1]]
    test, reason = None, ""
    if len(first) < MIN_PARTITIONS:
        reason = f"the test takes at least {MIN_PARTITIONS} partitions, and there are {len(first)}"
    elif not np.isfinite(first - second).all():
        reason = "the AUC is not defined in every partition"
    else:
        test = corrected_resampled_t_test(first, second, *sizes)
    classes = (int(outcome.sum()), int((1 - outcome).sum()))
    return Addition(larger, smaller, test, classes, float(np.nanmean(second)), among, relevant, reason=reason)


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
