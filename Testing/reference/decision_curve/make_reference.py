"""Net benefit by the package dcurves (Sjoberg, Vickers; version 1.1.7) for a synthetic cohort; writes two tables.

Needs ``dcurves``, which the project does not. Run from this folder: ``python make_reference.py``.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from dcurves import dca

HERE = Path(__file__).parent
THRESHOLDS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9]

random = np.random.default_rng(20)
truth = 1 / (1 + np.exp(-random.normal(-0.8, 1.2, 120)))
cohort = pd.DataFrame(
    {
        "outcome": (random.random(120) < truth).astype(int),
        # no probability equals a threshold: packages differ in the side on which they count it
        "probability": np.round(np.clip(truth + random.normal(0, 0.08, 120), 0.011, 0.989), 3) + 0.0004,
    }
)
cohort.to_csv(HERE / "cohort.csv", index=False, float_format="%.4f")
found = dca(cohort, "outcome", ["probability"], thresholds=THRESHOLDS)
table = found.pivot_table(index="threshold", columns="model", values="net_benefit")
table[["probability", "all"]].to_csv(HERE / "net_benefit.csv", float_format="%.10f")
