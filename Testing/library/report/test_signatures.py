"""The training report of a study of signatures: its figures against the run's own files and other packages."""

import csv
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.report.performance import training_report
from NACResponseLib.report.signatures import (
    classifier_rows,
    formula_rows,
    gap_row,
    model_rows,
    stated_sentences,
    step_in_words,
)
from NACResponseLib.training.saved_run import read_run
from NACResponseLib.training.saved_signatures import read_signature_run

from .html_page import Page
from .simulated_signatures import CLASSIFIERS, FEATURES, MODELS, SETS, combined_bundle, simulate_signature_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return simulate_signature_run(tmp_path_factory.mktemp("signatures") / "run", partitions=5)


@pytest.fixture(scope="module")
def run(folder):
    return read_run(folder)


@pytest.fixture(scope="module")
def html(run):
    return training_report(run).html


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def rows_of(path, **chosen):
    with path.open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if all(row[key] == value for key, value in chosen.items())]


def test_models_go_by_the_labels_of_the_recipe(run, page):
    assert [run.label_of(name) for name in MODELS] == [expected["label"] for expected in MODELS.values()]
    assert run.label_of("clinical") == "Clinical only"
    combined = model_rows(run)[-1]
    assert combined.signatures == "Ultrasound signature, MRI signature"
    assert combined.clinical == "Progesterone receptor, HER2, Clinical T stage"
    assert "multimodal" not in page.text[: page.text.index("Checklist after CLEAR")]


def test_every_model_is_in_the_roc_and_decision_curves(html):
    for name in ("roc", "decision_curve"):
        description = re.search(rf'<desc id="{name}-desc">(.*?)</desc>', html, re.S).group(1)
        assert all(expected["label"] in description for expected in MODELS.values())
        assert "Clinical only" in description


def test_the_gap_is_that_of_the_predictions(folder, run):
    files = read_signature_run(run)
    gap = gap_row(run, "combined", files.apparent["combined"], 0)

    def areas(file):
        found = []
        for number in range(5):
            rows = rows_of(folder / file, feature_set="combined", partition=str(number))
            found.append(roc_auc_score([int(r["y_true"]) for r in rows], [float(r["probability"]) for r in rows]))
        return np.array(found)

    inside, outside = areas("apparent.csv"), areas("predictions.csv")
    assert (gap.apparent, gap.held_out) == pytest.approx((np.median(inside), np.median(outside)))
    assert gap.gap == pytest.approx(np.median(inside - outside))
    assert (gap.low, gap.high) == pytest.approx(((inside - outside).min(), (inside - outside).max()))
    assert gap.partitions == 5


def test_a_large_gap_is_beyond_chance_and_none_is_not(run):
    held = run.held_out["combined"]
    same = tuple((held.outcome[held.part(n)], held.probability[held.part(n)]) for n in range(held.partitions))
    assert gap_row(run, "combined", same, 0).beyond == 0
    outcome = np.repeat([1, 0], 40)
    perfect = tuple((outcome, outcome * 0.5 + 0.2) for _ in range(held.partitions))
    guessed = replace(held, probability=np.where(np.arange(held.outcome.size) % 2, 0.4, 0.6))
    coin = replace(run, held_out={**run.held_out, "combined": guessed})
    assert gap_row(coin, "combined", perfect, 0).beyond == held.partitions


def test_a_gap_without_both_classes_is_not_made_up(run):
    held = run.held_out["combined"]
    single = tuple((np.ones(5, dtype=int), np.full(5, 0.5)) for _ in range(held.partitions))
    gap = gap_row(run, "combined", single, 0)
    assert math.isnan(gap.gap)
    assert (gap.beyond, gap.partitions) == (0, 0)


def test_comparisons_stated_beforehand_are_reported_with_their_verdict(run, page):
    sentences = stated_sentences(run)
    assert len(sentences) == 2
    assert sentences[0].startswith(("“Combined”", "Inconclusive whether “Combined”"))
    assert "corrected resampled t-test" in sentences[0]
    assert all(sentence in page.text for sentence in sentences)
    assert re.search(r"before training .*AUC of 0\.05", page.text)


def test_a_null_study_does_not_add_anything(tmp_path):
    nothing = read_run(simulate_signature_run(tmp_path / "null", partitions=6, imaging=0.0, model=False))
    assert not any(sentence.startswith("“Combined” adds to") for sentence in stated_sentences(nothing))


