"""Drawn patients: the outcome follows the stated law, the clinical variables are those of a clinic."""

import math

import numpy as np
import pytest

from NACResponseLib.clinical import CLINICAL_VARIABLES, parse_clinical
from NACResponseLib.phantom import PLACES, Patient, draw_patient
from NACResponseLib.phantom.patient import residual_cancer_burden

NOTED = tuple(name for name in CLINICAL_VARIABLES if name != "T_stage")


@pytest.fixture(scope="module")
def drawn() -> list[Patient]:
    return [draw_patient(number, seed=1) for number in range(1, 401)]


def column(drawn: list[Patient], name: str) -> np.ndarray:
    return np.array([(patient.clinical | patient.outcome)[name] for patient in drawn])


def test_the_probability_is_that_of_the_stated_formula(drawn: list[Patient]) -> None:
    for patient in drawn[:30]:
        t = patient.truth
        logit = -0.9 - 0.7 * (math.log(t["tumor_volume_mm3"]) - 8.8)
        logit += -4.0 * (t["heterogeneity"] - 0.5) - 2.5 * (t["oedema"] - 0.45)
        logit += -1.3 * t["HR"] + 1.1 * t["HER2"] + 0.55 * (t["grade"] - 2.3)
        assert t["pcr_probability"] == pytest.approx(1 / (1 + math.exp(-logit)))
        assert t["HR"] == max(patient.clinical["ER"], patient.clinical["PR"])
        assert t["tumor_volume_mm3"] == patient.prone_tumour.volume_mm3


def test_the_outcome_is_drawn_with_its_probability(drawn: list[Patient]) -> None:
    pcr = column(drawn, "pcr")
    probability = np.array([patient.probability for patient in drawn])
    for part in np.array_split(np.argsort(probability), 5):
        expected, spread = probability[part].sum(), np.sqrt((probability[part] * (1 - probability[part])).sum())
        assert abs(pcr[part].sum() - expected) < 3.3 * spread


def test_about_three_in_ten_respond(drawn: list[Patient]) -> None:
    assert 0.25 <= column(drawn, "pcr").mean() <= 0.36


def test_a_complete_response_leaves_nothing_and_any_other_something(drawn: list[Patient]) -> None:
    pcr = column(drawn, "pcr") == 1
    for name in ("pathological_size_mm", "residual_cellularity_percent", "rcb_class"):
        assert (column(drawn, name)[pcr] == 0).all()
        assert (column(drawn, name)[~pcr] > 0).all()
    assert set(column(drawn, "rcb_class")) == {0, 1, 2, 3}
    assert (column(drawn, "pathological_size_mm") <= column(drawn, "longest_diameter_pre_mm")).all()


def test_every_clinical_record_is_one_the_program_accepts(drawn: list[Patient]) -> None:
    for patient in drawn:
        assert tuple(patient.clinical) == NOTED
        values = parse_clinical(patient.clinical).values()
        assert not any(math.isnan(values[name]) for name in NOTED)


def test_clinical_variables_are_distributed_and_related_as_in_a_clinic(drawn: list[Patient]) -> None:
    er, pr, her2, grade = (column(drawn, name) for name in ("ER", "PR", "HER2", "grade"))
    hr = np.maximum(er, pr)
    assert 0.55 < hr.mean() < 0.75
    assert 0.18 < her2.mean() < 0.33
    assert er[hr == 1].mean() > pr[hr == 1].mean()
    triple_negative = (hr == 0) & (her2 == 0)
    assert (grade[triple_negative] == 3).mean() > 0.65 > (grade[hr == 1] == 3).mean()
    size = column(drawn, "tumor_size_mm")
    assert np.corrcoef(size, column(drawn, "longest_diameter_pre_mm"))[0, 1] > 0.9
    assert np.corrcoef(size, column(drawn, "nodal_status"))[0, 1] > 0.15
    assert 45 < column(drawn, "age").mean() < 55


def test_a_patient_is_the_same_whenever_drawn_and_differs_between_seeds() -> None:
    assert draw_patient(7, seed=2) == draw_patient(7, seed=2)
    assert draw_patient(7, seed=2).clinical != draw_patient(7, seed=3).clinical


def test_every_scanner_place_and_side_occurs(drawn: list[Patient]) -> None:
    assert 0.4 < np.mean([patient.side == "left" for patient in drawn]) < 0.6
    assert {patient.scanners["MRI"] for patient in drawn} == {"MR-A", "MR-B", "MR-C"}
    assert {patient.scanners["CT"] for patient in drawn} == {"CT-A", "CT-B"}
    assert {patient.place for patient in drawn} == set(PLACES)


def test_the_tumour_fits_into_both_breasts_of_every_patient(drawn: list[Patient]) -> None:
    largest = sorted(drawn, key=lambda patient: patient.tumour.volume_mm3)[-15:]
    for patient in largest + drawn[:15]:
        for anatomy, tumour in ((patient.prone, patient.prone_tumour), (patient.supine, patient.supine_tumour)):
            surface = tumour.surface(1.5)
            assert (anatomy.depth(surface) - anatomy.skin_mm).min() > -0.5
            assert anatomy.chest_wall(surface).min() > -0.5


def test_the_residual_cancer_burden_is_that_of_the_published_equation() -> None:
    # 1.4 (0.2 x 20)^0.17 = 1.4 x 4^0.17; the nodes add (4 (1 - 0.75^2) 6)^0.17 = 10.5^0.17.
    assert residual_cancer_burden(20, 20, 0, 0) == pytest.approx(1.7720, abs=2e-3)
    assert residual_cancer_burden(20, 20, 2, 6) == pytest.approx(1.7720 + 1.4915, abs=2e-3)
