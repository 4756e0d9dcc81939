"""One table for other programs: every value of the folder, every column explained."""

import csv
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.cli import main
from NACResponseLib.errors import InputError
from NACResponseLib.features.dictionary import case_entry, feature_entry
from NACResponseLib.features.table import FeatureTable, read_table, write_table
from NACResponseLib.results.merged import export_table
from NACResponseLib.tables import table_of
from NACResponseLib.variables import shipped_variables

FEATURES = ("original_glcm_Contrast", "original_shape_MeshVolume")


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "features"
    target.mkdir()
    (target / "cases.csv").write_text("patient_id,age,ER,scanner_MRI,pcr,note\n007,50,1,A,1,=1+1\nB,60.5,,A,0,\n")
    for name, factor in (("radiomics", 1.0), ("again", 2.0)):
        values = pd.DataFrame(
            {FEATURES[0]: [0.1 * factor, 1e-9], FEATURES[1]: [np.nan, 3.0]},
            index=pd.Index(["007", "B"], name="patient_id"),
        )
        metadata = {"feature_set": name, "imported_from": {"file": "r.csv"}, "group": "MRI"}
        write_table(FeatureTable(name, values, metadata), target / f"features_{name}.parquet")
    return target


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_every_value_is_in_the_table_and_every_column_in_the_dictionary(folder, tmp_path, ending):
    path = tmp_path / f"merged{ending}"
    assert main(["export", str(folder), "--output", str(path)]) == 0
    header, rows = table_of(path)
    assert header[:6] == ["patient_id", "age", "ER", "scanner_MRI", "pcr", "note"]
    assert header[6:8] == list(FEATURES)  # of the first set; the second set's would be the same names
    assert header[8:] == [f"radiomics_{name}" for name in FEATURES]
    assert rows[0][:6] == ["007", "50", "1", "A", "1", "=1+1"] and rows[1][2] == rows[0][7] == ""
    assert [float(row[8]) for row in rows] == read_table(folder / "features_radiomics.parquet").values[
        FEATURES[0]
    ].to_list()
    if ending == ".xlsx":
        from openpyxl import load_workbook

        found = [list(row) for row in load_workbook(path)["dictionary"].iter_rows(values_only=True)]
    else:
        with (tmp_path / "merged-dictionary.csv").open(encoding="utf-8") as stream:
            found = list(csv.reader(stream))
    assert [row[0] for row in found[1:]] == header
    meanings = {row[0]: row for row in found}
    assert "1 positive" in meanings["ER"][1] and meanings["age"][2] == "years"
    assert "pathological complete response" in meanings["pcr"][1]
    assert meanings[FEATURES[0]][4] == "ACUI"  # IBSI reference manual, contrast of the co-occurrence matrix


def test_a_file_that_exists_stays_and_other_endings_are_refused(folder, tmp_path):
    (tmp_path / "t.csv").write_text("mine")
    for name in ("t.csv", "t.sav"):
        with pytest.raises(InputError):
            export_table(folder, tmp_path / name)
    assert (tmp_path / "t.csv").read_text() == "mine"


def test_a_full_disk_leaves_no_half_of_a_parquet_file(folder, tmp_path):
    pytest.importorskip("resource")
    program = """
import resource, signal, sys
from NACResponseLib.errors import InputError
from NACResponseLib.results.merged import export_table
import pandas, pyarrow.parquet
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
try:
    export_table(sys.argv[1], sys.argv[2])
except InputError:
    sys.exit(2)
"""
    command = [sys.executable, "-c", program, str(folder), str(tmp_path / "t.parquet")]
    assert subprocess.run(command, check=False).returncode == 2
    assert not list(tmp_path.glob("*t.parquet*"))


def test_a_table_whose_dictionary_cannot_be_written_is_not_left_alone(folder, tmp_path, monkeypatch):
    from NACResponseLib import tables

    write = tables.write_table_file

    def full(path, sheets):
        if "dictionary" in path.name:
            raise OSError(28, "No space left on device")
        write(path, sheets)

    monkeypatch.setattr(tables, "write_table_file", full)
    with pytest.raises(InputError, match="No space left"):
        export_table(folder, tmp_path / "t.csv")
    assert not list(tmp_path.glob("t*"))


def test_features_are_explained_by_class_place_and_unit():
    metadata = {"feature_set": "handcrafted", "protocol": "jang2025"}
    texture = feature_entry("MRI_T2_Peri_glcm_Contrast", "x", metadata)
    assert "MRI_T2" in texture.meaning and "shell" in texture.meaning and texture.ibsi == "ACUI"
    volume = feature_entry("CT_Intra_shape_MeshVolume", "x", metadata)
    assert (volume.unit, volume.ibsi) == ("mm³", "RNU0")
    deep = feature_entry("MRI_T2_Peri_0271", "x", {**metadata, "feature_set": "resnet34"})
    assert "channel 271" in deep.meaning and "resnet34" in deep.source
    assert feature_entry("MRI_Intra_shape_Maximum2DDiameterRow", "x", metadata).unit == "mm"


def test_levels_are_explained_by_their_numbers():
    assert "1 G1; 2 G2; 3 G3" in case_entry("grade", shipped_variables()).meaning
