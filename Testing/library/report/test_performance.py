"""The training report: what it says, that its figures are those of the run, and that it stands alone."""

import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.verdict import additions
from NACResponseLib.report.performance import training_report, write_training_report
from NACResponseLib.training.saved_run import read_run

from .html_page import Page
from .simulated_run import NEGATIVE, POSITIVE, simulate_run

HOSTILE = "<script>alert(1)</script>\"'&amp;{{ 7*7 }}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return simulate_run(tmp_path_factory.mktemp("report") / "run", warnings=["CT: a scanner was seen once."])


@pytest.fixture(scope="module")
def html(folder):
    return training_report(read_run(folder)).html


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_report_refers_to_nothing_outside_itself(html, page):
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "img"} & {
        tag for tag, _ in page.elements
    }
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    named = {attributes.get("id") for _, attributes in page.elements}
    assert {target for _, target in re.findall(r"url\((#?)([^)]*)\)", html)} <= named
    assert all(attributes["xlink:href"].removeprefix("#") in named for attributes in page.all("use"))
    assert "http://" not in html.replace("http-equiv", "")
    assert len(html) < 1e6


def test_every_chart_is_read_out_to_who_cannot_see_it(page):
    charts = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    names = {attributes.get("id") for tag, attributes in page.elements if tag in ("title", "desc")}
    assert len(charts) >= 7
    for chart in charts:
        title, desc = chart["aria-labelledby"].split()
        assert {title, desc} <= names
    hidden = [attributes for attributes in page.all("svg") if attributes.get("role") != "img"]
    assert all(attributes.get("aria-hidden") == "true" for attributes in hidden)


def test_every_table_and_figure_of_performance_names_the_positive_class(html):
    captions = re.findall(r"<(?:caption|figcaption)>(.*?)</(?:caption|figcaption)>", html, re.S)
    lines = [caption for caption in captions if re.search(r"(Table [123467]|Figure [1-5])\.", caption)]
    assert len(lines) == 11
    assert all(POSITIVE in caption or NEGATIVE in caption for caption in lines)


