"""A cohort's features as a table on disk: Parquet, one row a patient, which says of itself what its columns are.

The schema's metadata holds, under the key ``nacresponse``, a JSON object: feature set, protocol and its hash, regions,
images, versions. It can be read with pyarrow alone, without the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..hashing import sha256_of
from ..output import whole_file

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

KEY = b"nacresponse"
INDEX = "patient_id"
ROWS = 256  # written at a time
Values = Sequence[float] | NDArray[np.float64]
PREFIX, SUFFIX = "features_", ".parquet"
HANDCRAFTED = "handcrafted"  # name of that feature set; deep ones are named after their network
_SEAL = "names_sha256"
_TABLES = (".csv", ".tsv", ".xlsx")
_REMEDY = "make it again with 'nacresponse extract', or read another program's with 'nacresponse import'"


@dataclass(frozen=True)
class FeatureTable:
    """Features of one set, of all patients of a cohort.

    Attributes:
        name: the feature set, ``handcrafted`` or ``resnet34``.
        values: index ``patient_id`` (text, each once); 64-bit floats; NaN where a patient lacks the image.
        metadata: plain data: what the columns are and how they were computed.
    """

    name: str
    values: pd.DataFrame
    metadata: Mapping[str, Any]


def table_file(folder: Path, name: str) -> Path:
    """Where a folder keeps the table of a feature set."""
    return folder / f"{PREFIX}{name}{SUFFIX}"


def feature_tables(folder: Path) -> dict[str, Path]:
    """The feature tables of a folder, file by feature set, in the order of their names.

    Raises:
        InputError: no such folder, or none in it.
    """
    found = {file.name[len(PREFIX) : -len(SUFFIX)]: file for file in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))}
    if not found:
        state = "none" if folder.is_dir() else "no folder"
        raise InputError(f"feature tables ({PREFIX}*{SUFFIX})", f"{state} in {folder}", _REMEDY)
    return found


def is_imported(metadata: Mapping[str, Any]) -> bool:
    """Whether another program computed the features: then they have no protocol, and their own names."""
    return "imported_from" in metadata


def foreign_tables(folder: Path) -> list[str]:
    """Names of the tables in a folder that no command of this program wrote there."""
    own = {"cases.csv", "failures.csv"}
    found = [file for file in sorted(folder.glob("*")) if file.suffix.lower() in (*_TABLES, SUFFIX)]
    return [file.name for file in found if file.name not in own and not file.name.startswith(PREFIX)]


def refuse_foreign(folder: Path) -> None:
    """Refuses a folder without feature tables where the table of another program lies, which nothing would read.

    Raises:
        InputError: there is one.
    """
    found = foreign_tables(folder)
    if found:
        remedy = f"import it with 'nacresponse import {found[0]} --output DIR', or move it elsewhere"
        raise InputError(f"feature tables ({PREFIX}*{SUFFIX}) in {folder}", f"{found[0]}, of another program", remedy)


def write_table(table: FeatureTable, path: Path) -> None:
    """Writes a table, whole or not at all; the same table gives the same bytes.

    Raises:
        InputError: a patient or column twice, a column that is not numeric or holds infinite values.
        OSError: the file cannot be written.
    """
    _check(table.values, path.name)
    rows = zip(map(str, table.values.index), table.values.to_numpy(np.float64), strict=True)
    write_rows(path, list(table.values.columns), rows, table.metadata)


def write_rows(
    path: Path, columns: Sequence[str], rows: Iterable[tuple[str, Values]], metadata: Mapping[str, Any]
) -> None:
    """Writes a table row by row, for cohorts that do not fit into memory; whole or not at all.

    Args:
        rows: each patient's name and values, as many as columns; every patient once.
        metadata: plain data.

    Raises:
        InputError: infinite values.
        OSError: the file cannot be written.
    """
    with table_rows(path, columns, metadata) as table:
        for name, values in rows:
            table.add(name, values)


class TableRows:
    """A table that is being written."""

    def __init__(self, name: str, columns: Sequence[str], metadata: Mapping[str, Any], stream: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._name, self._columns = name, list(columns)
        self._block: list[tuple[str, Values]] = []
        sealed = {**metadata, _SEAL: _seal(columns, metadata)}
        example = self._frame([("", np.zeros(len(columns)))])  # before pandas 3 a text's type shows in a row alone
        schema = pa.Schema.from_pandas(example)
        encoded = json.dumps(sealed, ensure_ascii=False).encode()
        self._schema, self._rows = schema.with_metadata({**schema.metadata, KEY: encoded}), 0
        self._writer = pq.ParquetWriter(
            stream,
            self._schema,
            compression="zstd",
            use_dictionary=False,
            write_statistics=False,
            write_page_checksum=True,
        )

    def add(self, patient: str, values: Values) -> None:
        """A patient's values, as many as columns; every patient once.

        Raises:
            InputError: infinite values, of this patient or of those since the last block.
        """
        self._block.append((patient, values))
        if len(self._block) == ROWS:
            self._write()

    def close(self) -> None:
        """Writes what is left; one empty block where there is nothing at all."""
        if self._block or not self._rows:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        import pyarrow as pa

        frame = self._frame(self._block)
        _check(frame, self._name)
        self._writer.write_table(pa.Table.from_pandas(frame, self._schema))
        self._rows += len(self._block)
        self._block.clear()

    def _frame(self, rows: Sequence[tuple[str, Values]]) -> pd.DataFrame:
        import pandas as pd

        names = pd.Index([name for name, _ in rows], dtype="str", name=INDEX)
        values = np.array([values for _, values in rows], np.float64)
        return pd.DataFrame(values.reshape(len(rows), len(self._columns)), names, self._columns)


@contextmanager
def table_rows(path: Path, columns: Sequence[str], metadata: Mapping[str, Any]) -> Iterator[TableRows]:
    """``write_rows`` by whoever has the rows one at a time."""
    with whole_file(path) as stream:
        table = TableRows(path.name, columns, metadata, stream)
        yield table
        table.close()


def read_metadata(path: Path) -> dict[str, Any]:
    """What a table says of itself, without its values.

    Raises:
        InputError: no such file, not Parquet, or a table of another program.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise InputError("a feature table", f"no file {path}", _REMEDY)
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: names that are no text
        raise _unreadable(path, error) from None
    try:
        metadata = json.loads((schema.metadata or {})[KEY])
    except (KeyError, ValueError):
        raise InputError("a feature table", f"{path.name}, which does not say what it holds", _REMEDY) from None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("feature_set"), str):
        raise InputError("a feature table that names its set", f"{path.name} without it", _REMEDY)
    seal = metadata.pop(_SEAL, None)  # older tables have none
    if seal is not None and seal != _seal([name for name in schema.names if name != INDEX], metadata):
        raise InputError("names of columns as they were written", f"others in {path.name}", _REMEDY)
    return metadata


