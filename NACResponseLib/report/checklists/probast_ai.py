"""The signalling questions of PROBAST+AI (Moons et al., BMJ 388:e082505, 2025), answered by a run or an evaluation.

Sixteen on the development of a model (its quality), eighteen on its evaluation (the risk of bias), in four domains:
participants and data sources, predictors, outcome, analysis. Named in our own words; the first three domains ask the
same of both parts. The judgement of each domain, and whether a model applies to a question, is for readers.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...training.saved_run import SavedRun
from ..page import capital
from . import AUTHORS, LEFT, Item, entries_of, studies

_OF_BOTH = {
    "1.1": "Sources of the data fit",
    "1.2": "Design of the study fits",
    "1.3": "Participants represent those meant",
    "2.1": "Predictors defined and assessed alike in all",
    "2.2": "Predictors prepared alike in all",
    "2.3": "Predictors assessed blind to the outcome",
    "2.4": "Predictors there when the model is to be used",
    "3.1": "Outcome defined and assessed in a fit way",
    "3.2": "Outcome defined and assessed alike in all",
    "3.3": "Outcome assessed blind to the predictors",
    "3.4": "Time from predictors to outcome fits",
}
DEVELOPMENT = _OF_BOTH | {
    "4.1": "Reasonable sample size",
    "4.2": "Continuous and categorical predictors handled well",
    "4.3": "Missing and censored data handled well",
    "4.4": "Recalibrated after correction of class imbalance",
    "4.5": "Overfitting countered",
}
EVALUATION = _OF_BOTH | {
    "4.1": "More than apparent performance",
    "4.2": "Reasonable sample size",
    "4.3": "Missing and censored data handled well",
    "4.4": "Evaluated without correction of class imbalance",
    "4.5": "No leakage between training and test data",
    "4.6": "All steps of development repeated in resampling",
    "4.7": "Calibration, discrimination and net benefit evaluated",
}
_MISSING = (
    "Nobody with a known outcome is left out for a missing value: a number is taken as the training patients' median, "
    "a status is averaged over. How many lack the outcome, and how they differ, is warned of."
)
_SAME_CODE = "Features and their preparation are computed by the same program for all; contours: " + AUTHORS + "."
_MEASURES = "AUC, calibration in the large, slope and curve, decision curve: see the tables and figures."


def development_questions(run: SavedRun) -> list[Item]:
    """The sixteen of a training run."""
    study = run.of_signatures
    answers = {
        "2.2": _SAME_CODE,
        "4.1": f"{_size(int(run.about['n_patients']), int(run.about['n_positive']))}; reasons: {AUTHORS}.",
        "4.2": "Signatures and clinical variables, linear on the log-odds scale; a volume by its logarithm."
        if study
        else "Numbers are used as they are, none is cut into classes.",
        "4.3": _MISSING,
        "4.4": ("No oversampling." if study else capital(entries_of(run.recipe, "sampling")))
        + " Probabilities are recalibrated on out-of-fold predictions of patients as they came.",
        "4.5": studies.selection(run)
        if study
        else capital(entries_of(run.recipe, "selection", "elimination", "classifier")),
    }
    return _items(DEVELOPMENT, answers)


def internal_questions(run: SavedRun) -> list[Item]:
    """The eighteen of a training run's own, internal evaluation."""
    answers = {
        "2.2": _SAME_CODE,
        "4.1": f"Held-out patients of {studies.parts(run)}; no others in this run.",
        "4.2": f"{_size(int(run.about['n_patients']), int(run.about['n_positive']))}; test parts of "
        f"{run.part_sizes[1]:.0f} (mean).",
        "4.3": _MISSING,
        "4.4": "Yes: test parts are as they came.",
        "4.5": "No patient is in both parts of a partition (partitions.csv); equal rows under two names are refused.",
        "4.6": "Yes: harmonization, scaling, selection, sampling, tuning, calibration and threshold are learned anew "
        "in each training part.",
        "4.7": _MEASURES,
    }
    return _items(EVALUATION, answers)


def external_questions(*, patients: int, positives: int, learned_from: str = "") -> list[Item]:
    """The eighteen of an evaluation of a frozen model.

    Args:
        patients, positives: who were scored and have a known outcome.
        learned_from: ``trained on`` or ``recalibrated on`` where the model was made from these patients.
    """
    seen = f"No: these are the patients that the model was {learned_from}."
    answers = {
        "2.2": _SAME_CODE,
        "4.1": seen
        if learned_from
        else "The model was frozen and used on a cohort given as another; its file holds no "
        f"patient, so that single training patients among these cannot be identified: {AUTHORS}.",
        "4.2": _size(patients, positives) + "; intervals stand with every figure.",
        "4.3": _MISSING,
        "4.4": "Yes: nothing was sampled.",
        "4.5": "No data were split.",
        "4.6": "Nothing was resampled to develop a model; the bootstrap gives intervals of a frozen one.",
        "4.7": _MEASURES,
    }
    return _items(EVALUATION, answers)


def _size(patients: int, positives: int) -> str:
    return f"{patients} patients, {min(positives, patients - positives)} of the rarer class"


def _items(titles: Mapping[str, str], answers: Mapping[str, str]) -> list[Item]:
    return [Item(number, title, answers.get(number, LEFT)) for number, title in titles.items()]
