"""Discrimination, calibration and net benefit as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from ...evaluation.calibration import CalibrationGroup
from ...evaluation.partitioned import Average
from .plane import Chart, Entry, row_axis, share_axis

SERIES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
"""Styles of the model and of those beside it, in order."""


def roc_chart(
    grid: NDArray[np.float64],
    curves: Sequence[NDArray[np.float64]],
    means: Mapping[str, NDArray[np.float64]],
    positive_class: str,
) -> Chart:
    """ROC curves of every partition, thin, and the mean of each model, thick.

    Args:
        grid: (g,) false-positive rates of the means.
        curves: (points, 2) each, of the first model.
        means: (g,) true-positive rates by legend text, the first model first.
    """
    first = next(iter(means))
    chart = Chart(
        "roc",
        "ROC curves",
        f"Sensitivity against one minus specificity for {positive_class}: {len(curves)} partitions of {first} as thin "
        f"lines and their mean; means of {', '.join(list(means)[1:]) or 'no other model'} beside it.",
        share_axis("1 − specificity"),
        share_axis("Sensitivity"),
    )
    chart.line([0, 1], [0, 1], "chance")
    for curve in curves:
        chart.line(curve[:, 0], curve[:, 1], "thin")
    if len(curves) > 1:
        chart.legend.append(Entry("thin", f"{first}, each partition"))
    for style, (text, mean) in reversed(list(zip(SERIES, means.items(), strict=False))):
        chart.line(grid, mean, style)
        chart.legend.insert(0, Entry(style, f"{text}, mean" if curves else text))
    chart.legend.append(Entry("chance", "chance"))
    return chart


def calibration_chart(
    name: str,
    series: Mapping[str, tuple[tuple[CalibrationGroup, ...], tuple[NDArray[np.float64], NDArray[np.float64]] | None]],
    positive_class: str,
    band: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Chart:
    """Observed against predicted shares: groups with their intervals, smooth curves, and the band of the first curve.

    Args:
        series: by legend text, the groups and the smooth curve (places, observed), None where there is none.
        band: lower and upper bound of the first curve.
    """
    chart = Chart(
        name,
        "Calibration",
        f"Observed share with {positive_class} against predicted probability, {' and '.join(series)}; the diagonal is "
        "perfect calibration.",
        share_axis(f"Predicted probability of {positive_class}"),
        share_axis("Observed share"),
    )
    chart.line([0, 1], [0, 1], "chance")
    if band is not None:
        _, curve = next(iter(series.values()))
        if curve is not None:
            chart.band(curve[0], *band, "band")
    for style, (text, (groups, curve)) in zip(SERIES, series.items(), strict=False):
        if curve is not None:
            chart.line(*curve, style)
        for group in groups:
            chart.upright(group.predicted, group.low, group.high, f"{style}-interval")
            chart.dot(group.predicted, group.observed, style)
        chart.legend.append(Entry(style, text))
    chart.legend.append(Entry("chance", "perfect"))
    return chart


def decision_chart(
    thresholds: NDArray[np.float64],
    models: Mapping[str, NDArray[np.float64]],
    of_all: NDArray[np.float64],
    positive_class: str,
) -> Chart:
    """Net benefit against threshold probability (Vickers and Elkin 2006), with acting on all and on none."""
    most = max(float(np.max(values)) for values in (*models.values(), of_all))
    step = 0.05 if most < 0.3 else 0.1 if most < 0.6 else 0.2
    last = float(thresholds[-1])
    chart = Chart(
        "decision",
        "Decision curve",
        f"Net benefit against threshold probability of {positive_class} for {', '.join(models)}, acting on all "
        "patients and acting on none.",
        share_axis(f"Threshold probability of {positive_class}", 0.0, last, 0.1 if last < 0.65 else 0.2),
        share_axis("Net benefit per patient", -step, np.ceil(most / step + 0.2) * step, step),
        left=64.0,
    )
    chart.across(0, last, 0, "none")
    inside = of_all >= -step
    chart.line(thresholds[inside], of_all[inside], "all")
    for style, (text, values) in reversed(list(zip(SERIES, models.items(), strict=False))):
        chart.line(thresholds, values, style)
        chart.legend.insert(0, Entry(style, text))
    chart.legend += [Entry("all", "act on all"), Entry("none", "act on none")]
    return chart


def metric_chart(
    name: str,
    metric: str,
    sets: Mapping[str, tuple[Average, NDArray[np.float64]]],
    positive_class: str,
    left: float = 140.0,
) -> Chart:
    """A metric of each feature set: every partition as a small dot, the mean as a large one with its interval.

    Args:
        left: room for the sets' names, which are cut where they are longer.
    """
    values = np.concatenate([np.r_[each, average.low, average.high] for average, each in sets.values()])
    low = max(0.0, np.floor(np.nanmin(values) * 10) / 10)
    high = min(1.0, max(low + 0.2, np.ceil(np.nanmax(values) * 10) / 10))
    chart = Chart(
        name,
        metric,
        f"{metric}, positive class {positive_class}: mean over partitions with its 95 % interval and each partition, "
        f"for {', '.join(sets)}.",
        share_axis(metric, low, high, 0.1 if high - low <= 0.65 else 0.2),
        row_axis([_broken(text, left) for text in sets]),
        height=64.0 + 34.0 * len(sets),
        left=left,
        top=10.0,
        grid_y=False,
    )
    if low < 0.5 < high:
        chart.upright(0.5, chart.y.low, chart.y.high, "chance")
    for row, (average, each) in enumerate(sets.values()):
        at = len(sets) - 1 - row
        for number, value in enumerate(each[np.isfinite(each)]):
            chart.dot(float(value), at - 0.3 + 0.08 * (number % 3 - 1), "each", 2.2)
        if np.isfinite([average.mean, average.low, average.high]).all():
            chart.across(average.low, average.high, at + 0.08, "first-interval")
            chart.dot(average.mean, at + 0.08, "first", 4.5)
    return chart


def _broken(text: str, room: float) -> str:
    """On two lines where it is too long for one; what does not fit there either is cut."""
    lines = wrap(text, int((room - 10) / 6.2), max_lines=2, placeholder="…")
    return "\n".join(lines)
