"""A recalibrated model is a new bundle that says what was done on which patients; the original is untouched."""

import re
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import Calibration
from NACResponseLib.evaluation.logistic import logit, sigmoid
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.model.recalibrated import recalibrated
from NACResponseLib.scoring.predict import score_values

DONE = {"cohort": "patients of another hospital", "patients": 140, "positives": 41, "method": "intercept and slope"}
NEW = Calibration(slope=0.7, intercept=-0.4)
PATIENT = {"age": 52.0, "HR": 1.0, "HER2": 0.0, "tumor_volume_mm3": 9000.0}


def values_of(bundle):
    """A patient's values, whatever the bundle's inputs are called."""
    return {item.name: PATIENT.get(item.name, item.p01) for item in bundle.inputs}


def test_a_patients_log_odds_are_those_of_the_original_recalibrated(shipped):
    changed = recalibrated(shipped, NEW, DONE)
    before = score_values(values_of(shipped), shipped, patient_id="A").probability
    after = score_values(values_of(shipped), changed, patient_id="A").probability
    margin = (logit(before) - shipped.calibration.intercept) / shipped.calibration.slope
    assert after == pytest.approx(float(sigmoid(-0.4 + 0.7 * margin)), abs=1e-6)


def test_it_survives_the_way_to_disk(shipped, tmp_path):
    changed = recalibrated(shipped, NEW, DONE)
    save_bundle(changed, tmp_path / "other.nacmodel")
    read = load_bundle(tmp_path / "other.nacmodel")
    assert read.calibration == NEW and read.card == changed.card
    assert read.provenance["recalibration"]["of"]["sha256"] == shipped.sha256
    assert bundle_bytes(replace(read, sha256="")) == bundle_bytes(changed)


def test_the_original_stays_as_it_is(shipped):
    before = bundle_bytes(shipped)
    changed = recalibrated(shipped, NEW, DONE)
    assert bundle_bytes(shipped) == before
    assert (changed.inputs, changed.threshold, changed.interval) == (
        shipped.inputs,
        shipped.threshold,
        shipped.interval,
    )
    assert changed.model == shipped.model


def test_the_card_says_what_was_done_with_which_patients_and_that_its_figures_are_older(shipped):
    card = recalibrated(shipped, NEW, DONE).card
    assert card.name == "ispy-clinical-volume-recalibrated" and card.title.endswith("recalibrated")
    assert re.search("140 patients, 41 .*another hospital", card.calibration)
    assert "times 0.700 plus -0.400" in card.calibration
    assert "before" in card.limits[-1] and card.metrics == shipped.card.metrics
    assert (card.patients, card.positives) == (shipped.card.patients, shipped.card.positives)


def test_training_patients_keep_their_place_among_new_scores(shipped):
    changed = recalibrated(shipped, NEW, DONE)
    moved = -0.4 + 0.7 * logit(shipped.reference.probabilities)
    assert logit(changed.reference.probabilities) == pytest.approx(moved, abs=1e-4)
    assert np.array_equal(changed.reference.outcomes, shipped.reference.outcomes)


def test_recalibrating_twice_is_recalibrating_once_with_the_last(shipped):
    twice = recalibrated(recalibrated(shipped, Calibration(1.3, 0.2), DONE), NEW, DONE)
    assert twice.reference.probabilities == pytest.approx(
        recalibrated(shipped, NEW, DONE).reference.probabilities, abs=1e-5
    )


@pytest.mark.parametrize("lacking", ["cohort", "patients", "positives", "method"])
def test_without_naming_the_patients_nothing_is_recalibrated(shipped, lacking):
    with pytest.raises(InputError, match=lacking):
        recalibrated(shipped, NEW, {name: value for name, value in DONE.items() if name != lacking})


@pytest.mark.parametrize("calibration", [Calibration(0.0, 1.0), Calibration(-1.0, 0.0), Calibration(1.0, np.inf)])
def test_a_calibration_that_turns_or_levels_the_model_is_refused(shipped, calibration):
    with pytest.raises(InputError, match="slope above 0"):
        recalibrated(shipped, calibration, DONE)
    with pytest.raises(InputError, match="keep the model"):
        recalibrated(shipped, shipped.calibration, DONE)
