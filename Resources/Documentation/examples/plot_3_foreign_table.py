"""
A table of another program: do its features add anything?
=========================================================

839 women of the trials I-SPY 1 and I-SPY 2, 93 pyradiomics features of the tumour, computed elsewhere; the table ships
with the program (CC BY-NC 4.0, sources beside it). Here its first 240 rows, to be quick.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import NACResponseLib as nac
from NACResponseLib.config import resources

here = Path(tempfile.mkdtemp())
table = here / "radiomics.csv"
pd.read_csv(resources() / "Models" / "CC-BY-NC-4.0" / "ispy_radiomics.csv").head(240).to_csv(table, index=False)

# %%
# First ask what each column would be taken for; nothing is written.
lines = []
nac.import_features(table, here / "features", lines=lines.append, dry_run=True)
print(*(line[:110] for line in lines), sep="\n")

# %%
# Then import. Clinical variables and outcomes are kept apart from features.
imported = nac.import_features(table, here / "features")
imported.frame().head(3)

# %%
# Train on it as on one's own features.
learned = nac.train(imported.folder, "pcr", here / "run", partitions=5)
print(*learned.findings, sep="\n")

# %%
# Each partition's AUC: the models with images against those without, on the same patients.
areas = learned.frame().pivot(index="partition", columns="feature_set", values="auc")
figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(areas.to_numpy().T, "o-", color="0.6", markersize=4)
ax.plot(areas.mean().to_numpy(), "k_", markersize=24)
ax.set_xticks(range(len(areas.columns)), areas.columns)
ax.set_ylabel("AUC")

# %%
# Everything in one table, with a dictionary of its columns, for R or SPSS.
nac.export_table(imported.folder, here / "all.csv")
pd.read_csv(here / "all-dictionary.csv").iloc[[0, 1, 5, 12, 60]]
