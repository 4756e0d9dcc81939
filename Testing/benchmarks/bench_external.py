"""How often the intervals of an external validation hold the truth, and its verdicts are right; see README.md.

    python Testing/benchmarks/bench_external.py [cohorts]

Cohorts are drawn from a known law: the model's log-odds follow a normal distribution that depends on the receptor
subtype, the outcome a logistic law in them. So the true value of every figure is known, or taken from a cohort of
200,000. A 95 % interval should hold it in 95 % of cohorts; a verdict should be wrong in few.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.evaluation.conformal import true_class_held  # noqa: E402
from NACResponseLib.evaluation.consistency import subgroup_consistency  # noqa: E402
from NACResponseLib.evaluation.equivalence import AGREES, COVERAGE, DIFFERS, OBSERVED_EXPECTED, SLOPE  # noqa: E402
from NACResponseLib.evaluation.external import calibration_errors, external_metrics  # noqa: E402
from NACResponseLib.evaluation.logistic import sigmoid  # noqa: E402
from NACResponseLib.evaluation.statistics import wilson_interval  # noqa: E402
from NACResponseLib.evaluation.stratified_auc import stratified_auc  # noqa: E402

COHORTS, LARGE, DRAWS, THRESHOLD = 300, 200_000, 300, 0.3
SHAPES = {"calibrated": (1.0, 0.0), "too extreme": (1.8, 0.0), "too low": (1.0, -0.8)}
"""How the model's log-odds follow from the true ones: slope and shift."""
SHOWN = ("auc", "calibration_slope", "observed_expected", "sensitivity", "precision", "npv", "ici", "e50", "e90")


class Cohort:
    """Patients of the law, and what the model gives them."""

    def __init__(self, seed: int, count: int, shape: str) -> None:
        random = np.random.default_rng(seed)
        subtype = random.integers(4, size=count)
        true = random.normal(np.array([-1.6, -0.9, -0.4, 0.3])[subtype], 0.8)
        slope, shift = SHAPES[shape]
        self.outcome: NDArray[np.int64] = (random.random(count) < sigmoid(true)).astype(int)
        self.probability = sigmoid(slope * true + shift)
        self.subtypes = subtype.astype(str)
        self.groups = {
            "age": random.integers(4, size=count).astype(str),
            "density": random.integers(2, size=count).astype(str),
        }

    def figures(self, reference: Cohort, draws: int) -> dict[str, tuple[float, float, float]]:
        """Value and bounds of each figure."""
        arguments: dict[str, Any] = {"draws": draws, "seed": 1}
        rows = external_metrics(self.outcome, self.probability, THRESHOLD, **arguments)
        rows += calibration_errors(self.outcome, self.probability, **arguments)
        found = {row.metric: (row.value, row.ci_low, row.ci_high) for row in rows if row.metric in SHOWN}
        held = true_class_held(self.probability, self.outcome, reference.probability, reference.outcome)
        for name, so in (("sets, positive class", 1), ("sets, negative class", 0)):
            mine = held[self.outcome == so]
            found[name] = float(mine.mean()), *map(float, wilson_interval(mine.mean(), mine.size))
        area, _ = stratified_auc(self.subtypes, self.outcome, self.probability)
        found["AUC within subtypes"] = area.area, area.low, area.high
        alike = subgroup_consistency(self.groups, self.outcome, self.probability >= THRESHOLD, draws=draws)
        assert alike is not None
        found["consistency"] = alike.score, alike.low, alike.high
        return found


def main(cohorts: int) -> None:
    """Prints a table of coverage for each shape and size, and one of verdicts."""
    reference = Cohort(1, 1000, "calibrated")
    verdicts = []
    for shape in SHAPES:
        truth = Cohort(2, LARGE, shape).figures(reference, 1)
        columns = {}
        for count in (150, 500):
            found = [Cohort(100 + seed, count, shape).figures(reference, DRAWS) for seed in range(cohorts)]
            columns[count] = {
                name: np.mean([one[name][1] <= value[0] <= one[name][2] for one in found])
                for name, value in truth.items()
            }
            for name, margin in (
                ("calibration_slope", SLOPE),
                ("observed_expected", OBSERVED_EXPECTED),
                ("sets, positive class", COVERAGE),
            ):
                decided = [margin.verdict(*one[name][1:]) for one in found]
                shares = [np.mean([each == verdict for each in decided]) for verdict in (AGREES, DIFFERS)]
                verdicts.append((name, shape, count, truth[name][0], *shares))
        print(
            f"\n| {shape}: the 95 % interval holds the truth | truth | 150 patients | 500 patients |\n|---|---|---|---|"
        )
        for name, value in truth.items():
            print(f"| {name} | {value[0]:.3f} | {columns[150][name]:.3f} | {columns[500][name]:.3f} |")
    print("\n| verdict | model | patients | truth | agrees | differs | inconclusive |\n|---|---|---|---|---|---|---|")
    for name, shape, count, value, agrees, differs in verdicts:
        print(
            f"| {name} | {shape} | {count} | {value:.3f} | {agrees:.2f} | {differs:.2f} | {1 - agrees - differs:.2f} |"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COHORTS)
