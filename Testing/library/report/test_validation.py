"""External validation: its files agree with scikit-learn and with each other, and its page stands alone."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.report.validation import write_validation, write_validation_report

from .html_page import Page


@pytest.fixture
def patients():
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.9, 1, 160)
    outcome = (random.random(160) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return [f"D{number}" for number in range(160)], outcome, 1 / (1 + np.exp(-log_odds - 0.2))


def rows_of(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_files_hold_what_scikit_learn_computes(tmp_path, patients, card):
    names, outcome, probability = patients
    write_validation(tmp_path / "out", names, outcome, probability, card=card, threshold=0.3)
    found = {row["metric"]: row for row in rows_of(tmp_path / "out" / "metrics.csv")}
    assert float(found["auc"]["value"]) == pytest.approx(roc_auc_score(outcome, probability))
    assert float(found["brier"]["value"]) == pytest.approx(brier_score_loss(outcome, probability))
    assert all(float(row["ci_low"]) <= float(row["value"]) <= float(row["ci_high"]) for row in found.values())
    written = rows_of(tmp_path / "out" / "predictions.csv")
    assert [row["patient_id"] for row in written] == names
    assert [float(row["probability"]) for row in written] == probability.tolist()


def test_the_page_tells_result_own_validation_and_positive_class(tmp_path, patients, card):
    names, outcome, probability = patients
    write_validation(
        tmp_path,
        names,
        outcome,
        probability,
        card=card,
        threshold=0.3,
        cohort="Women of a third trial.",
        warnings=["Odd."],
    )
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    counts = confusion_matrix(outcome, probability >= 0.3)
    for statement in [
        f"AUC of {roc_auc_score(outcome, probability):.3f}",
        "0.706 (0.672 to 0.739)",
        "Women of a third trial.",
        "Odd.",
        "pathological complete response (pCR)",
        f"{counts[1, 1]} {counts[1, 0]}",
        f"{counts[0, 1]} {counts[0, 0]}",
        f"{outcome.sum()} patients with pathological complete response (pCR): intervals are wide",
        "nothing was fitted to these patients",
        "Not validated elsewhere.",
        "Research use only",
    ]:
        assert statement in page.text
    assert "SYNTHETIC" not in page.text
    assert not {"script", "link", "img"} & {tag for tag, _ in page.elements}


def test_a_shifted_model_is_called_so(tmp_path, patients, card):
    names, outcome, probability = patients
    odds = np.log(probability / (1 - probability))
    write_validation(tmp_path, names, outcome, 1 / (1 + np.exp(-3 * odds - 4)), card=card, threshold=0.3)
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "Predicted probabilities are too extreme here" in text
    assert "is less frequent here than predicted." in text


def test_a_demonstration_model_and_made_up_patients_are_called_synthetic(tmp_path, patients, card):
    for name, told in (("a", {"card": replace(card, demonstration=True)}), ("b", {"card": card, "synthetic": True})):
        write_validation(tmp_path / name, *patients, threshold=0.3, **told)
        assert "SYNTHETIC" in (tmp_path / name / "report.html").read_text(encoding="utf-8")


def test_unusable_patients_leave_nothing_behind(tmp_path, patients, card):
    names, outcome, probability = patients
    with pytest.raises(InputError):
        write_validation(tmp_path / "out", names, np.ones_like(outcome), probability, card=card, threshold=0.3)
    assert not (tmp_path / "out").exists()


def test_a_report_needs_both_tables(tmp_path, patients, card):
    write_validation(tmp_path, *patients, card=card, threshold=0.3)
    (tmp_path / "metrics.csv").unlink()
    with pytest.raises(InputError, match=r"metrics\.csv"):
        write_validation_report(tmp_path, card=card, threshold=0.3)
