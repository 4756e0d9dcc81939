"""The first page of a patient's report: what a tumour board reads, on one sheet of A4 whatever the patient.

What could be of any length is bounded here: so many inputs, measurements and warnings, and of these so many letters.
What does not find room follows on the later pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..model.card import ModelCard
from ..scoring.result import Score
from .plots import Step, waterfall
from .slices import PlanePair, View

_INPUTS, _MEASUREMENTS = 6, 6
_WARNINGS, _LETTERS = 4, 620
_LONGEST = 250
_LABEL = 64
_WORTH_TELLING = 0.005
_UNRECORDED = "not recorded"


@dataclass(frozen=True)
class Bin:
    """A tenth of the scale, in percent of the figure: heights of all its patients and of the positives.

    Attributes:
        here: the patient's probability lies in it.
        label: ``20 to 30 %``.
    """

    x: float
    width: float
    positives: float
    others: float
    patients: int
    here: bool
    label: str


def summary_parts(
    score: Score,
    card: ModelCard,
    date: str,
    measurements: Sequence[tuple[str, str]],
    views: Sequence[tuple[View, tuple[PlanePair, ...]]],
) -> dict[str, Any]:
    """What the template of the first page shows, and the warnings that are left for the later ones.

    Args:
        date: of the score.
        measurements: label and value.
        views: each image with its planes; the first image's first plane (axial, where there are three) is shown.
    """
    shown = shown_warnings(score)
    view, planes = views[0] if views else (None, (None,))
    examined, steps = score.examination, [_bounded(step) for step in waterfall(score, _INPUTS).steps]
    return {
        "facts": [
            ("Patient", score.patient_id),
            ("Examination", " · ".join(filter(None, (examined.get("date"), examined.get("laterality"))))),
            ("Contoured by", examined.get("reader", "")),
            ("Date of the score", date or "not given"),
            ("Model", f"{card.name}, version {card.version} ({score.model['origin']})"),
        ],
        "unrecorded": _UNRECORDED,
        "first_steps": steps,
        "largest_step": max((abs(step.contribution) for step in steps), default=0.0) or 1.0,
        "first_measurements": [(_cut(name, _LABEL), _cut(v, _LABEL)) for name, v in measurements[:_MEASUREMENTS]],
        "first_warnings": shown,
        "later_warnings": warnings_with_effects(score)[len(shown) :],
        "summary_view": view,
        "summary_pair": planes[0],
        "place_bins": place_bins(score.place, score.probability),
        "area": next((metric for metric in card.metrics if metric.name == "auc"), None),
    }


def warnings_with_effects(score: Score) -> list[tuple[str, str]]:
    """Each warning, and what is at stake with it in percentage points (``up to 12``); empty where that is not known,
    or the whole score is in question."""
    effects = [*score.warning_effects, *[0.0] * len(score.warnings)]
    return [
        (text, f"up to {100 * effect:.0f}" if _WORTH_TELLING <= effect < 1 else "")
        for text, effect in zip(score.warnings, effects, strict=False)
    ]


def shown_warnings(score: Score) -> list[tuple[str, str]]:
    """The first warnings, as many as find room; one that is too long for the page waits with all after it."""
    kept: list[tuple[str, str]] = []
    for text, stake in warnings_with_effects(score)[:_WARNINGS]:
        if len(text) > _LONGEST or sum(len(one) for one, _ in kept) + len(text) > _LETTERS:
            break
        kept.append((text, stake))
    return kept


def place_bins(place: Mapping[str, Any], probability: float) -> tuple[Bin, ...]:
    """The columns of the figure of ``Score.place``; none of a score without it."""
    bins = place.get("bins", [])
    most = max((each["patients"] for each in bins), default=0) or 1
    return tuple(
        Bin(
            x=100 * each["low"],
            width=100 * (each["high"] - each["low"]),
            positives=100 * each["positives"] / most,
            others=100 * (each["patients"] - each["positives"]) / most,
            patients=each["patients"],
            here=each["low"] <= probability < each["high"] or (each["high"] == 1 and probability == 1),
            label=f"{100 * each['low']:.0f} to {100 * each['high']:.0f} %",
        )
        for each in bins
    )


def _bounded(step: Step) -> Step:
    return replace(step, label=_cut(step.label, _LABEL), shown=_cut(step.shown, _LABEL // 2))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
