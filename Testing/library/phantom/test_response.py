"""What becomes of drawn patients: outcomes and shrinkage follow the stated law, within the error of drawing."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.clinical import parse_clinical
from NACResponseLib.phantom import Patient, Response, draw_patient, draw_response
from NACResponseLib.phantom.response import response_law_in_words, tumor_stage

COUNT = 500
Drawn = list[tuple[Patient, Response]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return [(patient, draw_response(patient, (7, k))) for k in range(1, COUNT + 1) for patient in [draw_patient(k, 7)]]


def log_odds(patient: Patient) -> float:
    return math.log(patient.probability / (1 - patient.probability))


def expit(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def test_pcr_is_that_of_the_patient_and_of_the_sign_of_the_latent_response(drawn: Drawn) -> None:
    for patient, response in drawn:
        assert response.pcr == patient.outcome["pcr"] == (response.latent > 0)


def test_the_latent_response_is_the_log_odds_with_a_standard_logistic_error(drawn: Drawn) -> None:
    errors = np.array([response.latent - log_odds(patient) for patient, response in drawn])
    assert stats.kstest(errors, "logistic").pvalue > 0.01
    assert abs(stats.spearmanr(errors, [log_odds(patient) for patient, _ in drawn])[0]) < 3 / np.sqrt(COUNT)


def test_the_classes_of_residual_cancer_burden_have_their_cumulative_probabilities(drawn: Drawn) -> None:
    odds = np.array([log_odds(patient) for patient, _ in drawn])
    classes = np.array([response.rcb_class for _, response in drawn])
    for highest, limit in ((0, 0.0), (1, -0.8), (2, -3.5)):
        probability = expit(odds - limit)
        spread = np.sqrt((probability * (1 - probability)).sum())
        assert abs((classes <= highest).sum() - probability.sum()) < 3 * spread
    assert set(classes) == {0, 1, 2, 3}


def test_axillary_response_is_drawn_with_its_probability_where_nodes_were_positive(drawn: Drawn) -> None:
    positive = [(patient, response) for patient, response in drawn if patient.clinical["nodal_status"] > 0]
    assert all(response.apcr is None for patient, response in drawn if patient.clinical["nodal_status"] == 0)
    latent = np.array([response.latent for _, response in positive])
    nodes = np.array([patient.clinical["nodal_status"] for patient, _ in positive])
    probability = expit(0.5 + 0.9 * latent - 0.5 * (nodes - 1))
    found = np.array([response.apcr for _, response in positive])
    np.testing.assert_allclose([response.apcr_probability for _, response in positive], probability)
    for part in np.array_split(np.argsort(probability), 4):
        spread = np.sqrt((probability[part] * (1 - probability[part])).sum())
        assert abs(found[part].sum() - probability[part].sum()) < 3.3 * spread


def test_the_tumour_keeps_the_stated_share_of_its_volume(drawn: Drawn) -> None:
    offsets = []
    for patient, response in drawn:
        volume = patient.tumour.volume_mm3
        assert response.tumour(patient.tumour, 1.0).volume_mm3 == pytest.approx(response.residual_share * volume)
        assert response.tumour(patient.tumour, 0.0) == patient.tumour
        least = min(4 / 3 * math.pi * 4**3 / volume, 1)
        assert least <= response.residual_share <= 1
        if response.latent < -1:  # whose tumours hardly ever shrink to the least that is contoured
            offsets.append(math.log(1 / response.residual_share - 1) - 0.6 - 0.7 * response.latent)
    assert len(offsets) > 0.3 * COUNT
    assert stats.kstest(offsets, stats.norm(0, 0.8).cdf).pvalue > 0.01


def test_halfway_the_tumour_has_shrunk_by_the_root_and_changed_less(drawn: Drawn) -> None:
    patient, response = min(drawn, key=lambda pair: pair[1].residual_share)
    half, whole = (response.tumour(patient.tumour, progress).volume_mm3 for progress in (0.5, 1.0))
    assert half == pytest.approx(math.sqrt(whole * patient.tumour.volume_mm3))
    assert response.adc(0.0) < response.adc(0.5) < response.adc(1.0)
    assert 1 == response.activity(0.0) > response.activity(0.5) > response.activity(1.0) > 0


def test_diffusivities_stay_plausible(drawn: Drawn) -> None:
    adc = np.array([[response.adc(0.0), response.adc(1.0)] for _, response in drawn])
    assert adc.min() > 700 and adc.max() < 2000
    assert adc[:, 0].mean() == pytest.approx(1000, abs=4 * 110 / math.sqrt(COUNT))


@pytest.mark.parametrize(("size", "stage"), [(3, 1), (20, 1), (20.1, 2), (50, 2), (51, 3), (120, 3)])
def test_the_stage_follows_from_the_size(size: float, stage: int) -> None:
    assert tumor_stage(size) == stage
    assert parse_clinical({"T_stage": f"T{stage}"}).T_stage == stage


def test_a_response_is_the_same_whenever_drawn(drawn: Drawn) -> None:
    patient, response = drawn[41]
    assert draw_response(patient, (7, 42)) == response
    assert draw_response(patient, (8, 42)) != response
    sure = replace(patient, probability=1 - 1e-12, outcome=patient.outcome | {"pcr": 1.0})
    assert math.isfinite(draw_response(sure, (7, 42)).latent)


def test_the_words_hold_the_numbers_of_the_law() -> None:
    text = response_law_in_words()
    for part in ("0.5 +0.9 latent_response -0.5 (nodal_status - 1)", "exp(0.6 +0.7 latent_response + u)", "above -0.8"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 120
