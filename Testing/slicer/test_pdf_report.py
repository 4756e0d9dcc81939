"""A report as PDF: printed by Slicer's web view; no script of the page runs, and the file is whole or not there."""

import time

import pytest

PAGE = "<!DOCTYPE html><html><head><title>t</title></head><body><p>A report of one patient</p></body></html>"


@pytest.fixture
def printer(slicerApp, moduleFolder):
    from NACResponseSlicer.pdfReport import PdfPrinter

    printer = PdfPrinter()
    yield printer
    printer.cleanup()


def printed(slicerApp, printer, path, html=PAGE, seconds=20):
    """The message of the printer when it had ended."""
    messages = []
    printer.start(html, path, messages.append)
    end = time.monotonic() + seconds
    while not messages:
        assert time.monotonic() < end, "it did not end"
        slicerApp.app.processEvents()
        time.sleep(0.002)
    return messages[0]


def test_a_page_becomes_a_document_on_a4_with_margins(slicerApp, printer, tmp_path, monkeypatch):
    import slicer

    layouts = []
    original = slicer.qSlicerWebWidget.printToPdf

    def watched(self, path, layout):
        layouts.append(layout)
        original(self, path, layout)

    monkeypatch.setattr(slicer.qSlicerWebWidget, "printToPdf", watched)
    assert printed(slicerApp, printer, tmp_path / "report.pdf") == ""
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-") and not printer.running
    pages = pytest.importorskip("pypdf").PdfReader(tmp_path / "report.pdf").pages
    assert "A report of one patient" in " ".join(pages[0].extract_text().split())
    assert (round(float(pages[0].mediabox.width)), round(float(pages[0].mediabox.height))) == (595, 842)  # points
    assert (layouts[0].margins().left(), layouts[0].margins().top()) == (14, 13)


def test_nothing_that_a_page_holds_can_run_or_be_fetched(slicerApp, printer, tmp_path, monkeypatch):
    """The first policy of a page holds for all that follows (Content Security Policy Level 3, section 3.3)."""
    import slicer

    pages = []
    original = slicer.qSlicerWebWidget.setUrl

    def watched(self, url):
        original(self, url)
        pages.append(self._html)

    monkeypatch.setattr(slicer.qSlicerWebWidget, "setUrl", watched)
    assert printed(slicerApp, printer, tmp_path / "a.pdf", "<script>bad()</script>" + PAGE) == ""
    policy = pages[0].index("Content-Security-Policy")
    assert policy < pages[0].index("<script>") and "default-src 'none'" in pages[0][policy:][:120]
    assert "script-src" not in pages[0] and pages[0].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(("failing", "expected"), [("load", "could not be read"), ("print", "could not print")])
def test_what_fails_is_stated_and_leaves_no_file(slicerApp, printer, tmp_path, failing, expected):
    slicerApp.setWebView(True, failing)
    assert expected in printed(slicerApp, printer, tmp_path / "report.pdf")
    assert not list(tmp_path.iterdir()) and not printer.running


def test_a_file_that_cannot_be_written_is_stated(slicerApp, printer, tmp_path):
    assert "could not be saved" in printed(slicerApp, printer, tmp_path / "nowhere" / "report.pdf")


def test_a_web_view_that_never_answers_is_given_up(slicerApp, printer, tmp_path, monkeypatch):
    import slicer

    monkeypatch.setattr(slicer.qSlicerWebWidget, "setUrl", lambda self, url: None)
    printer._timer.interval = 50
    assert "in time" in printed(slicerApp, printer, tmp_path / "report.pdf")


def test_one_report_is_printed_at_a_time_and_the_end_of_the_panel_ends_it(slicerApp, printer, tmp_path):
    messages = []
    printer.start(PAGE, tmp_path / "report.pdf", messages.append)
    with pytest.raises(RuntimeError, match="still"):
        printer.start(PAGE, tmp_path / "other.pdf", messages.append)
    printer.cleanup()
    for _round in range(20):
        slicerApp.app.processEvents()
    assert messages == [] and not list(tmp_path.iterdir())


def test_a_slicer_without_a_web_view_names_the_browser(slicerApp, printer, tmp_path):
    from NACResponseSlicer.panels.pdfButton import PdfButton

    slicerApp.setWebView(False)
    with pytest.raises(RuntimeError, match="web browser"):
        printer.start(PAGE, tmp_path / "report.pdf", print)
    import qt

    button = qt.QPushButton()
    binding = PdfButton(button, lambda: PAGE, print)
    binding.setThere(True)
    assert not button.enabled and "web browser" in button.toolTip


def test_a_report_that_cannot_be_read_is_stated(slicerApp, moduleFolder, tmp_path):
    import qt
    from NACResponseSlicer.panels.pdfButton import PdfButton

    messages = []
    button = qt.QPushButton()
    binding = PdfButton(button, lambda: (tmp_path / "gone.html").read_text(encoding="utf-8"), messages.append)
    slicerApp.dialogs.answerFile(str(tmp_path / "report.pdf"))
    binding.save()
    assert "gone.html" in messages[0]
