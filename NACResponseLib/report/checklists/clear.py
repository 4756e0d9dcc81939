"""A checklist after CLEAR (Kocak et al., Insights Imaging 14:75, 2023): what a training run can answer."""

from __future__ import annotations

from ...training.saved_run import SavedRun
from ..page import capital
from . import AUTHORS, Item, entries_of, listed, studies

_TITLES = {
    13: "Source of the data",
    15: "Splitting of the data",
    17: "Predictors that are not radiomic",
    18: "Reference standard",
    26: "Feature classes",
    27: "Number of features",
    29: "Missing data",
    30: "Class balance",
    32: "Scaling of features",
    33: "Reduction of dimensions",
    34: "Algorithm",
    35: "Training and tuning",
    36: "Confounders",
    37: "Choice of the model",
    38: "Testing",
    39: "Metrics",
    40: "Uncertainty",
    41: "Comparison of models",
    42: "Comparison with models without radiomics",
    43: "Interpretability",
    44: "Baseline characteristics",
    46: "Statistics of features",
    47: "Performance",
    48: "Results without radiomics beside those with",
    54: "Sharing of feature data",
    55: "Sharing of settings",
    56: "Sharing of code",
    57: "Sharing of the model",
    58: "Ready-to-use system",
}
LEFT_TO_AUTHORS = "1 to 12, 14, 16, 19 to 25, 28, 31, 45 and 49 to 53"
"""Items of which nothing is known from a training run: aims, ethics, eligibility, images, contours, discussion."""


def clear(run: SavedRun) -> list[Item]:
    """The items that a training run can answer; a setting that the recipe does not name is left to the authors."""
    about, recipe, study = run.about, run.recipe, run.of_signatures
    train, test = run.part_sizes
    patients, positives = int(about["n_patients"]), int(about["n_positive"])
    source = "Synthetic patients of the program's own generator." if about["synthetic"] else f"{AUTHORS.capitalize()}."
    sets = [run.label_of(name) for name in run.held_out]
    answers = {
        13: source,
        15: f"{studies.parts(run)} into {train:.0f} training and {test:.0f} test patients (mean); no "
        "patient is in both parts of one. Listed in partitions.csv.",
        17: studies.predictors(run) if study else entries_of(recipe, "clinical", "comparators"),
        18: f"{capital(str(about['positive_class']))} (positive class) against {about['negative_class']}; its "
        f"assessment: {AUTHORS}.",
        26: f"{'Models' if study else 'Feature sets'}: {listed(sets)}.",
        27: f"On average {_mean_selected(run)} selected features per partition in {run.label_of(run.final)}.",
        29: "Counts are in Table 1. A missing number is taken as the training patients' median; a missing status as "
        "the more frequent one in training, and averaged over both when a patient is scored.",
        30: f"{positives} of {patients} patients with {about['positive_class']}. "
        + ("No oversampling." if study else entries_of(recipe, "sampling")),
        32: studies.preparation(run) if study else entries_of(recipe, "scaling", "harmonization"),
        33: studies.selection(run) if study else entries_of(recipe, "selection", "elimination"),
        34: studies.algorithm(run) if study else entries_of(recipe, "classifier"),
        35: studies.validation(run) if study else capital(entries_of(recipe, "validation")),
        36: studies.scanners(run) if study else "Scanner: " + entries_of(recipe, "harmonization"),
        37: f"{run.label_of(run.final)} was taken for the model file"
        + (", as the recipe says beforehand." if study else "; see the warnings on its figures."),
        38: "Internal: held-out parts of the partitions. No external test in this run.",
        39: "AUC, balanced accuracy, sensitivity, specificity, precision, F1; Brier score, calibration slope and "
        "intercept; net benefit.",
        40: "Deviation over partitions; 95 % percentile intervals by bootstrap over patients.",
        41: "Corrected resampled t-test (Nadeau and Bengio 2003); all pairs: nacresponse compare.",
        42: _baselines(run),
        43: ("Formula, nomogram, weights, s" if study else "S")
        + "election frequency and box plots of this report; contributions to each score: nacresponse score.",
        44: "Table 1.",
        46: "Selection frequency and group tests of this report.",
        47: "Tables and figures of performance.",
        48: _baselines(run),
        54: f"{AUTHORS.capitalize()}; selected values are in selected_values.csv.",
        55: f"Recipe {about.get('recipe', '')} in run.json, printed below.",
        56: "NACResponse is open source (Apache-2.0); versions below.",
        57: "model.nacmodel in the run's folder; whether it is shared: " + AUTHORS + ".",
        58: "nacresponse score, from the command line and in 3D Slicer.",
    }
    return [Item(str(number), _TITLES[number], answer) for number, answer in answers.items()]


def _mean_selected(run: SavedRun) -> str:
    chosen = run.selected.get(run.final, ())
    return f"{sum(row.times for row in chosen) / len(run.parts):.1f}" if chosen else "no"


def _baselines(run: SavedRun) -> str:
    present = [run.label_of(name) for name in run.baselines]
    return f"{' and '.join(present)} on the same partitions." if present else "None in this run."
