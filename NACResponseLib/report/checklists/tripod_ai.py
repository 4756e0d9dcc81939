"""A checklist after TRIPOD+AI (Collins et al., BMJ 385:e078378, 2024): what a training run or an evaluation can answer.

Its 27 items have parts; ``TITLES`` names all of them, as the checklist of 11 January 2024 numbers them, and those
without an answer are left to the authors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...training.saved_run import SavedRun
from ..page import capital
from . import AUTHORS, LEFT, Item, entries_of, listed, studies

TITLES = {
    "1": "Title",
    "2": "Abstract",
    "3a": "Healthcare context",
    "3b": "Target population and use",
    "3c": "Known inequalities in health",
    "4": "Objectives",
    "5a": "Sources of data",
    "5b": "Dates",
    "6a": "Setting",
    "6b": "Eligibility",
    "6c": "Treatments",
    "7": "Preparation of the data",
    "8a": "Outcome",
    "8b": "Who assessed the outcome",
    "8c": "Blinding of the outcome's assessment",
    "9a": "Choice of predictors",
    "9b": "Definition of predictors",
    "9c": "Who assessed the predictors",
    "10": "Sample size",
    "11": "Missing data",
    "12a": "Use of the data",
    "12b": "Handling of predictors",
    "12c": "Type of model and how it was built",
    "12d": "Heterogeneity between clusters",
    "12e": "Measures of performance",
    "12f": "Updating of the model",
    "12g": "How predictions were calculated",
    "13": "Class imbalance",
    "14": "Fairness",
    "15": "Output of the model",
    "16": "Training against evaluation data",
    "17": "Ethical approval",
    "18a": "Funding",
    "18b": "Conflicts of interest",
    "18c": "Protocol of the study",
    "18d": "Registration",
    "18e": "Sharing of data",
    "18f": "Sharing of code",
    "19": "Involvement of patients and the public",
    "20a": "Flow of participants",
    "20b": "Characteristics of participants",
    "20c": "Predictors beside those of the training data",
    "21": "Participants and events in each analysis",
    "22": "Specification of the model",
    "23a": "Performance with intervals",
    "23b": "Heterogeneity of performance",
    "24": "Results of updating",
    "25": "Interpretation",
    "26": "Limitations",
    "27a": "Poor or missing input in use",
    "27b": "What users must do and know",
    "27c": "Next steps",
}
MISSING = (
    "A missing number is taken as the training patients' median, a missing status as the more frequent one in "
    "training; when a patient is scored, a missing status is averaged over both."
)
_CODE = "NACResponse is open source (Apache-2.0); versions below."
_OUTPUT = (
    "Probability of {positive} with an interval, a class at the model's threshold, and a conformal prediction set."
)
_USERS = "Contours are drawn by the user, whose skill the software cannot judge; the rest needs no choice."


def training_items(run: SavedRun) -> list[Item]:
    """Every part of every item, answered from a training run or left to the authors."""
    about, recipe, study = run.about, run.recipe, run.of_signatures
    train, test = run.part_sizes
    positive = str(about["positive_class"])
    events, patients = int(about["n_positive"]), int(about["n_patients"])
    rarer = min(events, patients - events)
    parts = f"{studies.parts(run)}, {train:.0f} patients to train and {test:.0f} to test (mean)"
    answers = {
        "5a": "Synthetic patients of a generator." if about["synthetic"] else LEFT,
        "7": studies.preparation(run) if study else entries_of(recipe, "harmonization", "scaling"),
        "8a": f"{capital(positive)} (positive) against {about['negative_class']}; how and when it was "
        f"assessed: {AUTHORS}.",
        "9a": f"Models: {listed(map(run.label_of, run.held_out))}. Clinical variables: {studies.predictors(run)}"
        if study
        else f"Image features of {', '.join(map(run.label_of, run.held_out))}; clinical variables as in the "
        f"recipe ({entries_of(recipe, 'clinical', 'comparators')})",
        "10": f"{patients} patients, {rarer} of the rarer class; the reason for this size: {AUTHORS}. The smallest "
        "difference that could be seen stands with each comparison.",
        "11": f"{MISSING} Counts stand with the cohort.",
        "12a": f"{parts}; all that is learned is learned in the training part. Listed in partitions.csv.",
        "12b": "Signatures and clinical variables, linear on the log-odds scale; a volume by its logarithm."
        if study
        else "By trees: no form is assumed.",
        "12c": f"{studies.selection(run)} {studies.algorithm(run)} {studies.validation(run)}"
        if study
        else entries_of(recipe, "selection", "elimination", "classifier", "validation"),
        "12d": f"Not examined in training; sites and scanners: {AUTHORS}. nacresponse evaluate has subgroups.",
        "12e": "AUC, Brier score, calibration slope and intercept, smooth calibration curve, decision curve; measures "
        "at the threshold.",
        "12f": "Logistic recalibration on out-of-fold predictions of the training patients.",
        "12g": "By the model of each partition, for its test patients; by the model file for new ones.",
        "13": "No oversampling." if study else entries_of(recipe, "sampling"),
        "15": _OUTPUT.format(positive=positive) + f" {capital(entries_of(recipe, 'threshold', 'interval'))}",
        "18e": f"{AUTHORS.capitalize()}; selected values lie in selected_values.csv.",
        "18f": _CODE,
        "20a": f"{patients} patients with a known outcome, {events} with {positive}; who was left out: {AUTHORS}.",
        "20b": "Table 1, missing values included.",
        "21": f"{parts}; about {train * rarer / patients:.0f} patients of the rarer class to train.",
        "22": "The model file (model.nacmodel) holds the whole model and can be scored by anyone."
        + (" Formula and nomogram stand in this report." if run.of_signatures else ""),
        "23a": "The tables and figures of performance; key subgroups: nacresponse evaluate.",
        "26": f"Internal validation only. {AUTHORS.capitalize()} beyond that.",
        "27a": f"{MISSING} Values unlike the training patients' are warned of.",
        "27b": _USERS,
    }
    return _items(answers)


def evaluation_items(
    *,
    positive_class: str,
    negative_class: str,
    patients: int,
    positives: int,
    synthetic: bool,
    subgroups: Sequence[str] = (),
    drift: bool = False,
    recalibrated: bool = False,
    unscored: int = 0,
    learned_from: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> list[Item]:
    """Every part of every item, answered from an evaluation of a frozen model or left to the authors.

    Args:
        patients, positives: who were scored and have a known outcome.
        subgroups: what performance was looked at by, in words.
        drift: the features were set beside those of the training patients.
        recalibrated: a recalibrated model was written beside the frozen one.
        unscored: patients who could not be scored.
        learned_from: ``trained on`` or ``recalibrated on`` where the model was made from these very patients.
        provenance: of the report; the model's checksum is stated where it holds ``model``.
    """
    known = (provenance or {}).get("model")
    model = known.get("sha256", "") if isinstance(known, Mapping) else ""
    rarer = min(positives, patients - positives)
    groups = ", ".join(subgroups)
    left_out = f"; {unscored} more could not be scored" if unscored else ""
    answers = {
        "5a": "Synthetic patients of a generator." if synthetic else LEFT,
        "7": "As in the model file; nothing was fitted anew.",
        "8a": f"{capital(positive_class)} (positive) against {negative_class}; how and when it was "
        f"assessed: {AUTHORS}.",
        "9a": "Those of the model file, no other.",
        "10": f"{patients} patients, {rarer} of the rarer class; the reason for this size: {AUTHORS}.",
        "11": MISSING,
        "12a": f"No evaluation: the model was {learned_from} these very patients."
        if learned_from
        else "All patients for evaluation alone; the model was frozen.",
        "12d": f"Subgroups: {groups}." if groups else f"Not examined: {AUTHORS}.",
        "12e": "AUC, Brier score, calibration in the large, slope and intercept, smooth calibration curve, decision "
        "curve; measures at the model's threshold.",
        "12f": "Recalibration, written as a new model." if recalibrated else "None: the model was used as it ships.",
        "12g": "By the model file, with the training patients' preparation." + (f" SHA-256 {model}." if model else ""),
        "13": "Nothing was sampled.",
        "14": f"Performance by {groups}; {AUTHORS} beyond that." if groups else LEFT,
        "15": _OUTPUT.format(positive=positive_class) + " The threshold is the model's own.",
        "16": (
            "Distributions of the inputs are set beside the training patients' in this report; "
            if drift
            else "Distributions were not compared; "
        )
        + f"setting, eligibility and assessment: {AUTHORS}.",
        "18f": _CODE,
        "20a": f"{patients} patients were scored, {positives} with {positive_class}{left_out}.",
        "20c": "See the drift of the inputs." if drift else LEFT,
        "21": f"{patients} patients, {positives} with {positive_class}, in every figure unless a subgroup is named.",
        "22": "The model file holds the whole model and can be scored by anyone.",
        "23a": "The tables and figures of this report" + (f", by {groups} too." if groups else "."),
        "23b": f"By {groups}." if groups else LEFT,
        "24": "The recalibrated model stands in this folder; it awaits patients of its own."
        if recalibrated
        else "None.",
        "27a": f"{MISSING} Values unlike the training patients' are warned of.",
        "27b": _USERS,
    }
    return _items(answers)


def _items(answers: Mapping[str, str]) -> list[Item]:
    return [Item(number, title, answers.get(number, LEFT)) for number, title in TITLES.items()]
