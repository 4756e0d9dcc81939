"""Step 5 of the patient's tab: the model and what it needs, the score and its reasons, and what is saved of it."""

import csv
import json
from pathlib import Path

import pytest

from Testing.slicer.opened_module import contoured

SCORE = {
    "patient_id": "P<7>",
    "model": {
        "name": "ispy-clinical-volume",
        "version": "1.0",
        "endpoint": "pcr",
        "positive_class": "pathological complete response",
        "negative_class": "residual disease",
        "intended_use": "Research use only.",
    },
    "probability": 0.41,
    "interval": [0.2, 0.63],
    "interval_level": 0.95,
    "baseline": 0.31,
    "threshold": 0.35,
    "predicted_class": "pathological complete response",
    "contributions": [
        {"feature": "HR", "label": "Hormone receptor", "unit": "", "value": 0.0, "shown": "negative",
         "contribution": 0.12, "log_odds": 0.5, "inputs": []},
        {"feature": "age", "label": "Age", "unit": "years", "value": 71.0, "shown": "71 years",
         "contribution": -0.02, "log_odds": -0.1, "inputs": []},
    ],
    "warnings": ["Age 71 years is unusual."],
    "provenance": {},
    "prediction_set": ["pathological complete response", "residual disease"],
    "p_values": {"positive": 0.6, "negative": 0.3},
    "set_level": 0.9,
    "made_from": {"MRI": "another contour"},
}  # fmt: skip


@pytest.fixture
def score(opened):
    return opened.widget.score


def scored(opened, tmp_path, **changed):
    """The score above in the scene, taken over as after a run."""
    result = tmp_path / "run" / "result"
    result.mkdir(parents=True)
    values = {name: value for name, value in {**SCORE, **changed}.items() if name != "made_from"}
    (result / "score.json").write_text(json.dumps(values), encoding="utf-8")
    (result / "report.html").write_text("<html><body>The report</body></html>", encoding="utf-8")
    (result / "features.csv").write_text("patient_id,age,HR\nP<7>,71.0,0.0\n", encoding="utf-8")
    (tmp_path / "run" / "inputs").mkdir()
    (tmp_path / "run" / "inputs" / "made_from.json").write_text(json.dumps(SCORE["made_from"]), encoding="utf-8")
    opened.widget.logic.loadScore(opened.node, tmp_path / "run")
    opened.settle()


@pytest.mark.usefixtures("asking")
def test_the_model_is_described_and_what_is_missing_is_stated(opened, score):
    opened.until(lambda: not score._updateTimer.active)
    assert score.bar.missingLabel.text == "The list of models is being read." and not score.bar.runButton.enabled
    opened.listed()
    text = score.models.ui.modelLabel.text
    assert "Positive class: pathological complete response; negative class: residual disease." in text
    assert "Trained on" in text and "I-SPY" in text and "Needs: MRI contour, Age." in text
    assert "May stay unknown: Hormone receptor, HER2." in text and "demonstration" not in text
    assert score.ui.researchLabel.visible and "Research use only" in score.ui.researchLabel.text
    missing = score.bar.missingLabel.text
    assert "Contour the tumour on MRI first." in missing and "The model needs a clinical value: Age." in missing
    contoured(opened)
    opened.node.age = "50"
    opened.settle()
    assert score.bar.runButton.enabled and not score.bar.missingLabel.visible
    opened.node.age = "5"
    opened.settle()
    assert "age between 18 and 110" in score.bar.missingLabel.text and not score.bar.runButton.enabled


def test_a_model_of_mri_and_ct_says_that_it_needs_the_ct_and_is_a_demonstration(opened, score):
    opened.listed()
    contoured(opened)
    score.models.ui.modelCombo.setCurrentIndex(score.models.ui.modelCombo.findData("phantom-multimodal"))
    opened.settle()
    assert opened.node.model == "phantom-multimodal"
    assert score.models.ui.modelCombo.currentText == "phantom-multimodal (demonstration)"
    assert "says nothing about a real one" in score.models.ui.modelLabel.text
    missing = score.bar.missingLabel.text
    assert "needs the image CT" in missing and "Contour the tumour on CT first." in missing


