"""Feature tables on disk: nothing lost, nothing wrong accepted."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.table import (
    FeatureTable,
    feature_tables,
    read_metadata,
    read_table,
    write_rows,
    write_table,
)

METADATA = {"feature_set": "handcrafted", "protocol": "jang2025", "depth": None, "synthetic": True, "site": "Zürich"}


def values() -> pd.DataFrame:
    index = pd.Index(["0012", "ä-7", "9"], name="patient_id")
    return pd.DataFrame({"CT_Intra_firstorder_Mean": [1 / 3, np.nan, -2.0], "b": [1e300, 5e-324, 0.1]}, index)


def write_arrow(path, columns, metadata=METADATA):
    table = pa.table(columns)
    pq.write_table(table.replace_schema_metadata({b"nacresponse": json.dumps(metadata)}), path)
    return path


def test_a_table_comes_back_as_it_went(tmp_path):
    path = tmp_path / "features_handcrafted.parquet"
    write_table(FeatureTable("handcrafted", values(), METADATA), path)
    read = read_table(path)
    assert (read.name, read.metadata) == ("handcrafted", METADATA)
    assert list(read.values.index) == ["0012", "ä-7", "9"] and read.values.index.name == "patient_id"
    assert list(read.values.columns) == list(values().columns)
    np.testing.assert_array_equal(read.values.to_numpy(), values().to_numpy())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_other_programs_read_values_and_metadata(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(FeatureTable("handcrafted", values(), METADATA), path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), values(), check_index_type=False)
    stored = json.loads(pq.read_schema(path).metadata[b"nacresponse"])
    assert METADATA.items() < stored.items() and read_metadata(path) == METADATA


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_table(FeatureTable("handcrafted", values(), METADATA), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_tables_of_a_folder_are_found_by_feature_set(tmp_path):
    for name in ("resnet34", "handcrafted"):
        write_table(FeatureTable(name, values(), METADATA), tmp_path / f"features_{name}.parquet")
    (tmp_path / "cases.csv").write_text("patient_id\n", encoding="utf-8")
    assert list(feature_tables(tmp_path)) == ["handcrafted", "resnet34"]
    with pytest.raises(InputError, match="no folder in"):
        feature_tables(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"patient_id": ["a", "a"], "x": [1.0, 2.0]}, "'a' twice"),
        ({"patient_id": ["a", None], "x": [1.0, 2.0]}, "an empty one"),
        ({"patient_id": ["a", ""], "x": [1.0, 2.0]}, "an empty one"),
        ({"patient_id": ["a", "b"], "x": ["1", "high"]}, "in 'x'"),
        ({"patient_id": ["a", "b"], "y": [1.0, 2.0], "x": [1.0, -np.inf]}, "infinite ones in 'x'"),
        ({"x": [1.0, 2.0]}, "a column patient_id"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused_by_name(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        read_table(write_arrow(tmp_path / "features_x.parquet", columns))


def test_a_damaged_file_or_one_of_another_program_is_refused(tmp_path):
    path = tmp_path / "features_handcrafted.parquet"
    with pytest.raises(InputError, match="no file"):
        read_table(path)
    write_table(FeatureTable("handcrafted", values(), METADATA), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="unreadable"):
        read_table(path)
    values().to_parquet(path)
    with pytest.raises(InputError, match="what it holds"):
        read_table(path)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (values().assign(b=np.inf), "infinite ones in 'b'"),
        (values().rename(index={"9": "0012"}), "'0012' twice"),
        (values().assign(b="text"), "in 'b'"),
    ],
)
def test_what_could_not_be_read_is_not_written(tmp_path, broken, message):
    with pytest.raises(InputError, match=message):
        write_table(FeatureTable("handcrafted", broken, METADATA), tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir())


def test_rows_written_one_by_one_make_the_table_that_is_written_at_once(tmp_path):
    rng = np.random.default_rng(0)
    index = pd.Index([f"P{k}" for k in range(700)], name="patient_id")
    whole = pd.DataFrame(rng.normal(size=(700, 3)), index, ["a", "b", "c"])
    write_table(FeatureTable("handcrafted", whole, METADATA), tmp_path / "at_once.parquet")
    write_rows(tmp_path / "by_row.parquet", ["a", "b", "c"], zip(index, whole.to_numpy(), strict=True), METADATA)
    assert (tmp_path / "by_row.parquet").read_bytes() == (tmp_path / "at_once.parquet").read_bytes()
    pd.testing.assert_frame_equal(read_table(tmp_path / "by_row.parquet").values, whole, check_index_type=False)


def test_a_cohort_without_patients_has_an_empty_table(tmp_path):
    write_rows(tmp_path / "t.parquet", ["a"], [], METADATA)
    assert read_table(tmp_path / "t.parquet").values.shape == (0, 1)


def test_a_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / "t.parquet"
    values = np.random.default_rng(0).normal(size=(200, 1))
    index = pd.Index([f"P{k}" for k in range(200)], name="patient_id")
    write_table(FeatureTable("handcrafted", pd.DataFrame(values, index, ["a"]), METADATA), path)
    content = bytearray(path.read_bytes())
    content[content.find(values[100].tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="unreadable"):
        read_table(path)


@pytest.mark.parametrize("change", ["column", "metadata"])
def test_a_name_that_was_changed_alone_is_noticed(tmp_path, change):
    path = tmp_path / "t.parquet"
    write_table(FeatureTable("handcrafted", values(), METADATA), path)
    table = pq.read_table(path)
    if change == "column":
        stored = table.schema.metadata
        renamed = [name if name == "patient_id" else name.upper() for name in table.column_names]
        table = table.rename_columns(renamed).replace_schema_metadata(stored)
    else:
        stored = json.loads(table.schema.metadata[b"nacresponse"]) | {"feature_set": "another"}
        table = table.replace_schema_metadata({b"nacresponse": json.dumps(stored).encode()})
    pq.write_table(table, path)
    with pytest.raises(InputError, match="as they were written"):
        read_table(path)
