"""Every shipped model and a model of every shipped protocol, scored in the tab Patient: synthetic patients of the study
and the real sample patient, in real MRML and real widgets."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from NACResponseLib.config import named_files, resources
from NACResponseLib.model.bundle import load_bundle, save_bundle
from NACResponseLib.model.bundle_parts import BundleInput, ImageNeeds
from NACResponseLib.model.linear import Linear, LinearFormula, Term
from NACResponseLib.phantom import ImageRequest, make_study_cohort
from NACResponseLib.protocol import load_protocol
from Testing.slicer.shared import made_once

SHIPPED = resources() / "Models"
PROTOCOLS = sorted(named_files("Protocols", ".yaml"))
AGED = ("age",)


def inputs_of(protocol):
    """A feature of every image, one of every contour's shape, and the patient's age."""
    names = []
    for name, spec in protocol.images.items():
        names.append(f"{name}_{protocol.regions_of(name)[-1]}_firstorder_Mean")
        shape = "shape2D_PixelSurface" if spec.dimension == 2 else "shape_MeshVolume"
        names.append(f"{spec.contour}_Intra_{shape}")
    return tuple(dict.fromkeys([*names, *AGED]))


def study_model(protocol, path):
    """A formula of features of all the protocol's images; its numbers mean nothing."""
    shipped, names = load_bundle("ispy-clinical-volume"), inputs_of(protocol)
    terms = tuple(Term(name, name, 0.001, (name,), (1.0,), 0.0, 0.0, 1.0, 0.5) for name in names)
    inputs = tuple(BundleInput(n, n, "continuous", "", False, 0, -1e6, 1e6, -9e5, 9e5) for n in names)
    made = replace(
        shipped,
        card=replace(shipped.card, name=f"test-{protocol.name}"),
        inputs=inputs,
        images=ImageNeeds(protocol.name, None, protocol.margin_mm),
        preparation=None,
        model=Linear(LinearFormula(names, terms, 0.0), (0.0,) * len(names)),
        sha256="",
    )
    save_bundle(made, path)
    return path


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A patient of each protocol, as ``nacresponse phantom --protocol`` makes them."""

    def make(folder):
        for name in PROTOCOLS:
            images = load_protocol(name).images
            wanted = {
                one: ImageRequest(spec.modality, spec.contour, spec.dimension, spec.time)
                for one, spec in images.items()
            }
            make_study_cohort(1, folder / name, name, wanted, 3)

    return made_once(tmp_path_factory, "studies", make)


def patient(folder):
    """The row of the cohort's table."""
    with (Path(folder) / "COHORT.csv").open(newline="", encoding="utf-8") as stream:
        return next(csv.DictReader(stream))


def load(opened, folder):
    """The patient's images as volumes of the scene, chosen by the panel; contours and age as a user gives them."""
    import SimpleITK as sitk
    import slicer

    row, widget = patient(folder), opened.widget
    study = widget.logic.study(opened.node)
    for name in study.images:
        slicer.util.loadVolume(str(folder / row[name]), {"name": f"{row['patient_id']} {name}"})
    opened.settle()
    widget.images.ui.guessButton.click()
    opened.settle()
    for contour in study.contours:
        widget.logic.setContour(opened.node, contour, sitk.ReadImage(str(folder / row[f"tumor_{contour}"])))
    opened.node.age, opened.node.patientId = row["age"], row["patient_id"]
    opened.settle()
    return row


def choose(opened, model):
    opened.listed()
    opened.node.model = str(model)
    opened.settle()


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.slow
def test_a_model_of_every_shipped_protocol_scores_its_patient(opened, studies, tmp_path, name):
    protocol = load_protocol(name)
    choose(opened, study_model(protocol, tmp_path / f"{name}.nacmodel"))
    widget = opened.widget
    assert set(widget.logic.study(opened.node).images) == set(protocol.images)
    assert all(widget.images.marks[image].text == "missing" for image in protocol.images)
    assert [widget.contour.ui.contourCombo.itemData(row) for row in range(len(protocol.contours))] == [
        *protocol.contours
    ]
    heights = [widget.images.selectors[image].y for image in protocol.images]
    assert heights == sorted(heights)
    row = load(opened, studies / name)
    assert all(widget.images.marks[image].text == "\u2713" for image in protocol.images)
    assert not widget.score.bar.missingLabel.visible, widget.score.bar.missingLabel.text
    opened.run(widget.score.bar)
    score = widget.logic.currentScore(opened.node)
    assert score is not None, widget.score.bar.messageLabel.text
    assert score.patientId == row["patient_id"] and 0 < score.probability < 1
    assert {one["feature"] for one in score.contributions} == set(inputs_of(protocol))
    assert "changed since" not in widget.score.ui.warningsLabel.text


def shipped_models():
    """Names of the shipped models, by their files."""
    return sorted(file.stem for file in SHIPPED.rglob("*.nacmodel"))


@pytest.mark.parametrize("name", shipped_models())
@pytest.mark.slow
def test_every_shipped_model_scores_a_patient(opened, studies, name):
    choose(opened, name)
    model, widget = opened.widget.logic.model(opened.node), opened.widget
    if set(model["images"]) <= {"MRI_CET1"}:
        widget.images.loadSample()
        opened.settle()
        opened.node.model = name
        opened.settle()
    else:
        load(opened, studies / "jang2025")
    assert not widget.score.bar.missingLabel.visible, widget.score.bar.missingLabel.text
    opened.run(widget.score.bar)
    score = widget.logic.currentScore(opened.node)
    assert score is not None, widget.score.bar.messageLabel.text
    assert score.modelName == name and 0 < score.probability < 1


@pytest.mark.slow
def test_what_belongs_to_a_study_is_back_with_the_scene(opened, studies, tmp_path):
    import slicer

    choose(opened, study_model(load_protocol("liang2025"), tmp_path / "liang.nacmodel"))
    load(opened, studies / "liang2025")
    opened.node.patientId = "kept"
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    opened.settle()
    assert opened.widget.logic.study(opened.node).contours.keys() == {"MRI"}
    slicer.util.loadScene(str(tmp_path / "scene.mrb"), {"clear": True})
    opened.settle()
    assert opened.node.patientId == "kept"
    assert opened.widget.logic.missingFor("score", opened.node) == []
    opened.widget.logic.clearPatient(opened.node)
    assert "The model needs the image US: choose it." in opened.widget.logic.missingFor("score", opened.node)
