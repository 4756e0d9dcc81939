"""Synthetic cohorts of the shipped studies with a known truth: the files of ``nacresponse extract``, without images.

Patients are drawn from a model of latent variables. The features of a signature are correlated blocks, as radiomic
features are: ten latent factors drive them all, half of them are skewed, and each has a scale of its own. Three of them
are **causes**; each has a **family**, columns that follow it closely. One factor shows, with noise, the risk that the
clinical variables show (a larger tumour looks larger), so that images predict even where they add nothing.

=============== ==================================================================================================
effect          the outcome follows
=============== ==================================================================================================
full            the clinical variables of ``Study.clinical`` and the causes of every signature
clinical_only   these clinical variables alone: images predict, but add nothing
null            nothing
=============== ==================================================================================================

The population (which columns are causes, loadings, scales) belongs to the study; only patients depend on the seed, so
that two seeds make a training cohort and a cohort elsewhere. Nothing here is measured on anyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from NACResponseLib.config import find_resource
from NACResponseLib.evaluation.logistic import fit_logistic, sigmoid
from NACResponseLib.evaluation.metrics import auc
from NACResponseLib.model.columns import VOLUME
from NACResponseLib.plain_data import read_yaml
from NACResponseLib.protocol import Protocol, load_protocol

from .study_columns import CAUSES, FACTORS, Block, changes, plant, signature_columns

EFFECTS = ("full", "clinical_only", "null")
SEEN, PHENOTYPE = 0, 1
"""Factors: what the images show of the clinical risk; what the causes of a signature share."""
_SHARED = 0.4  # of a cause's variance
_COMMON = 0.3  # of the phenotype's variance, with the other signatures
_SHOWN = 0.15  # of the variance of the factor SEEN
_LARGE = 100_000
Values = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Study:
    """Attributes:
    patients: as published, or near it.
    prevalence: of the positive class.
    outcome: column of ``cases.csv``, what it says for the positive class, and for the other.
    signatures: log-odds for one standard deviation more of what the causes of a signature say together.
    clinical: log-odds for one unit more; of the volume, for one unit of its natural logarithm.
    """

    patients: int
    prevalence: float
    outcome: tuple[str, tuple[str, ...], tuple[str, ...]]
    signatures: Mapping[str, float]
    clinical: Mapping[str, float]


STUDIES = {
    # Numbers of patients are not in the text we have; 105 is of the order of such a single-centre cohort.
    "janse2025": Study(
        105, 0.40, ("rcb_class", ("0", "I"), ("II", "III")), {"deep": 1.2},
        {VOLUME: -0.8, "ER": -0.6, "PR": -0.5, "HER2": 0.9},
    ),
    # The share of axillary response is ours; training 144, validation 110.
    "li2026": Study(
        254, 0.45, ("ypn", ("ypN0",), ("ypN1", "ypN2", "ypN1mi")), {"radiomics": 0.9, "deep": 0.9},
        {"ER": -1.2, "HER2": 1.2, "T_stage": -0.7},
    ),
    "liang2025": Study(
        89, 0.315, ("pcr", ("1",), ("0",)), {"US": 0.7, "MG": 0.8, "CT": 1.0, "MRI": 0.9},
        {"PR": -1.2, "HER2": 1.3, "T_stage": -0.7},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Oracle:
    """The best that a model of the recipe can do, from 100,000 patients whose latent variables are known.

    Attributes:
        auc: in the population.
        coefficients: log-odds for one unit of each term; of a signature the unit is its log-odds alone.
    """

    auc: float
    coefficients: Mapping[str, float]


@dataclass(frozen=True)
class Drawn:
    """Clinical values; latent variables by signature (n, factors + causes); true log-odds and outcome, (n,) each."""

    clinical: Values
    latent: Values
    log_odds: NDArray[np.float64]
    outcome: NDArray[np.int64]


@dataclass(frozen=True)
class Population:
    """Whom patients are drawn from.

    Attributes:
        recipe: plain data of the recipe's file.
        blocks: by signature.
    """

    study: Study
    protocol: Protocol
    recipe: Mapping[str, Any]
    blocks: Mapping[str, Block]

    def draw(self, patients: int, random: np.random.Generator, effect: str = "full") -> Drawn:
        """Patients of the study, and what becomes of them."""
        clinical = draw_clinical(patients, random)
        risk, common = self.risk(clinical), random.normal(size=patients)
        latent = {name: _latent(common, risk, random) for name in self.blocks}
        log_odds = self.intercepts[effect] + self._log_odds(clinical, latent, effect)
        outcome = (random.random(patients) < sigmoid(log_odds)).astype(np.int64)
        return Drawn(clinical, latent, log_odds, outcome)

    def risk(self, clinical: Values) -> NDArray[np.float64]:
        """(n,) what the clinical variables predict, at mean 0 and deviation 1 in the population."""
        mean, deviation = self._risk_moments
        return (self._told(clinical) - mean) / deviation

    @cached_property
    def intercepts(self) -> Mapping[str, float]:
        """By effect, so that the outcome is as common as the study says."""
        random = np.random.default_rng(1)
        clinical = draw_clinical(_LARGE, random)
        risk, common = self.risk(clinical), random.normal(size=_LARGE)
        latent = {name: _latent(common, risk, random) for name in self.blocks}
        return {effect: self._intercept(self._log_odds(clinical, latent, effect)) for effect in EFFECTS}

    def oracle(self, effect: str = "full") -> dict[str, Oracle]:
        """Of every model of the recipe and both comparators; by two stages, as the recipe: signatures, then terms."""
        if effect not in self._oracles:
            self._oracles[effect] = self._best(effect)
        return self._oracles[effect]

    @cached_property
    def _oracles(self) -> dict[str, dict[str, Oracle]]:
        return {}

    def _best(self, effect: str) -> dict[str, Oracle]:
        if effect == "null":
            return {name: Oracle(0.5, dict.fromkeys(terms, 0.0)) for name, terms in self.models.items()}
        drawn = self.draw(_LARGE, np.random.default_rng(2), effect)
        terms = on_scale(drawn.clinical)
        for name, latent in drawn.latent.items():
            columns = np.column_stack([np.ones(_LARGE), signal(latent), latent[:, SEEN]])
            terms[name] = columns @ fit_logistic(columns, drawn.outcome)
        return {name: _optimal(terms, chosen, drawn.outcome) for name, chosen in self.models.items()}

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """The terms of every model of the recipe and of both comparators."""
        entries = {
            name: (*one.get("signatures", ()), *one.get("clinical", ())) for name, one in self.recipe["models"].items()
        }
        return entries | {name: tuple(variables) for name, variables in self.recipe["comparators"].items()}

    def _told(self, clinical: Values) -> NDArray[np.float64]:
        terms = on_scale(clinical)
        return sum((worth * terms[name] for name, worth in self.study.clinical.items()), np.zeros(1))

    @cached_property
    def _risk_moments(self) -> tuple[float, float]:
        result = self._told(draw_clinical(_LARGE, np.random.default_rng(0)))
        return float(result.mean()), float(result.std())

    def _log_odds(self, clinical: Values, latent: Values, effect: str) -> NDArray[np.float64]:
        if effect == "null":
            return np.zeros(len(clinical["age"]))
        result = self._told(clinical)
        for name, worth in self.study.signatures.items() if effect == "full" else ():
            result = result + worth * signal(latent[name])
        return result

    def _intercept(self, log_odds: NDArray[np.float64]) -> float:
        from scipy.optimize import brentq

        return float(brentq(lambda start: sigmoid(start + log_odds).mean() - self.study.prevalence, -30, 30))


def signal(latent: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) what the causes of a signature say together, deviation 1."""
    return latent[:, FACTORS:].mean(axis=1) / np.sqrt(_SHARED + (1 - _SHARED) / CAUSES)


