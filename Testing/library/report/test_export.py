"""A scored patient as files: what a model of any kind and images of any dimension leave behind."""

import json
import math
from dataclasses import replace

import pytest

from NACResponseLib.anatomy.breast import Anatomy
from NACResponseLib.anatomy.regions import Regions
from NACResponseLib.anatomy.tumour import measure_tumour
from NACResponseLib.case import Case
from NACResponseLib.clinical import ClinicalRecord
from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.model.bundle_parts import ImageNeeds
from NACResponseLib.report.export import measurements, own_files, write_score
from NACResponseLib.report.pdf import pdf_printer
from NACResponseLib.scoring.nomogram import bundle_nomogram, position
from NACResponseLib.scoring.patient import ScoredPatient
from NACResponseLib.scoring.predict import score_values

from ..conftest import ball, grid_of, volume
from ..model.bundle_files import NAMES, linear_bundle
from .html_page import Page


@pytest.fixture(scope="module")
def bundle():
    return linear_bundle(load_bundle())


@pytest.fixture
def scored(bundle):
    values = dict(zip(NAMES, (20.0, 6.0, 1.0, 60.0, 7.0), strict=True))
    return ScoredPatient(score_values(values, bundle, patient_id="P-7"), values, {}, {})


def case(**images):
    return Case("P-7", images, {}, clinical=ClinicalRecord(ER=1, age=60))


def test_a_formulas_report_holds_the_nomogram_with_the_scores_own_probability(tmp_path, scored, bundle):
    write_score(tmp_path / "out", scored, case(), bundle, date="2026-11-21")
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    total = position(bundle, list(scored.values.values())).totals[0]
    assert f"{total:.1f} points" in page.text
    record = json.loads((tmp_path / "out" / "score.json").read_text(encoding="utf-8"))
    assert float(bundle_nomogram(bundle).probability(total)) == pytest.approx(record["probability"])
    assert record["prediction_set"] == list(scored.score.prediction_set)


@pytest.mark.slow
def test_a_pdf_is_written_where_asked_for_and_belongs_to_the_result(tmp_path, scored, bundle):
    try:
        pdf_printer()
    except InputError as error:
        pytest.skip(f"reports cannot be set here: {error}")
    folder = tmp_path / "out"
    write_score(folder, scored, case(), bundle, date="2026-11-21", pdf=True)
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    write_score(folder, scored, case(), bundle, date="2026-11-21")  # again, without
    assert not (folder / "report.pdf").exists()


def test_what_belongs_to_a_result_follows_the_contours_of_the_protocol():
    assert {"report.pdf", "tumor_US.nii.gz", "shell_MRI_post.nii.gz"} <= set(own_files(("US", "MRI_post")))


def test_the_report_says_how_far_skin_and_chest_wall_are_to_be_trusted(scored):
    grid = grid_of((40, 40, 20), (1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0))
    mask = volume(ball(grid, (20, 20, 10), 5).astype("uint8"), grid)
    anatomy = Anatomy((slice(None),) * 3, None, mask, mask, mask, mask, "partial", (), 0.8, 0.3)
    measured = measure_tumour(mask, "MRI")
    regions = Regions("MRI", "MRI_CET1", "MR", mask, measured, (), anatomy=anatomy)
    rows = dict(measurements(ScoredPatient(scored.score, scored.values, {"MRI": regions}, {"MRI": measured})))
    assert "0.80" in rows["Skin at the tumour (MRI)"] and "0.30" in rows["Chest wall at the tumour (MRI)"]
    assert rows["Skin at the tumour (MRI)"] != rows["Chest wall at the tumour (MRI)"].replace("0.30", "0.80")


def test_a_2d_tumour_is_reported_by_its_area_without_a_shell(scored, bundle, tmp_path):
    grid = grid_of((120, 100, 1), (0.2, 0.2, 1.0), origin=(0.0, 0.0, 0.0))
    inside = ball(grid, (12, 10, 0), 5)
    mask, image = volume(inside.astype("uint8"), grid), volume(inside.astype("float32") * 80, grid)
    measured = measure_tumour(mask, "US")
    regions = Regions("US", "US", "US", mask, measured, ())
    seen = ScoredPatient(scored.score, scored.values, {"US": regions}, {"US": measured})
    rows = dict(measurements(seen))
    assert set(rows) == {"Tumour area (US)", "Longest diameter (US)"}
    assert float(rows["Tumour area (US)"].split("\N{NO-BREAK SPACE}")[0]) == pytest.approx(math.pi * 0.25, rel=0.02)
    planar = replace(bundle, images=ImageNeeds("liang2025", "US", 5.0))
    write_score(tmp_path / "out", seen, case(US=image), planar, date="2026-11-21")
    assert (tmp_path / "out" / "tumor_US.nii.gz").is_file()
    assert not (tmp_path / "out" / "shell_US.nii.gz").exists()
    page = Page((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert len(page.all("image")) == 1 + 2  # on the first page, then whole and enlarged
