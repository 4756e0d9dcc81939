"""What a model card says of how a model was trained on feature tables, in sentences that are true of its recipe."""

from __future__ import annotations

import numpy as np

from ..endpoints import endpoint_named
from ..evaluation.feature_sets import label_of
from ..features.table import HANDCRAFTED
from ..model.columns import CLINICAL, CLINICAL_COLUMNS
from .run import TrainingRun
from .signatures.model import FittedFormula
from .signatures.recipe import SignatureRecipe
from .signatures.validation import SignatureValidation

DRAWS = 1000
_SHORTENED = {
    "mann_whitney": "Mann-Whitney test",
    "spearman": "Spearman correlation",
    "lasso": "LASSO",
}


def title_of(run: TrainingRun) -> str:
    """``Pathological complete response from handcrafted features of MRI and CT and clinical variables``."""
    return _sentence(f"{endpoint_named(run.endpoint).positive_class} from {_what(run)}")


def _what(run: TrainingRun) -> str:
    chosen = run.final.feature_set
    if chosen in run.cohort.comparators:
        return "clinical variables"
    if isinstance(run.recipe, SignatureRecipe):
        model = run.recipe.models[chosen]
        signatures = [run.recipe.signatures[name].label or name for name in model.signatures]
        known = {column.name for column in run.final.model.columns}
        clinical = [CLINICAL_COLUMNS[name].label for name in model.clinical if name in known]
        return _listed([inside(label) for label in (*signatures, *clinical)])
    kind = HANDCRAFTED if chosen == HANDCRAFTED else label_of(chosen)
    return f"{kind} features of {' and '.join(_groups(run))} and clinical variables"


def _groups(run: TrainingRun) -> list[str]:
    found = [column.group for column in run.final.model.columns if column.group != CLINICAL]
    return list(dict.fromkeys(found)) or ["images (none selected)"]


def validation_text(run: TrainingRun, comparator: str) -> str:
    """How the figures on the card were found.

    Args:
        comparator: in words.
    """
    share = np.mean([len(test) for _, test in run.partitions]) / len(run.cohort.patients)
    return (
        f"{_scheme(run, float(share))} {_sentence(', '.join(_steps(run)))}, calibration and threshold were learned "
        f"in each training part alone, inner choices by {run.recipe.validation.folds}-fold cross-validation."
        f"{_composed(run)} AUC and balanced accuracy are "
        "means over partitions, calibration is of all held-out predictions together, each patient counting once; 95 % "
        f"intervals by bootstrap over patients ({DRAWS:,} draws), the models held as they are. The comparator is "
        f"{comparator}, on the same partitions. The model itself was refitted on all patients and is not tested."
    )


def _scheme(run: TrainingRun, share: float) -> str:
    spec, count = run.recipe.validation, len(run.partitions)
    if isinstance(spec, SignatureValidation) and spec.scheme == "folds":
        repeats = "" if spec.repeats == 1 else f", repeated {spec.repeats} times"
        return f"Stratified {spec.outer_folds}-fold cross-validation{repeats}: {count} partitions."
    return f"{count} stratified random partitions, {100 * share:.0f} % of the patients held out in each."


def _steps(run: TrainingRun) -> list[str]:
    """What was learned in each training part, by the recipe and the table."""
    recipe, table = run.recipe, run.cohort.tables[run.final.feature_set]
    taken = {
        "harmonization": recipe.harmonization.combat and bool(table.scanners),
        "scaling": recipe.scaling != "none",
    }
    if isinstance(recipe, SignatureRecipe):
        chosen = _signatures(recipe, run.final.feature_set)
        steps = ", ".join(_SHORTENED.get(step.step, step.step) for step in recipe.selection)
        taken |= {f"selection of features ({steps})": bool(chosen), "the weights of each signature": bool(chosen)}
        taken["the logistic model"] = True
    else:
        taken |= {"selection": not table.selected, "oversampling": recipe.sampling.method != "none", "tuning": True}
    return [step for step, done in taken.items() if done]


def _composed(run: TrainingRun) -> str:
    """Of a model of signatures: how they are joined, and what the model on all patients is made of."""
    recipe, model = run.recipe, run.final.model
    if not isinstance(recipe, SignatureRecipe) or not isinstance(model, FittedFormula):
        return ""
    names = _signatures(recipe, run.final.feature_set)
    if not names:
        return ""
    sizes = {term.name: len(term.inputs) for term in model.formula.terms if term.coefficient}
    held = [f"{recipe.signatures[name].label or name} {sizes.get(name) or 'none'}" for name in names]
    return (
        " The logistic model was fitted to scores of patients whom the signatures had not seen (stacking), so that "
        f"one of noise gets no weight. Features in the signatures of the model on all patients: {', '.join(held)}."
    )


def _signatures(recipe: SignatureRecipe, model: str) -> tuple[str, ...]:
    """Names of a model's signatures; a comparator has none."""
    return recipe.models[model].signatures if model in recipe.models else ()


def calibration_text(run: TrainingRun) -> str:
    """How margins became probabilities."""
    calibration, recipe = run.final.model.calibration, run.recipe
    if isinstance(recipe, SignatureRecipe):
        margin, sampled = "formula's log-odds", "not oversampled"
        anew = "the logistic model was fitted to the others"
        if _signatures(recipe, run.final.feature_set):
            anew = f"signatures were learned anew, and {anew}' scores"
    else:
        margin, sampled = "trees' margin", _SAMPLED[recipe.sampling.method]
        anew = _ANEW[recipe.validation.select_in_folds]
    return (
        f"Logistic (Platt) calibration of the {margin} (slope {calibration.slope:.3f}, intercept "
        f"{calibration.intercept:+.3f}) on out-of-fold predictions of {recipe.validation.folds} folds; in each, "
        f"{anew}. Training folds were {sampled}."
    )


_SAMPLED = {"smotenc": "oversampled by SMOTENC", "none": "not oversampled"}
_ANEW = {
    True: "everything but the number of features and XGBoost's setting was learned anew",
    False: "only the trees were learned anew, on features selected with all patients, which makes it too hopeful",
}


def interval_text(run: TrainingRun) -> str:
    """What a score's interval is."""
    return (
        f"{100 * run.recipe.interval:g} % interval: Wilson's interval of a rate seen in "
        f"{run.final.effective_patients:.0f} patients. That effective sample size comes from how far apart the "
        "probabilities were that two models, of different parts of the patients, gave a patient whom neither had seen: "
        "the interval held the other one in 95 % of cases, once the share of patients that both learned from and the "
        "uncertainty of how common the outcome is are allowed for. It tells how much the model depends on whom it was "
        "trained on, not how patients alike in its inputs differ in what it does not see. Where a receptor status is "
        "missing, the probability is the mean over both possibilities, weighted by the training patients' share of "
        "each, and the interval covers both."
    )


def coverage_text(run: TrainingRun) -> str:
    """What was found of the intervals."""
    return (
        f"In the partitions the rate observed in {100 * run.final.group_coverage:.0f} % of groups of about "
        f"{run.final.group_size:.0f} held-out patients of similar score was compatible with their interval, the "
        "group's own chance variation allowed for. This does not cover a cohort unlike the training patients."
    )


def _sentence(text: str) -> str:
    """It begins with a capital; others stay as they are."""
    return text[:1].upper() + text[1:]


def inside(label: str) -> str:
    """A label inside a sentence: ``tumour volume``; ``HER2`` and ``MRI signature`` keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"
