"""Synthetic patients: clinical record, tumour, scanners, and an outcome that follows a stated law.

The law. With V the tumour's volume, h its heterogeneity, o its oedema on T2 (both 0 to 1), and HR and HER2 as 0 or 1,

    logit P(pCR) = -0.9 - 0.7 (ln(V / 1 mm3) - 8.8) - 4.0 (h - 0.5) - 2.5 (o - 0.45)
                   - 1.3 HR + 1.1 HER2 + 0.55 (grade - 2.3)

and pCR is drawn with that probability. Small, uniform tumours without oedema, without hormone receptors, with HER2 and
of high grade respond. The coefficients are ours: their signs and rough sizes follow the literature (Cortazar et al.,
Lancet 2014, for the subtypes), and about three in ten respond.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .anatomy import Anatomy, Side
from .setting import PLACES, place_tumour, random_anatomy, random_tumour
from .tumour import Tumour

# Slope and centre of each cause.
INTERCEPT = -0.9
LAW = {
    "log_volume": (-0.7, 8.8),
    "heterogeneity": (-4.0, 0.5),
    "oedema": (-2.5, 0.45),
    "HR": (-1.3, 0.0),
    "HER2": (1.1, 0.0),
    "grade": (0.55, 2.3),
}

# Share of the patients; hormone receptor and HER2 status; share of the grades 1 to 3.
_SUBTYPES: tuple[tuple[float, int, int, tuple[float, float, float]], ...] = (
    (0.50, 1, 0, (0.12, 0.53, 0.35)),
    (0.14, 1, 1, (0.05, 0.45, 0.50)),
    (0.11, 0, 1, (0.02, 0.33, 0.65)),
    (0.25, 0, 0, (0.01, 0.19, 0.80)),
)
_MRI_SHARES = {"MR-A": 0.45, "MR-B": 0.35, "MR-C": 0.20}
_CT_SHARES = {"CT-A": 0.6, "CT-B": 0.4}
_NODES = ((0, 0), (1, 3), (4, 9), (10, 18))  # positive nodes at pathological N0 to N3
_RCB_LIMITS = (1.36, 3.28)


@dataclass(frozen=True)
class Patient:
    """One synthetic patient.

    Attributes:
        patient_id: ``SYN0001``.
        clinical: ``age``, ``ER``, ``PR``, ``HER2``, ``grade``, ``tumor_size_mm``, ``nodal_status``.
        outcome: ``pcr``, ``longest_diameter_pre_mm``, ``pathological_size_mm``, ``residual_cellularity_percent``,
            ``rcb_class`` (0 to 3).
        probability: of pCR by the law.
        side: of the tumour.
        scanners: by modality, ``MRI`` and ``CT``.
        prone, supine: the anatomy, as MRI and as CT sees it.
        tumour: not yet placed.
        place, aside: where it lies (``setting.place_tumour``).
    """

    patient_id: str
    clinical: dict[str, float]
    outcome: dict[str, float]
    probability: float
    side: Side
    scanners: dict[str, str]
    prone: Anatomy
    supine: Anatomy
    tumour: Tumour
    place: str
    aside: tuple[float, float]

    @cached_property
    def prone_tumour(self) -> Tumour:
        """The tumour where MRI sees it."""
        return place_tumour(self.prone, self.tumour, self.side, self.place, self.aside)

    @cached_property
    def supine_tumour(self) -> Tumour:
        """The tumour where CT sees it."""
        return place_tumour(self.supine, self.tumour, self.side, self.place, self.aside)

    @property
    def truth(self) -> dict[str, float | str]:
        """What the outcome was drawn from, with its probability."""
        known: dict[str, float | str] = {"patient_id": self.patient_id, "tumor_volume_mm3": self.tumour.volume_mm3}
        return known | _causes(self.tumour, self.clinical) | {"pcr_probability": self.probability}


def _causes(tumour: Tumour, clinical: Mapping[str, float]) -> dict[str, float]:
    """What bears on pCR, by the names of ``LAW``."""
    return {
        "log_volume": math.log(tumour.volume_mm3),
        "heterogeneity": tumour.heterogeneity,
        "oedema": tumour.oedema,
        "HR": max(clinical["ER"], clinical["PR"]),
        "HER2": clinical["HER2"],
        "grade": clinical["grade"],
    }


def pcr_probability(causes: Mapping[str, float], effect: float = 1.0) -> float:
    """The probability of a pathological complete response by the law that this module's docstring states.

    Args:
        causes: a value for each name of ``LAW``.
        effect: by which all slopes are multiplied.
    """
    logit = INTERCEPT + sum(effect * slope * (causes[name] - centre) for name, (slope, centre) in LAW.items())
    return 1 / (1 + math.exp(-logit))


def law_in_words(effect: float = 1.0) -> str:
    """The law as text, a line a cause, from the numbers that are used."""
    terms = (f"          {effect * slope:+g} ({name} - {centre:g})" for name, (slope, centre) in LAW.items())
    return "\n".join((f"logit P = {INTERCEPT:g}", *terms))


def draw_patient(number: int, seed: int = 0, effect: float = 1.0) -> Patient:
    """Patient ``number`` (from 1) of the cohort ``seed``, whatever the cohort's size; ``effect`` as in the law."""
    rng = np.random.default_rng((seed, number))
    clinical = _draw_clinical(rng)
    tumour = _draw_tumour(rng, clinical)
    clinical |= _draw_stage(rng, tumour)
    side: Side = "left" if rng.random() < 0.52 else "right"
    prone, supine = _draw_anatomies(rng, tumour)
    place = str(rng.choice(list(PLACES), p=[0.6, 0.12, 0.08, 0.12, 0.08]))
    aside = (float(rng.uniform(-0.1, 0.25)), float(rng.uniform(-0.15, 0.25)))
    probability = pcr_probability(_causes(tumour, clinical), effect)
    return Patient(
        patient_id=f"SYN{number:04d}",
        clinical=clinical,
        outcome=_draw_outcome(rng, probability, tumour, clinical),
        probability=probability,
        side=side,
        scanners={"MRI": _choice(rng, _MRI_SHARES), "CT": _choice(rng, _CT_SHARES)},
        prone=prone,
        supine=supine,
        tumour=tumour,
        place=place,
        aside=aside,
    )


