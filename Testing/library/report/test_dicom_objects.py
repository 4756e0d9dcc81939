"""A score as DICOM: objects that another reader reads back to the same voxels and numbers."""

import json

import highdicom as hd
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from NACResponseLib.cli import main
from NACResponseLib.imaging.geometry import mask_array, mask_onto
from NACResponseLib.imaging.io import read_mask

from ..conftest import make_files
from ..imaging.hospital.dicom_files import series

CLINICAL = ["--set", "age=50", "--set", "ER=+", "--set", "PR=-", "--set", "HER2=positive"]


@pytest.fixture(scope="module", autouse=True)
def _printer():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("NACResponseLib.report.export.write_pdf", _stand_in_pdf)
        patch.setattr("NACResponseLib.report.pdf.pdf_printer", lambda: None)
        yield


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The output folder of a patient whose image is a DICOM series."""
    files = make_files(tmp_path_factory.mktemp("scored"))
    image = sitk.Cast(files.image, sitk.sitkInt16)
    series(files.folder / "series", image)
    mask = files.write(files.tumor, "tumor.nrrd")
    command = ["score", "--image", f"MRI_CET1={files.folder / 'series'}", "--tumor", f"MRI={mask}", *CLINICAL]
    assert main([*command, "--dicom", "--output", str(files.folder / "out")]) == 0
    return files.folder / "out"


def _stand_in_pdf(html):
    """What WeasyPrint makes needs Pango; its content does not matter here."""
    target = html.with_suffix(".pdf")
    target.write_bytes(b"%PDF-1.7 of an odd length...")
    return target


def test_the_segmentation_is_read_back_to_the_same_voxels(scored):
    segmentation = hd.seg.segread(scored / "seg_MRI.dcm")
    source = dcmread(scored.parent / "series" / "slice0001.dcm")
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == source.SeriesInstanceUID
    assert (segmentation.StudyInstanceUID, segmentation.PatientID) == (source.StudyInstanceUID, source.PatientID)
    for name, file in (("Tumor", "tumor_MRI.nii.gz"), ("Peritumoral shell", "shell_MRI.nii.gz")):
        written = sitk.ReadImage(str(scored / file))
        number = segmentation.get_segment_numbers(segment_label=name)
        assert np.count_nonzero(segmentation.get_volume(segment_numbers=number).array) == mask_array(written).sum()
        found = mask_onto(read_mask(f"{scored / 'seg_MRI.dcm'}::{name}", onto=written), written, name)[0]
        assert np.array_equal(mask_array(found), mask_array(written))


def test_the_structured_report_holds_measurements_probability_interval_and_model(scored):
    score = json.loads((scored / "score.json").read_text(encoding="utf-8"))
    report = hd.sr.srread(scored / "measurements.dcm").content
    tumour, shell = report.get_volumetric_roi_measurement_groups()
    volume, diameter = (one.value for one in tumour.get_measurements())
    assert volume == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.05) and diameter == pytest.approx(18, abs=2)
    assert shell.get_measurements()[0].value > 0
    (group,) = report.get_image_measurement_groups()
    values = [one.value for one in group.get_measurements()]
    assert values == pytest.approx([score["probability"], *score["interval"], score["threshold"]], rel=1e-6)
    entries = {one.name.meaning: one.value.meaning for one in group.get_qualitative_evaluations()}
    assert entries["Predicted class"] == score["predicted_class"] and "not for diagnosis" in entries["Intended use"]
    texts = [one.value for one in dcmread(scored / "measurements.dcm").iterall() if one.keyword == "TextValue"]
    assert {score["model"]["name"], score["model"]["version"]} <= set(texts)


def test_the_report_is_an_encapsulated_pdf_of_the_same_study(scored):
    document, source = dcmread(scored / "report.dcm"), dcmread(scored.parent / "series" / "slice0001.dcm")
    content = document.EncapsulatedDocument[: document.EncapsulatedDocumentLength]
    assert content == b"%PDF-1.7 of an odd length..." and document.StudyInstanceUID == source.StudyInstanceUID
    assert not (scored / "report.pdf").exists()


def test_a_score_without_dicom_images_is_refused_before_it_is_made(files, tmp_path, capsys):
    image, mask = files.write(files.image, "i.nrrd"), files.write(files.tumor, "m.nrrd")
    command = ["score", "--image", f"MRI_CET1={image}", "--tumor", f"MRI={mask}", *CLINICAL, "--dicom"]
    assert main([*command, "--output", str(tmp_path / "out")]) == 2
    assert "read from DICOM" in capsys.readouterr().err


def test_an_image_saved_since_may_name_the_series_that_it_comes_from(scored, files, capsys):
    """As Slicer's module has it: the image from the scene, its series from the database."""
    image, mask = files.write(files.image, "i.nrrd"), scored.parent / "tumor.nrrd"
    command = ["score", "--image", f"MRI_CET1={image}", "--tumor", f"MRI={mask}", *CLINICAL, "--dicom"]
    source = dcmread(scored.parent / "series" / "slice0001.dcm")
    named = f"MRI_CET1={scored.parent / 'series'}::{source.SeriesInstanceUID}"
    assert main([*command, "--dicom-source", named, "--output", str(files.folder / "two")]) == 0
    segmentation = hd.seg.segread(files.folder / "two" / "seg_MRI.dcm")
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == source.SeriesInstanceUID
    moved = sitk.Image(files.image)
    moved.SetOrigin((-37, -40, -40))
    files.write(moved, "i.nrrd")
    capsys.readouterr()
    assert main([*command, "--dicom-source", named, "--output", str(files.folder / "three")]) == 2
    assert "another place" in capsys.readouterr().err


def test_a_report_printed_before_is_taken_and_nothing_is_printed_anew(scored, files, capsys, monkeypatch):
    """As in Slicer, whose web view prints where WeasyPrint is missing."""

    def printer(*_arguments):
        raise AssertionError("printed")

    monkeypatch.setattr("NACResponseLib.report.pdf.pdf_printer", printer)
    monkeypatch.setattr("NACResponseLib.report.export.write_pdf", printer)
    mask, report = scored.parent / "tumor.nrrd", files.folder / "mine.pdf"
    report.write_bytes(b"%PDF-1.4 the one that is shown")
    command = ["score", "--image", f"MRI_CET1={scored.parent / 'series'}", "--tumor", f"MRI={mask}", *CLINICAL]
    command += ["--dicom", "--dicom-report", str(report), "--output", str(files.folder / "two")]
    assert main(command) == 0
    document = dcmread(files.folder / "two" / "report.dcm")
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == report.read_bytes()
    assert report.exists() and not (files.folder / "two" / "report.pdf").exists()
    report.write_bytes(b"<html>")
    assert main(command) == 2 and "expected a PDF file" in capsys.readouterr().err
