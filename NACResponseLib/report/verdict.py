"""Whether a model adds to another over partitions, in a sentence that claims no more than the partitions show.

``evaluation.detectable`` makes the sentence, here as on patients of another cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import unknown_name
from ..evaluation.detectable import RELEVANT, UNCLEAR, AddedValue, added_value_of_partitions
from ..evaluation.feature_sets import in_words, label_of
from ..evaluation.paired_tests import PairedTest, corrected_resampled_t_test
from ..evaluation.partitioned import HeldOut, partition_metrics


@dataclass(frozen=True)
class Addition:
    """A model with imaging (or whatever is asked about) against one without it, by AUC over partitions.

    Attributes:
        imaging, baseline: names of the feature sets.
        test: corrected resampled t-test of imaging less baseline; None where the AUC is not defined in a partition.
        chosen_among: number of imaging sets of which it is the best, on these same partitions; 1 where it was named
            beforehand.
        relevant: a gain in AUC that would matter.
        labels: what a study calls its models, by name; feature sets have names of their own.
    """

    imaging: str
    baseline: str
    test: PairedTest | None
    chosen_among: int
    relevant: float = RELEVANT
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> AddedValue | None:
        """The verdict, with the smallest difference that could have been seen; None without a test."""
        return None if self.test is None else added_value_of_partitions(self.test, relevant=self.relevant)

    @property
    def finding(self) -> str:
        """``adds``, ``does not add`` or ``cannot tell at this size``, as ``detectable`` calls them."""
        return UNCLEAR if self.value is None else self.value.verdict

    @property
    def sentence(self) -> str:
        """The finding in words, with difference, interval, p-value and smallest detectable difference."""
        imaging, baseline = self._called(self.imaging, label_of), self._called(self.baseline, in_words)
        if self.value is None:
            return f"Whether {imaging} adds to {baseline} cannot be told: the AUC is not defined in every partition."
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
    """The best imaging set against each set without imaging; none where either is missing.

    Args:
        held_out: by feature set.
        baselines: those without imaging.
        sizes: mean number of training and of test patients.
        relevant: a gain in AUC that would matter.
    """
    areas = {name: partition_metrics(held)["auc"] for name, held in held_out.items()}
    means = {name: np.nanmean(area) for name, area in areas.items() if name not in baselines}
    if not means:
        return ()
    best = max(means, key=lambda name: means[name])
    return tuple(
        Addition(best, baseline, _test(areas[best], areas[baseline], sizes), len(means), relevant)
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
    return tuple(
        Addition(larger, smaller, _test(areas[larger], areas[smaller], sizes), 1, relevant) for larger, smaller in pairs
    )


def _test(first: np.ndarray, second: np.ndarray, sizes: tuple[float, float]) -> PairedTest | None:
    if len(first) < 2 or not np.isfinite(first - second).all():
        return None
    return corrected_resampled_t_test(first, second, *sizes)
