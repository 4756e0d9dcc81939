"""The tables of a cohort: the protocol's columns in order, the same patients everywhere, their own values in them."""

import json

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from NACResponseLib.cohort.manifest import read_manifest
from NACResponseLib.cohort.plan import Settings
from NACResponseLib.cohort.results import Cohort, write_results
from NACResponseLib.features.cases import read_cases
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.features.table import read_table
from NACResponseLib.imaging.geometry import mask_array, voxel_volume
from NACResponseLib.imaging.io import load_case, sha256
from NACResponseLib.protocol import protocol_from, protocol_sha256

from .tiny import BOTH, extracted, make_cohort, protocol_of, read_rows, write_cohort


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Three patients with MRI and CT, the second without MRI, the third without CT; and their output."""
    folder = tmp_path_factory.mktemp("both")
    cohort = make_cohort(folder / "in", 3, BOTH, note=["a,b", 'a "b"', "ü"], tumor_volume_mm3=["", "777", ""])
    rows = read_rows(cohort)
    rows[1] |= {"MRI_CET1": "", "tumor_MRI": "", "scanner_MRI": ""}
    rows[2] |= {"CT": "", "tumor_CT": ""}
    write_cohort(cohort, rows)
    outcomes = extracted(cohort, folder / "out")
    assert not any(outcome.failed for outcome in outcomes), outcomes
    return cohort, folder / "out"


def test_values_are_those_of_the_case_extracted_alone(both):
    cohort, output = both
    protocol, folder = protocol_of(cohort), cohort.parent
    case = load_case(
        "P0",
        {"MRI_CET1": folder / "MRI_0.nrrd", "CT": folder / "CT_0.mha"},
        {"MRI": folder / "tumor_MRI_0.nii.gz", "CT": folder / "tumor_0.nii.gz"},
    )
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    alone = extract_features(case, protocol)
    table = read_table(output / "features_handcrafted.parquet").values
    assert tuple(table.columns) == handcrafted_names(protocol) == tuple(alone)
    np.testing.assert_allclose(table.loc["P0"], list(alone.values()), rtol=1e-9)
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == threads


def test_a_missing_image_gives_empty_cells_and_nothing_else(both):
    table = read_table(both[1] / "features_handcrafted.parquet").values
    mri = [name.startswith("MRI") for name in table.columns]
    np.testing.assert_array_equal(table.loc["P1"].isna(), mri)
    np.testing.assert_array_equal(table.loc["P2"].isna(), np.logical_not(mri))
    assert not table.loc["P0"].isna().any()
    lines = pd.read_csv(both[1] / "features_handcrafted.csv", index_col="patient_id")
    pd.testing.assert_frame_equal(lines, table, check_index_type=False, check_names=False)
    assert json.loads((both[1] / "run.json").read_text(encoding="utf-8"))["missing_images"] == {
        "MRI_CET1": ["P1"],
        "CT": ["P2"],
    }


def test_the_table_says_what_it_holds(both):
    protocol = protocol_of(both[0])
    metadata = read_table(both[1] / "features_handcrafted.parquet").metadata
    assert (metadata["feature_set"], metadata["protocol"], metadata["depth"], metadata["synthetic"]) == (
        "handcrafted",
        "both",
        None,
        False,
    )
    assert metadata["protocol_sha256"] == protocol_sha256(protocol)
    assert metadata["images"]["MRI_CET1"] == {"modality": "MR", "contour": "MRI"}
    assert (
        metadata["regions"] == ["Intra", "Peri"] and metadata["margin_mm"] == 5 and "SimpleITK" in metadata["versions"]
    )


def test_cases_hold_clinical_values_measured_volume_scanners_and_outcomes(both):
    rows = {row["patient_id"]: row for row in read_rows(both[1] / "cases.csv")}
    assert list(rows["P0"]) == [
        *("patient_id", "age", "ER", "PR", "HER2", "grade", "tumor_size_mm", "nodal_status", "T_stage"),
        *("tumor_volume_mm3", "scanner_MRI", "scanner_CT", "pcr", "note"),
    ]
    mask = sitk.ReadImage(str(both[0].parent / "tumor_MRI_0.nii.gz"))
    measured = mask_array(mask).sum() * voxel_volume(mask)
    assert float(rows["P0"]["tumor_volume_mm3"]) == pytest.approx(measured)
    assert rows["P1"]["tumor_volume_mm3"] == "777"  # no MRI contour: as recorded
    assert (rows["P0"]["age"], rows["P0"]["ER"], rows["P0"]["PR"]) == ("40", "1", "")
    assert [row["note"] for row in rows.values()] == ["a,b", 'a "b"', "ü"]
    assert [row["scanner_MRI"] for row in rows.values()] == ["B", "", "B"]


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text_and_read_back(tmp_path):
    cohort = make_cohort(tmp_path / "cohort", 2, patient_id=["=1+1", "P1"], **{"=note": ["@SUM(A1)", "-1"]})
    extracted(cohort, tmp_path / "out")
    for name in ("cases.csv", "features_handcrafted.csv"):
        assert "\n'=1+1," in (tmp_path / "out" / name).read_text(encoding="utf-8")
    cases = read_cases(tmp_path / "out" / "cases.csv")
    assert list(cases.index) == ["=1+1", "P1"] and list(cases["=note"]) == ["@SUM(A1)", "-1"]


def test_the_run_names_the_hash_of_every_file(both):
    record = json.loads((both[1] / "run.json").read_text(encoding="utf-8"))
    assert record["patients"]["P1"]["inputs"] == {
        "image CT": sha256(both[0].parent / "CT_1.mha"),
        "contour CT": sha256(both[0].parent / "tumor_1.nii.gz"),
    }
    assert record["n_finished"] == 3 and set(record["patients"]["P0"]["seconds"]) >= {"read", "regions", "features"}


def test_no_table_of_an_earlier_run_is_left_among_the_new_ones(cohort, tmp_path):
    output, settings = tmp_path / "out", Settings(protocol_of(cohort))
    write_cohort(cohort, read_rows(cohort)[:1])
    extracted(cohort, output)
    (output / "features_resnet34.parquet").write_bytes(b"of other patients")
    in_csv = output / "features_handcrafted.csv"
    before = in_csv.read_text(encoding="utf-8")
    in_csv.write_text("of an earlier run", encoding="utf-8")
    manifest = read_manifest(cohort, settings.protocol)
    write_results(Cohort(manifest, settings, output / "patients"), output)
    assert {file.name for file in output.glob("features_*")} == {"features_handcrafted.parquet", in_csv.name}
    assert in_csv.read_text(encoding="utf-8") == before  # it was there as CSV, so it is again, of this run


def test_the_hash_of_a_protocol_is_of_what_it_asks_for():
    plain = {
        "name": "a",
        "description": "",
        "source": "",
        "images": {"A": {"modality": "MR", "contour": "MRI"}, "B": {"modality": "MR", "contour": "MRI"}},
        "preprocessing": {"MR": {"spacing_mm": 1, "bin_count": 8}},
    }
    asked = protocol_sha256(protocol_from(plain, "a"))
    assert asked == protocol_sha256(protocol_from(plain | {"name": "b", "description": "c"}, "a"))
    assert asked != protocol_sha256(protocol_from(plain | {"margin_mm": 4}, "a"))
    turned = dict(reversed(plain["images"].items()))
    assert asked != protocol_sha256(protocol_from(plain | {"images": turned}, "a"))
    assert Settings(protocol_from(plain, "a")).key("x") != Settings(protocol_from(plain, "a")).key("y")
