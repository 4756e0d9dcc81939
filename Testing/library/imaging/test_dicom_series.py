"""DICOM series with the faults of public bug reports: read right, or refused by their reason."""

import shutil
import zlib

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread, dcmwrite

from .hospital.checks import assert_same, changed, read, refusal
from .hospital.dicom_files import position, series, texts, uid


def test_slices_with_a_series_uid_each_are_one_series(small):
    folder = small.series()
    changed(folder, lambda k, d: setattr(d, "SeriesInstanceUID", uid("one", str(k))))
    image, notes = read(folder)
    assert_same(image, small)
    assert "series UID each" in notes


def test_a_screen_save_among_the_slices_is_set_aside(small):
    folder = small.series()
    shutil.copy(folder / "slice0003.dcm", folder / "save.dcm")

    def into_save(_, d):
        d.SOPClassUID, d.SOPInstanceUID, d.ImageType = (
            "1.2.840.10008.5.1.4.1.1.7",
            uid("save"),
            ["DERIVED", "SECONDARY"],
        )
        d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
        del d.ImagePositionPatient

    changed(folder, into_save, [folder / "save.dcm"])
    image, notes = read(folder)
    assert_same(image, small)
    assert "screen save" in notes


def test_jitter_of_slice_positions_is_accepted_and_reported(small):
    jitter = np.random.default_rng(1).uniform(-0.15, 0.15, 10)
    normal = np.array(small.image.GetDirection()).reshape(3, 3)[:, 2]

    def moved(k, d):
        d.ImagePositionPatient = texts(np.array(d.ImagePositionPatient, float) + jitter[k] * normal)

    folder = small.series()
    changed(folder, moved)
    image, notes = read(folder)
    assert np.array_equal(sitk.GetArrayFromImage(image), small.voxels) and "off their even places" in notes
    assert np.allclose(image.GetSpacing(), small.image.GetSpacing(), atol=0.05)


def test_a_slice_shifted_in_plane_is_refused(small):
    folder = small.series()
    across = np.array(small.image.GetDirection()).reshape(3, 3)[:, 0]

    def moved(k, d):
        d.ImagePositionPatient = texts(np.array(d.ImagePositionPatient, float) + 4 * (k == 5) * across)

    changed(folder, moved)
    assert "shifted in plane" in refusal(folder)


def test_a_missing_slice_is_refused_and_a_scanner_that_made_more_is_quoted(small):
    folder = small.series(tags=lambda k: {"ImagesInAcquisition": "12"})
    assert "12 images were acquired" in read(folder)[1]
    (folder / "slice0005.dcm").unlink()
    assert "evenly spaced slices" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda k, d: d.__setattr__("PixelSpacing", ["1.25", "1" if k else "1.5"]), "pixel spacing"),
        (
            lambda k, d: d.__delattr__("PixelSpacing") or setattr(d, "ImagerPixelSpacing", ["1", "1"]),
            "ImagerPixelSpacing",
        ),
        (lambda k, d: setattr(d, "ImageType", ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]), "mosaic"),
        (lambda k, d: setattr(d, "PhotometricInterpretation", "MONOCHROME1"), "MONOCHROME1"),
        (lambda k, d: setattr(d, "FrameOfReferenceUID", uid("frame", str(k > 4))), "frames of reference"),
        (lambda k, d: setattr(d, "PatientID", "T2" if k == 4 else d.PatientID), "one patient"),
        (lambda k, d: setattr(d, "RescaleSlope", "0"), "rescale slope"),
        (lambda k, d: setattr(d, "PixelData", d.PixelData[:-100]), "cut short"),
        (lambda k, d: setattr(d, "ImageOrientationPatient", ["1", "0", "0", "1", "0", "0"]), "right angles"),
    ],
)
def test_a_series_that_cannot_be_trusted_is_refused(small, change, word):
    folder = small.series()
    changed(folder, change)
    assert word in refusal(folder)


def test_only_some_slices_with_a_rescale_slope_are_refused(small):
    folder = small.series(tags=lambda k: {"RescaleSlope": "2", "RescaleIntercept": "0"} if k else {})
    assert "rescale slope" in refusal(folder)


def test_fractional_slopes_give_floats_and_private_scales_are_left_alone(small):
    folder = small.series(tags=lambda k: {"RescaleSlope": f"{0.5 + k / 8}", "RescaleIntercept": "-3.25"})

    def philips(_, d):
        block = d.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.017)

    changed(folder, philips)
    slopes = (0.5 + np.arange(10) / 8)[:, None, None]
    assert_same(read(folder)[0], small, small.voxels * slopes - 3.25)


