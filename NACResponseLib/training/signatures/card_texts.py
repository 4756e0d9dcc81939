"""What a model card says of a model of signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import FittedFormula
from .recipe import SignatureRecipe

if TYPE_CHECKING:
    from ..run import TrainingRun

_SHORTENED = {
    "mann_whitney": "Mann-Whitney test",
    "spearman": "Spearman correlation",
    "lasso": "LASSO",
}


def inputs_in_words(run: TrainingRun, recipe: SignatureRecipe) -> str:
    """Signatures, then the clinical variables that are known."""
    model = recipe.models[run.final.feature_set]
    signatures = [recipe.signatures[name].label or name for name in model.signatures]
    known = {column.name for column in run.final.model.columns}
    clinical = [run.cohort.variables[name].label for name in model.clinical if name in known]
    return _listed([inside(label) for label in (*signatures, *clinical)])


def steps_in_words(recipe: SignatureRecipe, feature_set: str) -> dict[str, bool]:
    """What is learned in each training part."""
    signatures = bool(recipe.signatures_of(feature_set))
    steps = ", ".join(_SHORTENED.get(step.step, step.step) for step in recipe.selection)
    return {
        f"selection of features ({steps})": signatures,
        "the weights of each signature": signatures,
        "the logistic model": True,
    }


def composition_in_words(run: TrainingRun, recipe: SignatureRecipe) -> str:
    """How signatures are joined, and how many features the model on all patients has in each."""
    model = run.final.model
    assert isinstance(model, FittedFormula), "it was fitted by this strategy"
    names = recipe.signatures_of(run.final.feature_set)
    if not names:
        return ""
    sizes = {term.name: len(term.inputs) for term in model.formula.terms if term.coefficient}
    held = [f"{recipe.signatures[name].label or name} {sizes.get(name) or 'none'}" for name in names]
    return (
        " The logistic model was fitted to scores of patients whom the signatures had not seen (stacking), so that "
        f"one of noise gets no weight. Features in the signatures of the model on all patients: {', '.join(held)}."
    )


def inside(label: str) -> str:
    """A label inside a sentence: ``tumour volume``; ``HER2`` and ``MRI signature`` keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"
