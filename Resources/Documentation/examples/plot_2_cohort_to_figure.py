"""
A cohort: from images to a figure for a paper
=============================================

Features of every patient, models, their validation, a figure. The patients are **synthetic**, few and coarse, and what
drives their outcome is stronger than in real ones: the way is shown, not a finding.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import NACResponseLib as nac

# %%
# Your own ``COHORT.csv`` stands here; without one, the command line makes a synthetic cohort.
here = Path(tempfile.mkdtemp())
nacresponse = [sys.executable, "-m", "NACResponseLib"]
words = ["phantom", "--patients", "16", "--small", "--effect", "2.5", "--output", here / "phantoms"]
subprocess.run([*nacresponse, *words], check=True, capture_output=True)

# %%
# A protocol says what is extracted. This one is coarse, to be quick: one MRI at 3 mm. ``nac.extract_cohort`` does the
# same as the command line, in a notebook or behind ``if __name__ == "__main__"``, since its worker processes import a
# script again.
protocol = here / "coarse.yaml"
protocol.write_text("""
name: coarse
description: One MRI, coarse.
source: An example of the documentation.
images: {MRI_CET1: {modality: MR, contour: MRI}}
preprocessing: {MR: {zscore: true, spacing_mm: 3, bin_count: 32}}
""")
words = ["extract", here / "phantoms" / "COHORT.csv", "--protocol", protocol, "--output", here / "features"]
subprocess.run([*nacresponse, *words], check=True, capture_output=True)
features = nac.ExtractionResult.load(here / "features")
print(features.failures)
features.frame("handcrafted").iloc[:4, :3]

# %%
# Models of the features, and beside them models of clinical variables, on the same partitions. Two partitions of 16
# patients can show nothing, and the findings say so.
learned = nac.train(features.folder, "pcr", here / "run", partitions=2)
print(learned.frame().groupby("feature_set")["auc"].mean())
print(*learned.findings, sep="\n")

# %%
# A figure of two panels, in a paper's format. Each of the result's plots draws on the Axes it is given.
figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
learned.plot_roc(axes[0])
learned.plot_decision_curve(axes[1])
figure.savefig(here / "figure.pdf")

# %%
# The model is a file; whoever has it can validate it. Here, for want of others, on the patients it was trained on,
# which the report says.
validated = nac.validate(learned.bundle, features.folder)
validated.report(here / "validation.html")
validated.frame().head()
