"""The charts of a patient's page as plain geometry; the template draws them as inline SVG with real text.

They are computed apart from drawing so that each figure in the page can be checked against the numbers it shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..scoring.result import Contribution, Score
from .ticks import MINUS, STAGES


@dataclass(frozen=True)
class TrainingScores:
    """The training cohort's own out-of-fold scores: what the patient's score is compared with.

    Attributes:
        probabilities: (patients,), 0 to 1, of the positive class, each from a model that had not seen the patient.
        outcomes: (patients,), 1 where the positive class was reached, else 0.

    Raises:
        InputError: none, unequal lengths, or values outside 0 to 1.
    """

    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.probabilities.ndim != 1 or self.probabilities.shape != self.outcomes.shape or not self.outcomes.size:
            raise InputError(
                "one out-of-fold probability and one outcome a training patient",
                f"{self.probabilities.shape} probabilities and {self.outcomes.shape} outcomes",
                "take both from the same bundle",
            )
        inside = np.all((self.probabilities >= 0) & (self.probabilities <= 1))
        if not (inside and np.all(np.isin(self.outcomes, [0, 1]))):
            raise InputError("probabilities from 0 to 1 and outcomes 0 or 1", "others", "check the bundle")


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its place and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Bar:
    """An upright bar of a histogram, in chart units; ``count`` patients."""

    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True)
class ScoreChart:
    """The training cohort's scores as two histograms back to back, and this patient's among them.

    Attributes:
        positive, negative: bars of those who reached the positive class (upwards) and did not (downwards).
        middle: height of the line between them.
        score, low, high, threshold: places along the axis.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    middle: float
    bottom: float
    positive: tuple[Bar, ...]
    negative: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    score: float
    low: float
    high: float
    threshold: float


def score_chart(score: Score, reference: TrainingScores, width: float) -> ScoreChart:
    """Lays out the patient's score on the training cohort's, ``width`` chart units wide (CSS pixels)."""
    probabilities, reached = reference.probabilities, reference.outcomes
    left, right, top, bottom = 34.0, 26.0, 44.0, 262.0
    step = 0.025 if probabilities.size >= 300 else 0.05
    largest = max(float(probabilities.max()), score.interval[1], score.probability, score.threshold)
    end = min(1.0, max(0.5, math.ceil(largest * 10 - 1e-9) / 10))
    edges = np.linspace(0, end, round(end / step) + 1)
    up, down = (np.histogram(probabilities[reached == outcome], edges)[0] for outcome in (1, 0))
    per_patient = (bottom - top - 8) / max(1, int(up.max()) + int(down.max()))
    middle = top + int(up.max()) * per_patient

    def at(value: float) -> float:
        return left + (width - left - right) * value / end

    def bars(counts: NDArray[np.int64], direction: int) -> tuple[Bar, ...]:
        heights = counts * per_patient
        return tuple(
            Bar(at(low) + 0.5, middle - height if direction > 0 else middle, at(high) - at(low) - 1, height, int(count))
            for low, high, height, count in zip(edges[:-1], edges[1:], heights, counts, strict=True)
            if count
        )

    gap = _round_step(max(int(up.max()), int(down.max())) / 2)
    levels = [
        (sign * gap * k) for sign, most in ((1, up.max()), (-1, down.max())) for k in range(1, int(most // gap) + 1)
    ]
    return ScoreChart(
        width=width,
        height=318.0,
        left=left,
        right=width - right,
        top=top,
        middle=middle,
        bottom=bottom,
        positive=bars(up, 1),
        negative=bars(down, -1),
        ticks=tuple(Tick(at(k / 10), f"{10 * k} %") for k in range(0, round(end * 10) + 1, 1 if width > 500 else 2)),
        counts=tuple(Tick(middle - level * per_patient, str(abs(level))) for level in (0, *levels)),
        score=at(score.probability),
        low=at(score.interval[0]),
        high=at(score.interval[1]),
        threshold=at(score.threshold),
    )


def _round_step(rough: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... that is not above ``rough``."""
    steps = [factor * 10**power for power in range(6) for factor in (1, 2, 5)]
    return max((step for step in steps if step <= rough), default=1)


@dataclass(frozen=True)
class Step:
    """A row of the waterfall: from one probability to the next by one input.

    Attributes:
        start, end: probabilities before and after this input.
        x, width: of the bar, in percent of the axis.
        meets: where the next row takes over, in percent of the axis.
    """

    label: str
    shown: str
    contribution: float
    start: float
    end: float
    x: float
    width: float
    meets: float


@dataclass(frozen=True)
class Waterfall:
    """Baseline plus contributions is the probability. Places are in percent of the axis."""

    steps: tuple[Step, ...]
    baseline: float
    probability: float
    ticks: tuple[Tick, ...]


def waterfall(score: Score, most: int = 12) -> Waterfall:
    """Lays the contributions end to end from the baseline to the probability.

    Args:
        score: its contributions come largest first.
        most: inputs beyond this many are drawn as one row.

    Raises:
        InputError: baseline and contributions do not sum to the probability.
    """
    rows = [(item.label, _shown(item), item.contribution) for item in score.contributions]
    if len(rows) > most:
        rest = rows[most - 1 :]
        rows = [*rows[: most - 1], (f"{len(rest)} other inputs", "together", sum(row[2] for row in rest))]
    totals = [score.baseline, *(score.baseline + float(sum_) for sum_ in np.cumsum([row[2] for row in rows]))]
    if abs(totals[-1] - score.probability) > 1e-3:
        raise InputError(
            "baseline and contributions that sum to the probability",
            f"{totals[-1]:.4f} against {score.probability:.4f}",
            "score the patient again",
        )
    unit = 0.05 if max(totals) - min(totals) < 0.35 else 0.1
    first, last = math.floor(min(totals) / unit + 1e-9), math.ceil(max(totals) / unit - 1e-9)
    first, last = (first, last) if first < last else (first, first + 1)

    def at(value: float) -> float:
        return 100 * (value / unit - first) / (last - first)

    steps = tuple(
        Step(label, shown, moved, start, end, at(min(start, end)), abs(at(end) - at(start)), at(end))
        for (label, shown, moved), start, end in zip(rows, totals[:-1], totals[1:], strict=True)
    )
    ticks = tuple(Tick(at(k * unit), f"{round(100 * k * unit)} %") for k in range(first, last + 1))
    return Waterfall(steps, at(score.baseline), at(score.probability), ticks)


def _shown(item: Contribution) -> str:
    features = len(item.inputs)
    shown = item.shown
    if item.value is not None:
        shown = STAGES.get(item.feature, "") + (MINUS + shown[1:] if shown.startswith("-") else shown)
    return f"{shown}, of {features} {'feature' if features == 1 else 'features'}" if features else shown


def neighbours(score: Score, reference: TrainingScores) -> tuple[int, int]:
    """How many training patients scored within this patient's interval, and how many of them were positive."""
    probabilities, reached = reference.probabilities, reference.outcomes
    near = (probabilities >= score.interval[0]) & (probabilities <= score.interval[1])
    return int(near.sum()), int(reached[near].sum())
