"""
One patient: from an image to a probability
===========================================

The sample patient ships with the program: NACT_06 of the collection Breast-MRI-NACT-Pilot (The Cancer Imaging Archive,
Newitt and Hylton, CC BY 3.0), imaged before chemotherapy. Research use only.
"""

import matplotlib.pyplot as plt
import numpy as np
import SimpleITK as sitk

import NACResponseLib as nac
from NACResponseLib.clinical import parse_clinical
from NACResponseLib.config import resources

# %%
# Files become a case: images and contours by name, and what is known of the patient.
sample = resources() / "SampleData" / "nact06"
case = nac.load_case(
    "NACT_06",
    {"MRI_CET1": sample / "MRI_CET1.nii.gz"},
    {"MRI": sample / "tumor_MRI_corrected.nii.gz"},
    parse_clinical({"age": 71, "ER": "positive", "PR": "positive", "HER2": "negative"}),
)
scored = nac.score_case(case, "ispy-clinical-volume")
scored.frame()[["label", "shown", "contribution"]]

# %%
# The probability has an interval, and the classes that remain possible are named.
score = scored.score
print(f"{score.model['positive_class']}: {score.probability:.3f}, {score.interval[0]:.3f} to {score.interval[1]:.3f}")
print("possible at 90 %:", score.prediction_set)
print(*score.warnings, sep="\n")

# %%
# What moved the probability away from the average patient's, input by input; together they give it exactly.
reasons = scored.frame().iloc[::-1]
figure, ax = plt.subplots(figsize=(6, 2.4), layout="constrained")
ax.barh(reasons["label"] + ": " + reasons["shown"], 100 * reasons["contribution"], color="tab:blue")
ax.set_xlabel(f"percentage points from the average of {100 * score.baseline:.0f} %")
print(np.isclose(score.baseline + reasons["contribution"].sum(), score.probability))

# %%
# Look at the contour before you believe the score: the tumour red, its shell blue, on the slice with most of it.
regions = scored.regions["MRI"]
image, tumor, shell = (sitk.GetArrayFromImage(each) for each in (case.images["MRI_CET1"], regions.tumor, regions.shell))
k = int(np.argmax(tumor.sum(axis=(1, 2))))
figure, ax = plt.subplots(figsize=(5, 5), layout="constrained")
ax.imshow(image[k], cmap="gray", vmax=np.quantile(image, 0.998))
ax.contour(tumor[k] | shell[k], [0.5], colors="deepskyblue", linewidths=1)
ax.contour(tumor[k], [0.5], colors="red", linewidths=1)
ax.set_axis_off()
