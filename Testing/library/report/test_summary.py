"""The first page of a patient's report: one sheet whatever the patient, warnings by what is at stake."""

from dataclasses import replace

import pytest

from NACResponseLib.report.patient import patient_report
from NACResponseLib.report.pdf import write_pdf
from NACResponseLib.report.summary import place_bins, shown_warnings, warnings_with_effects
from NACResponseLib.scoring.result import Contribution

from .html_page import Page

PLACE = {
    "subtype": "HR+/HER2-", "reason": "", "patients": 100, "positives": 22, "lower": 40,
    "bins": [
        {"low": k / 10, "high": (k + 1) / 10, "patients": n, "positives": n // 4}
        for k, n in enumerate([10, 60, 20, 10, 0, 0, 0, 0, 0, 0])
    ],
}  # fmt: skip
LONG = "GLSZM small area low grey-level emphasis of the peritumoral shell in the second post-contrast phase "


@pytest.fixture
def crowded(contents):
    """As much of everything as a page may have to hold."""
    inputs = [
        Contribution(f"f{k}", LONG + str(k), "", 1.0, "1.23456789 cm³ of a long value", 0.01 * k, k)
        for k in range(1, 20)
    ]
    warnings = tuple(f"{k}. {LONG}{LONG}" for k in range(9))
    score = replace(
        contents.score,
        patient_id="PATIENT-" * 30,
        probability=contents.score.baseline + sum(one.contribution for one in inputs) / 4,
        contributions=tuple(replace(one, contribution=one.contribution / 4) for one in inputs),
        warnings=warnings,
        warning_effects=tuple(0.3 - 0.01 * k for k in range(9)),
        examination={"date": "2026-11-01", "laterality": "bilateral", "reader": "A very long name of a reader " * 2},
        place=PLACE,
    )
    measured = tuple((f"Cut off the shell: other tissue (MRI_{k})", "146 cm³ (146 146 mm³)") for k in range(12))
    return replace(contents, score=score, measurements=measured, known_outcome="it was reached " * 40)


def pages_of(html, folder):
    from pypdf import PdfReader

    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    return [page.extract_text() for page in PdfReader(write_pdf(file)).pages]


@pytest.mark.slow
@pytest.mark.parametrize("which", ["contents", "crowded", "nothing"])
def test_the_summary_is_the_first_page_and_no_more(which, contents, crowded, tmp_path):
    pytest.importorskip("pypdf", reason="reads the PDF")
    pytest.importorskip("weasyprint", reason="prints the PDF")
    nothing = replace(crowded, score=replace(crowded.score, predicted_class=None, p_values={}, prediction_set=()))
    first, second, *_ = pages_of(
        patient_report({"contents": contents, "crowded": crowded, "nothing": nothing}[which]), tmp_path
    )
    assert "Predicted response to neoadjuvant chemotherapy" in first and "Details follow." in first
    assert "The tumour on the images" not in first and "Details follow." not in second
    following = {"contents": "How the class is found", "crowded": "Further warnings", "nothing": "Further warnings"}
    assert following[which] in second


@pytest.mark.slow
def test_no_page_holds_hashes_alone(crowded, tmp_path):
    pytest.importorskip("weasyprint", reason="prints the PDF")
    pytest.importorskip("pypdf", reason="reads the PDF")
    hashes = {f"image {k}": f"{k:064x}" for k in range(12)}
    pages = pages_of(patient_report(replace(crowded, score=replace(crowded.score, provenance=hashes))), tmp_path)
    for text in pages:
        if "image 3" in text:
            assert "The model: " in text or "Clinical record" in text


def test_the_examination_is_told_and_what_is_not_recorded_is_said(contents):
    bare = Page(patient_report(contents)).text
    assert "Contoured by not recorded" in bare and "Examination not recorded" in bare
    known = {"date": "2026-11-01", "laterality": "left", "reader": "A. Berg"}
    text = Page(patient_report(replace(contents, score=replace(contents.score, examination=known)))).text
    assert "Examination 2026-11-01 · left" in text and "Contoured by A. Berg" in text


def test_every_warning_is_told_once_and_the_first_ones_on_the_first_page(crowded):
    page = Page(patient_report(crowded))
    assert [page.text.count(warning.strip()) for warning in crowded.score.warnings] == [1] * 9
    assert len(shown_warnings(crowded.score)) == 3
    assert page.text.index("0. GLSZM") < page.text.index("Details follow.") < page.text.index("3. GLSZM")


def test_what_is_at_stake_stands_beside_the_warning(contents):
    score = replace(contents.score, warnings=("all", "much", "little"), warning_effects=(1.0, 0.183, 0.001))
    assert warnings_with_effects(score) == [("all", ""), ("much", "up to 18"), ("little", "")]
    assert warnings_with_effects(contents.score) == [("HER2 is not known.", "")]


def test_the_figure_shows_the_patient_among_those_of_the_subtype(contents):
    score = replace(contents.score, place=PLACE)
    bins = place_bins(PLACE, 0.179)
    assert [one.here for one in bins] == [False, True, *[False] * 8]
    assert bins[1].positives + bins[1].others == pytest.approx(100)
    assert sum(one.patients for one in bins) == 100
    text = Page(patient_report(replace(contents, score=score))).text
    assert "Among the 100 training patients who are HR+/HER2− as this patient is" in text
    assert "40 of them scored lower." in text


def test_a_score_of_one_lies_in_the_last_tenth():
    assert [one.here for one in place_bins(PLACE, 1.0)] == [*[False] * 9, True]


def test_of_a_model_that_learned_nothing_the_first_page_says_that_alone(contents):
    score = replace(contents.score, predicted_class=None, place={}, p_values={}, prediction_set=())
    text = Page(patient_report(replace(contents, score=score))).text.partition("The tumour on the images")[0]
    assert "This model learned nothing" in text
    for absent in ("What moved", "18 %", "95 % interval", "Among the", "Where this score lies"):
        assert absent not in text, absent


def test_a_long_hash_is_shortened(contents):
    long = replace(contents.score, provenance={"image": "0123456789abcdef" * 4})
    text = Page(patient_report(replace(contents, score=long))).text
    assert "image 0123456789ab… " in text and "0123456789abcdef" not in text
