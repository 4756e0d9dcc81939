"""Comparison of runs: against scipy, with known truth, and refusals that say what differs."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.verdict import additions
from NACResponseLib.report.comparison import write_comparison
from NACResponseLib.training.saved_run import read_run

from .html_page import Page
from .simulated_run import NEGATIVE, POSITIVE, simulate_run
from .simulated_signatures import simulate_signature_run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    return simulate_run(tmp_path_factory.mktemp("runs") / "north")


def table(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def edited(run_folder, target, name, edit):
    shutil.copytree(run_folder, target)
    with (target / name).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    edit(rows)
    with (target / name).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return target


def test_tests_equal_scipys_and_the_corrected_one_is_wider_by_the_overlap(run_folder, tmp_path):
    write_comparison([run_folder], tmp_path / "out")
    areas = {}
    for row in table(run_folder / "metrics.csv"):
        areas.setdefault(row["feature_set"], []).append((float(row["auc"]), int(row["n_train"]), int(row["n_test"])))
    one, other = (np.array(areas[name]) for name in ("clinical", "resnet34"))
    expected = stats.ttest_rel(one[:, 0], other[:, 0])
    found = next(
        row
        for row in table(tmp_path / "out" / "tests.csv")
        if (row["first"], row["second"], row["metric"], row["positive_class"])
        == ("clinical", "resnet34", "auc", POSITIVE)
    )
    assert float(found["paired_p"]) == pytest.approx(expected.pvalue, rel=1e-4)
    widened = np.sqrt((1 / 10 + one[0, 2] / one[0, 1]) / (1 / 10))
    assert float(found["corrected_t"]) == pytest.approx(expected.statistic / widened, rel=1e-4)
    assert float(found["corrected_p"]) == pytest.approx(2 * stats.t.sf(abs(expected.statistic) / widened, 9), rel=1e-4)


def test_averages_are_reported_for_either_positive_class(run_folder, tmp_path):
    write_comparison([run_folder], tmp_path / "out")
    rows = {
        (row["feature_set"], row["positive_class"], row["metric"]): float(row["mean"])
        for row in table(tmp_path / "out" / "comparison.csv")
    }
    expected = [
        float(row["precision"]) for row in table(run_folder / "metrics.csv") if row["feature_set"] == "clinical"
    ]
    assert rows["clinical", POSITIVE, "precision"] == pytest.approx(np.mean(expected), abs=1e-5)
    assert rows["clinical", POSITIVE, "sensitivity"] == rows["clinical", NEGATIVE, "specificity"]
    assert rows["clinical", NEGATIVE, "precision"] > rows["clinical", POSITIVE, "precision"]
    assert len(rows) == 4 * 2 * 6


def test_imaging_that_adds_much_is_seen_to_add_in_a_large_cohort(tmp_path):
    run = read_run(simulate_run(tmp_path / "run", patients=900, imaging=2.0, sets=("clinical", "resnet34")))
    (added,) = additions(run.held_out, run.baselines, run.part_sizes)
    assert added.finding == "adds"
    assert re.match(r"ResNet34 \+ clinical adds to clinical.*\+0\.", added.sentence)


def test_imaging_that_adds_nothing_rarely_adds_by_its_verdict(tmp_path):
    findings = []
    for seed in range(12):
        folder = simulate_run(tmp_path / str(seed), imaging=0.0, seed=seed, sets=("clinical", "resnet34"))
        run = read_run(folder)
        findings += [added.finding for added in additions(run.held_out, run.baselines, run.part_sizes)]
    assert findings.count("adds") <= 1
    assert findings.count("inconclusive") >= 10


def test_the_page_answers_whether_imaging_adds_and_is_sound(run_folder, tmp_path):
    added = write_comparison([run_folder], tmp_path / "out")
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert [addition.baseline for addition in added] == ["clinical", "volume_receptors"]
    for addition in added:
        assert addition.sentence in page.text
    assert "Research use only" in page.text
    assert not {"script", "link", "img"} & {tag for tag, _ in page.elements}


@pytest.mark.slow
def test_each_figure_is_a_file_of_three_kinds_beside_what_was_there(run_folder, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.txt").write_text("kept")
    write_comparison([run_folder], tmp_path / "out", figures=tmp_path / "figures")
    drawn = {"auc", "balanced_accuracy", "roc", "decision_curve"}
    found = {file.name for file in (tmp_path / "figures").iterdir()}
    assert found == {f"{name}.{kind}" for name in drawn for kind in ("svg", "pdf", "png")} | {"mine.txt"}


def test_the_same_set_of_two_runs_bears_its_runs_name_and_equal_ones_are_taken_once(run_folder, tmp_path):
    other = simulate_run(tmp_path / "south")
    rows = (other / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert rows == (run_folder / "predictions.csv").read_text(encoding="utf-8").splitlines()

    def weaker(table_rows):
        for row in table_rows[1:]:
            if row[0] == "resnet34":
                row[4] = repr(0.5 * float(row[4]))

    worse = edited(run_folder, tmp_path / "west", "predictions.csv", weaker)
    write_comparison([run_folder, other, worse], tmp_path / "out")
    names = {row["feature_set"] for row in table(tmp_path / "out" / "comparison.csv")}
    assert names == {"clinical", "volume_receptors", "handcrafted", "resnet34@north", "resnet34@west"}


def test_runs_on_other_partitions_are_refused_with_what_differs(run_folder, tmp_path):
    for folder, words in [
        (simulate_run(tmp_path / "fewer", partitions=5), "10 and 5 partitions"),
        (simulate_run(tmp_path / "larger", patients=180), "patients in one of them only (P177, P178, P179)"),
    ]:
        with pytest.raises(InputError) as caught:
            write_comparison([run_folder, folder], tmp_path / "out")
        assert words in str(caught.value)
        assert not (tmp_path / "out").exists()


def test_runs_that_split_the_same_patients_otherwise_are_refused(run_folder, tmp_path):
    about = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    other = simulate_run(tmp_path / "other", seed=1)
    with pytest.raises(InputError, match=r"same partitions.*other parts in 10 of 10 partitions"):
        write_comparison([run_folder, other], tmp_path / "out")
    assert about["n_patients"] == 177


def test_runs_of_another_endpoint_are_refused(run_folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run_folder, other)
    about = json.loads((other / "run.json").read_text(encoding="utf-8"))
    about["endpoint"] = "responder"
    (other / "run.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(InputError, match="'pcr' and 'responder'"):
        write_comparison([run_folder, other], tmp_path / "out")


def test_one_set_alone_has_nothing_to_be_compared_with(tmp_path):
    folder = simulate_run(tmp_path / "run", sets=("clinical",), final="clinical")
    with pytest.raises(InputError, match="two feature sets"):
        write_comparison([folder], tmp_path / "out")


def test_a_recipes_own_comparator_is_not_taken_for_imaging(tmp_path):
    folder = simulate_run(tmp_path / "run", patients=120, partitions=3, sets=("clinical", "receptors", "resnet34"))
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(about | {"comparators": ["clinical", "receptors"]}), encoding="utf-8")
    added = write_comparison([folder], tmp_path / "out")
    assert [(addition.imaging, addition.baseline) for addition in added] == [
        ("resnet34", "clinical"),
        ("resnet34", "receptors"),
    ]
    assert " receptors" in added[1].sentence


def test_comparisons_stated_beforehand_come_first_and_their_gain_decides(tmp_path):
    folder = simulate_run(tmp_path / "stated")
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about |= {"nested": [["resnet34", "handcrafted"], ["resnet34", "clinical"]], "relevant_gain": 0.49}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    added = write_comparison([folder], tmp_path / "out")
    pairs = [(one.imaging, one.baseline) for one in added]
    assert pairs[:2] == [("resnet34", "handcrafted"), ("resnet34", "clinical")] and len(pairs) == len(set(pairs))
    assert [one.chosen_among for one in added[:2]] == [1, 1]
    assert added[0].finding != "inconclusive"
    strict = write_comparison([folder], tmp_path / "strict", 1e-6)[0]
    assert strict.test == added[0].test and (strict.finding != "does not add" or strict.test.high < 0)


def test_the_models_of_a_study_are_called_as_its_recipe_calls_them(tmp_path):
    folder = simulate_signature_run(tmp_path / "study", partitions=4, model=False)
    run = read_run(folder)
    added = write_comparison([folder], tmp_path / "out")
    text = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8")).text
    assert added and all(one.sentence in text for one in added)
    assert f"“{run.label_of(run.final)}”" in added[0].sentence
    assert all(run.label_of(name) in text for name in run.held_out)
    assert "feature set" not in text.lower()
