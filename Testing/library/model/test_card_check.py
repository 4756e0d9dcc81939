"""A card's figures are those of the predictions that the bundle holds, and its calibration gives them."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import Calibration
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, model_files, save_bundle
from NACResponseLib.model.bundle_parts import Reference
from NACResponseLib.model.card_check import check_card
from NACResponseLib.model.recalibrated import recalibrated

from .bundle_files import refused, rehashed


@pytest.mark.parametrize("name", model_files())
def test_the_cards_of_the_shipped_models_fit(name):
    assert set(check_card(load_bundle(name))) == {"auc", "brier", "balanced_accuracy"}


@pytest.mark.parametrize("name", ["auc", "brier", "balanced_accuracy"])
def test_a_figure_that_the_predictions_do_not_give_is_refused(shipped, name):
    better = (
        {"value": 0.95, "low": 0.93, "high": 0.97} if name != "brier" else {"value": 0.1, "low": 0.08, "high": 0.12}
    )
    metrics = tuple(replace(one, **better) if one.name == name else one for one in shipped.card.metrics)
    with pytest.raises(InputError, match="on its card"):
        check_card(replace(shipped, card=replace(shipped.card, metrics=metrics)))


def test_predictions_that_do_not_give_the_cards_figures_are_refused(shipped):
    outcomes = shipped.reference.outcomes
    perfect = Reference(0.1 + 0.8 * outcomes, outcomes)
    assert roc_auc_score(outcomes, perfect.probabilities) == 1
    with pytest.raises(InputError, match=r"1\.000 of them"):
        check_card(replace(shipped, reference=perfect))


def test_of_a_recalibrated_model_only_the_area_is_compared(shipped):
    done = {"cohort": "Synthetic.", "patients": 10, "positives": 5, "method": "logistic"}
    assert check_card(recalibrated(shipped, Calibration(0.5, 1.0), done)) == ("auc",)


@pytest.fixture
def with_margins(shipped):
    """A bundle that holds its predictions' log-odds before calibration."""
    margins = np.linspace(-3, 2, len(shipped.reference.outcomes))
    calibration = Calibration(0.8, -0.4)
    probabilities = np.round(1 / (1 + np.exp(0.4 - 0.8 * margins)), 6)
    return replace(
        shipped,
        card=replace(shipped.card, name="mine"),
        calibration=calibration,
        reference=Reference(probabilities, shipped.reference.outcomes, margins),
        sha256="",
    )


def test_a_bundle_keeps_its_margins_on_disk_and_when_it_is_recalibrated(with_margins, tmp_path):
    done = {"cohort": "Synthetic.", "patients": 10, "positives": 5, "method": "logistic"}
    for bundle in (with_margins, recalibrated(with_margins, Calibration(1.5, 0.2), done)):
        save_bundle(bundle, tmp_path / "mine.nacmodel")
        assert load_bundle(tmp_path / "mine.nacmodel").reference.margins == pytest.approx(
            with_margins.reference.margins
        )


@pytest.mark.parametrize("changed", [{"intercept": 4.0}, {"slope": 2.0}])
def test_a_calibration_that_was_altered_alone_is_refused(with_margins, tmp_path, changed):
    path = tmp_path / "mine.nacmodel"
    path.write_bytes(bundle_bytes(with_margins))
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    assert json.loads(members["model.json"])["calibration"] == {"slope": 0.8, "intercept": -0.4}
    altered = rehashed(members, "model.json", lambda data: data["calibration"].update(changed))
    assert "a calibration that gives" in refused(tmp_path, altered)


def test_margins_of_fewer_patients_are_refused(with_margins, tmp_path):
    fewer = replace(with_margins.reference, margins=with_margins.reference.margins[:-1])
    assert "per training patient" in refused(tmp_path, bundle_bytes(replace(with_margins, reference=fewer)))
