"""What all results have in common: each is a folder on disk, which its object reads, copies and draws."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ..errors import InputError
from ..output import check_folder, is_leftover, whole_file, whole_folder
from ..text_file import read_json

if TYPE_CHECKING:
    import pandas as pd

Made = TypeVar("Made", bound="Result")
_ROWS = 20


class Result:
    """A finished result.

    Attributes:
        folder: that holds it; where none was asked for, a temporary one that goes with the object: ``save`` keeps it.
    """

    marker: ClassVar[str]
    """The file that a whole result has."""
    own_files: ClassVar[Sequence[str]] = ()
    """Other files of an earlier result that ``save`` replaces."""
    page: ClassVar[str] = "report.html"
    table: ClassVar[str]
    command: ClassVar[str]
    about_file: ClassVar[str] = "run.json"
    about_keys: ClassVar[Sequence[str]] = ()

    def __init__(self, folder: str | Path, temporary: TemporaryDirectory[str] | None = None) -> None:
        self.folder = Path(folder)
        self._temporary = temporary
        if not (self.folder / self.marker).is_file():
            found = f"no {self.marker} in {folder}"
            raise InputError(f"a folder that 'nacresponse {self.command}' wrote whole", found, "choose another")

    @classmethod
    def load(cls: type[Made], folder: str | Path) -> Made:
        """The result in a folder, whether Python, the command line or Slicer made it.

        Raises:
            InputError: it holds none, or one that is not whole.
        """
        return cls(folder)

    def save(self: Made, folder: str | Path) -> Made:
        """Copies all files to a folder, whole or not at all; returns the result there.

        Raises:
            InputError: the folder holds something else, or cannot be written.
        """
        with whole_folder(Path(folder), self.marker, self.own_files) as partial:
            for file in self.folder.iterdir():
                if file.is_dir() and not is_leftover(file):
                    shutil.copytree(file, partial / file.name)
                elif not is_leftover(file):
                    shutil.copyfile(file, partial / file.name)
        return type(self)(folder)

    def report(self, path: str | Path) -> Path:
        """Writes the report as one self-contained page; as PDF where the path ends in ``.pdf``.

        Raises:
            InputError: the result has no report, or no PDF can be made.
        """
        page = self.folder / self.page
        if not page.is_file():
            raise InputError(f"a report, {self.page}", f"none in {self.folder}", "make the result again")
        return write_page(page.read_bytes(), Path(path))

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """How the result came about, and what it says in words: ``run.json``.

        Raises:
            InputError: it cannot be read.
        """
        path, expected = self.folder / self.about_file, f"a folder that 'nacresponse {self.command}' wrote whole"
        about = read_json(path, expected, "make it again")
        missing = [key for key in self.about_keys if not isinstance(about, dict) or key not in about]
        if missing or not isinstance(about, dict):
            raise InputError(expected, f"no '{missing[0] if missing else '{...}'}' in {path}", "make it again")
        return about

    def frame(self) -> pd.DataFrame:
        """The main table."""
        import pandas as pd

        return pd.read_csv(self.folder / self.table)

    def _repr_html_(self) -> str:
        """The beginning of the main table, for notebooks."""
        frame = self.frame()
        title = f"<p><b>{type(self).__name__}</b>: {len(frame)} rows. Research use only.</p>"
        return title + frame.head(_ROWS).to_html(index=not frame.index.equals(frame.reset_index().index))


def output_folder(
    output: str | Path | None,
    marker: str,
    own_files: Sequence[str],
    figures: str | Path | None = None,
    pdf: bool = False,
) -> tuple[Path, Any, Path | None]:
    """Checks, before long work, what a result shall be written to.

    Args:
        figures: a folder of figures, which is made.
        pdf: a report shall be printed as PDF.

    Returns:
        The folder, a temporary one where none is named; that one's owner; and the folder of figures.

    Raises:
        InputError: a folder that holds something else or cannot be made; no PDF can be made.
    """
    from ..report.figures.figure import check_figures_folder
    from ..report.pdf import pdf_printer

    temporary = None
    if output is None:
        temporary = TemporaryDirectory(prefix="nacresponse-")
        folder = Path(temporary.name)
    else:
        folder = check_folder(Path(output), marker, own_files)
    if figures is not None:
        check_figures_folder(Path(figures), folder)
    if pdf:
        pdf_printer()
    return folder, temporary, None if figures is None else Path(figures)


def write_page(page: bytes, path: Path) -> Path:
    """Writes a report's page, or prints it as PDF where the path ends in ``.pdf``.

    Raises:
        InputError: the file cannot be written, or no PDF can be made.
    """
    from ..report.pdf import write_pdf

    try:
        if path.suffix.lower() != ".pdf":
            with whole_file(path) as stream:
                stream.write(page)
            return path
        with TemporaryDirectory() as folder:
            html = Path(folder) / "report.html"
            html.write_bytes(page)
            content = write_pdf(html).read_bytes()
        with whole_file(path) as stream:
            stream.write(content)
    except OSError as error:
        raise InputError("a file that can be written", f"{path}: {error.strerror}", "choose another") from None
    return path