def draw_clinical(patients: int, random: np.random.Generator) -> Values:
    """Clinical variables with the correlations that one expects: ER with PR, volume with size and T stage."""
    er = random.random(patients) < 0.65
    volume = np.clip(np.exp(random.normal(np.log(15_000), 0.8, patients)), 500, 300_000)
    size = np.clip((6 / np.pi * volume) ** (1 / 3) * np.exp(random.normal(0.1, 0.12, patients)), 5, 150)
    stage = 1 + (size > 20) + (size > 50) + (random.random(patients) < 0.05)
    return {
        "age": np.clip(random.normal(50, 10, patients), 25, 80).round(),
        "ER": er.astype(float),
        "PR": np.where(er, random.random(patients) < 0.8, random.random(patients) < 0.08).astype(float),
        "HER2": (random.random(patients) < 0.35).astype(float),
        "grade": random.choice([1.0, 2.0, 3.0], patients, p=[0.08, 0.47, 0.45]),
        "tumor_size_mm": size.round(1),
        "nodal_status": random.choice([1.0, 2.0, 3.0], patients, p=[0.6, 0.25, 0.15]),
        "T_stage": stage.astype(float),
        VOLUME: volume.round(),
    }


def on_scale(clinical: Values) -> Values:
    """The variables as they enter a logistic model: the volume by its logarithm."""
    return clinical | {VOLUME: np.log(clinical[VOLUME])}


def _latent(common: NDArray[np.float64], risk: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """(n, factors + causes), each of deviation 1."""
    factors = random.normal(size=(len(common), FACTORS))
    factors[:, SEEN] = np.sqrt(_SHOWN) * risk + np.sqrt(1 - _SHOWN) * factors[:, SEEN]
    factors[:, PHENOTYPE] = np.sqrt(_COMMON) * common + np.sqrt(1 - _COMMON) * factors[:, PHENOTYPE]
    own = random.normal(size=(len(common), CAUSES))
    return np.hstack([factors, np.sqrt(_SHARED) * factors[:, [PHENOTYPE]] + np.sqrt(1 - _SHARED) * own])


def _optimal(terms: Values, chosen: Sequence[str], outcome: NDArray[np.int64]) -> Oracle:
    columns = np.column_stack([terms[name] for name in chosen])
    spread = columns.std(axis=0)
    fitted = fit_logistic(np.column_stack([np.ones(len(outcome)), (columns - columns.mean(axis=0)) / spread]), outcome)
    coefficients = fitted[1:] / spread
    return Oracle(float(auc(outcome, columns @ coefficients)), dict(zip(chosen, map(float, coefficients), strict=True)))


@lru_cache(maxsize=8)
def population(name: str, columns: int | None = 240) -> Population:
    """A shipped study's.

    Args:
        name: of recipe and protocol.
        columns: about so many of each table are made, the same of every image; all that the protocol has if None.
    """
    recipe = dict(read_yaml(find_resource("recipe", name, "Recipes", ".yaml")))
    return populate(STUDIES[name], load_protocol(recipe["protocol"]), recipe, columns)


def populate(
    study: Study, protocol: Protocol, recipe: Mapping[str, Any], columns: int | None, seed: int = 8
) -> Population:
    """Plants causes among the columns of every signature of a recipe."""
    random = np.random.default_rng(seed)
    blocks, taken = {}, set[str]()
    for name, expected in recipe["signatures"].items():
        feature_set, names = signature_columns(protocol, expected, columns, random)
        own = tuple(one for one in names if one not in taken)
        taken |= set(own)
        blocks[name] = plant(feature_set, own, {made for *_, made in changes(protocol, own)}, random)
    return Population(study, protocol, recipe, blocks)
