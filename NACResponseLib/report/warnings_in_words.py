"""What a reader must know of a run's figures before believing them, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..evaluation.detectable import few_events
from ..evaluation.partitioned import Average, HeldOut
from ..training.saved_run import SavedRun
from .page import figure


@dataclass(frozen=True)
class EventsPerFeature:
    """Patients of the smaller class in a training part, selected features, and how many of the first there are for each
    of the second; means over partitions."""

    events: float
    features: float

    @property
    def ratio(self) -> float:
        """Events per selected feature; infinite where none was selected."""
        return self.events / self.features if self.features else float("inf")


def events_per_feature(run: SavedRun, feature_set: str) -> EventsPerFeature:
    """Of one feature set's models. The search among all columns before selection is not counted in."""
    share = run.about["n_positive"] / run.about["n_patients"]
    events = min(share, 1 - share) * run.part_sizes[0]
    return EventsPerFeature(events, sum(row.times for row in run.selected.get(feature_set, ())) / len(run.parts))


def warnings_of(run: SavedRun, area: Average, calibration: Mapping[str, Average]) -> list[str]:
    """What the run itself states (run.json), and what its figures show beyond that.

    Args:
        area: AUC of the final feature set.
        calibration: slope, intercept and Brier score of the final feature set.
    """
    own = str(run.about["positive_class"])
    warnings = [*map(str, run.about.get("warnings", ()))]
    warnings += _few_events(run.held_out[run.final], own, str(run.about["negative_class"]))
    if area.low <= 0.5:
        warnings.append(
            f"The interval of the AUC ({figure(area.low)} to {figure(area.high)}) reaches 0.5: the model may be no "
            "better than chance."
        )
    slope = calibration["calibration_slope"]
    if slope.high < 1:
        warnings.append(
            f"Predicted probabilities are too extreme (calibration slope {figure(slope.mean, 2)}, below 1): low ones "
            "are too low, high ones too high."
        )
    elif slope.low > 1:
        warnings.append(
            f"Predicted probabilities are underconfident (calibration slope {figure(slope.mean, 2)}, above 1)."
        )
    return list(dict.fromkeys(warnings))


def _few_events(held: HeldOut, positive: str, negative: str) -> list[str]:
    positives = [int(held.outcome[held.part(number)].sum()) for number in range(held.partitions)]
    negatives = [held.part(number).size - count for number, count in enumerate(positives)]
    warning = few_events(positives, negatives, (positive, negative))
    warnings = [] if warning is None else [warning]
    if min(*positives, *negatives) == 0:
        warnings.append("A test part without one of the classes has no AUC and is left out of its mean.")
    return warnings
