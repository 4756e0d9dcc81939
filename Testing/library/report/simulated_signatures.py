"""The folder of a run of signatures, made from simulated predictions, with a model file of known numbers."""

import csv
import json
from dataclasses import replace

import numpy as np

from NACResponseLib.model.bundle import load_bundle, save_bundle
from NACResponseLib.model.bundle_parts import BundleInput, ImageNeeds
from NACResponseLib.model.linear import Linear, LinearFormula, Term
from NACResponseLib.model.preparation import Preparation

from .simulated_run import sigmoid, simulate_run, write_table

MODELS = {
    "US": {"label": "Ultrasound", "signatures": ["US"]},
    "MRI": {"label": "MRI", "signatures": ["MRI"]},
    "multimodal": {"label": "All modalities", "signatures": ["US", "MRI"]},
    "combined": {"label": "Combined", "signatures": ["US", "MRI"], "clinical": ["PR", "HER2", "T_stage"]},
}
SETS = ("clinical", "volume_receptors", *MODELS)
FEATURES = ("US_Intra_shape2D_Elongation", "US_Intra_glcm_Contrast", "MRI_CET1_Intra_glcm_Contrast")
CLASSIFIERS = ("logistic", "lda", "random_forest")
OPTIMISM = 0.9
"""Of each training patient's outcome, in the log-odds of the apparent predictions: an AUC of about 0.9."""


def simulate_signature_run(folder, *, partitions=10, seed=0, imaging=1.2, model=True):
    """As ``simulate_run``, with what a run of kind ``signatures`` writes besides."""
    simulate_run(folder, partitions=partitions, seed=seed, imaging=imaging, sets=SETS, final="combined")
    random = np.random.default_rng(seed + 1)
    with (folder / "predictions.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with (folder / "partitions.csv").open(encoding="utf-8") as stream:
        parts = list(csv.DictReader(stream))
    truth = {row["patient_id"]: int(row["y_true"]) for row in rows}
    with (folder / "selected_values.csv").open(encoding="utf-8") as stream:
        truth |= {row["patient_id"]: int(row["y_true"]) for row in csv.DictReader(stream)}
    share = np.mean(list(truth.values()))
    apparent = []
    for name in SETS:
        for part in parts:
            if part["part"] == "train":
                patient = part["patient_id"]
                odds = np.log(share / (1 - share)) + OPTIMISM * (2 * truth[patient] - 1)
                value = sigmoid(odds + random.normal())
                apparent.append((name, part["partition"], patient, truth[patient], repr(float(value))))
    header = ["feature_set", "partition", "patient_id", "y_true", "probability"]
    write_table(folder / "apparent.csv", header, apparent)
    scores = [
        (name, number, 0.7 + 0.03 * random.normal() - 0.05 * place, 0.2 + 0.01 * place, 35)
        for place, name in enumerate(CLASSIFIERS)
        for number in range(partitions)
    ]
    write_table(folder / "classifiers.csv", ["classifier", "partition", "auc", "brier", "n_test"], scores)
    weights = [("US", FEATURES[1], 0.25), ("US", FEATURES[0], -0.5), ("MRI", FEATURES[2], 0.75)]
    write_table(folder / "signatures.csv", ["signature", "feature", "weight"], weights)
    _about(folder)
    if model:
        save_bundle(combined_bundle(), folder / "model.nacmodel")
    return folder


def _about(folder):
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about |= {
        "kind": "signatures",
        "recipe": "trial",
        "final": "combined",
        "nested": [["combined", "clinical"], ["multimodal", "US"]],
        "relevant_gain": 0.05,
        "labels": {name: expected["label"] for name, expected in MODELS.items()},
    }
    about["recipe_text"] = {
        "scaling": "standard",
        "harmonization": {"combat": False},
        "signatures": {
            "US": {"label": "Ultrasound signature", "features": "handcrafted", "contours": ["US"]},
            "MRI": {"label": "MRI signature", "features": "handcrafted", "contours": ["MRI"]},
        },
        "selection": [{"step": "mann_whitney", "level": 0.05}, {"step": "lasso", "rule": "best"}],
        "models": MODELS,
        "comparators": {"clinical": ["PR", "HER2", "T_stage"], "volume_receptors": ["tumor_volume_mm3", "ER"]},
        "classifiers": list(CLASSIFIERS),
    }
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")


def combined_bundle():
    """Signatures of three features, PR, HER2 and T stage, with round numbers, on another bundle's card."""
    names = (*FEATURES, "PR", "HER2", "T_stage")
    kinds = ("continuous",) * 3 + ("binary", "binary", "ordinal")
    labels = (*FEATURES, "Progesterone receptor", "HER2", "Clinical T stage")
    inputs = tuple(
        BundleInput(n, label, kind, "", True, 0, 0.0, 4.0, 0.0, 4.0, 0.5 if kind == "binary" else None)
        for n, label, kind in zip(names, labels, kinds, strict=True)
    )
    terms = (
        Term("US", "Ultrasound signature", 0.5, names[:2], (-0.5, 0.25), 0.0, -1.2, 1.4, 0.0),
        Term("MRI", "MRI signature", 1.5, names[2:3], (0.75,), 0.0, -1.8, 2.1, 0.0),
        Term("PR", labels[3], -0.7, ("PR",), (1.0,), 0.0, 0.0, 1.0, 0.5),
        Term("HER2", labels[4], 1.1, ("HER2",), (1.0,), 0.0, 0.0, 1.0, 0.5),
        Term("T_stage", labels[5], -0.4, ("T_stage",), (1.0,), 0.0, 1.0, 4.0, 2.0),
    )
    share = np.where([kind == "binary" for kind in kinds], 0.5, np.nan)
    fill = np.where([kind == "binary" for kind in kinds], np.nan, 0.0)
    shipped = load_bundle()
    return replace(
        shipped,
        card=replace(
            shipped.card,
            name="combined",
            positive_class="pathological complete response",
            negative_class="residual disease",
        ),
        inputs=inputs,
        images=ImageNeeds("liang2025", "US", 5.0),
        preparation=Preparation({}, np.zeros(6), np.ones(6), fill, share),
        model=Linear(LinearFormula(names, terms, -1.0), (0.0, 0.0, 0.0, 0.5, 0.5, 2.0)),
        sha256="",
    )