def test_a_file_that_is_no_model_is_stated_under_the_button(opened, score, tmp_path):
    opened.listed()
    path = tmp_path / "mine.nacmodel"
    path.write_text("no archive", encoding="utf-8")
    opened.app.dialogs.answerFile(str(path))
    score.models.ui.modelCombo.setCurrentIndex(score.models.ui.modelCombo.count - 1)
    opened.settle()
    assert opened.node.model == str(path) and score.models.ui.modelCombo.currentText == "mine.nacmodel"
    assert "mine.nacmodel" in score.bar.missingLabel.text and not score.bar.runButton.enabled
    opened.app.dialogs.answerFile("")  # a cancelled dialog changes nothing
    score.models.ui.modelCombo.setCurrentIndex(score.models.ui.modelCombo.count - 1)
    assert opened.node.model == str(path)


@pytest.mark.usefixtures("asking")
def test_a_list_that_cannot_be_read_is_an_error_with_details(opened, score):
    from NACResponseSlicer.processRunner import ConsoleProcess

    score.models._listing.cancel()
    score.models._listing = ConsoleProcess(["models", "show", "nothing-of-that-name"])
    opened.until(lambda: score.models._listing is None)
    assert "nothing-of-that-name" in score.bar.messageLabel.text and score.bar.detailsButton.visible


def test_before_packages_are_there_score_asks_for_them(slicerApp, opened, score):
    import qt
    from NACResponseSlicer import dependencies

    opened.listed()
    contoured(opened)
    opened.node.age = "50"
    opened.settle()
    asked = []

    def refuse(purpose):
        asked.append(purpose)
        raise dependencies.MissingPackages("xgboost is missing and was not installed.")

    original, dependencies.ensure = dependencies.ensure, refuse
    try:
        score.bar.runButton.click()
    finally:
        dependencies.ensure = original
    assert asked == ["score"] and score.bar.messageLabel.text == "xgboost is missing and was not installed."
    assert not score.bar.running and isinstance(score.widget, qt.QWidget)


def test_where_models_cannot_be_listed_yet_score_itself_lists_them(opened, score, monkeypatch):
    score.models._listing.cancel()
    score.models._listTimer.stop()
    score.models._listing = None
    monkeypatch.setattr("NACResponseSlicer.dependencies.missing", lambda purpose: ["PyYAML"])
    score.models.listModels()
    opened.widget.updateState()
    assert score.models._listing is None and score.bar.runButton.enabled and not score.models.ui.modelLabel.visible
    monkeypatch.setattr("NACResponseSlicer.dependencies.ensure", lambda purpose: None)
    score.bar.runButton.click()
    assert "Contour the tumour on MRI first." in score.bar.messageLabel.text  # the model is known now


def test_a_score_is_reported_with_its_class_interval_reasons_and_warnings(opened, score, tmp_path):
    opened.listed()
    assert not score.ui.resultPlace.visible
    contoured(opened)
    scored(opened, tmp_path)
    text = score.ui.resultLabel.text.replace("\u00a0", " ")
    assert "Probability of pathological complete response: 41 %" in text and "95 % interval: 20 % to 63 %" in text
    assert "<b>pathological complete response</b> (at or above the threshold of 35 %)" in text
    assert "At 90 % confidence: pathological complete response or residual disease, both remain possible" in text
    assert "P&lt;7&gt;" in text  # what was typed is text, never markup
    warnings = score.ui.warningsLabel.text
    assert "Warning: Age 71 years is unusual." in warnings and "changed since the score was made" in warnings
    assert "average patient's 31\u00a0%" in score.ui.contributionsHint.text
    view = score.ui.contributionsView
    assert view.mrmlTableNode() is opened.node.contributionsTable
    assert opened.node.contributionsTable.GetNumberOfRows() == 2
    assert score.ui.resultPlace.visible and score.ui.openReportButton.enabled