def _choice(rng: np.random.Generator, shares: dict[str, float]) -> str:
    return str(rng.choice(list(shares), p=list(shares.values())))


def _draw_clinical(rng: np.random.Generator) -> dict[str, float]:
    subtype = _SUBTYPES[rng.choice(len(_SUBTYPES), p=[share for share, *_ in _SUBTYPES])]
    _, hr, her2, grades = subtype
    er, pr = (0, 0) if not hr else [(1, 1), (1, 0), (0, 1)][rng.choice(3, p=[0.76, 0.21, 0.03])]
    age = rng.normal(51 if hr else 48, 10.5)
    return {
        "age": float(np.clip(np.rint(age), 24, 80)),
        "ER": float(er),
        "PR": float(pr),
        "HER2": float(her2),
        "grade": float(1 + rng.choice(3, p=grades)),
    }


def _draw_tumour(rng: np.random.Generator, clinical: dict[str, float]) -> Tumour:
    """Larger and more heterogeneous with the grade; triple-negative ones have more necrosis and oedema."""
    negative = not (clinical["ER"] or clinical["PR"] or clinical["HER2"])
    radius = float(np.clip(13 * np.exp(rng.normal(0.06 * (clinical["grade"] - 2), 0.32)), 6, 19))
    tumour = random_tumour(rng, radius)
    compact = 1 + 0.5 * tumour.spiculation  # a spiculated tumour has a smaller body
    heterogeneity = np.clip(rng.normal(0.45 + 0.05 * (clinical["grade"] - 2), 0.22), 0.02, 1)
    oedema = np.clip(rng.normal(0.3 + 0.15 * negative + 0.012 * (radius - 13), 0.25), 0, 1)
    necrosis = tumour.necrosis if negative or radius > 15 else 0.0
    first, second, third = tumour.radii_mm
    radii = (first / compact, second / compact, third / compact)
    return replace(tumour, radii_mm=radii, heterogeneity=float(heterogeneity), oedema=float(oedema), necrosis=necrosis)


