"""A whole report of a synthetic patient, for tests to vary."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.clinical import ClinicalRecord
from NACResponseLib.model.card import Metric, ModelCard
from NACResponseLib.report.patient import PatientReport
from NACResponseLib.report.plots import TrainingScores
from NACResponseLib.report.slices import View
from NACResponseLib.scoring.result import Contribution, Score

POSITIVE, NEGATIVE = "pathological complete response (pCR)", "residual disease (non-pCR)"


@pytest.fixture
def score() -> Score:
    moved = [("tumor_volume_mm3", "Tumour volume", "cm³", 40400.0, "40.4 cm³", -0.081)]
    moved += [("HR", "Hormone receptor", "", 1.0, "positive", -0.062), ("HER2", "HER2", "", None, "not known", 0.012)]
    return Score(
        patient_id="P-01",
        model={
            "name": "trial",
            "version": "3",
            "positive_class": POSITIVE,
            "negative_class": NEGATIVE,
            "origin": "of a test",
        },
        probability=0.179,
        interval=(0.12, 0.26),
        baseline=0.31,
        threshold=0.305,
        predicted_class=NEGATIVE,
        contributions=tuple(Contribution(*item, log_odds=item[-1] * 5) for item in moved),
        warnings=("HER2 is not known.",),
        provenance={
            "NACResponse": "0.1.0",
            "files": {"image MRI_CET1": "9f86d081"},
            "settings": {"clip": ["body", "skin"]},
        },
    )


@pytest.fixture
def card() -> ModelCard:
    return ModelCard(
        name="trial-model",
        version="3.1",
        title="Trial model",
        endpoint="pcr",
        positive_class=POSITIVE,
        negative_class=NEGATIVE,
        intended_use="Research into response prediction.",
        cohort="Women of two trials.",
        patients=400,
        positives=120,
        metrics=(Metric("auc", "Area under the ROC curve", 0.706, 0.672, 0.739, 0.707, 0.673, 0.741),),
        validation="Repeated cross-validation.",
        calibration="Logistic recalibration.",
        interval="The interval comes from a bootstrap.",
        interval_coverage="It held in 94 of 100 checks.",
        threshold_rule="The threshold maximises balanced accuracy.",
        limits=("Not validated elsewhere.", "Drugs differ."),
        source="Trial data, CC BY 4.0.",
    )


@pytest.fixture
def reference() -> TrainingScores:
    rng = np.random.default_rng(1)
    outcomes = np.repeat([1, 0], [120, 280])
    return TrainingScores(np.where(outcomes == 1, rng.beta(4, 6, 400), rng.beta(2, 7, 400)), outcomes)


@pytest.fixture
def view() -> View:
    rng = np.random.default_rng(2)
    image = sitk.GetImageFromArray(rng.normal(100, 10, (20, 40, 40)).astype(np.float32))
    image.SetSpacing((1.5, 1.5, 3.0))
    tumor = np.zeros((20, 40, 40), np.uint8)
    tumor[8:12, 15:25, 15:25] = 1
    mask = sitk.GetImageFromArray(tumor)
    mask.CopyInformation(image)
    shell = sitk.BinaryDilate(mask, (3, 3, 1)) - mask
    return View("MRI_CET1", image, mask, shell, "MR")


@pytest.fixture
def contents(score, card, reference, view) -> PatientReport:
    return PatientReport(
        score=score,
        card=card,
        reference=reference,
        clinical=ClinicalRecord(age=71, ER=1, PR=0),
        views=(view,),
        measurements=(("Tumour volume", "40.4 cm³ (40 400 mm³)"), ("Longest diameter", "78.2 mm")),
        known_outcome="did not reach pCR",
        date="2026-11-21",
        command="nacresponse score --output out",
        attribution="Images: a collection, CC BY 3.0.",
    )