@pytest.mark.usefixtures("asking")
def test_a_model_that_learned_nothing_is_called_so_first(opened, score, tmp_path):
    scored(opened, tmp_path, predicted_class=None, p_values={}, prediction_set=[])
    text = score.ui.resultLabel.text
    assert "learned nothing" in text.partition("<br>")[0] and "Predicted class" not in text


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"prediction_set": ["residual disease"]}, "residual disease; the other class would be unusual"),
        ({"prediction_set": []}, "neither class is usual"),
        ({"p_values": {}}, None),  # of a model without a reference, or an older score
    ],
)
def test_the_classes_that_remain_possible_are_shown_where_known(opened, score, tmp_path, changed, expected):
    scored(opened, tmp_path, **changed)
    text = score.ui.resultLabel.text
    assert expected in text if expected else "confidence" not in text


def test_a_model_of_other_images_asks_for_each_of_them_and_its_contour(opened, score):
    opened.listed()
    contoured(opened)
    entry = opened.widget.logic.model(opened.node)
    spec = {"dimension": 2, "time": "pre", "shell": False}
    images = {name: {"modality": name, "contour": name, **spec} for name in ("US", "MG")}
    images["CT"] = {"modality": "CT", "contour": "CT", **spec, "dimension": 3}
    study = {**entry, "name": "liang", "default": False, "images": ["US", "MG", "CT"], "contours": ["US", "MG", "CT"]}
    opened.widget.logic.setModels([*opened.widget.logic.models(), {**study, "protocol_images": images}])
    opened.node.model = "liang"
    opened.settle()
    assert "Needs: US contour, MG contour, CT contour, US, MG, CT, Age." in score.models.ui.modelLabel.text
    shown = score.bar.missingLabel.text.splitlines()
    for name in ("US", "MG", "CT"):
        assert f"The model needs the image {name}: choose it." in shown
        assert f"Contour the tumour on {name} first." in shown
        assert opened.widget.images.marks[name].text == "missing"
    assert not score.bar.runButton.enabled


def test_the_chart_is_shown_in_a_layout_with_a_plot_its_bars_named(opened, score, tmp_path):
    import slicer
    import vtk

    scored(opened, tmp_path)
    assert score.ui.chartButton.enabled
    score.ui.chartButton.click()
    widget = slicer.app.layoutManager().plotWidget(0)
    assert widget.mrmlPlotViewNode().GetPlotChartNodeID() == opened.node.contributionsChart.GetID()
    names = widget.plotView().chart().GetAxis(vtk.vtkAxis.BOTTOM).GetTickLabels()
    table = opened.node.contributionsTable.GetTable().GetColumnByName("feature")
    assert names.GetNumberOfValues() == table.GetNumberOfValues() > 0  # a name under each bar


def test_report_and_features_are_saved_and_the_report_opened(opened, score, tmp_path):
    scored(opened, tmp_path)
    report, features = tmp_path / "my report.html", tmp_path / "features.csv"
    opened.app.dialogs.answerFile(str(report), str(features), "")
    score.ui.saveReportButton.click()
    assert "The report" in report.read_text(encoding="utf-8") and str(report) in score.ui.resultMessage.text
    score.ui.saveFeaturesButton.click()
    with features.open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [["patient_id", "age", "HR"], ["P<7>", "71.0", "0.0"]]
    score.ui.saveReportButton.click()  # the dialog was cancelled
    score.ui.openReportButton.click()
    assert opened.app.dialogs.openedUrls[-1].endswith("NACResponse-report.html")


def test_a_report_of_somebody_elses_scene_is_opened_where_it_can_do_nothing(opened, score, tmp_path):
    scored(opened, tmp_path)
    score.parameterNode.reportHtml = "<script>bad()</script>"
    score.ui.openReportButton.click()
    page = Path(opened.app.dialogs.openedUrls[-1].removeprefix("file://")).read_text(encoding="utf-8")
    assert 0 < page.index("Content-Security-Policy") < page.index("default-src 'none'") < page.index("<script>")
    assert page.startswith("<!DOCTYPE html>") and "script-src" not in page


