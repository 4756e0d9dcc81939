"""Cohorts with planted causes of different structure: settings are chosen on one half of them, judged on the other.

Image columns come in six blocks (three images, two regions) that share twelve latent factors, as radiomic features do;
two scanners a modality shift and scale every column. ER and HER2 count where the kind says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from NACResponseLib.model.columns import clinical_column, image_columns
from NACResponseLib.training.table import Table
from Testing.library.training.synthetic import CLINICAL, IMAGES, REGIONS

FACTORS = 12
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """One structure of causes.

    Attributes:
        terms: of the standardized image columns (n, columns), the latent factors (n, 12) and a generator: what the true
            model may use, (n, k). Their sum, scaled to a standard deviation of ``image``, is the images' part of the
            log-odds.
        patients: of the cohort.
        image: standard deviation of the images' part of the log-odds.
        clinical: log-odds of ER (negative) and of HER2 (positive).
        scanners: whether scanners differ.
    """

    terms: Callable[[Values, Values, np.random.Generator], Values]
    patients: int = 177
    image: float = 2.0
    clinical: float = 1.0
    scanners: bool = True


@dataclass(frozen=True)
class Planted:
    """A cohort and the columns (n, k) that the outcome's law is linear in, before the scanners changed anything."""

    table: Table
    oracle: Values


def independent(count: int) -> Callable[..., Values]:
    """Columns that share nothing with the others cause the outcome."""

    def terms(features: Values, factors: Values, random: np.random.Generator) -> Values:
        places = random.choice(features.shape[1], count, replace=False)
        features[:, places] = random.normal(size=(len(features), count))
        return features[:, places] * random.choice([-1, 1], count)

    return terms


def correlated(count: int) -> Callable[..., Values]:
    """Columns that share factors with many others."""

    def terms(features: Values, factors: Values, random: np.random.Generator) -> Values:
        return features[:, random.choice(features.shape[1], count, replace=False)] * random.choice([-1, 1], count)

    return terms


def latent(count: int) -> Callable[..., Values]:
    """Latent factors, which no column shows alone."""

    def terms(features: Values, factors: Values, random: np.random.Generator) -> Values:
        return factors[:, random.choice(FACTORS, count, replace=False)]

    return terms


def thresholds(count: int) -> Callable[..., Values]:
    """Columns count by whether they exceed a value."""

    def terms(features: Values, factors: Values, random: np.random.Generator) -> Values:
        columns = independent(count)(features, factors, random)
        return (columns > random.uniform(-0.5, 0.5, count)).astype(float)

    return terms


def interaction(features: Values, factors: Values, random: np.random.Generator) -> Values:
    """Two columns count alone, and two pairs by their product with a part of their own."""
    columns = independent(6)(features, factors, random)
    return np.column_stack([columns, columns[:, 2] * columns[:, 3], columns[:, 4] * columns[:, 5]])


def none(features: Values, factors: Values, random: np.random.Generator) -> Values:
    """No image column."""
    return np.zeros((len(features), 0))


CHOOSING = {
    "five independent columns": Kind(independent(5)),
    "three latent factors": Kind(latent(3)),
    "three thresholds": Kind(thresholds(3)),
    "40 weak columns, 600 patients": Kind(independent(40), 600),
    "clinical variables alone": Kind(none, image=0.0, clinical=1.5),
    "nothing, 60 patients": Kind(none, 60, image=0.0, clinical=0.0),
    "images alone, 60 patients": Kind(correlated(3), 60, clinical=0.0),
}
REPORTING = {
    "four correlated columns": Kind(correlated(4)),
    "three strong columns, 60 patients": Kind(independent(3), 60, image=3.5),
    "interactions, 600 patients": Kind(interaction, 600),
    "eight columns, one scanner": Kind(independent(8), scanners=False),
    "ten thresholds, 600 patients": Kind(thresholds(10), 600),
    "a weak latent factor": Kind(latent(1), image=1.0, clinical=0.5),
    "clinical variables alone, 600 patients": Kind(none, 600, image=0.0),
    "nothing": Kind(none, image=0.0, clinical=0.0),
}


def plant(kind: Kind, seed: int, columns: int = 1536) -> Planted:
    """A cohort of a kind; a third of its patients have the outcome."""
    random = np.random.default_rng(seed)
    n, each = kind.patients, columns // 6
    places = [f"{image}_{region}" for image in IMAGES for region in REGIONS]
    names = [f"{place}_{index:04d}" for place in places for index in range(each)]
    factors = random.normal(size=(n, FACTORS))
    loadings = random.normal(size=(FACTORS, len(names))) * (random.random((FACTORS, len(names))) < 0.3)
    features = factors @ loadings + random.normal(size=(n, len(names)))
    features /= features.std(axis=0)
    terms = kind.terms(features, factors, random)
    clinical = _clinical(n, random)
    part = terms.sum(axis=1)
    part = part * (kind.image / part.std()) if part.any() else part
    log_odds = part - kind.clinical * clinical[:, 1] + kind.clinical * clinical[:, 3]
    outcome = (random.random(n) < 1 / (1 + np.exp(np.quantile(log_odds, 0.67) - log_odds))).astype(np.int64)
    image = image_columns(names, IMAGES)
    scanners = _scanned(features, image, random, kind.scanners)
    table = Table(
        tuple(f"P{number:03d}" for number in range(n)),
        image + tuple(clinical_column(name) for name in CLINICAL),
        np.column_stack([features, clinical]),
        outcome,
        scanners,
    )
    known = [terms, clinical[:, [1, 3]]] if kind.clinical else [terms]
    return Planted(table, np.column_stack(known))


def _clinical(n: int, random: np.random.Generator) -> Values:
    """Age, ER, PR, HER2, grade, size and nodal status, in this order."""
    age, statuses = random.uniform(30, 70, n).round(), random.integers(0, 2, (n, 3))
    size = np.exp(random.normal(3.3, 0.5, n)).round(1)
    return np.column_stack([age, statuses, random.integers(1, 4, n), size, random.integers(0, 4, n)])


def _scanned(features: Values, columns: tuple, random: np.random.Generator, differ: bool) -> dict[str, NDArray]:
    """Scanners by modality; the features are changed in place where they differ."""
    scanners = {}
    for group, share, labels in (("MRI", 0.3, ("Signa", "Aera")), ("CT", 0.4, ("LightSpeed", "BrightSpeed"))):
        rare = random.random(len(features)) < share
        members = np.array([column.group == group for column in columns])
        if differ:
            place = np.ix_(rare, members)
            shift, scale = random.normal(size=members.sum()), np.exp(0.2 * random.normal(size=members.sum()))
            features[place] = features[place] * scale + shift
        scanners[group] = np.where(rare & differ, labels[1], labels[0])
    return scanners
