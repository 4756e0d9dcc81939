"""Synthetic cohorts of ``studies.py`` as the files that ``nacresponse extract`` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from NACResponseLib.cohort.results import protocol_metadata
from NACResponseLib.features.table import HANDCRAFTED, INDEX, FeatureTable, table_file, write_table
from NACResponseLib.protocol import Protocol

from .studies import Drawn, Population, population
from .study_columns import changes

COLUMNS = 240


def make_study(
    folder: Path,
    name: str,
    patients: int | None = None,
    seed: int = 0,
    *,
    effect: str = "full",
    columns: int | None = COLUMNS,
) -> Population:
    """Writes a cohort of a shipped study: feature tables, ``cases.csv``, ``run.json``.

    Args:
        folder: made if it is not there.
        patients: as many as published if None.
        seed: of the patients; the population is the study's.
        effect: of ``studies.EFFECTS``.
        columns: about so many of each table, or all if None.

    Returns:
        Whom the patients were drawn from, which knows the truth.
    """
    made = population(name, columns)
    write_cohort(folder, made, patients or made.study.patients, seed, effect)
    return made


def write_cohort(folder: Path, made: Population, patients: int, seed: int, effect: str = "full") -> Drawn:
    """Draws patients and writes them."""
    random = np.random.default_rng([seed, patients])
    drawn = made.draw(patients, random, effect)
    folder.mkdir(parents=True, exist_ok=True)
    index = pd.Index([f"SYN{seed}_{number:04d}" for number in range(patients)], name=INDEX)
    for feature_set, values in feature_values(made, drawn, random).items():
        table = FeatureTable(feature_set, values.set_axis(index), table_metadata(made.protocol, feature_set))
        write_table(table, table_file(folder, feature_set))
    _cases(made, drawn, random).set_axis(index).to_csv(folder / "cases.csv")
    about = {"synthetic": True, "made_by": "Testing/study_files.py", "effect": effect, "seed": seed}
    (folder / "run.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return drawn


def feature_values(made: Population, drawn: Drawn, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The tables by feature set; a change between two times is what lies between their columns."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, block in made.blocks.items():
        values = pd.DataFrame(block.columns(drawn.latent[name], random), columns=list(block.names))
        parts.setdefault(block.feature_set, []).append(values)
    tables = {name: pd.concat(each, axis=1) for name, each in parts.items()}
    for values in tables.values():
        for delta, change, before, after in changes(made.protocol, list(values.columns)):
            size = values[before].abs() if delta.change == "relative" else 1.0
            values[after] = values[before] + size * values[change]
    return tables


def table_metadata(protocol: Protocol, feature_set: str) -> dict[str, Any]:
    """What a feature table says of itself."""
    deep = feature_set != HANDCRAFTED
    return {
        "feature_set": feature_set,
        **protocol_metadata(protocol),
        "versions": {},
        "depth": int(feature_set.removeprefix("resnet")) if deep else None,
        "weights_sha256": "0" * 64 if deep else None,
        "synthetic": True,
    }


def _cases(made: Population, drawn: Drawn, random: np.random.Generator) -> pd.DataFrame:
    patients = len(drawn.outcome)
    cases = pd.DataFrame(drawn.clinical)
    for contour in made.protocol.contours:
        cases[f"scanner_{contour}"] = random.choice([f"{contour}-A", f"{contour}-B"], patients)
    column, positive, negative = made.study.outcome
    cases[column] = np.where(drawn.outcome == 1, random.choice(positive, patients), random.choice(negative, patients))
    return cases
