"""Writes what neuroCombat 0.2.12 makes of three small synthetic cohorts, beside this file.

To write the files again: a fresh virtual environment, ``pip install neuroCombat==0.2.12 pandas numpy``, then
``python make_reference.py``.

Ages are whole numbers because neuroCombat rounds continuous covariates to single precision.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from neuroCombat import neuroCombat

HERE = Path(__file__).parent
CASES = {"two_scanners": ((31, 29), 40), "three_scanners": ((24, 13, 6), 30), "covariates": ((22, 15, 8), 25)}


def cohort(sizes, features, rng):
    """Features (patients, features) of unlike magnitude, shifted and scaled by scanner, moved by sex and age."""
    scanner = rng.permutation(np.repeat([f"scanner {letter}" for letter in "ABC"[: len(sizes)]], sizes))
    member = np.unique(scanner, return_inverse=True)[1]
    sex, age = rng.choice(["female", "male"], len(scanner)), rng.integers(25, 80, len(scanner)).astype(float)
    values = rng.normal(size=(len(scanner), features)) + 0.5 * (sex == "male")[:, None] + 0.02 * age[:, None]
    values[:, ::3] = np.exp(0.3 * values[:, ::3])
    shift = rng.normal(0, 0.8, (len(sizes), features)) + rng.normal(0, 0.5, (len(sizes), 1))
    scale = np.exp(rng.normal(0, 0.3, (len(sizes), features)))
    values = values * scale[member] + shift[member]
    return values * np.geomspace(0.01, 100, features) + 5, scanner, sex, age


def harmonized(values, scanner, sex, age, preserve, parametric):
    table = pd.DataFrame({"scanner": scanner, "sex": sex, "age": age})
    columns = {"categorical_cols": ["sex"], "continuous_cols": ["age"]} if preserve else {}
    result = neuroCombat(values.T.copy(), table, "scanner", parametric=parametric, **columns)
    return result["data"].T


def main():
    rng = np.random.default_rng(20180101)
    for name, (sizes, features) in CASES.items():
        values, scanner, sex, age = cohort(sizes, features, rng)
        inputs = {"values": values, "scanner": scanner, "sex": sex, "age": age}
        outputs = {
            form: harmonized(**inputs, preserve=name == "covariates", parametric=form == "parametric")
            for form in ("parametric", "nonparametric")
        }
        made_by = f"neuroCombat {version('neuroCombat')}, numpy {version('numpy')}, pandas {version('pandas')}"
        np.savez_compressed(HERE / f"{name}.npz", **inputs, **outputs, made_by=made_by)


if __name__ == "__main__":
    main()