def test_the_report_is_printed_as_pdf_where_the_user_says(opened, score, tmp_path):
    assert not score.ui.savePdfButton.enabled
    scored(opened, tmp_path)
    opened.app.dialogs.answerFile("", str(tmp_path / "the report"))
    score.ui.savePdfButton.click()  # the dialog was cancelled
    assert not score.pdf.printer.running
    score.ui.savePdfButton.click()
    assert not score.ui.savePdfButton.enabled and score.ui.resultMessage.text == "Printing..."
    opened.until(lambda: not score.pdf.printer.running)
    printed = tmp_path / "the report.pdf"
    assert printed.read_bytes().startswith(b"%PDF-") and str(printed) in score.ui.resultMessage.text
    assert score.ui.savePdfButton.enabled


def test_a_report_that_cannot_be_written_is_an_error_under_the_buttons(opened, score, tmp_path):
    scored(opened, tmp_path)
    opened.app.dialogs.answerFile(str(tmp_path / "nowhere" / "report.html"))
    score.ui.saveReportButton.click()
    assert "nowhere" in score.ui.resultMessage.text


def test_a_deleted_table_and_chart_are_not_offered(opened, score, tmp_path):
    import slicer

    scored(opened, tmp_path)
    slicer.mrmlScene.RemoveNode(opened.node.featuresTable)
    slicer.mrmlScene.RemoveNode(opened.node.contributionsChart)
    slicer.mrmlScene.RemoveNode(opened.node.contributionsTable)
    opened.settle()
    assert not score.ui.saveFeaturesButton.enabled and not score.ui.chartButton.enabled
    assert score.ui.contributionsView.mrmlTableNode() is None and score.ui.resultPlace.visible


PLACE = {
    "subtype": "HR-/HER2-", "reason": "", "patients": 60, "positives": 21, "lower": 33,
    "bins": [
        {"low": k / 10, "high": (k + 1) / 10, "patients": patients, "positives": positives}
        for k, (patients, positives) in enumerate([(0, 0), (0, 0), (10, 2), (20, 6), (20, 8), (10, 5), *[(0, 0)] * 4])
    ],
}  # fmt: skip


def test_the_score_is_drawn_with_its_reasons_and_among_its_own_subtype(opened, score, tmp_path):
    effects = {"warnings": ["Much.", "Little."], "warning_effects": [0.18, 0.001]}
    scored(opened, tmp_path, place=PLACE, **effects)
    ui = score.ui
    assert 'width="20%"' in ui.scaleLabel.text and "threshold 35" in ui.scaleLabel.text
    bars = ui.barsLabel.text
    assert (
        bars.index("Hormone receptor: negative")
        < bars.index("+12.0")
        < bars.index("Age: 71 years")
        < bars.index("-2.0")
    )
    assert "60 training patients who are HR-/HER2- as this patient is" in ui.placeHint.text
    place = ui.placeLabel.text.replace("\u00a0", " ")
    assert "<b>40 - 50 %" in place and "8 of 20" in place and place.count("<b>") == 1 and "0 - 10 %" not in place
    lines = ui.warningsLabel.text.splitlines()
    assert lines[:2] == ["Warning: Much. At stake: up to 18 points.", "Warning: Little."]


def test_an_older_score_has_no_place_and_many_inputs_are_joined(opened, score, tmp_path):
    one = SCORE["contributions"][0]
    many = [{**one, "label": f"Input <{k}>", "contribution": 0.01} for k in range(12)]
    scored(opened, tmp_path, contributions=many)
    assert not score.ui.placeLabel.visible and not score.ui.placeHint.visible
    assert "5 other inputs" in score.ui.barsLabel.text and "+5.0" in score.ui.barsLabel.text
    assert "Input &lt;6&gt;" in score.ui.barsLabel.text and "Input &lt;7&gt;" not in score.ui.barsLabel.text


@pytest.mark.usefixtures("asking")
def test_of_a_model_that_learned_nothing_that_alone_is_shown(opened, score, tmp_path):
    scored(opened, tmp_path, predicted_class=None, p_values={}, prediction_set=[], place={})
    ui = score.ui
    assert "learned nothing" in ui.resultLabel.text and "41" not in ui.resultLabel.text
    for label in (ui.scaleLabel, ui.barsLabel, ui.placeLabel, ui.placeHint, ui.contributionsHint, ui.tableSection):
        assert not label.visible
    assert "unusual" not in ui.warningsLabel.text