def _draw_stage(rng: np.random.Generator, tumour: Tumour) -> dict[str, float]:
    """The size that a radiologist notes (7 % off), and nodes that are the likelier the larger the tumour."""
    size = tumour.longest_diameter_mm * np.exp(rng.normal(0, 0.07))
    burden = rng.normal(0.03 * (size - 30), 1)
    return {"tumor_size_mm": float(np.rint(size)), "nodal_status": float(np.searchsorted([0.0, 1.2, 1.9], burden))}


def _draw_anatomies(rng: np.random.Generator, tumour: Tumour) -> tuple[Anatomy, Anatomy]:
    """One woman prone and supine, her breasts large enough for her tumour."""
    prone = random_anatomy(rng, "prone")
    width, projection, height = prone.breast_radii_mm
    extent = float(np.linalg.norm(tumour.surface(2.0), axis=0).max())
    grown = max(1.0, (1.35 * extent + 18) / width)
    prone = replace(prone, breast_radii_mm=(width * grown, projection * grown, height * grown))
    flat = max(0.5 * projection, 2.2 * extent + 32)
    supine = replace(
        prone,
        posture="supine",
        breast_radii_mm=(66 * grown, float(flat), 74 * grown),
        breast_offset_mm=82.0,
        lean_degrees=prone.lean_degrees / 3,
    )
    return prone, supine


def _draw_outcome(
    rng: np.random.Generator, probability: float, tumour: Tumour, clinical: dict[str, float]
) -> dict[str, float]:
    """pCR by its probability; otherwise a residue that is the smaller the likelier a response was."""
    before = round(tumour.longest_diameter_mm, 1)
    complete = rng.random() < probability
    left = float(rng.beta(1.2 + 3 * (1 - probability), 1.2 + 3 * probability))
    cellularity = float(np.clip(np.rint(100 * rng.beta(1 + 2 * left, 3.0)), 1, 95))
    minimal = rng.random() < 0.1 + 0.5 * probability
    if minimal:
        left, cellularity = 0.15 * left, float(np.clip(np.rint(cellularity / 5), 1, 95))
    low, high = (0, 0) if minimal else _NODES[int(clinical["nodal_status"])]
    nodes = int(rng.binomial(int(rng.integers(low, high + 1)), 0.35 + 0.5 * left)) if high else 0
    metastasis = float(rng.uniform(1, 12)) if nodes else 0.0
    size = 0.0 if complete else round(max(before * left, 1.0), 1)
    index = 0.0 if complete else residual_cancer_burden(size, cellularity, nodes, metastasis)
    return {
        "pcr": float(complete),
        "longest_diameter_pre_mm": before,
        "pathological_size_mm": size,
        "residual_cellularity_percent": 0.0 if complete else cellularity,
        "rcb_class": 0.0 if complete else float(1 + np.searchsorted(_RCB_LIMITS, index)),
    }


def residual_cancer_burden(size_mm: float, cellularity_percent: float, nodes: int, metastasis_mm: float) -> float:
    """The index of Symmans et al. (J Clin Oncol 2007), all cancer invasive and the tumour bed as wide as it is long.

    Args:
        nodes: positive lymph nodes.
        metastasis_mm: diameter of the largest of their metastases.
    """
    primary = 1.4 * (cellularity_percent / 100 * size_mm) ** 0.17
    return float(primary + (4 * (1 - 0.75**nodes) * metastasis_mm) ** 0.17)
