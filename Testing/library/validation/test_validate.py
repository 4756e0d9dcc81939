"""What a validation shows: groups, comparisons with other models, and a recalibration that is a bundle of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.logistic import logit, sigmoid
from NACResponseLib.features.review import decide
from NACResponseLib.hashing import sha256_of_files
from NACResponseLib.model.bundle import load_bundle, save_bundle
from NACResponseLib.validation.cohort import TRAINED
from NACResponseLib.validation.validate import _holds, examine, validate_on

from .validation_cohort import scored


def made(seed, count, shift=0.0, slope=1.0):
    """Outcomes and probabilities that are wrong as stated."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-0.7, 1, count)
    return (random.random(count) < sigmoid(log_odds)).astype(int), sigmoid(slope * log_odds + shift)


@pytest.fixture
def folder(tmp_path):
    """Patients of whom two lack what the shipped model needs."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "patient_id": [f"E{number}" for number in range(60)],
            "age": random.integers(30, 75, 60).astype(object),
            "HR": random.integers(0, 2, 60),
            "HER2": random.integers(0, 2, 60),
            "tumor_volume_mm3": random.lognormal(9, 1, 60).round(),
            "scanner_MRI": ["Avanto", "Ingenia", ""] * 20,
            "pcr": np.arange(60) % 2,
        }
    )
    frame.loc[[4, 9], "age"] = ""
    frame.to_csv(tmp_path / "cases.csv", index=False)
    return tmp_path


@pytest.fixture
def smaller(shipped):
    """The shipped model under another name, with the inputs that a receptor model would have."""
    inputs = tuple(replace(item, missing_allowed=True) for item in shipped.inputs)
    return replace(shipped, inputs=inputs, card=replace(shipped.card, name="receptors"), sha256="1" * 64)


def test_patients_are_grouped_by_subtype_age_and_scanner_and_the_unknown_stand_apart(shipped):
    outcome, probability = made(1, 300)
    clinical = {"HR": np.tile([0.0, 1, np.nan], 100), "HER2": np.tile([1.0, 0, 0], 100), "age": np.full(300, 45.0)}
    scanners = {"MRI": ("Avanto", "", "Signa") * 100, "CT": ("",) * 300}
    found = examine(shipped, scored(outcome, probability, clinical=clinical, scanners=scanners)).subgroups
    names = {analysis.variable: [group.group for group in analysis.groups] for analysis in found}
    assert names == {
        "Receptor subtype": ["HR+/HER2-", "HR-/HER2+", "not given"],
        "Age in years": ["40 to 49"],
        "MRI scanner": ["Avanto", "Signa", "not given"],
    }
    assert all(group.patients == 100 for group in found[0].groups)


def test_only_patients_that_both_models_can_score_are_compared_and_the_others_are_named(folder, shipped, smaller):
    found = validate_on(folder, shipped, against=[smaller])
    (against,) = found.against
    assert against.left_out == ("E4", "E9") and against.comparison.patients == 58
    assert len(found.cohort.patients) == 58 and len(found.cohort.inputs.patients) == 60


def test_a_model_holds_another_whose_inputs_are_among_its_own_and_receptors_hold_their_sum(folder, shipped, smaller):
    fewer = replace(shipped, inputs=shipped.inputs[:3])
    assert _holds(shipped, fewer) and not _holds(fewer, shipped)
    receptors = tuple(replace(shipped.inputs[1], name=name) for name in ("ER", "PR"))
    assert _holds(replace(shipped, inputs=receptors), replace(shipped, inputs=shipped.inputs[1:2]))
    assert validate_on(folder, smaller, against=[shipped]).against[0].nested


def test_models_with_other_inputs_are_compared_without_a_likelihood_ratio(folder, shipped, smaller):
    graded = replace(smaller, inputs=(replace(smaller.inputs[0], name="grade"), *smaller.inputs[1:]))
    (against,) = validate_on(folder, shipped, against=[graded]).against
    assert not against.nested and against.comparison.likelihood_ratio is None
    assert "not nested" in against.comparison.reason and "the model receptors" in against.sentence


def test_models_that_cannot_be_compared_are_refused(folder, shipped, smaller):
    with pytest.raises(InputError, match="itself"):
        validate_on(folder, shipped, against=[shipped])
    other = replace(smaller, card=replace(smaller.card, endpoint="rcb01"))
    with pytest.raises(InputError, match="same endpoint"):
        validate_on(folder, shipped, against=[other])


def test_a_shifted_model_is_recalibrated_into_a_bundle_of_its_own(shipped, tmp_path):
    outcome, probability = made(2, 400, shift=-1.2)
    found = examine(shipped, scored(outcome, probability))
    assert found.recalibrates and found.recalibration.method == "intercept"
    save_bundle(found.recalibrated_bundle(), tmp_path / "new.nacmodel")
    new = load_bundle(tmp_path / "new.nacmodel")
    moved = new.calibration.intercept - shipped.calibration.intercept
    assert sigmoid(logit(probability) + moved).sum() == pytest.approx(outcome.sum(), abs=0.01)
    result = new.provenance["recalibration"]
    assert result["patients"] == 400 and result["inputs"] == {"cases.csv": "0" * 64}


@pytest.mark.parametrize(
    ("cohort", "why"),
    [
        (lambda: scored(*made(3, 30)), "at least 20 patients"),
        (lambda: scored(1 - made(4, 300)[0], made(4, 300)[1]), "calibration slope of"),
        (lambda: scored(*made(5, 400, shift=-2), learned_from=TRAINED), "made from these patients"),
    ],
)
def test_too_few_patients_a_model_that_learned_nothing_and_its_own_patients_are_refused(shipped, cohort, why):
    found = examine(shipped, cohort())
    assert found.recalibration is None and why in found.refusal
    with pytest.raises(InputError):
        found.recalibrated_bundle()


def test_a_calibrated_model_is_kept(shipped):
    found = examine(shipped, scored(*made(6, 400)))
    assert found.recalibration.method == "none" and not found.recalibrates
    with pytest.raises(InputError, match="no sign of miscalibration"):
        found.recalibrated_bundle()


def test_a_recalibrated_model_knows_the_patients_it_was_recalibrated_on(folder, shipped):
    cases = validate_on(folder, shipped).cohort.hashes
    entries = {**shipped.provenance, "recalibration": {"inputs": dict(cases)}}
    found = validate_on(folder, replace(shipped, provenance=entries, sha256="3" * 64))
    assert found.cohort.is_training_cohort and any("recalibrated on" in warning for warning in found.cohort.warnings)


def test_the_patients_whom_a_reader_rejected_are_left_out_and_the_decisions_are_recorded(folder, shipped, tmp_path):
    decisions = tmp_path / "of a reader.csv"
    decide(decisions, "E1", "rejected", "motion")
    found = validate_on(folder, shipped, review=decisions).cohort
    assert "E1" not in found.patients and found.hashes["review.csv"] == sha256_of_files([decisions])
    assert "of a reader" not in " ".join([*found.hashes, *found.warnings])
