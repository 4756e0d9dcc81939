"""A figure as part of a page and as files: whole, small, read out, and the same each time."""

import re
import subprocess
import sys
from functools import partial
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitioned import Average
from NACResponseLib.report.figures.figure import FORMATS, check_figures_folder, write_figures
from NACResponseLib.report.figures.groups import groups_figure
from NACResponseLib.report.figures.performance import decision_figure, metric_figure, roc_figure
from NACResponseLib.report.style import DARK

from ..html_page import Page

ROOT = Path(__file__).parents[4]
HOSTILE = "<script>alert(1)</script>\"'& $x^2$"
GRID = np.linspace(0, 1, 11)
AVERAGE = (Average(0.7, 0.1, 0.6, 0.8), np.array([0.6, 0.7, 0.8]))


def figures(name="AUC"):
    thresholds = np.linspace(0.01, 0.5, 50)
    return [
        roc_figure(GRID, [np.column_stack([GRID, GRID**0.5])] * 3, {name: GRID**0.4, "other": GRID**0.8}, name),
        decision_figure(
            thresholds, {name: 0.3 - thresholds}, 0.4 - 2 * thresholds, f"response to {name} of a long name"
        ),
        metric_figure("auc", name, {name: AVERAGE, "Deep features, volume and subtype": AVERAGE}, "pCR"),
        groups_figure("feature_01", name, np.arange(20.0), np.arange(20) % 2, ("pCR", "non-pCR"), "p = 0.5"),
    ]


@pytest.fixture(scope="module")
def page():
    return Page("".join(each.svg for each in figures()))


def test_figures_of_a_page_are_named_and_read_out_and_share_no_id(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    pictures = page.all("svg")
    assert len(pictures) == 4
    for picture in pictures:
        assert picture["role"] == "img" and set(picture["aria-labelledby"].split()) <= set(ids)
        assert not picture.keys() & {"width", "height", "xmlns"} and picture["viewbox"].startswith("0 0 ")
    assert "Net benefit against threshold probability" in page.text


def test_they_refer_to_nothing_outside_and_carry_no_style_sheet(page):
    html = "".join(each.svg for each in figures())
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert set(re.findall(r"url\(#([^)]*)\)", html)) <= ids and html.count("url(") == html.count("url(#")
    assert {use["xlink:href"][1:] for use in page.all("use")} <= ids
    assert not {"style", "image", "script", "metadata", "foreignobject"} & {tag for tag, _ in page.elements}
    assert not any("style" in attributes for _, attributes in page.elements)
    assert "http" not in html
    assert len(html) < 60_000


def test_text_is_text_in_the_font_of_the_page(page):
    assert all(word in page.text for word in ("Sensitivity", "act on all", "non-pCR (10)", "−0.1", "AUC, mean"))
    assert not any("font-family" in text for text in page.all("text"))
    assert all(8.5 >= float(text["font-size"]) >= 7 for text in page.all("text"))


def test_every_colour_has_its_counterpart_on_a_dark_page(page):
    colours = {attributes[key] for _, attributes in page.elements for key in ("fill", "stroke") if key in attributes}
    assert colours <= DARK.keys() | {"none"} and len(colours) > 6
    drawn = [attributes for tag, attributes in page.elements if tag == "text"]
    assert all("fill" in attributes for attributes in drawn)  # black would stay black


def test_lines_of_a_label_share_their_anchor(page):
    texts = dict(zip(page_texts(), page.all("text"), strict=True))
    first, second = texts["Deep features, volume"], texts["and subtype"]
    assert (first["x"], first["text-anchor"]) == (second["x"], second["text-anchor"]) == (second["x"], "end")
    assert float(second["y"]) > float(first["y"])
    lines = [texts["Threshold probability of response to AUC"], texts["of a long name"]]
    assert {line["text-anchor"] for line in lines} == {"middle"} and len({line["x"] for line in lines}) == 1


def page_texts():
    for each in figures():
        yield from ("".join(text.itertext()) for text in ElementTree.fromstring(bare(each.svg)).iter("text"))


def bare(svg):
    return svg.replace("xlink:href", "href")


def test_names_from_elsewhere_are_text_and_nothing_else():
    for each in figures(HOSTILE):
        assert "<script" not in each.svg
        written = "".join("".join(text.itertext()) for text in ElementTree.fromstring(bare(each.svg)).iter())
        assert "alert(1)" in written and "$x^2$" in written


@pytest.mark.filterwarnings("error")
def test_letters_that_the_font_lacks_or_xml_cannot_write_spoil_no_page():
    for each in figures("临床\x0b\x00模型"):
        assert "临床模型" in "".join(ElementTree.fromstring(bare(each.svg)).itertext())
        ElementTree.fromstring(each.content("svg"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_numbers_give_the_same_bytes(kind, monkeypatch):
    first = [each.content(kind) for each in figures()]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    with mpl.rc_context({"font.size": 20, "axes.grid": False, "lines.linewidth": 9, "svg.hashsalt": "other"}):
        before = dict(mpl.rcParams)
        assert [each.content(kind) for each in figures()] == first
        assert dict(mpl.rcParams) == before
    assert not any(re.search(rb"/CreationDate|<dc:date>|tIME", content) for content in first)


def test_files_open_in_their_true_size():
    roc = figures()[0]
    svg = ElementTree.fromstring(roc.content("svg"))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert (svg.get("width"), svg.get("height")) == ("3.5in", f"{roc.height:g}in")
    with Image.open(BytesIO(roc.content("png"))) as image:
        assert image.size == (1050, round(300 * roc.height)) and round(image.info["dpi"][0]) == 300
        assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    pypdf = pytest.importorskip("pypdf")
    (page,) = pypdf.PdfReader(BytesIO(roc.content("pdf"))).pages
    assert page.mediabox.width == 252 and "Sensitivity" in page.extract_text()
    fonts = page["/Resources"]["/Font"].values()
    assert all(font.get_object()["/Subtype"] == "/Type0" for font in fonts)  # TrueType embedded, as journals ask


def test_a_figure_that_fails_leaves_no_file(tmp_path):
    def fails(ax, reason):
        raise InputError("numbers", reason, "give some")

    roc = figures()[0]
    broken = type(roc)("roc", "t", "d", partial(fails, reason="none"), 3.0)
    with pytest.raises(InputError):
        write_figures(tmp_path / "new", [broken])
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused_before_long_work(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "under"):
        with pytest.raises(InputError, match="folder for figures"):
            check_figures_folder(folder, tmp_path / "out")
    check_figures_folder(tmp_path / "a" / "b", tmp_path / "out")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("place", ["out", "out/figures", "out/../out/figures"])
def test_the_folder_of_the_results_holds_no_figures(tmp_path, place):
    with pytest.raises(InputError, match="outside that of the results"):
        check_figures_folder(tmp_path / place, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_no_state_of_pyplot_is_made():
    code = (
        "import sys; from Testing.library.report.figures.test_figure import figures, FORMATS\n"
        "before = 'matplotlib.pyplot' in sys.modules\n"
        "for each in figures():\n"
        "    each.svg; [each.content(kind) for kind in FORMATS]\n"
        "assert not before and 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
