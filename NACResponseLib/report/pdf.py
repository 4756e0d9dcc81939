"""A report page as PDF, by WeasyPrint (BSD-3), the optional extra ``pdf``: same content, set on A4 by its print styles.

Nothing is fetched: a page holds all that it shows.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ..errors import InputError
from ..output import whole_file

_PANGO = "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango)"
_OTHERWISE = "or leave out --pdf; for --dicom, give --dicom-report"


def write_pdf(html: Path) -> Path:
    """Writes ``NAME.pdf`` beside ``NAME.html``, whole or not at all.

    Args:
        html: a page of ``report``, which holds all that it shows.

    Returns:
        The file.

    Raises:
        InputError: WeasyPrint or Pango is missing, the page cannot be read, it refers to something outside, or the
            folder cannot be written.
    """
    weasyprint = pdf_printer()
    try:
        page = html.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("a report page", f"{html}: {error}", "give report.html of a result") from None
    urls = weasyprint.urls
    nothing_outside = urls.URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    try:
        with _quiet(weasyprint.LOGGER):
            content = weasyprint.HTML(string=page, url_fetcher=nothing_outside, media_type="print").write_pdf()
    except urls.FatalURLFetchingError as error:
        raise InputError("a page that holds all that it shows", str(error)[:120], "write the report anew") from None
    target = html.with_suffix(".pdf")
    try:
        with whole_file(target) as stream:
            stream.write(content)
    except OSError as error:
        raise InputError("a folder that can be written", f"{html.parent}: {error.strerror}", "choose another") from None
    return target


def check_pdf(path: Path) -> None:
    """Whether a file is there and begins as PDF does.

    Raises:
        InputError: it does not.
    """
    try:
        start = _beginning(path) if path.is_file() else b""
    except OSError as error:
        raise InputError("a PDF file that can be read", f"{path}: {error.strerror}", "check the path") from None
    if start != b"%PDF-":
        raise InputError("a PDF file", f"another or no file at {path}", "print the report as PDF first")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(5)


def pdf_printer() -> ModuleType:
    """The package WeasyPrint; to be called before long work whose end is a PDF.

    Raises:
        InputError: it, or the library Pango under it, is missing.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # where it prints advice beside the error
            import weasyprint
    except ImportError:
        raise InputError(
            "the package WeasyPrint for PDF files", "none", f"pip install 'weasyprint>=68', {_OTHERWISE}"
        ) from None
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise InputError("the library Pango for PDF files", reason, f"{_PANGO}, {_OTHERWISE}") from None
    return weasyprint


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Without its notes on styles that only screens have."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
