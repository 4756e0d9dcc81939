"""janse2025 as it is meant: trained on one synthetic cohort, frozen, compared with volume and subtype on another."""

import pandas as pd
import pytest

from NACResponseLib.cli import main
from Testing.studies import population
from Testing.study_files import make_study

pytestmark = pytest.mark.slow
COLUMNS, MANY, OTHERS = 60, 4000, (4, 5, 6)
SLOPE = (0.75, 1.35)
"""Of models frozen after 300 patients: how steep these happened to be is as uncertain as the slope itself."""


def validated(folder, effect):
    """What the command line says of 300 patients elsewhere, of models trained on 300 patients."""
    for name, seed in (("here", 1), ("elsewhere", 2)):
        make_study(folder / name, "janse2025", 300, seed, effect=effect, columns=COLUMNS)
    run = folder / "run"
    train = ["train", str(folder / "here"), "--recipe", "janse2025", "--partitions", "2", "--workers", "1"]
    assert main([*train, "--output", str(run)]) == 0
    smaller = run / "models" / "volume_receptors.nacmodel"
    evaluate = ["evaluate", str(run / "model.nacmodel"), str(folder / "elsewhere"), "--against", str(smaller)]
    assert main([*evaluate, "--output", str(folder / "validation")]) == 0
    for name, patients, seed in (("many", MANY, 3), *((f"other{seed}", 300, seed) for seed in OTHERS)):
        make_study(folder / name, "janse2025", patients, seed, effect=effect, columns=COLUMNS)
        evaluate = ["evaluate", str(run / "model.nacmodel"), str(folder / name)]
        assert main([*evaluate, "--output", str(folder / f"in_{name}")]) == 0
    return folder / "validation"


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return validated(tmp_path_factory.mktemp("full"), "full")


@pytest.fixture(scope="module")
def clinical_only(tmp_path_factory):
    return validated(tmp_path_factory.mktemp("clinical_only"), "clinical_only")


def nested(folder):
    table = pd.read_csv(folder / "nested.csv")
    assert len(table.columns) > 3
    return table


def metric(folder, name):
    return pd.read_csv(folder / "metrics.csv").set_index("metric").loc[name]


def test_where_deep_features_add_the_frozen_model_adds_by_its_verdict(full):
    page = (full / "report.html").read_text(encoding="utf-8")
    assert "adds to" in page and "asks whether" in page
    table = nested(full)
    assert set(table["verdict"].dropna()) == {"adds"}
    ratio = table.set_index("measure").loc["likelihood_ratio_of_terms_chi_squared"]
    assert ratio.p < 0.001


def test_where_they_do_not_it_is_not_said(clinical_only):
    assert set(nested(clinical_only)["verdict"].dropna()) <= {"does not add", "inconclusive"}


def test_intervals_elsewhere_hold_the_area_in_the_population_but_for_chance(full, clinical_only):
    for folder, effect in ((full, "full"), (clinical_only, "clinical_only")):
        made = population("janse2025", COLUMNS)
        best, run = made.oracle(effect)[made.recipe["final"]].auc, folder.parent
        its_own = metric(run / "in_many", "auc").value  # that of a model learned from 300 patients
        assert its_own < best + 0.01
        found = [metric(place, "auc") for place in (folder, *(run / f"in_other{seed}" for seed in OTHERS))]
        assert sum(each.ci_low < its_own < each.ci_high for each in found) >= len(found) - 1
        slope = metric(folder, "calibration_slope")
        assert slope.ci_low < SLOPE[1]
        assert slope.ci_high > SLOPE[0]


def test_patients_are_called_synthetic(full):
    assert "ynthetic" in (full / "report.html").read_text(encoding="utf-8")
