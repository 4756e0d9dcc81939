"""The contact sheet: every patient once, the most doubtful first, nothing to fetch, light."""

import re
from base64 import b64decode, b64encode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from NACResponseLib.anatomy.regions import find_regions, find_tumor
from NACResponseLib.case import Case
from NACResponseLib.cohort.quality import Concern
from NACResponseLib.report.contact_sheet import PER_PAGE, contact_sheet
from NACResponseLib.report.thumbnail import COLOURS, SIDE, contour_strip


@pytest.fixture(scope="module")
def strip(tmp_path_factory):
    from ..conftest import ball, grid_of, volume

    grid = grid_of((60, 60, 30), (1.5, 1.5, 3.0))
    inside, tumor = ball(grid, (4, 4, 4), 36), ball(grid, (10, 0, 0), 9)
    values = np.where(inside, 100.0, 4.0) + 60 * tumor + np.random.default_rng(0).normal(0, 3, inside.shape)
    case = Case("A", {"CT": volume(values.astype(np.float32), grid)}, {"CT": volume(tumor.astype(np.uint8), grid)})
    return contour_strip(case, find_regions(case, "CT", "CT", "MR"))


def record(picture: bytes) -> dict:
    return {
        "pictures": {"MRI": b64encode(picture).decode()},
        "tumor_volume_mm3": {"MRI": 3050.0},
        "shell_volume_mm3": {"MRI": 5000.0},
    }


def test_a_strip_is_a_small_picture_with_the_contours_in_their_colours(strip):
    picture = Image.open(BytesIO(strip))
    assert picture.size == (4 * SIDE, SIDE) and picture.mode == "P" and len(strip) < 30_000
    pixels = np.asarray(picture.convert("RGB"))
    for panel in range(3):
        part = pixels[:, panel * SIDE : (panel + 1) * SIDE]
        tumor, shell = ((part == COLOURS[name]).all(axis=-1) for name in ("tumor", "shell"))
        rows, columns = np.nonzero(tumor)
        width = np.ptp(columns) + 1
        assert width / SIDE * 70 == pytest.approx(18, abs=3)  # a ball of 9 mm radius in a field of 70 mm
        assert np.ptp(np.nonzero(shell)[1]) > width and abs(rows.mean() - SIDE / 2) < 6


def test_patients_come_in_order_over_pages_with_nothing_to_fetch(strip):
    concerns = [Concern(f"P{k}", (), 0.0, ()) for k in range(PER_PAGE + 3)]
    pages = dict(contact_sheet("cohort", concerns, lambda name: record(strip), {"CT": ["P1"]}, synthetic=True))
    assert list(pages) == ["index.html", "page-2.html"]
    shown = [re.findall(r"<h2>(\S+)", page) for page in pages.values()]
    assert shown == [[f"P{k}" for k in range(PER_PAGE)], [f"P{k}" for k in range(PER_PAGE, PER_PAGE + 3)]]
    first = pages["index.html"]
    assert first.count("missing: CT") == 1 and "SYNTHETIC" in first and 'href="page-2.html"' in first
    sources = re.findall(r'src="([^"]+)"', first)
    assert len(sources) == PER_PAGE and b64decode(sources[0].removeprefix("data:image/png;base64,")) == strip
    assert "<script" not in first and "http" not in re.sub(r"http-equiv", "", first)
    assert len(first) < 8e6


def test_reasons_are_reported_and_what_comes_from_elsewhere_is_escaped(strip):
    concern = Concern("<b>P1</b>", ("MRI: a & b",), 0.125, (("CT_Intra_glcm_Contrast", -7.25),))
    ((_, page),) = contact_sheet("<cohort>", [concern], lambda name: record(strip), {})
    for text in (
        "&lt;b&gt;P1&lt;/b&gt;",
        "MRI: a &amp; b",
        "12 % of features outlying",
        "z = \N{MINUS SIGN}7.2",
        "tumour 3.0 cm³",
    ):
        assert text in page, text
    HTMLParser().feed(page)


def test_a_cohort_without_patients_has_a_page(strip):
    ((name, page),) = contact_sheet("cohort", [], lambda name: record(strip), {})
    assert name == "index.html" and "0 patients" in page


@pytest.fixture(scope="module")
def plane_strip():
    from ..conftest import ball, grid_of, volume

    grid = grid_of((300, 260, 1), (0.2, 0.2, 1.0), origin=(0.0, 0.0, 0.0))
    inside = ball(grid, (36, 22, 0), 8)
    values = 40 + 60 * inside + np.random.default_rng(0).normal(0, 3, inside.shape)
    case = Case("A", {"US": volume(values.astype(np.float32), grid)}, {"US": volume(inside.astype(np.uint8), grid)})
    return contour_strip(case, find_tumor(case, "US", "US", "US"))


def test_an_image_of_a_single_plane_is_shown_with_its_outline_and_without(plane_strip):
    picture = Image.open(BytesIO(plane_strip))
    assert picture.size == (4 * SIDE, SIDE)
    pixels = np.asarray(picture.convert("RGB"))
    outlined = [(pixels[:, k * SIDE : (k + 1) * SIDE] == COLOURS["tumor"]).all(axis=-1) for k in range(4)]
    assert [bool(panel.any()) for panel in outlined] == [True, False, True, False]
    width = np.ptp(np.nonzero(outlined[2])[1]) + 1
    assert width / SIDE * 60 == pytest.approx(16, abs=2)  # a disc of 8 mm radius in an image 60 mm wide
    assert not any((pixels == COLOURS[name]).all(axis=-1).any() for name in ("skin", "chest_wall", "shell"))


def test_a_plane_is_measured_by_its_area(plane_strip):
    entries = {"pictures": {"US": b64encode(plane_strip).decode()}, "tumor_area_mm2": {"US": 201.0}}
    entries |= {"tumor_volume_mm3": {}, "shell_volume_mm3": {}}
    page = dict(contact_sheet("cohort", [Concern("P1", (), 0.0, ())], lambda name: entries, {}))["index.html"]
    assert "US: tumour 2.0 cm²<" in page
    assert "the whole image" in page
    assert "shell 0" not in page
