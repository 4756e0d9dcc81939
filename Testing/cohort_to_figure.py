"""From a cohort's table to figures, as in a notebook: only the public names of ``NACResponseLib``.

    nacresponse phantom --patients 60 --output phantoms
    python Testing/cohort_to_figure.py phantoms/COHORT.csv notebook

Each ``# %%`` begins a cell, as editors know them. Worker processes import this file, so its cells stand in a function.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import NACResponseLib as nac


def run(cohort: Path, output: Path, protocol: Any = "jang2025", recipe: Any = "nac2026") -> Path:
    """The cells; returns the figure's file."""
    # %% Features of every patient, and who failed
    features = nac.extract_cohort(cohort, output / "features", nac.load_protocol(protocol))
    print(features.frame().describe())
    print(features.failures)

    # %% Which features survive another contour
    stable = nac.stability(cohort, output / "stability", nac.load_protocol(protocol), replicates=2)
    print(stable.frame().sort_values("ci_low").tail())

    # %% Models, validated on partitions of the cohort
    learned = nac.train(features.folder, "pcr", output / "run", nac.load_recipe(recipe), oversample=False, partitions=2)
    print(learned.frame().groupby("feature_set")["auc"].agg(["mean", "std"]))
    print(nac.compare([learned]).about["findings"])

    # %% The model on patients: here, for want of others, on those it was trained on
    validated = nac.validate(learned.bundle, features.folder)
    print(validated.frame())

    # %% A figure of several Axes, for a paper
    figure = Figure(figsize=(10, 4), layout="constrained")
    for ax, draw in zip(figure.subplots(1, 2), (learned.plot_roc, learned.plot_decision_curve), strict=True):
        draw(ax)
    file = output / "figure.pdf"
    figure.savefig(file)

    # %% Reports to pass on
    learned.report(output / "training.html")
    validated.save(output / "validation")
    return file


if __name__ == "__main__":
    print(run(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
