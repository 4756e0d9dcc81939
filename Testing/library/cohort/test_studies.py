"""Cohorts of other studies: four modalities with 2D images among them, two time points, a user's own protocol."""

import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.cli import main
from NACResponseLib.cohort.extraction import settings_for
from NACResponseLib.cohort.manifest import ManifestError, read_manifest
from NACResponseLib.cohort.perturbation import perturbed
from NACResponseLib.cohort.plan import Perturbation
from NACResponseLib.cohort.store import read_record
from NACResponseLib.errors import InputError
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.features.table import read_table
from NACResponseLib.imaging.geometry import mask_array
from NACResponseLib.imaging.io import load_case
from NACResponseLib.protocol import Protocol, load_protocol, protocol_from, protocol_plain, protocol_sha256

from .modalities import coarse, four_modalities, frame, two_times, write_plane
from .tiny import ct, extracted, mri, read_rows, write_cohort


def record_of(output: Path, patient: str) -> dict:
    (file,) = (output / "patients").glob(f"{patient}-*.json")
    record = read_record(file)
    assert record is not None
    return record


@pytest.fixture(scope="module")
def four(tmp_path_factory) -> tuple[Path, Protocol, Path]:
    """Three patients of four modalities: the second without ultrasound, the third without MRI; and their output."""
    folder = tmp_path_factory.mktemp("four")
    cohort, protocol = four_modalities(folder, 3), coarse("liang2025", folder)
    rows = read_rows(cohort)
    rows[1] |= {"US": "", "tumor_US": "", "scanner_US": ""}
    rows[2] |= {"MRI_CET1": "", "tumor_MRI": "", "scanner_MRI": ""}
    write_cohort(cohort, rows)
    options = ["--protocol", str(protocol), "--output", str(folder / "out"), "--workers", "1"]
    assert main(["extract", str(cohort), *options]) == 0
    return cohort, load_protocol(protocol), folder / "out"


@pytest.fixture(scope="module")
def times(tmp_path_factory) -> tuple[Path, Protocol, Path]:
    """Three patients before and after treatment, the last without the images after; and their output."""
    folder = tmp_path_factory.mktemp("times")
    cohort, protocol = two_times(folder, 3), coarse("li2026", folder)
    rows = read_rows(cohort)
    rows[2] |= {name: "" for name in rows[2] if "POST" in name}
    write_cohort(cohort, rows)
    outcomes = extracted(cohort, folder / "out")
    assert not any(outcome.failed for outcome in outcomes), outcomes
    return cohort, load_protocol(protocol), folder / "out"


@pytest.mark.slow
def test_four_modalities_are_extracted_each_as_the_case_alone(four):
    cohort, protocol, output = four
    table = read_table(output / "features_handcrafted.parquet").values
    assert tuple(table.columns) == handcrafted_names(protocol)
    row = read_rows(cohort)[0]
    images = {name: cohort.parent / row[name] for name in protocol.images}
    contours = {name: cohort.parent / row[f"tumor_{name}"] for name in protocol.contours}
    alone = extract_features(load_case("P0", images, contours, planar=protocol.planar), protocol)
    np.testing.assert_allclose(table.loc["P0"], list(alone.values()), rtol=1e-9)
    assert table.loc["P0", "US_Intra_shape2D_MeshSurface"] == pytest.approx(np.pi * 12**2 * 0.2 * 0.3, rel=0.06)
    assert table.loc["P0", "MG_Intra_shape2D_MeshSurface"] == pytest.approx(np.pi * 12**2 * 0.25**2, rel=0.06)


def test_a_missing_modality_leaves_its_own_cells_empty(four):
    table = read_table(four[2] / "features_handcrafted.parquet").values
    for patient, beginning in (("P1", "US_"), ("P2", "MRI_")):
        lacking = [name.startswith(beginning) for name in table.columns]
        np.testing.assert_array_equal(table.loc[patient].isna(), lacking)


def test_volume_is_that_of_the_mri_and_an_area_is_no_volume(four):
    cases = {row["patient_id"]: row for row in read_rows(four[2] / "cases.csv")}
    voxels = mask_array(ct(0)[1]).sum()
    assert float(cases["P0"]["tumor_volume_mm3"]) == pytest.approx(voxels * 45)
    assert cases["P2"]["tumor_volume_mm3"] == ""
    record = record_of(four[2], "P0")
    assert list(record["tumor_volume_mm3"]) == ["CT", "MRI"] and list(record["tumor_area_mm2"]) == ["US", "MG"]
    assert record["tumor_area_mm2"]["US"] == pytest.approx(frame(0)[1].sum() * 0.06)
    assert record["shell_volume_mm3"] == record["anatomy"] == {}