def _seal(columns: Sequence[str], metadata: Mapping[str, Any]) -> str:
    """A hash of what Parquet's own checksums, which are of the values, leave out."""
    return sha256_of(json.dumps([list(columns), dict(metadata)]).encode())


def read_table(path: Path) -> FeatureTable:
    """A table as it was written.

    Raises:
        InputError: as ``read_metadata``; a damaged file, no ``patient_id``, a patient or column twice, a column that is
            not numeric or holds infinite values.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = read_metadata(path)
    try:
        arrow: pa.Table = pq.read_table(path, page_checksum_verification=True)
        values = arrow.to_pandas(ignore_metadata=True)  # whose JSON is another way to break it
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if INDEX not in values.columns:
        raise InputError(f"a column {INDEX} in {path.name}", "none", _REMEDY)
    values = values.set_index(INDEX)
    _check(values, path.name)
    values.index = values.index.astype(str)
    return FeatureTable(metadata["feature_set"], values.astype("float64"), metadata)


def _check(values: pd.DataFrame, name: str) -> None:
    for what, axis in (("patient", values.index), ("column", values.columns)):
        if axis.has_duplicates:
            raise InputError(f"each {what} of {name} once", f"'{axis[axis.duplicated()][0]}' twice", _REMEDY)
    if values.index.hasnans or any(not str(patient) for patient in values.index):
        raise InputError(f"a {INDEX} in every row of {name}", "an empty one", _REMEDY)
    for column, kind in values.dtypes.items():
        if not (isinstance(kind, np.dtype) and kind.kind in "fiu"):
            raise InputError(f"numbers in every column of {name}", f"{kind} in '{column}'", _REMEDY)
    infinite = np.isinf(values.to_numpy(dtype=np.float64)).any(axis=0)
    if infinite.any():
        raise InputError(f"finite numbers in {name}", f"infinite ones in '{values.columns[infinite][0]}'", _REMEDY)


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError("a feature table in Parquet", f"{path.name}, unreadable ({str(error)[:80]})", _REMEDY)
