"""A small recipe of signatures, and a small cohort of two feature tables with known causes."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.features.table import FeatureTable, write_table
from NACResponseLib.model.columns import Column, clinical_column
from NACResponseLib.protocol import load_protocol, protocol_sha256
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from NACResponseLib.training.table import Table

from ..synthetic import IMAGES, make, write_folder

PLAIN = {
    "name": "small",
    "version": "1.0",
    "kind": "signatures",
    "endpoint": "pcr",
    "harmonization": {"combat": False},
    "scaling": "standard",
    "signatures": {
        "MRI": {"label": "MRI signature", "features": "handcrafted", "contours": ["MRI"]},
        "CT": {"features": "handcrafted", "contours": ["CT"]},
        "deep": {"features": "deep"},
    },
    "selection": [
        {"step": "mann_whitney", "level": 0.05},
        {"step": "spearman", "most": 0.9},
        {"step": "lasso", "rule": "best"},
    ],
    "models": {
        "MRI": {"signatures": ["MRI"]},
        "combined": {"label": "All together", "signatures": ["MRI", "CT", "deep"], "clinical": ["ER", "HER2"]},
    },
    "comparators": {"clinical": ["ER", "HER2"], "volume_receptors": ["tumor_volume_mm3", "ER", "PR", "HER2"]},
    "final": "combined",
    "nested": [["combined", "clinical"]],
    "classifiers": ["logistic", "lda"],
    "validation": {"scheme": "folds", "outer_folds": 3, "repeats": 1, "folds": 4, "seed": 7},
    "threshold": "prevalence",
    "interval": 0.95,
    "card": {"intended_use": "Tests.", "limits": ["Synthetic."], "source": "Tests."},
}


def write_recipe(path: Path, **changes) -> Path:
    """The small recipe with other entries; those that are None are left out."""
    entries = {key: value for key, value in {**PLAIN, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(entries, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    return load_signature_recipe(write_recipe(tmp_path_factory.mktemp("recipe") / "small.yaml"))


def _published(known: list[str], name: str) -> str:
    """A synthetic texture feature under the name of one that exists; other names as they are."""
    place, _, number = name.partition("_glcm_Made")
    own = [one for one in known if one.startswith(f"{place}_glcm_")]
    return own[int(number)] if number else name


def write_both(folder: Path, patients=90, seed=3, strength=1.5) -> Path:
    """A handcrafted and a deep table of the same patients; the causes of the outcome are deep features, ER and HER2."""
    made = make(patients=patients, deep=60, handcrafted=60, seed=seed, strength=strength)
    write_folder(folder, made)
    (folder / "features_resnet10.parquet").unlink()
    index = pd.Index(made.table.patients, name="patient_id")
    values = pd.DataFrame(made.table.values, columns=made.table.names, index=index)
    protocol = load_protocol("jang2025")
    published = partial(_published, handcrafted_names(protocol))
    entries = {
        "protocol": "jang2025",
        "protocol_sha256": protocol_sha256(protocol),
        "images": IMAGES,
        "margin_mm": 5.0,
        "synthetic": True,
    }
    for name, pattern, more in (
        ("handcrafted", "_glcm_", {}),
        ("resnet10", r"_\d{4}$", {"depth": 10, "weights_sha256": "0" * 64}),
    ):
        part = values.loc[:, values.columns.str.contains(pattern)].rename(columns=published)
        write_table(
            FeatureTable(name, part, {**entries, "feature_set": name, **more}), folder / f"features_{name}.parquet"
        )
    return folder


@pytest.fixture(scope="session")
def features(tmp_path_factory):
    return write_both(tmp_path_factory.mktemp("signatures") / "features")


@pytest.fixture(scope="session")
def cohort(features, recipe):
    return read_cohort(features, "pcr", recipe)


def planted(patients=300, noise=30, seed=0, strength=1.0, clinical=("ER",)) -> Table:
    """Two signatures: of ``a`` two features drive the outcome, as does ER; ``b`` is noise."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(patients, 2 * noise))
    columns = [Column(f"{name}{number}", f"{name} {number}", group=name) for name in "ab" for number in range(noise)]
    statuses = random.integers(0, 2, (patients, len(clinical))).astype(float)
    log_odds = strength * (values[:, 0] - values[:, 1] + (1.5 * (statuses[:, 0] - 0.5) if clinical else 0))
    outcome = (random.random(patients) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return Table(
        tuple(f"P{number:03d}" for number in range(patients)),
        (*columns, *(clinical_column(name) for name in clinical)),
        np.column_stack([values, statuses]),
        outcome,
        {},
        signatures={name: frozenset(f"{name}{number}" for number in range(noise)) for name in "ab"},
    )


@pytest.fixture(scope="session")
def planted_recipe(tmp_path_factory):
    """Of the signatures of ``planted``."""
    path = write_recipe(
        tmp_path_factory.mktemp("recipe") / "planted.yaml",
        signatures={name: {"features": "handcrafted", "contours": [name]} for name in "ab"},
        models={"both": {"signatures": ["a", "b"], "clinical": ["ER"]}},
        final="both",
        nested=None,
        comparators={"clinical": ["ER"], "volume_receptors": ["ER", "tumor_volume_mm3"]},
    )
    return load_signature_recipe(path)
