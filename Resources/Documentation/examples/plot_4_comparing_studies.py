"""
Comparing studies: two recipes on the same partitions
=====================================================

Two ways to make a model of the same features: trees joined with logistic regression, and a LASSO signature. Which is
better is asked of the same held-out patients. The table is that of the last example: real patients.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import NACResponseLib as nac
from NACResponseLib.config import resources

here = Path(tempfile.mkdtemp())
table = here / "radiomics.csv"
pd.read_csv(resources() / "Models" / "CC-BY-NC-4.0" / "ispy_radiomics.csv").tail(240).to_csv(table, index=False)

# %%
# With the protocol that its features were made by, models of it can be given images, too.
imported = nac.import_features(table, here / "features", protocol="ispy-radiomics")
trees = nac.train(imported.folder, "pcr", here / "trees", "ispy-radiomics", partitions=5)
drawn = here / "trees" / "partitions.csv"
signature = nac.train(imported.folder, "pcr", here / "signature", "ispy-radiomics-signature", partitions_from=drawn)

# %%
# Means over partitions, for either class as the positive one.
compared = nac.compare([trees, signature])
compared.frame().iloc[:, :6]

# %%
# Paired tests: partitions overlap, so the corrected test counts (Nadeau and Bengio, 2003), not the plain one.
tests = pd.read_csv(compared.folder / "tests.csv")
tests[tests["metric"] == "auc"].head()

# %%
# What it says in words, and what decisions by it would be worth.
print(*compared.about["findings"], sep="\n")
figure, ax = plt.subplots(figsize=(5, 3.6), layout="constrained")
compared.plot_decision_curve(ax)
