"""
A new study: a protocol and a recipe of your own
================================================

Does the change of an ultrasound image between two examinations add to receptors and T stage? The question is stated
before the outcome is looked at, in two files. The patients are **synthetic**. Key by key: :doc:`/howto/study`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import NACResponseLib as nac

here = Path(tempfile.mkdtemp())

# %%
# The protocol: one frame before treatment and one after its second cycle, and what changed.
protocol = here / "us-change.yaml"
protocol.write_text("""
name: us-change
description: One ultrasound frame before treatment and after its second cycle, and what changed.
source: An example of the documentation; nothing was published with it.
regions: [Intra]
images:
  PRE_BMODE: {modality: US, contour: PRE_US, dimension: 2, time: pre}
  MID_BMODE: {modality: US, contour: MID_US, dimension: 2, time: mid}
deltas:
  CHANGE_BMODE: {before: PRE_BMODE, after: MID_BMODE}
  CHANGE_SIZE: {before: PRE_US, after: MID_US, change: relative}
preprocessing:
  US: {zscore: true, spacing_mm: 0.3, bin_count: 32}
""")

# %%
# The recipe: a signature of the changes, joined with clinical variables; the comparison is named beforehand.
recipe = here / "us-change-recipe.yaml"
recipe.write_text("""
name: us-change-recipe
version: "1.0"
kind: signatures
endpoint: pcr
protocol: us-change
harmonization: {combat: false}
scaling: standard
signatures:
  change: {label: Change, features: handcrafted, contours: [delta]}
selection:
  - {step: mann_whitney, level: 0.1}
  - {step: spearman, most: 0.9}
  - {step: lasso, rule: best}
models:
  combined: {label: Change and clinical, signatures: [change], clinical: [ER, HER2, T_stage]}
comparators:
  clinical: [ER, HER2, T_stage]
  volume_receptors: [T_stage, ER, PR, HER2]
final: combined
nested: [[combined, clinical]]
classifiers: [logistic]
validation: {scheme: folds, outer_folds: 5, repeats: 1, folds: 5, seed: 1}
threshold: prevalence
interval: 0.95
card:
  intended_use: Research use only; an example of the documentation.
  limits: [No external validation.]
  source: Synthetic patients.
""")

# %%
# Patients with the images that the protocol asks for, their features, and the models.
for words in (
    ["phantom", "--protocol", protocol, "--patients", "40", "--output", here / "women"],
    ["extract", here / "women" / "COHORT.csv", "--protocol", protocol, "--output", here / "features"],
):
    subprocess.run([sys.executable, "-m", "NACResponseLib", *words], check=True, capture_output=True)
learned = nac.train(here / "features", recipe=recipe, output=here / "run")
print(*learned.findings, sep="\n")

# %%
# A signature is linear, so the model can be drawn as a nomogram.
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
learned.plot_nomogram(ax)
