"""Writes which columns feature-engine 1.9.4 selects by FCQ and FCD from two synthetic tables, beside this file.

feature-engine is no dependency of NACResponse. To write the file again: a fresh virtual environment,
``pip install feature-engine==1.9.4``, then ``python make_reference.py``.

feature-engine tells the set that it selected, not the order; the order follows from selecting 2, 3, ... columns. It
estimates mutual information from nearest neighbours, not from quantile bins, and so is no reference for MIQ and MID.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from feature_engine.selection import MRMR

HERE = Path(__file__).parent
SELECTED = 12


def table(patients, features, classes, rng):
    """Columns in correlated groups of five; the outcome depends on three of the groups."""
    groups = rng.normal(size=(patients, features // 5))
    values = np.repeat(groups, 5, axis=1) + 0.7 * rng.normal(size=(patients, features))
    drive = groups[:, 0] - 0.8 * groups[:, 3] + 0.6 * groups[:, 7] + rng.normal(size=patients)
    outcome = np.searchsorted(np.quantile(drive, np.linspace(0, 1, classes + 1)[1:-1]), drive)
    return np.round(values * np.geomspace(0.1, 50, features), 6), outcome


def selection_order(values, outcome, method):
    data, target = pd.DataFrame(values, columns=[f"c{index}" for index in range(values.shape[1])]), pd.Series(outcome)
    order = []
    for count in range(2, SELECTED + 1):
        selector = MRMR(method=method, max_features=count, regression=False).fit(data, target)
        chosen = set(data.columns) - set(selector.features_to_drop_)
        if count == 2:
            order = [f"c{np.argmax(selector.relevance_)}"]
        order += sorted(chosen - set(order))
    return [int(name[1:]) for name in order]


def main():
    rng = np.random.default_rng(2005)
    stored = {"made_by": f"feature-engine {version('feature-engine')}, numpy {version('numpy')}"}
    for name, (patients, features, classes) in {"two_classes": (90, 60, 2), "three_classes": (75, 50, 3)}.items():
        values, outcome = table(patients, features, classes, rng)
        stored |= {f"{name}_values": values, f"{name}_outcome": outcome}
        stored |= {f"{name}_{method}": selection_order(values, outcome, method) for method in ("FCQ", "FCD")}
    np.savez_compressed(HERE / "feature_engine.npz", **stored)


if __name__ == "__main__":
    main()
