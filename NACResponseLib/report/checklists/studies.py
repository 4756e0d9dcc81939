"""What a recipe of signatures says, in words for a checklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...training.saved_run import SavedRun
from ..signatures import CLASSIFIERS, LOGISTIC, signature_label, step_in_words
from . import listed


def predictors(run: SavedRun) -> str:
    """Clinical variables and volume of every model that has some, comparators included."""
    models = {name: (model or {}).get("clinical") for name, model in (run.recipe.get("models") or {}).items()}
    return _by_model(run, {**models, **(run.recipe.get("comparators") or {})})


def preparation(run: SavedRun) -> str:
    """Scaling and harmonization."""
    scaling = {"standard": "mean 0, standard deviation 1", "robust": "median 0, interquartile range 1"}
    kind = str(run.recipe.get("scaling", "none"))
    return f"Scaling of features: {scaling.get(kind, kind)}. {scanners(run)}"


def scanners(run: SavedRun) -> str:
    """Whether differences of scanners were taken out."""
    combat = (run.recipe.get("harmonization") or {}).get("combat")
    return "Scanners harmonized by ComBat." if combat else "Scanners not harmonized."


def selection(run: SavedRun) -> str:
    """Signatures and the steps that make them."""
    names = [signature_label(run, name) for name in run.recipe.get("signatures") or ()]
    steps = [step_in_words(step) for step in run.recipe.get("selection") or ()]
    return f"{listed(names)}: each by {listed(steps)}, in each training part."


def validation(run: SavedRun) -> str:
    """How patients were parted, and by what choices were made inside each training part."""
    scheme = run.recipe.get("validation") or {}
    inner = (
        f"inner choices by {scheme['folds']}-fold cross-validation" if "folds" in scheme else "inner choices as stated"
    )
    return f"{parts(run)[:1].upper()}{parts(run)[1:]}; {inner} of the training part; seed {run.about.get('seed', 0)}."


def parts(run: SavedRun) -> str:
    """The partitions: of repeated cross-validation, or drawn at random."""
    scheme, count = run.recipe.get("validation") or {}, len(run.parts)
    if scheme.get("scheme") != "folds":
        return f"{count} random partitions"
    repeats = count // int(scheme["outer_folds"])
    times = "once" if repeats == 1 else f"{repeats} times"
    return f"{count} partitions ({scheme['outer_folds']}-fold cross-validation, {times})"


def algorithm(run: SavedRun) -> str:
    """What ships, and what was compared with it."""
    others = [CLASSIFIERS.get(name, name) for name in run.recipe.get("classifiers") or () if name != LOGISTIC]
    return "Logistic regression" + (f"; compared on the same terms: {', '.join(others)}." if others else ".")


def _by_model(run: SavedRun, variables: Mapping[str, Iterable[str] | None]) -> str:
    text = (
        f"{run.label_of(name)}: {', '.join(run.variables[each].label for each in each_of)}"
        for name, each_of in variables.items()
        if each_of
    )
    return listed(text) + "."
