"""``import_features``: a table of features that another program computed, as a folder that training takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..packages import require
from .extraction import ExtractionResult

if TYPE_CHECKING:
    from ..protocol import Protocol


class ImportResult(ExtractionResult):
    """A feature table of another program, with the patients' records.

    Example:
        >>> import NACResponseLib as nac
        >>> nac.ImportResult.load("features").about["n_patients"]
        120
    """

    command, page = "import", ""

    @property
    def feature_sets(self) -> tuple[str, ...]:
        """Name of the feature table; none where the table had no features."""
        return tuple(self.about["feature_sets"])


def import_features(
    table: str | Path,
    output: str | Path,
    *,
    cases: str | Path | None = None,
    patient: str | None = None,
    name: str | None = None,
    protocol: str | Path | Protocol | None = None,
    columns: str | Path | None = None,
    command: str = "",
    lines: Callable[[str], None] | None = None,
    dry_run: bool = False,
) -> ImportResult | None:
    """Reads a table with a row a patient: CSV, TSV, Excel or Parquet.

    Args:
        table: of features, and of clinical variables, scanners and outcomes where ``cases`` is None.
        output: folder, new or of an earlier import.
        cases: a table of clinical variables, scanners and outcomes.
        patient: heading of the column of patients' names; found if None.
        name: of the feature set; the file's if None.
        protocol: whose features they are; None for another program's.
        columns: a file that says what columns are (``cohort.foreign_columns``).
        command: by which it was asked for; for ``run.json``.
        lines: is called with what each column was taken for.
        dry_run: write nothing.

    Returns:
        The result; None of a dry run.

    Raises:
        InputError: a table that cannot be used, or a folder that holds something else.

    Example:
        >>> import NACResponseLib as nac
        >>> imported = nac.import_features("radiomics.csv", "imported")
        >>> imported.feature_sets
        ('radiomics',)
    """
    require("pandas", "pyarrow")
    from ..cohort.foreign_columns import read_map
    from ..cohort.imported import read_import
    from ..cohort.imported_folder import write_import
    from ..protocol import load_protocol

    found = read_import(
        Path(table),
        cases=None if cases is None else Path(cases),
        patient=patient,
        name=name,
        protocol=load_protocol(protocol) if isinstance(protocol, (str, Path)) else protocol,
        columns=None if columns is None else read_map(Path(columns)),
    )
    if lines is not None:
        for line in found.lines(every=dry_run):
            lines(line)
    if dry_run:
        return None
    write_import(found, Path(output), command)
    return ImportResult(output)