def test_classifiers_are_held_against_logistic_regression(folder, run, page):
    rows = classifier_rows(read_signature_run(run).classifiers, run.part_sizes)
    area = {n: [float(r["auc"]) for r in rows_of(folder / "classifiers.csv", classifier=n)] for n in CLASSIFIERS}
    assert rows[0].test is None
    expected = corrected_resampled_t_test(area["random_forest"], area["logistic"], *run.part_sizes)
    assert (rows[2].test.difference, rows[2].test.p) == pytest.approx((expected.difference, expected.p))
    for row, values in zip(rows, area.values(), strict=True):
        assert (row.auc.mean, row.auc.deviation) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
        half = (row.auc.high - row.auc.low) / 2  # t(4) = 2.776445, variance (1/5 + n_test/n_train) s^2
        n_train, n_test = run.part_sizes
        assert half == pytest.approx(
            2.776445 * math.sqrt((1 / 5 + n_test / n_train) * np.var(values, ddof=1)), rel=1e-5
        )
    assert "Linear discriminant analysis" in page.text


def test_signatures_are_listed_with_the_heaviest_feature_first(run, page):
    weights = read_signature_run(run).weights
    assert weights["US"] == ((FEATURES[0], -0.5), (FEATURES[1], 0.25))
    assert page.text.index(FEATURES[0]) < page.text.index(FEATURES[1])
    assert "Ultrasound signature" in page.text


def test_the_formula_is_the_models(page):
    bundle = combined_bundle()
    rows = {row.label: row for row in formula_rows(bundle)}
    slope = bundle.calibration.slope
    assert rows["MRI signature"].coefficient == pytest.approx(1.5 * slope)
    assert rows["HER2"].odds_ratio == pytest.approx(math.exp(1.1 * slope))
    assert rows["HER2"].points == pytest.approx((0, 100 * 1.1 / (1.5 * 3.9)))
    assert rows["Clinical T stage"].ends == ("T1", "T4")
    assert rows["Clinical T stage"].points == pytest.approx((100 * 0.4 * 3 / (1.5 * 3.9), 0))
    assert "Nomogram for pathological complete response" in page.text
    assert formula_rows(load_bundle()) == []


def test_tables_and_figures_are_numbered_without_a_gap(html):
    for kind in ("Table", "Figure"):
        numbers = [int(number) for number in re.findall(rf"<b>{kind} (\d+)\.</b>", html)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 6


def test_what_only_trees_have_is_left_out(page):
    assert "SMOTENC" not in page.text
    assert "oversampling" not in page.text.lower().replace("no oversampling", "")


def test_steps_are_reported_in_words():
    assert step_in_words({"step": "mann_whitney", "level": 0.05}) == "Mann-Whitney U test, p below 0.05"
    assert step_in_words({"step": "spearman", "most": 0.9}).startswith("Spearman correlation")
    assert step_in_words({"step": "variance", "least": 1}) == "step variance, least 1"


def test_a_run_without_weight_has_no_nomogram_and_says_so(tmp_path):
    folder = simulate_signature_run(tmp_path / "run", partitions=2, model=False)
    assert "no nomogram" in training_report(read_run(folder)).html


@pytest.mark.parametrize("damage", ["apparent.csv", "classifiers.csv", "signatures.csv"])
def test_a_missing_file_is_refused(tmp_path, damage):
    folder = simulate_signature_run(tmp_path / "run", partitions=2, model=False)
    (folder / damage).unlink()
    with pytest.raises(InputError, match=damage):
        read_signature_run(read_run(folder))


def test_apparent_predictions_of_a_test_patient_are_refused(tmp_path):
    folder = simulate_signature_run(tmp_path / "run", partitions=2, model=False)
    lines = (folder / "apparent.csv").read_text(encoding="utf-8").splitlines()
    tested = rows_of(folder / "partitions.csv", partition="0", part="test")[0]["patient_id"]
    cells = lines[1].split(",")
    cells[2] = tested
    (folder / "apparent.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="training part of partition 0"):
        read_signature_run(read_run(folder))


def test_a_run_of_feature_sets_shows_none_of_this(folder, tmp_path):
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert set(SETS) == set(about["feature_sets"])
    about["kind"] = "radiomics"
    copy = simulate_signature_run(tmp_path / "run", partitions=2, model=False)
    (copy / "run.json").write_text(json.dumps(about), encoding="utf-8")
    assert "Apparent and held-out" not in training_report(read_run(copy)).html