def test_the_examination_goes_into_the_command(opened, score):
    from NACResponseSlicer import examination

    assert examination.words(opened.node) == []
    opened.node.studyDate, opened.node.reader = "2026-11-29", " A. Berg "
    score.ui.sideCombo.setCurrentIndex(score.ui.sideCombo.findData("left"))
    assert opened.node.laterality == "left"
    expected = ["--exam-date", "2026-11-29", "--laterality", "left", "--reader", "A. Berg"]
    assert examination.words(opened.node) == expected


def test_all_results_are_saved_into_a_folder_and_never_among_other_files(opened, score, tmp_path):
    opened.listed()
    contoured(opened)
    scored(opened, tmp_path)
    folder = tmp_path / "results"
    opened.app.dialogs.answerFile(str(folder))
    score.ui.saveFolderButton.click()
    assert "score again first" in score.ui.resultMessage.text and not folder.exists()
    model = opened.widget.logic.model(opened.node)
    from NACResponseSlicer.patientInputs import scoreOrigin

    values = json.loads(opened.node.scoreJson)
    opened.node.scoreJson = json.dumps({**values, "made_from": scoreOrigin(opened.node, model)})
    opened.app.dialogs.answerFile(str(folder))
    score.ui.saveFolderButton.click()
    assert {file.name for file in folder.iterdir()} == {"score.json", "features.csv", "report.html", "tumor_MRI.nii.gz"}
    assert json.loads((folder / "score.json").read_text(encoding="utf-8"))["probability"] == 0.41
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("", encoding="utf-8")
    opened.app.dialogs.answerFile(str(tmp_path / "mine"))
    score.ui.saveFolderButton.click()
    assert "thesis.docx" in score.ui.resultMessage.text and len(list((tmp_path / "mine").iterdir())) == 1


@pytest.mark.slow
def test_an_earlier_result_is_compared_with_the_score(opened, score, tmp_path):
    from NACResponseSlicer.patientInputs import scoreOrigin

    opened.listed()
    contoured(opened)
    scored(opened, tmp_path)
    values = json.loads(opened.node.scoreJson)
    made = scoreOrigin(opened.node, opened.widget.logic.model(opened.node))
    opened.node.scoreJson = json.dumps({**values, "made_from": made})
    opened.widget.logic.saveFolder(opened.node, tmp_path / "earlier")
    opened.app.dialogs.answerFile(str(tmp_path / "earlier"))
    opened.run(score.followup.bar)
    text = score.ui.followupLabel.text
    assert "stable disease" in text and "Longest diameter (MRI)" in text and "(+0 %)" in text
    assert score.ui.openFollowupButton.visible and "Two examinations" in score.followup._page
    opened.node.scoreJson = json.dumps({**values, "made_from": made, "probability": 0.5})
    opened.settle()
    assert not score.ui.followupLabel.visible and not score.ui.openFollowupButton.visible


@pytest.mark.parametrize("field", ["patientId", "studyDate", "laterality", "reader", "scannerMri", "accepted"])
def test_a_score_is_out_of_date_when_what_its_report_names_was_changed(opened, score, tmp_path, field):
    from NACResponseSlicer.acceptance import accept
    from NACResponseSlicer.patientInputs import scoreOrigin

    opened.listed()
    contoured(opened)
    scored(opened, tmp_path)
    logic, node = opened.widget.logic, opened.node
    made = scoreOrigin(node, logic.model(node))
    node.scoreJson = json.dumps({**json.loads(node.scoreJson), "made_from": made})
    assert not any("score again" in note for note in logic.notesFor("score", node))
    if field == "accepted":
        accept(node, "MRI", "AB")
    else:
        setattr(node, field, "left" if field == "laterality" else "2")
    assert any("score again" in note for note in logic.notesFor("score", node))
    with pytest.raises(ValueError, match="score again"):
        logic.saveFolder(node, tmp_path / "saved")