def test_the_figures_are_those_of_the_predictions(folder, page):
    with (folder / "predictions.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["feature_set"] == "resnet34"]
    parts = [[row for row in rows if row["partition"] == str(number)] for number in range(10)]
    areas, balanced = [], []
    for part in parts:
        truth = [int(row["y_true"]) for row in part]
        areas.append(roc_auc_score(truth, [float(row["probability"]) for row in part]))
        balanced.append(balanced_accuracy_score(truth, [int(row["predicted"]) for row in part]))
    for values in (areas, balanced):
        assert f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" in page.text
    hits = sum(row["y_true"] == row["predicted"] == "1" for row in rows)
    positives = sum(row["y_true"] == "1" for row in rows)
    assert f"{hits} ({100 * hits / positives:.0f} %)" in page.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_report_says_what_a_statistician_asks(page):
    for statement in [
        "Research use only — not for diagnosis or treatment decisions",
        "CT: a scanner was seen once.",
        "in each test part: intervals are wide.",
        "corrected resampled t-test",
        "This is an internal validation",
        "with SMOTENC",
        "without SMOTENC",
        "Events per feature",
        "Decision curve",
        "MRI_T2_Peri_0271",
        "peritumoral",
        "selected in at least half of the partitions",
        "features_resnet34.parquet",
        "selection · share",
    ]:
        assert statement in page.text
    assert "SYNTHETIC" not in page.text


def test_few_events_are_counted_in_the_warning(folder, page):
    with (folder / "metrics.csv").open(encoding="utf-8") as stream:
        counts = {row["n_test_positive"] for row in csv.DictReader(stream)}
    assert len(counts) == 1
    assert f"{counts.pop()} events ({POSITIVE})" in page.text


def test_oversampled_probabilities_are_seen_to_be_too_high(page):
    mean = {name: float(value) for name, value in re.findall(r"(with|without) SMOTENC (\d+\.\d)", page.text)}
    assert mean["with"] > mean["without"] + 8


def test_recalibrated_predictions_are_not_passed_off_as_calibration(tmp_path):
    from sklearn.linear_model import LogisticRegression

    folder = simulate_run(tmp_path / "run")
    with (folder / "out_of_fold.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream) if row[4] != "none"]
    outcome = np.array([int(row[2]) for row in rows[1:]])
    odds = np.log(np.array([float(row[3]) for row in rows[1:]]) / (1 - np.array([float(row[3]) for row in rows[1:]])))
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(odds[:, None], outcome).predict_proba(odds[:, None])[:, 1]
    for row, value in zip(rows[1:], fitted, strict=True):
        row[3] = repr(float(value))
    with (folder / "out_of_fold.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    text = Page(training_report(read_run(folder)).html).text
    assert "recalibrated on these same predictions" in text


def test_a_synthetic_cohort_is_called_synthetic_first_of_all(tmp_path):
    text = Page(training_report(read_run(simulate_run(tmp_path / "run", synthetic=True))).html).text
    assert text.index("SYNTHETIC — DEMONSTRATION ONLY") < text.index("Research use only")
    assert "Synthetic patients" in text


def test_names_from_elsewhere_are_text_and_nothing_else(tmp_path):
    folder = simulate_run(tmp_path / "run", warnings=[HOSTILE])
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about["positive_class"] = about["recipe"] = HOSTILE
    about["versions"] = {HOSTILE: HOSTILE}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    html = training_report(read_run(folder)).html
    assert "<script" not in html
    assert HOSTILE.replace("&amp;", "&") in Page(html).text.replace("&amp;", "&")


@pytest.mark.slow
def test_the_report_is_written_into_the_run_and_an_unusable_run_keeps_the_old_one(folder, tmp_path):
    write_training_report(folder, figures=tmp_path)
    drawn = {"auc", "balanced_accuracy", "roc", "calibration", "decision_curve", "sampling"}
    drawn |= {f"feature_{number:02d}" for number in (1, 2, 3)}
    assert {file.name for file in tmp_path.iterdir()} == {f"{n}.{k}" for n in drawn for k in ("svg", "pdf", "png")}
    written = (folder / "report.html").read_text(encoding="utf-8")
    write_training_report(folder)
    assert (folder / "report.html").read_text(encoding="utf-8") == written
    kept = (folder / "metrics.csv").read_text(encoding="utf-8")
    (folder / "metrics.csv").unlink()
    try:
        with pytest.raises(InputError):
            write_training_report(folder)
        assert (folder / "report.html").read_text(encoding="utf-8") == written
    finally:
        (folder / "metrics.csv").write_text(kept, encoding="utf-8")


@pytest.mark.parametrize(("patients", "partitions"), [(30, 2), (40, 1), (60, 10)])
def test_a_tiny_cohort_has_a_report_too(tmp_path, patients, partitions):
    text = Page(
        training_report(read_run(simulate_run(tmp_path / "run", patients=patients, partitions=partitions))).html
    ).text
    assert "intervals are wide" in text
    assert "nan" not in text.lower().replace("nanmean", "").split()


def test_a_run_without_imaging_says_that_nothing_was_compared(tmp_path):
    folder = simulate_run(tmp_path / "run", sets=("clinical", "volume_receptors"), final="clinical")
    text = Page(training_report(read_run(folder)).html).text
    assert "Imaging was not compared with clinical variables" in text


def test_what_the_summary_answers_is_not_repeated_as_a_warning(tmp_path):
    run = read_run(simulate_run(tmp_path / "run", patients=60, imaging=0.0, sets=("clinical", "resnet34")))
    (added,) = additions(run.held_out, run.baselines, run.part_sizes)
    record = replace(run, about={**run.about, "warnings": [added.sentence, "Another."]})
    page = Page(training_report(record).html)
    assert page.text.count(added.sentence) == 1 and "Another." in page.text
