"""What the columns of a cohort's tables mean: for reading them in R, SPSS or pandas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..endpoints import CELLULARITY, NODES_AFTER, RCB_CLASS, SIZE_AFTER, SIZES_BEFORE, endpoints
from ..headings import PATIENT, SCANNER
from ..variables import NUMBER, Variables
from .names import ALL, FeatureName
from .table import is_imported

_REGIONS = {"Intra": "the tumour", "Peri": "the peritumoral shell"}
_DEEP = re.compile(r"(?P<source>.+)_(?P<region>Intra|Peri)_(?P<channel>\d{4,})")
_BY_KEY = {feature.key: feature for feature in ALL}
_UNITS = {
    "Ratio": "1/mm",
    "SurfaceArea": "mm²",
    "MeshSurface": "mm²",
    "PixelSurface": "mm²",
    "Volume": "mm³",
    "AxisLength": "mm",
    "Diameter": "mm",
    "Perimeter": "mm",
}
"""Of shape features, by the first part that their names hold; the others have none."""
_OUTCOMES = {
    RCB_CLASS: ("residual cancer burden class", ""),
    NODES_AFTER: ("pathological nodal status after treatment", ""),
    SIZE_AFTER: ("size in the surgical specimen", "mm"),
    SIZES_BEFORE[0]: ("longest diameter before treatment", "mm"),
    CELLULARITY: ("residual cellularity", "%"),
}


@dataclass(frozen=True)
class Entry:
    """A column.

    Attributes:
        name: in the exported table.
        source: where its values come from.
        ibsi: permanent identifier in the IBSI reference manual; empty where there is none.
    """

    name: str
    meaning: str
    unit: str
    source: str
    ibsi: str = ""


def case_entry(column: str, variables: Variables) -> Entry:
    """A column of ``cases.csv``."""
    if column == PATIENT:
        return Entry(column, "the patient's name", "", "cohort table")
    if column in variables:
        variable = variables[column]
        codes = "; ".join(f"{code:g} {name}" for code, name in variable.level_names.items())
        meaning = variable.label if variable.kind == NUMBER else f"{variable.label}: {codes}"
        return Entry(column, meaning, variable.unit, "clinical record, or the contour")
    if column.startswith(SCANNER):
        return Entry(column, f"scanner of {column.removeprefix(SCANNER)}", "", "cohort table")
    if column in _OUTCOMES:
        return Entry(column, *_OUTCOMES[column], "cohort table")
    known = endpoints()
    if column in known:
        classes = f"outcome: 1 {known[column].positive_class}; 0 {known[column].negative_class}"
        return Entry(column, classes, "", "cohort table")
    return Entry(column, "as in the cohort table", "", "cohort table")


def feature_entry(column: str, name: str, metadata: Mapping[str, Any]) -> Entry:
    """A column of a feature table.

    Args:
        column: its name there; ``name`` is that in the exported table.
        metadata: of the table.
    """
    if is_imported(metadata):
        feature = _ending(column)
        meaning = f"{_in_words(feature.name)}, {feature.feature_class}" if feature else "as its program names it"
        source = f"another program, {metadata['imported_from']['file']}"
        return Entry(name, meaning, "", source, feature.ibsi if feature else "")
    source = f"protocol {metadata['protocol']}, {metadata['feature_set']}"
    deep = _DEEP.fullmatch(column)
    if deep:
        place = f"{deep['source']}, {_REGIONS[deep['region']]}"
        return Entry(name, f"channel {int(deep['channel'])} of the network, {place}", "", source)
    feature, place = _ending(column), ""
    if feature is None:
        return Entry(name, "", "", source)
    origin, _, region = column.removesuffix(f"_{feature.key}").rpartition("_")
    place = f"{origin}, {_REGIONS.get(region, region)}"
    unit = next((unit for part, unit in _UNITS.items() if part in feature.name and _shape(feature)), "")
    return Entry(name, f"{_in_words(feature.name)}, {feature.feature_class}, of {place}", unit, source, feature.ibsi)


def _ending(column: str) -> FeatureName | None:
    """The feature that a name ends in, as pyradiomics names it."""
    return _BY_KEY.get("_".join(column.split("_")[-2:]))


def _shape(feature: FeatureName) -> bool:
    return feature.feature_class in ("shape", "shape2D")


def _in_words(name: str) -> str:
    """``GrayLevelNonUniformity`` as ``gray level non uniformity``."""
    parted = re.sub(r"(\dD|[A-Z]?[a-z0-9]+(?=[23]D)|[A-Z]?[a-z0-9]+|[A-Z]+)", r"\1 ", name)
    return " ".join(parted.lower().split())
