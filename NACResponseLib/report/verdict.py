"""Whether imaging adds to what is known without it, in a sentence that claims no more than the partitions show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from ..evaluation.feature_sets import in_words, label_of
from ..evaluation.paired_tests import PairedTest, corrected_resampled_t_test
from ..evaluation.partitioned import HeldOut, partition_metrics
from .page import figure, p_value


@dataclass(frozen=True)
class Addition:
    """The best imaging feature set against one without imaging, by AUC over partitions.

    Attributes:
        imaging, baseline: names of the feature sets.
        test: corrected resampled t-test of imaging less baseline; None where the AUC is not defined in a partition.
        chosen_among: number of imaging sets of which it is the best, on these same partitions.
    """

    imaging: str
    baseline: str
    test: PairedTest | None
    chosen_among: int

    @property
    def finding(self) -> str:
        """``adds``, ``worse`` or ``unclear``."""
        if self.test is None or self.test.low <= 0 <= self.test.high:
            return "unclear"
        return "adds" if self.test.low > 0 else "worse"

    @property
    def sentence(self) -> str:
        """The finding in words, with difference, interval and p-value."""
        imaging, baseline = label_of(self.imaging), in_words(self.baseline)
        if self.test is None:
            return f"Whether {imaging} adds to {baseline} cannot be told: the AUC is not defined in every partition."
        lead = {
            "adds": f"{imaging} adds to {baseline}",
            "worse": f"{imaging} does worse than {baseline}",
            "unclear": f"Whether {imaging} adds to {baseline} cannot be told at this size",
        }[self.finding]
        p = p_value(self.test.p)
        sentence = (
            f"{lead}: AUC difference {figure(self.test.difference)} (95 % interval {figure(self.test.low)} to "
            f"{figure(self.test.high)}, corrected resampled t-test p {p if p.startswith('<') else '= ' + p})."
        )
        if self.chosen_among > 1:
            sentence += f" Being the best of {self.chosen_among} imaging sets on these partitions favours {imaging}."
        return sentence


def additions(
    held_out: Mapping[str, HeldOut], baselines: Collection[str], sizes: tuple[float, float]
) -> tuple[Addition, ...]:
    """The best imaging set against each set without imaging; none where either is missing.

    Args:
        held_out: by feature set.
        baselines: those without imaging.
        sizes: mean number of training and of test patients.
    """
    areas = {name: partition_metrics(held)["auc"] for name, held in held_out.items()}
    means = {name: np.nanmean(area) for name, area in areas.items() if name not in baselines}
    if not means:
        return ()
    best = max(means, key=lambda name: means[name])
    return tuple(
        Addition(best, baseline, _test(areas[best], areas[baseline], sizes), len(means))
        for baseline in areas
        if baseline in baselines
    )


def _test(first: np.ndarray, second: np.ndarray, sizes: tuple[float, float]) -> PairedTest | None:
    if len(first) < 2 or not np.isfinite(first - second).all():
        return None
    return corrected_resampled_t_test(first, second, *sizes)
