"""The patient report: one self-contained HTML page that a clinician reads on a screen, a phone or paper.

See ``page`` for what all pages have in common.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

from ..clinical import CLINICAL_VARIABLES, ClinicalRecord
from ..evaluation.calibration import binned_calibration
from ..evaluation.conformal import set_in_words
from ..model.card import ModelCard
from ..scoring.result import Score
from ..variables import Variables, shipped_variables
from .nomogram_layout import NomogramChart
from .page import RESEARCH_ONLY, environment, flattened
from .plots import TrainingScores, neighbours, score_chart, waterfall
from .slices import PANEL, View, plane_pairs
from .summary import summary_parts

_NBSP = "\N{NO-BREAK SPACE}"
_WIDTHS = {"wide": 920, "narrow": 360}  # of the chart in CSS pixels, on a page and on a phone
_LABELS = {
    "ER": "Estrogen receptor (ER)",
    "PR": "Progesterone receptor (PR)",
    "HR": "Hormone receptor (ER or PR)",
    "tumor_size_mm": "Longest diameter, as recorded",
    "tumor_volume_mm3": "Tumour volume, as recorded",
}
"""Of variables that are measured or derived, too."""
_IMAGES = {
    "MR": "MRI, each row in its own grey window",
    "CT": "CT, soft-tissue window",
    "US": "ultrasound",
    "MG": "mammography",
    "PT": "PET",
}
"""What stands beside an image's name, by modality."""
_IDEALS = {
    "auc": "1 (chance 0.5)",
    "brier": "0",
    "calibration_slope": "1",
    "calibration_intercept": "0",
    "balanced_accuracy": "1 (chance 0.5)",
}


@dataclass(frozen=True)
class PatientReport:
    """What the report shows. What is empty or None is not shown; its absence is stated where a reader looks for it.

    Attributes:
        score: the patient's score.
        card: of the model that made it.
        reference: the training cohort's out-of-fold scores.
        clinical: the clinical record.
        variables: the clinical ones that are known; those that ship if None.
        inputs: names of the model's.
        views: images with tumour and shell, each shown in three planes.
        measurements: label and value with its unit, in order.
        known_outcome: what became of the patient, where it is known ("did not reach pCR").
        date: of the score, as it shall be printed ("2026-11-21").
        command: by which the report was made.
        attribution: source and licence of the images, where they are published.
        nomogram: of the model with the patient on it (``nomogram_layout``), for a page and for a phone; none of trees.
    """

    score: Score
    card: ModelCard
    reference: TrainingScores
    clinical: ClinicalRecord
    variables: Variables | None = None
    inputs: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    measurements: tuple[tuple[str, str], ...] = ()
    known_outcome: str | None = None
    date: str = ""
    command: str = ""
    attribution: str = ""
    nomogram: tuple[tuple[str, NomogramChart], ...] = ()


def patient_report(contents: PatientReport) -> str:
    """The report as an HTML page.

    Raises:
        InputError: contributions that do not sum to the probability, an empty tumour mask, a tumour outside its image,
            or unusable training scores.
    """
    score, card = contents.score, contents.card
    views = [(view, plane_pairs(view)) for view in contents.views]
    digits = 1 if abs(score.probability - score.threshold) < 0.01 else 0
    return (
        environment()
        .get_template("patient.html.j2")
        .render(
            report=contents,
            score=score,
            card=card,
            research_only=RESEARCH_ONLY,
            digits=digits,
            expected=expected_patients(score),
            interval_name=interval_name(score),
            prediction_set=prediction_set(score, card),
            set_promise=set_promise(score),
            signatures=any(item.inputs for item in score.contributions),
            images=_IMAGES,
            charts=[(name, score_chart(score, contents.reference, width)) for name, width in _WIDTHS.items()],
            neighbours=neighbours(score, contents.reference),
            waterfall=waterfall(score),
            calibration=binned_calibration(contents.reference.outcomes, contents.reference.probabilities),
            views=views,
            solid=any(not view.planar for view in contents.views),
            shelled=any(view.shell is not None for view in contents.views),
            nomogram_notes=contents.nomogram[0][1].notes if contents.nomogram else {},
            panel=PANEL,
            clinical=clinical_rows(contents.clinical, contents.variables, contents.inputs),
            ideals=_IDEALS,
            provenance=[(name, _short_hash(value)) for name, value in flattened(score.provenance)],
            **summary_parts(score, card, contents.date, contents.measurements, views),
        )
    )


def expected_patients(score: Score) -> str:
    """The probability as a frequency: ``about 14 (95 % interval 9 to 21)`` of 100 patients."""
    count = round(100 * score.probability)
    low, high = (round(100 * bound) for bound in score.interval)
    about = "fewer than 1" if count == 0 else "more than 99" if count == 100 else f"about {count}"
    return f"{about} ({interval_name(score)} {low} to {high})"


def interval_name(score: Score) -> str:
    """The interval with its level: ``95 % interval``."""
    return f"{100 * score.interval_level:g}{_NBSP}% interval"


def prediction_set(score: Score, card: ModelCard) -> str:
    """Which classes remain possible, in a sentence; empty where that was not computed."""
    if not score.p_values:
        return ""
    return set_in_words(score.prediction_set, card.positive_class, card.negative_class, score.set_level)


def set_promise(score: Score) -> str:
    """What the sentence of ``prediction_set`` promises, and what it does not."""
    level = f"{100 * score.set_level:g}{_NBSP}%"
    return (
        f"Found by comparing this score with the training patients' of each class (conformal prediction). Of new "
        f"patients like them, whichever class is the true one, at least {level} get a set that holds it; that "
        f"does not make one class {level} probable in this patient."
    )


def clinical_rows(
    record: ClinicalRecord, variables: Variables | None = None, inputs: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Label and value of each basic variable, each input of the model and each further one that is known; a missing
    value is shown as such, not left out.

    Hormone-receptor status and a recorded volume are shown where they are known.

    Args:
        variables: that are known; those that ship if None.
        inputs: of the model.
    """
    values, known = record.values(), shipped_variables() if variables is None else variables
    always = {*CLINICAL_VARIABLES, *inputs} - {"HR", "tumor_volume_mm3"}
    return [
        (
            _LABELS.get(name, variable.label),
            variable.shown(value) if math.isnan(value) else variable.shown(value).replace(" ", _NBSP),
        )
        for name, variable in known.items()
        for value in (values.get(name, math.nan),)
        if name in always or not math.isnan(value)
    ]


def _short_hash(text: str) -> str:
    """A SHA-256 by its beginning, enough to tell files apart; ``score.json`` holds the whole."""
    return f"{text[:12]}…" if re.fullmatch("[0-9a-f]{64}", text) else text
