"""Reports as PDF: they open, hold the page's text, number their pages, and fetch nothing."""

import builtins
import sys

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.report.patient import patient_report
from NACResponseLib.report.pdf import pdf_printer, write_pdf
from NACResponseLib.report.performance import write_training_report

from .simulated_signatures import simulate_signature_run

NOTE = "Research use only — not for diagnosis or treatment decisions"


@pytest.fixture(scope="module")
def printer():
    try:
        return pdf_printer()
    except InputError as error:
        pytest.skip(f"reports cannot be set here: {error}")


def pages_of(path):
    from pypdf import PdfReader

    return [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]


@pytest.fixture
def report(printer, contents, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(patient_report(contents), encoding="utf-8")
    return write_pdf(page)


def test_a_patients_report_is_set_on_numbered_pages_with_all_it_says(report):
    assert report.name == "report.pdf"
    pages = pages_of(report)
    whole = " ".join(pages).replace("\N{NO-BREAK SPACE}", " ")
    assert 2 <= len(pages) <= 6
    for text in ("P-01", "18 %", "interval 12 % to 26 %", "HER2 is not known.", "Tumour volume", "this patient 18 %"):
        assert text in whole
    for letters in ("30 %", "threshold 30.5 %", "10 mm"):  # of the charts
        assert letters in whole

    assert whole.count("predicted probability (bars") == 1  # what is only for a phone is not set
    for number, text in enumerate(pages, 1):
        assert NOTE in text
        assert f"page {number} of {len(pages)}" in text


def test_nothing_is_fetched(printer, tmp_path):
    page = tmp_path / "page.html"
    for outside in ('<img src="http://example.org/a.png">', '<img src="file:///etc/hostname">'):
        page.write_text(f"<html><body>{outside}</body></html>", encoding="utf-8")
        with pytest.raises(InputError, match="holds all that it shows"):
            write_pdf(page)
    assert not page.with_suffix(".pdf").exists()


def test_a_missing_package_is_reported_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(InputError, match="pip install"):
        pdf_printer()


def test_a_missing_library_is_reported_with_what_to_install(monkeypatch):
    real = builtins.__import__

    def without_pango(name, *others, **more):
        if name == "weasyprint":
            print("advice that nobody asked for")
            raise OSError("cannot load library 'libpango-1.0-0': not found\nmore")
        return real(name, *others, **more)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(InputError, match="apt-get install libpango") as error:
        pdf_printer()
    assert "\n" not in str(error.value)


def test_a_page_that_is_not_there_is_reported(printer, tmp_path):
    with pytest.raises(InputError, match="report page"):
        write_pdf(tmp_path / "none.html")


@pytest.mark.slow
def test_a_training_report_is_set_with_its_tables_and_charts(printer, tmp_path):
    folder = simulate_signature_run(tmp_path / "run", partitions=2)
    write_training_report(folder, pdf=True)
    pages = pages_of(folder / "report.pdf")
    whole = " ".join(pages).replace("\N{NO-BREAK SPACE}", " ")
    for text in ("Total points", "Apparent and held-out", "TRIPOD+AI", "US_Intra_glcm_Contrast", "Linear discriminant"):
        assert text in whole
    assert all(f"page {number} of {len(pages)}" in text for number, text in enumerate(pages, 1))
