"""External validation: its files agree with scikit-learn and with each other, and its page stands alone."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.equivalence import MARGINS
from NACResponseLib.evaluation.logistic import logit, sigmoid
from NACResponseLib.evaluation.nested_comparison import compare_nested
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.report.validation import own_files, recalibrated_file, write_validation
from NACResponseLib.validation.validate import ModelComparison, examine

from ..validation.validation_cohort import of_ranges_only, scored
from .html_page import Page


@pytest.fixture
def bundle(card):
    shipped = load_bundle("ispy-clinical-volume")
    counts = {"patients": shipped.card.patients, "positives": shipped.card.positives}
    return replace(of_ranges_only(shipped), card=replace(card, **counts), threshold=0.3)


@pytest.fixture
def patients():
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.9, 1, 160)
    return (random.random(160) < sigmoid(log_odds)).astype(int), sigmoid(log_odds + 0.2)


def rows_of(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def page_of(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def against(outcome, smaller, larger):
    comparison = compare_nested(outcome, smaller, larger, is_training_cohort=False, cutoffs=(0.3,), draws=200)
    return ModelComparison(
        "trial-model", "receptors", True, comparison, ("D7",), outcome, {"trial-model": larger, "r": smaller}
    )


def test_the_files_hold_what_scikit_learn_computes(tmp_path, patients, bundle):
    outcome, probability = patients
    write_validation(tmp_path / "out", examine(bundle, scored(outcome, probability)))
    found = {row["metric"]: row for row in rows_of(tmp_path / "out" / "metrics.csv")}
    assert float(found["auc"]["value"]) == pytest.approx(roc_auc_score(outcome, probability))
    assert float(found["brier"]["value"]) == pytest.approx(brier_score_loss(outcome, probability))
    assert float(found["observed_expected"]["value"]) == pytest.approx(outcome.sum() / probability.sum())
    assert all(float(row["ci_low"]) <= float(row["value"]) <= float(row["ci_high"]) for row in found.values())
    written = rows_of(tmp_path / "out" / "predictions.csv")
    assert [row["patient_id"] for row in written] == [f"D{number}" for number in range(160)]
    assert [float(row["probability"]) for row in written] == probability.tolist()


def test_the_promises_are_a_table_rows_of_metrics_and_on_the_page_with_their_margins(tmp_path, patients, bundle):
    outcome, probability = patients
    clinical = {"HR": np.tile([0.0, 1], 80), "HER2": np.zeros(160)}
    validation = examine(
        bundle, scored(outcome, probability, clinical=clinical, groups={"Breast density": ("a", "d") * 80})
    )
    write_validation(tmp_path, validation)
    covered = {(row["group"], row["y_true"]): row for row in rows_of(tmp_path / "coverage.csv")}
    assert int(covered["All patients", "1"]["patients"]) == outcome.sum() and len(covered) == 6
    found = {row["metric"]: row for row in rows_of(tmp_path / "metrics.csv")}
    assert found["set_coverage_positive"]["value"] == covered["All patients", "1"]["share"]
    assert {"ici", "e50", "e90", "npv", "precision", "auc_within_subtypes", "subgroup_consistency"} <= found.keys()
    text = page_of(tmp_path).text
    for margin in MARGINS:
        assert margin.name in text
    assert validation.checks.consistency.disparities.keys() == {"Breast density"}
    assert "Signalling questions of PROBAST+AI" in text


def test_the_page_states_result_own_validation_and_positive_class(tmp_path, patients, bundle):
    outcome, probability = patients
    write_validation(tmp_path, examine(bundle, scored(outcome, probability, warnings=("Odd.",))))
    page = page_of(tmp_path)
    counts = confusion_matrix(outcome, probability >= 0.3)
    for statement in [
        f"AUC {roc_auc_score(outcome, probability):.3f}; 95 % interval",
        "by DeLong",
        "0.706 (0.672 to 0.739)",
        f"160 patients, {outcome.sum()} (",
        f"{probability.sum():.0f} patients with pathological complete response (pCR) were expected",
        "Odd.",
        f"{counts[1, 1]} {counts[1, 0]}",
        f"{counts[0, 1]} {counts[0, 0]}",
        f"{outcome.sum()} patients with pathological complete response (pCR): intervals are wide",
        "nothing was fitted to these patients",
        "Not validated elsewhere.",
        "Research use only",
        "Checklist after TRIPOD+AI",
        f"160 patients were scored, {outcome.sum()} with pathological complete response",
    ]:
        assert statement in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "SYNTHETIC" not in page.text
    assert not {"script", "link", "img"} & {tag for tag, _ in page.elements}


def test_subgroups_drift_and_comparisons_are_tables_of_their_own_and_on_the_page(tmp_path, patients, bundle):
    outcome, probability = patients
    smaller = sigmoid(0.5 * logit(probability) + np.random.default_rng(2).normal(0, 0.3, 160))
    clinical = {"HR": np.tile([0.0, 1], 80), "HER2": np.zeros(160), "age": np.full(160, 90.0)}
    validation = examine(bundle, scored(outcome, probability, clinical=clinical, scanners={"MRI": ("A", "") * 80}))
    validation = replace(validation, against=(against(outcome, smaller, probability),))
    write_validation(tmp_path, validation)
    groups = {(row["variable"], row["group"]): row for row in rows_of(tmp_path / "subgroups.csv")}
    first = groups["Receptor subtype", "HR-/HER2-"]
    assert int(first["positives"]) == outcome[::2].sum()
    assert float(first["auc"]) == pytest.approx(roc_auc_score(outcome[::2], probability[::2]))
    assert ("MRI scanner", "not given") in groups
    drift = {row["feature"]: row for row in rows_of(tmp_path / "drift.csv")}
    assert float(drift["age"]["share_outside"]) == 1 and drift["age"]["training_values"] == "range only"
    assert float(drift["tumor_volume_mm3"]["share_missing"]) == 1
    nested = {row["measure"]: row for row in rows_of(tmp_path / "nested.csv")}
    gain = roc_auc_score(outcome, probability) - roc_auc_score(outcome, smaller)
    assert float(nested["auc_difference"]["value"]) == pytest.approx(gain)
    assert {"likelihood_ratio_of_score_chi_squared", "nri_at_threshold", "nri_continuous", "idi"} <= nested.keys()
    text = page_of(tmp_path).text
    for statement in (validation.against[0].sentence, "HR−/HER2−", "not given", "pure noise", "D7", "Decision curves"):
        assert statement in text
    names = [attributes["id"] for _, attributes in page_of(tmp_path).elements if "id" in attributes]
    assert len(names) == len(set(names))


def test_a_shifted_model_is_called_so_and_its_recalibration_is_offered_then_written(tmp_path, patients, bundle):
    outcome, probability = patients
    validation = examine(bundle, scored(outcome, sigmoid(logit(probability) + 1.5)))
    write_validation(tmp_path, validation)
    text = page_of(tmp_path).text
    assert "probabilities are too high" in text and "--recalibrate" in text
    assert not (tmp_path / "trial-model-recalibrated.nacmodel").exists()
    write_validation(tmp_path, validation, recalibrate=True)
    new = load_bundle(tmp_path / "trial-model-recalibrated.nacmodel")
    assert new.card.name == "trial-model-recalibrated"
    assert "yet other patients" in page_of(tmp_path).text
    write_validation(tmp_path, validation)
    assert not (tmp_path / "trial-model-recalibrated.nacmodel").exists()


def test_too_extreme_probabilities_are_called_so(tmp_path, patients, bundle):
    outcome, probability = patients
    write_validation(tmp_path, examine(bundle, scored(outcome, sigmoid(3 * logit(probability) + 1))))
    assert "too extreme" in page_of(tmp_path).text


def test_a_demonstration_model_and_made_up_patients_are_called_synthetic(tmp_path, patients, bundle):
    demonstration = replace(bundle, card=replace(bundle.card, demonstration=True))
    for name, expected in (
        ("a", (demonstration, scored(*patients))),
        ("b", (bundle, scored(*patients, synthetic=True))),
    ):
        write_validation(tmp_path / name, examine(*expected))
        assert "SYNTHETIC" in (tmp_path / name / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("positives", [1, 4])
def test_of_a_handful_of_patients_with_the_outcome_nothing_is_concluded(tmp_path, bundle, positives):
    outcome = np.repeat([1, 0], [positives, 12])
    probability = np.linspace(0.2, 0.5, positives + 12)
    validation = examine(bundle, scored(outcome, probability))
    smaller = np.linspace(0.5, 0.2, positives + 12)
    write_validation(tmp_path, replace(validation, against=(against(outcome, smaller, probability),)))
    text = page_of(tmp_path).text
    assert "nothing can be concluded" in text and ("Inconclusive" in text or "cannot be estimated" in text)
    assert "No recalibration is offered" in text and "of pairs" not in text


def test_unusable_patients_leave_nothing_behind(tmp_path, patients, bundle):
    outcome, probability = patients
    validation = examine(bundle, scored(outcome, probability))
    one_class = replace(validation, cohort=scored(np.ones_like(outcome), probability))
    with pytest.raises(InputError):
        write_validation(tmp_path / "out", one_class)
    assert not (tmp_path / "out").exists()


def test_a_model_whose_name_leads_elsewhere_is_refused(card):
    assert recalibrated_file(card.name) in own_files(card)
    for name in ("../x", "a/b", "a\\b", "..", "", "a\nb"):
        with pytest.raises(InputError, match="name that a file can have"):
            own_files(replace(card, name=name))
