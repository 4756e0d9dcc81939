"""A training run's folder made from simulated predictions whose truth is known.

An outcome follows from two clinical variables and an imaging signal. A model's score is the true log-odds as far as the
model knows them; ``noise`` is what it gets wrong.
"""

import csv
import json

import numpy as np

from NACResponseLib.evaluation.metrics import auc, brier, threshold_metrics

POSITIVE, NEGATIVE = "pathological complete response", "residual disease"
SETS = ("clinical", "volume_receptors", "handcrafted", "resnet34")


def write_table(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])


def sigmoid(value):
    return 1 / (1 + np.exp(-value))


def simulate_run(
    folder,
    *,
    patients=177,
    partitions=10,
    imaging=1.2,
    seed=0,
    synthetic=False,
    sets=SETS,
    final="resnet34",
    warnings=(),
):
    """Writes the folder; ``imaging`` is how much the images add to the log-odds (0: nothing)."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"P{number:03d}" for number in range(patients)]
    her2, er = (random.random((2, patients)) < [[0.3], [0.6]]).astype(int)
    signal = random.normal(size=patients)
    known = {"clinical": -1.9 + 1.1 * her2 - 0.8 * er}
    known["volume_receptors"] = known["clinical"] + 0.05 * random.normal(size=patients)
    whole = known["clinical"] + imaging * signal
    known |= {name: whole for name in sets if name not in known}
    outcome = (random.random(patients) < sigmoid(whole)).astype(int)
    positives, negatives = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)

    parts, predictions, metrics = [], [], []
    for partition in range(partitions):
        test = np.concatenate(
            [random.permutation(group)[: max(1, round(0.2 * len(group)))] for group in (positives, negatives)]
        )
        parts += [(partition, names[number], "test" if number in set(test) else "train") for number in range(patients)]
        for name in sets:
            noise = 0.9 if name == "handcrafted" else 0.3
            probability = sigmoid(known[name][test] + noise * random.normal(size=test.size))
            threshold = float(outcome.mean())
            called = (probability >= threshold).astype(int)
            truth = outcome[test]
            predictions += [
                (name, partition, names[n], y, repr(float(p)), c)
                for n, y, p, c in zip(test, truth, probability, called, strict=True)
            ]
            at = threshold_metrics(truth, called)
            figures = [auc(truth, probability), *(at[m] for m in ("balanced_accuracy", "sensitivity", "specificity"))]
            figures += [at["precision"], at["f1"]]
            counts = [patients - test.size, test.size, int(truth.sum()), threshold, brier(truth, probability)]
            metrics.append((name, partition, *map(float, figures), POSITIVE, *counts))

    header = "feature_set,partition,auc,balanced_accuracy,sensitivity,specificity,precision,f1,positive_class"
    header += ",n_train,n_test,n_test_positive,threshold,brier"
    write_table(folder / "metrics.csv", header.split(","), metrics)
    write_table(
        folder / "predictions.csv",
        ["feature_set", "partition", "patient_id", "y_true", "probability", "predicted"],
        predictions,
    )
    write_table(folder / "partitions.csv", ["partition", "patient_id", "part"], parts)

    chosen = {"HER2": 10, "ER": 9, "MRI_T2_Peri_0271": 8, "CT_Intra_0003": 6, "grade": 5, "MRI_CET1_Intra_0110": 2}
    chosen |= {f"MRI_CET1_Peri_{number:04d}": 1 for number in range(20)}
    scale = partitions / 10
    selected = [(name, f, max(1, round(t * scale)), partitions) for name in sets for f, t in chosen.items()]
    write_table(folder / "selected_features.csv", ["feature_set", "feature", "times_selected", "partitions"], selected)

    out_of_fold = []
    for sampling, shift in (("smotenc", 1.0), ("none", 0.0)):
        probability = sigmoid(known[final] + shift + 0.3 * random.normal(size=patients))
        out_of_fold += [
            (final, n, y, repr(float(p)), sampling) for n, y, p in zip(names, outcome, probability, strict=True)
        ]
    write_table(
        folder / "out_of_fold.csv", ["feature_set", "patient_id", "y_true", "probability", "sampling"], out_of_fold
    )

    age, grade = random.normal(52, 11, patients).round(), random.integers(1, 4, patients)
    volume, nodal = np.exp(random.normal(9.5, 1, patients)).round(), random.integers(0, 4, patients)
    deep = 3 - 0.8 * signal + 0.4 * random.normal(size=(3, patients))
    columns = "patient_id,y_true,age,ER,HER2,grade,nodal_status,tumor_volume_mm3,MRI_T2_Peri_0271,CT_Intra_0003"
    columns += ",MRI_CET1_Intra_0110"
    rows = zip(names, outcome, age, er, her2, grade, nodal, volume, *deep.round(5), strict=True)
    values = [["" if (i == 3 and row[0] == "P004") else cell for i, cell in enumerate(row)] for row in rows]
    write_table(folder / "selected_values.csv", columns.split(","), values)

    about = {
        "endpoint": "pcr",
        "positive_class": POSITIVE,
        "negative_class": NEGATIVE,
        "recipe": "jang2025",
        "recipe_text": {
            "clinical": ["age", "ER", "PR", "HER2", "grade", "tumor_size_mm", "nodal_status"],
            "harmonization": {"combat": True, "parametric": True, "shape": False},
            "scaling": "robust",
            "selection": {"method": "FCQ", "share": 0.1},
            "sampling": {"method": "smotenc", "neighbors": 5},
        },
        "seed": 2025,
        "n_patients": patients,
        "n_positive": int(outcome.sum()),
        "feature_sets": list(sets),
        "comparators": [name for name in sets if name in ("clinical", "volume_receptors")],
        "final_feature_set": final,
        "warnings": list(warnings),
        "versions": {"nacresponse": "0.1.0", "xgboost": "3.2.0"},
        "inputs": {"cases.csv": "9f86d081", "features_resnet34.parquet": "2c26b46b"},
        "synthetic": synthetic,
        "time": "2026-11-21T10:00:00",
    }
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    return folder
