"""What a model card says of how a model was trained on feature tables, in sentences that are true of its recipe."""

from __future__ import annotations

import numpy as np

from ..endpoints import endpoint_named
from .run import TrainingRun

DRAWS = 1000


def title_of(run: TrainingRun) -> str:
    """``Pathological complete response from handcrafted features of MRI and CT and clinical variables``."""
    return _sentence(f"{endpoint_named(run.endpoint).positive_class} from {_what(run)}")


def _what(run: TrainingRun) -> str:
    comparator = run.final.feature_set in run.cohort.comparators
    return "clinical variables" if comparator else run.strategy.inputs_in_words(run)


def validation_text(run: TrainingRun, comparator: str) -> str:
    """How the figures on the card were found.

    Args:
        comparator: in words.
    """
    share = np.mean([len(test) for _, test in run.partitions]) / len(run.cohort.patients)
    scheme = run.strategy.scheme_in_words(len(run.partitions), float(share))
    return (
        f"{scheme} {_sentence(', '.join(_steps(run)))}, calibration and threshold were learned "
        f"in each training part alone, inner choices by {run.recipe.validation.folds}-fold cross-validation."
        f"{run.strategy.composition_in_words(run)} AUC and balanced accuracy are "
        "means over partitions, calibration is of all held-out predictions together, each patient counting once; 95 % "
        f"intervals by bootstrap over patients ({DRAWS:,} draws), the models held as they are. The comparator is "
        f"{comparator}, on the same partitions. The model itself was refitted on all patients and is not tested."
    )


def _steps(run: TrainingRun) -> list[str]:
    """What was learned in each training part, by the recipe and the table."""
    taken = {
        "harmonization": run.recipe.harmonization.combat and bool(run.cohort.tables[run.final.feature_set].scanners),
        "scaling": run.recipe.scaling != "none",
        **run.strategy.steps_in_words(run),
    }
    return [step for step, done in taken.items() if done]


def calibration_text(run: TrainingRun) -> str:
    """How margins became probabilities."""
    calibration, recipe = run.final.model.calibration, run.recipe
    margin, anew, sampled = run.strategy.calibration_in_words(run)
    return (
        f"Logistic (Platt) calibration of the {margin} (slope {calibration.slope:.3f}, intercept "
        f"{calibration.intercept:+.3f}) on out-of-fold predictions of {recipe.validation.folds} folds; in each, "
        f"{anew}. Training folds were {sampled}."
    )


def interval_text(run: TrainingRun) -> str:
    """What a score's interval is."""
    patients = run.final.interval.effective_patients
    return (
        f"{100 * run.recipe.interval:g} % interval: Wilson's interval of a rate seen in "
        f"{patients:.0f} patients. That effective sample size comes from how far apart the "
        "probabilities were that two models, of different parts of the patients, gave a patient whom neither had seen: "
        "the interval held the other one in 95 % of cases, once the share of patients that both learned from and the "
        "uncertainty of how common the outcome is are allowed for. It tells how much the model depends on whom it was "
        "trained on, not how patients alike in its inputs differ in what it does not see. Where a receptor status is "
        "missing, the probability is the mean over both possibilities, weighted by the training patients' share of "
        "each, and the interval covers both."
    )


def coverage_text(run: TrainingRun) -> str:
    """What was found of the intervals."""
    interval = run.final.interval
    return (
        f"In the partitions the rate observed in {100 * interval.group_coverage:.0f} % of groups of about "
        f"{interval.group_size:.0f} held-out patients of similar score was compatible with their interval, the "
        "group's own chance variation allowed for. This does not cover a cohort unlike the training patients."
    )


def _sentence(text: str) -> str:
    """It begins with a capital; others stay as they are."""
    return text[:1].upper() + text[1:]