def test_bits_that_hold_overlays_are_no_values(small):
    def marked(_, d):
        d.BitsStored, d.HighBit, d.PixelRepresentation = 12, 11, 0
        d.PixelData = (np.frombuffer(d.PixelData, "<u2") | 0x4000).astype("<u2").tobytes()

    folder = small.series()
    changed(folder, marked)
    assert_same(read(folder)[0], small)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80"],
    ids=["implicit", "big endian", "RLE", "JPEG-LS"],
)  # fmt: skip
def test_every_lossless_transfer_syntax_gives_the_same_voxels(small, syntax):
    folder = small.series()
    for file in folder.iterdir():
        dataset = dcmread(file)
        if syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.2"):
            if syntax.endswith(".2.2"):
                dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
            dataset.file_meta.TransferSyntaxUID = syntax
            implicit, little = syntax.endswith("1.2"), not syntax.endswith(".2.2")
            dcmwrite(file, dataset, implicit_vr=implicit, little_endian=little, force_encoding=True)
        else:
            dataset.PixelRepresentation = 0  # all values are positive
            dataset.compress(syntax, generate_instance_uid=False)
            dataset.save_as(file)
    assert_same(read(folder)[0], small)


def test_lossless_jpeg_which_pydicom_has_no_free_decoder_for_is_decoded_by_gdcm(small):
    folder = small.series(tags=lambda k: {"RescaleSlope": "2", "RescaleIntercept": "-100"})
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.KeepOriginalImageUIDOn()
    for file in folder.iterdir():
        dataset = dcmread(file)
        plane = np.frombuffer(dataset.PixelData, "<i2").reshape(1, 20, 24).astype(np.uint16)
        coded = small.folder / "coded.dcm"
        writer.SetFileName(str(coded))
        writer.UseCompressionOn()
        writer.SetCompressor("JPEG")
        writer.Execute(sitk.GetImageFromArray(plane))
        found = dcmread(coded)
        if not found.file_meta.TransferSyntaxUID.is_compressed:
            pytest.skip("this build of GDCM does not write lossless JPEG")
        dataset.file_meta.TransferSyntaxUID = found.file_meta.TransferSyntaxUID
        dataset.PixelRepresentation, dataset.PixelData = 0, found.PixelData
        dataset["PixelData"].is_undefined_length = True
        dataset.save_as(file)
    assert_same(read(folder)[0], small, small.voxels * 2.0 - 100)


def test_a_folder_with_several_series_lists_all_of_them_with_their_studies(small):
    folder = small.series("T1")
    series(small.folder / "T2", small.image, lambda k: {"SeriesDescription": "AX T2", "StudyDate": "20210305"})
    for file in (small.folder / "T2").iterdir():
        shutil.copy(file, folder / f"t2_{file.name}")
    message = refusal(folder)
    assert (
        "AX T1 POST (MR, 10 files, study of 20200101" in message and "AX T2 (MR, 10 files, study of 20210305" in message
    )
    assert_same(read(f"{folder}::AX T2")[0], small)
    assert_same(read(f"{folder}::{uid('T1')}")[0], small)


def test_other_files_in_the_folder_are_left_aside_and_damaged_slices_are_not(small):
    folder = small.series()
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "._slice0001.dcm").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"")
    assert_same(read(folder)[0], small)
    (folder / "slice0011.dcm").write_bytes(b"\0" * 500)
    assert "damaged" in refusal(folder)


def test_an_instance_uid_of_two_files_that_differ_is_refused(small):
    folder = small.series()
    shutil.copy(folder / "slice0004.dcm", folder / "copy.dcm")
    changed(folder, lambda k, d: setattr(d, "PixelData", d.PixelData[::-1]), [folder / "copy.dcm"])
    assert "which differ" in refusal(folder)


def test_positions_come_from_vectors_and_not_from_file_names_or_instance_numbers(small):
    folder = small.series()
    changed(folder, lambda k, d: setattr(d, "InstanceNumber", (7 * k) % 10))
    for k, file in enumerate(sorted(folder.iterdir())):
        file.rename(folder / f"x{(3 * k) % 10}.dcm")
    assert_same(read(folder)[0], small)
    assert position(small.image, 0) == texts(np.array(small.image.GetOrigin()))


def test_a_deflated_file_is_read_and_one_that_unpacks_without_end_is_refused(small):
    folder = small.series()
    for file in folder.iterdir():
        dataset = dcmread(file)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
        dataset.save_as(file)
    assert_same(read(folder)[0], small)
    file = folder / "slice0001.dcm"
    content = file.read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    endless = b"".join(packer.compress(bytes(1 << 24)) for _ in range(20)) + packer.flush()
    file.write_bytes(content[:start] + endless)
    assert "256 MiB" in refusal(folder)


@pytest.mark.parametrize("length", [300, 500, 700, 900, 1200])
def test_a_last_slice_that_is_cut_anywhere_is_never_left_out_in_silence(small, length):
    folder = small.series()
    last = folder / "slice0010.dcm"
    last.write_bytes(last.read_bytes()[:length])
    assert "slice0010.dcm" in refusal(folder)
