"""Scored patients of the shipped model, made from outcomes and probabilities alone."""

from dataclasses import replace

import numpy as np

from NACResponseLib.evaluation.statistics import wilson_interval
from NACResponseLib.validation.cohort import CohortInputs, ScoredCohort

EFFECTIVE_PATIENTS = 60
NAMES = ("age", "ER", "PR", "HR", "HER2", "grade", "tumor_size_mm", "nodal_status", "tumor_volume_mm3")


def scored(outcome, probability, *, clinical=None, scanners=None, synthetic=False, groups=None, **changes):
    """Patients D0, D1 ... whose inputs are those of ``clinical``, not known where it has none."""
    count = len(outcome)
    known = {name: np.full(count, np.nan) for name in NAMES} | (clinical or {})
    values = np.column_stack([known[name] for name in ("age", "HR", "HER2", "tumor_volume_mm3")])
    names = tuple(f"D{number}" for number in range(count))
    inputs = CohortInputs(names, values, known, scanners or {}, synthetic, {"cases.csv": "0" * 64}, groups or {})
    settings = {"failures": {}, "warnings": (), "rows": np.arange(count), "learned_from": ""}
    given = np.asarray(probability, dtype=float)
    intervals = np.column_stack(wilson_interval(given, EFFECTIVE_PATIENTS))
    cohort = {"patients": names, "outcome": np.asarray(outcome), "probability": given, "intervals": intervals}
    return ScoredCohort(inputs=inputs, **cohort, **settings | changes)


def of_ranges_only(bundle):
    """The bundle as older ones are: its inputs state their ranges, but no quantiles."""
    return replace(bundle, inputs=tuple(replace(item, quantiles=()) for item in bundle.inputs))


def alike(bundle, count, seed=5):
    """Clinical values of patients who are like the shipped model's training patients."""
    random = np.random.default_rng(seed)
    age, hormone, her2, volume = bundle.inputs
    grid = np.linspace(0, 1, len(age.quantiles))
    return {item.name: np.interp(random.random(count), grid, item.quantiles) for item in (age, volume)} | {
        item.name: (random.random(count) < item.prevalence).astype(float) for item in (hormone, her2)
    }