def test_every_contour_has_its_picture_on_the_sheet(four):
    pictures = record_of(four[2], "P0")["pictures"]
    assert list(pictures) == ["US", "MG", "CT", "MRI"]
    assert all(b64decode(picture).startswith(b"\x89PNG") for picture in pictures.values())
    assert (four[2] / "qc" / "index.html").read_text(encoding="utf-8").count("data:image/png") >= 10


def test_the_table_says_how_it_can_be_made_again(four, times):
    for _, protocol, output in (four, times):
        metadata = read_table(output / "features_handcrafted.parquet").metadata
        again = protocol_from(metadata["protocol_definition"], "the table")
        assert again == protocol and handcrafted_names(again) == handcrafted_names(protocol)
        assert metadata["protocol_sha256"] == protocol_sha256(protocol) == protocol_sha256(again)
        assert metadata["deltas"] == protocol_plain(protocol).get("deltas", {})
        assert metadata["images"] == protocol_plain(protocol)["images"]
    assert metadata["deltas"]["DELTA_T2"] == {"before": "PRE_T2", "after": "POST_T2", "change": "difference"}


def test_deltas_are_after_less_before_and_missing_where_either_is(times):
    cohort, protocol, output = times
    table = read_table(output / "features_handcrafted.parquet").values
    assert tuple(table.columns) == handcrafted_names(protocol)
    for delta, rest in (
        ("T2", "Intra_firstorder_Mean"),
        ("ADC", "Intra_glcm_Contrast"),
        ("MRI", "Intra_shape_MeshVolume"),
    ):
        change = table[f"POST_{delta}_{rest}"] - table[f"PRE_{delta}_{rest}"]
        np.testing.assert_allclose(table[f"DELTA_{delta}_{rest}"], change)
        assert np.isfinite(change[:2]).all() and np.isnan(change["P2"]) and (change[:2] != 0).all()
    assert np.isfinite(table.loc["P2", [name for name in table if name.startswith("PRE_")]]).all()
    before = mask_array(sitk.ReadImage(str(cohort.parent / "tumor_PRE_2.nrrd"))).sum()
    assert float(read_rows(output / "cases.csv")[2]["tumor_volume_mm3"]) == pytest.approx(before * 45)


def test_a_file_of_another_dimension_is_reported_with_row_and_column(tmp_path):
    cohort, protocol = four_modalities(tmp_path, 3), load_protocol(coarse("liang2025", tmp_path))
    rows = read_rows(cohort)
    sitk.WriteImage(mri(7), str(tmp_path / "volume.nrrd"))
    write_plane(frame(7)[0], (0.25, 0.25), tmp_path / "plane.nrrd")
    rows[0]["US"], rows[1]["CT"], rows[2]["tumor_MG"] = "volume.nrrd", "plane.nrrd", "photo.png"
    write_plane(frame(2)[1], (0.25, 0.25), tmp_path / "photo.png")
    write_cohort(cohort, rows)
    with pytest.raises(ManifestError) as caught:
        read_manifest(cohort, protocol)
    found = {(problem.row, problem.column): problem.reason for problem in caught.value.problems}
    assert "a 2D image, found 20 x 20 x 12 voxels" in found[2, "US"]
    assert "a 3D image" in found[3, "CT"]
    assert re.search("pixel size.*photo.png", found[4, "tumor_MG"])
    assert len(found) == 3


def test_a_2d_contour_is_moved_within_its_plane():
    mask = sitk.GetImageFromArray(frame(0)[1].astype(np.uint8)[None])
    mask.SetSpacing((0.25, 0.25, 1.0))
    moved = perturbed(mask, "P0 US", Perturbation(seed=1, replicate=1))
    before, after = mask_array(mask), mask_array(moved)
    assert after.shape == before.shape and (before != after).any()
    assert (before & after).sum() > 0.8 * before.sum()


def test_deep_features_of_2d_images_alone_are_refused():
    plain = protocol_plain(load_protocol("liang2025"))
    plain["images"] = {name: plain["images"][name] for name in ("US", "MG")}
    with pytest.raises(InputError, match=r"3D images.*liang2025.*deep"):
        settings_for(protocol_from(plain, "a test"), ["resnet10"])
