"""``export_table``: patients and features of a folder as one table, with a dictionary of its columns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..output import whole_file
from ..packages import require

if TYPE_CHECKING:
    import pandas as pd

CSV, EXCEL, PARQUET = ".csv", ".xlsx", ".parquet"
_MOST_COLUMNS, _MOST_ROWS = 16384, 1048576
"""Of a sheet of Excel."""
DICTIONARY = ("name", "meaning", "unit", "source", "IBSI")


def export_table(folder: str | Path, output: str | Path) -> tuple[Path, ...]:
    """Writes one table: a row a patient; clinical variables, scanners, outcomes, then the features of every set.

    Args:
        folder: as ``extract_cohort`` or ``import_features`` writes it.
        output: a new file that ends in ``.csv``, ``.xlsx`` or ``.parquet``. The dictionary (name, meaning, unit,
            source, identifier in the IBSI manual) is a sheet of the workbook, or a file ``NAME-dictionary.csv`` beside.

    Returns:
        The files.

    Raises:
        InputError: no such folder, another ending, a file that exists already, or a table too large for Excel.

    Example:
        >>> import NACResponseLib as nac
        >>> [file.name for file in nac.export_table("features", "all.csv")]
        ['all.csv', 'all-dictionary.csv']
    """
    require("pandas", "pyarrow")
    from ..tables import write_table_file

    path = Path(output)
    if path.suffix.lower() not in (CSV, EXCEL, PARQUET):
        raise InputError(f"a file that ends in {CSV}, {EXCEL} or {PARQUET}", f"{path.name}", "rename it")
    dictionary = path.with_name(f"{path.stem}-dictionary.csv")
    files = (path,) if path.suffix.lower() == EXCEL else (path, dictionary)
    for file in files:
        if file.exists():
            raise InputError("a new file", f"{file}, which exists", "choose another name, or remove it")
    frame, entries = merged(Path(folder))
    if path.suffix.lower() == EXCEL and (len(frame) >= _MOST_ROWS or len(frame.columns) >= _MOST_COLUMNS):
        found = f"{len(frame)} rows and {len(frame.columns) + 1} columns"
        raise InputError(f"a table that Excel can hold ({_MOST_COLUMNS} columns)", found, f"write {CSV} or {PARQUET}")
    header = [str(frame.index.name), *frame.columns]
    try:
        if path.suffix.lower() == PARQUET:
            with whole_file(path) as stream:
                stream.write(frame.to_parquet())
            write_table_file(dictionary, {"dictionary": (DICTIONARY, entries)})
        else:
            rows = [[_cell(value) for value in row] for row in frame.itertuples(name=None)]
            write_table_file(path, {"data": (header, rows), "dictionary": (DICTIONARY, entries)})
            if path.suffix.lower() == CSV:
                write_table_file(dictionary, {"dictionary": (DICTIONARY, entries)})
    except OSError as error:
        for file in files:  # none of them was there before
            file.unlink(missing_ok=True)
        raise InputError("a file that can be written", f"{path}: {error.strerror}", "choose another") from None
    return files


def merged(folder: Path) -> tuple[pd.DataFrame, list[tuple[str, str, str, str, str]]]:
    """The table, index ``patient_id``, and a row of the dictionary for each of its columns, the index first.

    Raises:
        InputError: no ``cases.csv``, or a feature table that cannot be read or has other patients.
    """
    import pandas as pd

    from ..features.cases import CASES, clinical_values, read_cases
    from ..features.dictionary import case_entry, feature_entry
    from ..features.table import INDEX, feature_tables, read_table
    from ..patient_names import check_names
    from ..variables import variables_beside

    variables = variables_beside(folder)
    cases = read_cases(folder / CASES)
    for name, values in clinical_values(cases, variables).items():
        if name in cases:
            cases[name] = values
    entries = [case_entry(INDEX, variables), *(case_entry(str(column), variables) for column in cases)]
    parts, taken = [cases], set(map(str, cases.columns))
    found = feature_tables(folder) if any(folder.glob("features_*.parquet")) else {}
    for name, path in found.items():
        table = read_table(path)
        check_names(cases.index, CASES, table.values.index, path.name)
        if set(table.values.index) != set(cases.index):
            raise InputError(f"the patients of {CASES} in {path.name}", "others", "extract or import them again")
        names = {column: f"{name}_{column}" if column in taken else str(column) for column in table.values}
        taken |= set(names.values())
        parts.append(table.values.rename(columns=names).loc[cases.index])
        entries += [feature_entry(str(column), names[column], table.metadata) for column in table.values]
    rows = [(each.name, each.meaning, each.unit, each.source, each.ibsi) for each in entries]
    return pd.concat(parts, axis=1).rename_axis(INDEX), rows


def _cell(value: Any) -> Any:
    """An empty cell for what is missing; whole numbers without a point."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    number = value.item() if hasattr(value, "item") else value
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number
