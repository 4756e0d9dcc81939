"""Synthetic cohorts for tests and the benchmark: image features of two scanners, and an outcome with known causes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from NACResponseLib.clinical import CLINICAL_VARIABLES
from NACResponseLib.features.names import deep_names
from NACResponseLib.features.table import FeatureTable, write_table
from NACResponseLib.model.columns import clinical_column, image_columns
from NACResponseLib.protocol import load_protocol, protocol_sha256
from NACResponseLib.training.table import Table

IMAGES = {
    "MRI_CET1": {"modality": "MR", "contour": "MRI"},
    "MRI_T2": {"modality": "MR", "contour": "MRI"},
    "CT": {"modality": "CT", "contour": "CT"},
}
REGIONS = ("Intra", "Peri")
CLINICAL = tuple(name for name in CLINICAL_VARIABLES if name != "T_stage")
CAUSES = 5


@dataclass(frozen=True)
class Made:
    """A cohort, the names of the image features and clinical variables that its outcome follows, and its log-odds."""

    table: Table
    causes: tuple[str, ...]
    clinical_causes: tuple[str, ...]
    log_odds: np.ndarray

    @property
    def true_columns(self) -> Table:
        """The causes alone, to be used as they are."""
        places = [self.table.names.index(name) for name in (*self.causes, *self.clinical_causes)]
        return replace(self.table.of_columns(np.array(places)), selected=True)


def make(patients=177, deep=3072, handcrafted=0, seed=0, strength=1.0, shared=0.3) -> Made:
    """A third of the patients have the outcome, drawn from a logistic law in five image features, ER and HER2.

    Args:
        deep: features, spread over three images and two regions; correlated by common factors, but for the causes.
        handcrafted: further features of classes, in the same way.
        strength: of the causes; the log-odds are multiplied by it.
        shared: correlation of the image features among the causes, in the sense in which they drive the outcome, as
            where one phenotype shows in several images. Without it each of seven equal causes is hidden among the
            largest of thousands of chance correlations.
    """
    random = np.random.default_rng(seed)
    each, texture = deep // 6, handcrafted // 6
    places = [f"{image}_{region}" for image in IMAGES for region in REGIONS]
    names = [f"{place}_{index:04d}" for place in places for index in range(each)]
    causes = [names[0], names[each + 1], names[2 * each + 2], names[4 * each + 3], names[5 * each + 4]]
    names += [f"{place}_glcm_Made{index:04d}" for place in places for index in range(texture)]
    features = random.normal(size=(patients, 20)) @ random.normal(size=(20, len(names))) * 0.5
    features += random.normal(size=features.shape)
    features /= features.std(axis=0)
    driving = [names.index(name) for name in causes]
    phenotype, signs = random.normal(size=(patients, 1)), np.array([1, -1, 1, -1, 1])
    own = random.normal(size=(patients, CAUSES))
    features[:, driving] = signs * (np.sqrt(shared) * phenotype + np.sqrt(1 - shared) * own)
    clinical = np.column_stack(
        [
            random.uniform(30, 70, patients).round(),
            random.integers(0, 2, (patients, 3)),
            random.integers(1, 4, patients),
            np.exp(random.normal(3.3, 0.5, patients)).round(1),
            random.integers(0, 4, patients),
        ]
    )
    log_odds = strength * (features[:, driving] @ signs - 1.2 * clinical[:, 1] + 1.2 * clinical[:, 3])
    log_odds -= np.quantile(log_odds, 0.67)
    outcome = (random.random(patients) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)

    columns = image_columns(names, IMAGES)
    scanners = {}
    for group, others, labels in (("MRI", 0.2, ("Signa", "Aera")), ("CT", 0.3, ("LightSpeed", "BrightSpeed"))):
        rare = random.random(patients) < others
        members = np.array([column.group == group for column in columns])
        place = np.ix_(rare, members)
        shift, scale = random.normal(size=members.sum()), np.exp(0.2 * random.normal(size=members.sum()))
        features[place] = features[place] * scale + shift
        scanners[group] = np.where(rare, labels[1], labels[0])
    clinical_columns = tuple(clinical_column(name) for name in CLINICAL)
    table = Table(
        tuple(f"P{number:03d}" for number in range(patients)),
        columns + clinical_columns,
        np.column_stack([features, clinical]),
        outcome,
        scanners,
    )
    return Made(table, tuple(causes), ("ER", "HER2"), log_odds)


def write_folder(folder: Path, made: Made, name: str = "resnet10") -> Path:
    """The cohort as ``nacresponse extract`` writes it, with a tumour volume that means nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    table = made.table
    images = len(table.columns) - len(CLINICAL)
    deep = sum(column.name[-4:].isdigit() for column in table.columns)
    index = pd.Index(table.patients, name="patient_id")
    values = pd.DataFrame(table.values[:, :images], columns=table.names[:images], index=index)
    metadata = {
        "feature_set": name,
        "protocol": "jang2025",
        "protocol_sha256": protocol_sha256(load_protocol("jang2025")),
        "images": IMAGES,
        "margin_mm": 5.0,
        "depth": 10 if deep <= len(deep_names(load_protocol("jang2025"), 10)) else 50,
        "weights_sha256": "0" * 64,
        "synthetic": True,
    }
    write_table(FeatureTable(name, values, metadata), folder / f"features_{name}.parquet")
    cases = pd.DataFrame(table.values[:, images:], columns=table.names[images:], index=index)
    cases["tumor_volume_mm3"] = np.random.default_rng(1).lognormal(9, 1, len(cases)).round()
    for group, labels in table.scanners.items():
        cases[f"scanner_{group}"] = labels
    cases["pcr"] = table.outcome
    cases.to_csv(folder / "cases.csv")
    return folder
