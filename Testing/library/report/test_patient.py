import base64
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from NACResponseLib.clinical import ClinicalRecord
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.report.nomogram_layout import nomogram_charts
from NACResponseLib.report.page import flattened, percent, points
from NACResponseLib.report.patient import clinical_rows, expected_patients, patient_report
from NACResponseLib.report.slices import View
from NACResponseLib.scoring.nomogram import position
from NACResponseLib.scoring.result import Contribution

from ..model.bundle_files import linear_bundle
from .conftest import NEGATIVE, POSITIVE
from .html_page import Page

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}"


@pytest.fixture
def page(contents):
    return Page(patient_report(contents))


def test_the_page_refers_to_nothing_outside_itself(contents):
    html = patient_report(contents)
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
                assert value.startswith(("data:image/png;base64,", "#"))
    assert "@import" not in page.style
    assert "url(" not in html
    assert len(html) < 1.5e6


def test_the_page_says_what_a_reader_must_know(page):
    for statement in [
        "Research use only — not for diagnosis or treatment decisions",
        "P-01",
        "trial-model, version 3.1",
        "2026-11-21",
        "Probability of pathological complete response (pCR)",
        "18 %",
        "95 % interval 12 % to 26 %",
        "Predicted class: residual disease (non-pCR)",
        "Of 100 patients with such a score, about 18 (95 % interval 12 to 26) would be expected",
        "from a probability of 30.5 % upwards",
        "The interval comes from a bootstrap. It held in 94 of 100 checks.",
        "Known outcome: did not reach pCR",
        "HER2 is not known.",
        "40.4 cm³ (40 400 mm³)",
        "0.706 (0.672 to 0.739)",
        "0.707 (0.673 to 0.741)",
        "Logistic recalibration.",
        "The threshold maximises balanced accuracy.",
        "Research into response prediction.",
        "Not validated elsewhere.",
        "Trial data, CC BY 4.0.",
        "Images: a collection, CC BY 3.0.",
        "files · image MRI_CET1 9f86d081",
        "settings · clip body, skin",
        "nacresponse score --output out",
    ]:
        assert " ".join(statement.split()) in page.text, statement


def test_the_interval_is_called_by_its_own_level(contents):
    page = Page(patient_report(replace(contents, score=replace(contents.score, interval_level=0.9))))
    assert "90 % interval 12 % to 26 %" in page.text
    assert "about 18 (90 % interval 12 to 26)" in page.text
    assert "this patient with the 90 % interval" in page.text


def test_warnings_come_before_the_small_print(page):
    assert page.text.index("HER2 is not known.") < page.text.index("Where this score lies")


def test_hostile_text_is_shown_and_never_run(contents):
    score = replace(contents.score, patient_id=HOSTILE, warnings=(HOSTILE,), provenance={HOSTILE: HOSTILE})
    view = replace(contents.views[0], image_name=HOSTILE)
    hostile = replace(contents, score=score, views=(view,), known_outcome=HOSTILE, measurements=((HOSTILE, HOSTILE),))
    page = Page(patient_report(replace(hostile, command=HOSTILE, date=HOSTILE, attribution=HOSTILE)))
    assert (
        page.text.count(HOSTILE) == 12
    )  # title, patient, date, outcome, warning, image, 2 + 2 in tables, source, command
    assert page.all("script") == []
    assert page.all("img") == []


def test_missing_clinical_values_are_said(page):
    rows = dict(clinical_rows(ClinicalRecord(ER=1, PR=0)))
    assert rows["Age"] == rows["HER2"] == rows["Histological grade"] == "not known"
    assert rows["Estrogen receptor (ER)"] == "positive"
    assert rows["Progesterone receptor (PR)"] == "negative"
    assert rows["Hormone receptor (ER or PR)"] == "positive"
    for label in ("HER2", "Histological grade", "Clinical nodal status"):
        assert f"{label} not known" in page.text


