"""Result objects: what Python gives is what the command line writes, read, copied and drawn."""

import json
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.integrate import trapezoid

import NACResponseLib as nac
from NACResponseLib.cli import main
from NACResponseLib.clinical import parse_clinical
from NACResponseLib.scoring.nomogram import bundle_nomogram
from NACResponseLib.scoring.patient import ScoredPatient
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.trees.recipe import load_trees_recipe
from Testing import cohort_to_figure

from ..cohort.tiny import make_cohort
from ..model.bundle_files import NAMES, linear_bundle
from ..report.simulated_run import simulate_run
from ..training.conftest import small
from ..training.synthetic import make, write_folder

MODEL = "ispy-clinical-volume"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Clinical records without images, and a small recipe."""
    folder = tmp_path_factory.mktemp("results")
    write_folder(folder / "features", make(patients=90, deep=60, seed=3, strength=1.5))
    (folder / "features" / "features_resnet10.parquet").unlink()
    recipe = json.loads(json.dumps(small(load_trees_recipe()).plain()))
    (folder / "small.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def learned(folder):
    return nac.train(folder / "features", "pcr", recipe=folder / "small.yaml", partitions=2, oversample=False)


@pytest.fixture(scope="module")
def validated(folder):
    return nac.validate(MODEL, folder / "features")


def axes() -> Axes:
    return Figure().add_subplot()


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_a_training_report_from_python_is_that_of_the_command_line_but_for_the_time(folder, learned, tmp_path):
    words = ["train", folder / "features", "--endpoint", "pcr", "--recipe", folder / "small.yaml", "--workers", "1"]
    words += ["--output", tmp_path / "run", "--partitions", "2", "--no-smote"]
    assert main([str(word) for word in words]) == 0
    theirs = nac.TrainingResult.load(tmp_path / "run")
    pages = [
        result.report(tmp_path / "page.html").read_bytes().replace(result.about["time"].encode(), b"")
        for result in (learned, theirs)
    ]
    assert pages[0] == pages[1]
    assert files(theirs.folder).keys() == files(learned.folder).keys()


def test_a_validation_from_python_is_byte_for_byte_that_of_the_command_line(folder, validated, tmp_path):
    assert main(["evaluate", MODEL, str(folder / "features"), "--output", str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == files(validated.folder)


def test_a_comparison_from_python_is_byte_for_byte_that_of_the_command_line(learned, tmp_path):
    assert main(["compare", str(learned.folder), "--output", str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == files(nac.compare([learned]).folder)


def test_results_are_saved_whole_and_loaded_again(learned, validated, tmp_path):
    for name, result in {"run": learned, "validation": validated}.items():
        kept = type(result).load(result.save(tmp_path / name).folder)
        assert files(kept.folder) == files(result.folder)
        pd.testing.assert_frame_equal(kept.frame(), result.frame())
        assert "Research use only" in kept._repr_html_()
    assert nac.TrainingResult.load(tmp_path / "run").bundle.sha256 == learned.bundle.sha256


def test_a_folder_without_a_result_is_refused(tmp_path):
    for kind in (nac.TrainingResult, nac.ValidationResult, nac.ComparisonResult, nac.ExtractionResult, nac.ScoredCase):
        with pytest.raises(nac.InputError, match="wrote whole"):
            kind.load(tmp_path)


def test_a_temporary_result_goes_with_its_object(folder):
    result = nac.validate(MODEL, folder / "features")
    place = result.folder
    assert place.is_dir()
    del result
    assert not place.exists()


def test_the_curves_drawn_are_those_of_the_predictions(validated):
    """The area under the drawn curve against the metric; the decision curve at the smallest threshold acts on all."""
    line = next(line for line in validated.plot_roc(axes()).lines if line.get_label() != "chance")
    area = trapezoid(*line.get_xydata().T[::-1])
    assert area == pytest.approx(validated.frame().set_index("metric").loc["auc", "value"], abs=1e-9)
    lines = {line.get_label(): line.get_xydata() for line in validated.plot_decision_curve(axes()).lines}
    assert lines[MODEL][0, 1] == pytest.approx(lines["act on all"][0, 1], abs=0.01)


def test_a_loaded_result_draws_what_a_new_one_does(learned, validated, tmp_path):
    compared = nac.compare([learned])
    figures = {
        learned: ("plot_roc", "plot_calibration", "plot_decision_curve"),
        validated: ("plot_roc", "plot_calibration", "plot_decision_curve"),
        compared: ("plot_roc", "plot_decision_curve"),
    }
    for number, (result, names) in enumerate(figures.items()):
        again = result.save(tmp_path / str(number))
        for name in names:
            ours, theirs = (getattr(each, name)(axes()).lines for each in (result, again))
            assert ours and all(
                np.array_equal(one.get_xydata(), other.get_xydata()) for one, other in zip(ours, theirs, strict=True)
            )


def test_trees_have_no_nomogram_and_say_so(learned):
    with pytest.raises(nac.InputError, match="formula"):
        learned.plot_nomogram(axes())


def test_a_figure_without_axes_is_one_of_pyplot(validated):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    before = pyplot.get_fignums()
    ax = validated.plot_roc()
    assert ax.figure.number not in before
    pyplot.close(ax.figure)


def test_what_imaging_adds_is_reported_by_the_comparison(tmp_path):
    run = simulate_run(tmp_path / "run", patients=80, partitions=4)
    assert any("adds to clinical variables alone" in finding for finding in nac.compare([run]).about["findings"])


@pytest.fixture
def scored():
    clinical = parse_clinical({"age": 52, "ER": "+", "PR": "-", "HER2": 0, "tumor_volume_mm3": 4200})
    return nac.score_case(nac.load_case("P1", {}, {}, clinical), MODEL)


def test_a_scored_case_is_saved_and_loaded(scored, tmp_path):
    kept = nac.ScoredCase.load(scored.save(tmp_path / "out", date="2026-11-21").folder)
    assert kept.score == scored.score and kept.values == scored.values
    assert kept.frame()["contribution"].sum() == pytest.approx(scored.score.probability - scored.score.baseline)
    assert f"{scored.score.probability:.3f}" in kept._repr_html_()
    assert kept.report(tmp_path / "page.html").read_bytes() == (tmp_path / "out" / "report.html").read_bytes()
    assert date.today().isoformat() in scored.report(tmp_path / "today.html").read_text(encoding="utf-8")
    with pytest.raises(nac.InputError, match="loaded"):
        kept.plot_nomogram(axes())


def test_a_patients_report_from_python_is_that_of_the_command_line(scored, tmp_path):
    words = "score --patient-id P1 --set age=52 --set ER=+ --set PR=- --set HER2=0 --set tumor_volume_mm3=4200"
    assert main([*words.split(), "--output", str(tmp_path / "theirs")]) == 0
    ours = scored.save(tmp_path / "ours").folder
    pages = [(place / "report.html").read_text(encoding="utf-8") for place in (ours, tmp_path / "theirs")]
    lines = [page.splitlines() for page in pages]
    typed = [line for line in lines[1] if line not in lines[0]]
    assert all("nacresponse" in line or "pytest" in line for line in typed), "only the command differs"
    assert (ours / "score.json").read_bytes() == (tmp_path / "theirs" / "score.json").read_bytes()


def test_a_formulas_nomogram_shows_the_patient_at_the_scores_probability():
    bundle = linear_bundle(nac.load_bundle(MODEL))
    values = dict(zip(NAMES, (20.0, 6.0, 1.0, 60.0, 7.0), strict=True))
    patient = ScoredPatient(score_values(values, bundle, patient_id="P-7"), values, {}, {})
    ax = nac.ScoredCase(scored=patient, case=nac.Case("P-7", {}, {}), bundle=bundle).plot_nomogram(axes())
    texts = [text.get_text() for text in ax.texts]
    assert any(f"{100 * patient.score.probability:.0f}" in text and "%" in text for text in texts)
    assert sum(line.get_marker() == "D" for line in ax.lines) == len(bundle_nomogram(bundle).variables) + 1


@pytest.mark.slow
def test_a_notebook_goes_from_a_cohort_to_a_figure(folder, tmp_path):
    cohort = make_cohort(tmp_path / "in", 40)
    protocol = cohort.parent / "protocol.yaml"
    file = cohort_to_figure.run(cohort, tmp_path / "out", protocol, folder / "small.yaml")
    assert file.read_bytes().startswith(b"%PDF-")
    features = nac.ExtractionResult.load(tmp_path / "out" / "features")
    assert features.feature_sets == ("handcrafted",)
    assert len(features.frame("handcrafted")) == len(features.frame()) == 40
    stable = nac.StabilityResult.load(tmp_path / "out" / "stability")
    assert set(stable.frame()["feature"]) == set(features.frame("handcrafted").columns)
    page = stable.report(tmp_path / "stability.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == len(stable.frame()) + 1
    shutil.rmtree(tmp_path / "out" / "features" / "qc")
    with pytest.raises(nac.InputError, match="a report"):
        features.report(tmp_path / "contours.html")