def test_clinical_values_are_written_with_their_units():
    record = ClinicalRecord(age=71, grade=2, tumor_size_mm=32.5, nodal_status=1, T_stage=2, tumor_volume_mm3=40363)
    rows = {label: value.replace("\N{NO-BREAK SPACE}", " ") for label, value in clinical_rows(record)}
    assert rows["Age"] == "71 years"
    assert rows["Histological grade"] == "G2"
    assert rows["Longest diameter, as recorded"] == "32.5 mm"
    assert rows["Clinical nodal status"] == "N1"
    assert rows["Clinical T stage"] == "T2"
    assert rows["Tumour volume, as recorded"] == "40 363 mm³"


def test_the_written_points_sum_from_the_average_to_the_score(page):
    moved = [float(value.replace("−", "-")) for value in re.findall(r"([+−][\d.]+) [▶◀]", page.text)]
    assert moved == [-8.1, -6.2, 1.2]
    average, patient = re.findall(r"(?:Model's average|This patient) ([\d.]+) %", page.text)
    assert float(average) + sum(moved) == pytest.approx(float(patient), abs=0.1 * len(moved))


def test_each_bar_says_in_words_toward_which_class(page):
    assert page.text.count("◀ toward residual disease (non-pCR)") == 1 + 2  # legend and rows
    assert page.text.count("▶ toward pathological complete response (pCR)") == 1 + 1


def test_a_synthetic_model_is_announced_and_a_real_one_is_not(contents, page):
    banner = "SYNTHETIC — DEMONSTRATION ONLY"
    assert banner not in page.text
    loud = Page(patient_report(replace(contents, card=replace(contents.card, demonstration=True))))
    assert loud.text.index(banner) < loud.text.index("Predicted response")


def test_a_model_that_learned_nothing_has_no_class_on_the_page(contents):
    score = replace(contents.score, predicted_class=None, p_values={}, prediction_set=())
    page = Page(patient_report(replace(contents, score=score)))
    assert "This model learned nothing" in page.text and "Predicted class" not in page.text
    assert "Of 100 patients" not in page.text


def test_what_is_absent_is_stated_and_not_drawn(contents):
    bare = replace(contents, views=(), measurements=(), known_outcome=None, score=replace(contents.score, warnings=()))
    page = Page(patient_report(bare))
    assert "No image was given" in page.text
    assert "No warnings" in page.text
    assert "Known outcome" not in page.text
    assert page.all("image") == []
    assert "shell" not in page.text
    without_shell = Page(patient_report(replace(contents, views=(replace(contents.views[0], shell=None),))))
    assert "edge of the peritumoral shell" not in without_shell.text
    assert "No peritumoral shell was given" in without_shell.text


def test_each_plane_is_drawn_enlarged_and_whole_with_letters_at_the_edges(page):
    images = page.all("image")
    assert len(images) == 1 + 6  # the axial plane enlarged stands on the first page, too
    for image in images:
        picture = Image.open(BytesIO(base64.b64decode(image["href"].partition(",")[2])))
        assert picture.mode == "L"
        assert picture.width == picture.height
    for letters, times in (("R L A P", 1 + 2), ("R L S I", 2), ("A P S I", 2)):
        assert len(re.findall(rf"{letters} \d+ mm", page.text)) == times


def test_every_picture_has_a_text_in_its_place_or_is_marked_as_decoration(page):
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or len(svg["aria-label"]) > 20
    assert any("left edge R, right edge L, top A, bottom P" in svg.get("aria-label", "") for svg in page.all("svg"))


def test_text_colours_reach_the_contrast_of_wcag_aa(page):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", page.style))
    for name in ("ink", "quiet", "toward", "away-ink", "accent"):
        assert 1.05 / (luminance(colours[name]) + 0.05) >= 4.5, name
    assert 1.05 / (luminance(colours["away"]) + 0.05) >= 3  # a bar, not text


def test_the_same_contents_give_the_same_page(contents):
    assert patient_report(contents) == patient_report(contents)


def test_numbers_are_written_as_a_reader_expects():
    assert [percent(share).replace("\N{NO-BREAK SPACE}", " ") for share in (0, 0.003, 0.137, 0.998, 1)] == [
        "0 %",
        "below 1 %",
        "14 %",
        "above 99 %",
        "100 %",
    ]
    assert [points(value) for value in (0.0, -0.0812, 0.0119)] == ["±0.0", "−8.1", "+1.2"]


def test_extreme_scores_are_said_in_patients(score):
    assert expected_patients(replace(score, probability=0.002)).startswith("fewer than 1 ")
    assert expected_patients(replace(score, probability=0.999)).startswith("more than 99 ")


def test_nested_provenance_becomes_named_rows_and_what_says_nothing_is_left_out():
    nested = {"a": {"b": {"c": 1}, "d": [1, 2], "f": []}, "e": None, "g": 0, "h": False}
    assert list(flattened(nested)) == [("a · b · c", "1"), ("a · d", "1, 2"), ("g", "0"), ("h", "False")]


def test_the_prediction_set_is_stated_with_what_it_promises(contents, page):
    assert "At 90 % confidence" not in page.text  # not computed
    score = replace(contents.score, prediction_set=(NEGATIVE,), p_values={"positive": 0.04, "negative": 0.6})
    text = Page(patient_report(replace(contents, score=score))).text.replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(f"{re.escape(NEGATIVE)}; {re.escape(POSITIVE)} .*unusual", text)
    assert "90 % probable" in text
    both = replace(score, prediction_set=(POSITIVE, NEGATIVE), set_level=0.8)
    text = Page(patient_report(replace(contents, score=both))).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "At 80 % confidence" in text and "both remain possible" in text
    none = Page(patient_report(replace(contents, score=replace(score, prediction_set=()))))
    assert "is usual with such a score" in none.text


def test_a_signature_is_one_row_and_says_how_many_features_it_is_made_of(contents):
    signature = Contribution("US", "Ultrasound signature", "", 0.3, "0.30", -0.081, -0.4, inputs=("a", "b", "c"))
    score = replace(contents.score, contributions=(signature, *contents.score.contributions[1:]))
    page = Page(patient_report(replace(contents, score=score)))
    assert "Ultrasound signature 0.30, of 3 features" in page.text
    assert "A signature is" in page.text


def test_a_formula_is_shown_as_a_nomogram_with_the_patient_on_it(contents):
    bundle = linear_bundle(load_bundle())
    row = np.array([20.0, 6.0, np.nan, 99.0, 7.0])
    charts = nomogram_charts(bundle, position(bundle, row))
    page = Page(patient_report(replace(contents, nomogram=charts)))
    assert [attributes["class"] for attributes in page.all("div") if "narrow" in attributes.get("class", "")]
    text = page.text
    assert "The model as a nomogram" in text
    assert "◇ Beyond that range: Age." in text
    assert re.search("◇ .*Estrogen receptor", text)
    assert re.search("Without weight.*CT signature", text)
    assert "nomogram" not in Page(patient_report(contents)).text
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(names)) == len(names)


def test_an_image_of_a_single_plane_is_shown_without_directions(contents):
    grey = np.zeros((1, 60, 80), np.float32)
    grey[0, 20:40, 30:60] = 90.0
    image = sitk.GetImageFromArray(grey)
    image.SetSpacing((0.5, 0.5, 1.0))
    mask = sitk.Cast(image > 0, sitk.sitkUInt8)
    page = Page(patient_report(replace(contents, views=(View("US_post", image, mask, None, "US", "post"),))))
    assert len(page.all("image")) == 1 + 2
    assert re.search(r"US_post \(ultrasound.* post\)", page.text)
    assert "R, L patient's right" not in page.text
    assert "No peritumoral shell" not in page.text
    lines = [svg["aria-label"] for svg in page.all("svg") if "US_post" in svg.get("aria-label", "")]
    assert len(lines) == 1 + 2 and not any("edge" in text for text in lines)
