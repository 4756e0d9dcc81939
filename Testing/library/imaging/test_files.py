"""NRRD, NIfTI and MetaImage: headers that other programs write, and hostile ones; values by nibabel and pynrrd."""

import gzip
import os
import struct
import subprocess
import sys

import nibabel as nib
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.files.bounded import LARGEST
from NACResponseLib.imaging.geometry import same_grid
from NACResponseLib.imaging.io import load_case

from .hospital.checks import read, refusal

TO_LPS = np.diag([-1, -1, 1])


def affine_of(image: sitk.Image) -> np.ndarray:
    """Of an image, RAS, as nibabel has it."""
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    return nib.affines.from_matvec(TO_LPS @ steps, TO_LPS @ np.array(image.GetOrigin()))


@pytest.fixture
def nifti(small):
    """The image as nibabel writes it."""
    image = nib.Nifti1Image(small.voxels.transpose(2, 1, 0), affine_of(small.image))
    image.set_qform(image.affine, 1)
    image.set_sform(image.affine, 1)
    return image


def bytes_of(nifti, change=None) -> bytearray:
    content = bytearray(nifti.to_bytes())
    if change:
        form, place, values = change
        struct.pack_into("<" + form, content, place, *values)
    return content


def test_what_nibabel_writes_is_read_where_nibabel_puts_it(small, nifti):
    nib.save(nifti, small.folder / "a.nii.gz")
    image, notes = read(small.folder / "a.nii.gz")
    assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels) and not notes
    found = nib.load(small.folder / "a.nii.gz")
    assert np.allclose(affine_of(image), found.affine, atol=1e-4)


@pytest.mark.parametrize("version", [nib.Nifti1Pair, nib.Nifti2Image], ids=["pair", "version 2"])
def test_pairs_and_version_2_are_read(small, nifti, version):
    made = version(nifti.get_fdata().astype(np.int16), nifti.affine)
    path = small.folder / ("a.hdr" if version is nib.Nifti1Pair else "a.nii")
    nib.save(made, path)
    image, _ = read(path)
    assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels)


def test_a_scaled_file_has_the_values_of_nibabel(small, nifti):
    nifti.header.set_slope_inter(0.5, -7)
    content = bytes_of(nifti, ("2f", 112, (0.5, -7.0)))
    (small.folder / "a.nii").write_bytes(content)
    expected = nib.load(small.folder / "a.nii").get_fdata().transpose(2, 1, 0)
    assert np.allclose(sitk.GetArrayFromImage(read(small.folder / "a.nii")[0]), expected)


def test_an_offset_of_zero_means_right_after_the_header(small, nifti):
    (small.folder / "a.nii.gz").write_bytes(gzip.compress(bytes(bytes_of(nifti, ("f", 108, (0.0,))))))
    assert np.array_equal(sitk.GetArrayFromImage(read(small.folder / "a.nii.gz")[0]), small.voxels)


def test_negative_edges_are_lengths_and_it_is_reported(small, nifti):
    content = bytes_of(nifti, ("3f", 80, (-1.0, 1.25, 3.0)))
    struct.pack_into("<h", content, 252, 0)
    (small.folder / "a.nii").write_bytes(content)
    image, notes = read(small.folder / "a.nii")
    assert same_grid(image, small.image) and "negative" in notes


@pytest.mark.parametrize("slope", [0.005, 0.05])
def test_a_slight_shear_is_resampled_and_reported(small, nifti, slope):
    affine = nifti.affine @ np.array([[1, 0, 0, 0], [0, 1, slope, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    made = nib.Nifti1Image(small.voxels.transpose(2, 1, 0), None)
    made.set_sform(affine, 1)
    made.set_qform(affine, 1, strip_shears=True)
    nib.save(made, small.folder / "a.nii")
    image, notes = read(small.folder / "a.nii")
    assert "slanted" in notes
    centre = nib.affines.apply_affine(affine, [12, 10, 5]) * [-1, -1, 1]
    found = image[image.TransformPhysicalPointToIndex(centre.tolist())]
    near = small.voxels[4:7, 9:12, 11:14]
    assert near.min() <= found <= near.max()


def test_sform_and_qform_that_disagree_are_named(small, nifti):
    nifti.set_qform(nifti.affine + np.eye(4, k=3) * 5, 1)
    nifti.set_sform(nifti.affine, 1)
    nib.save(nifti, small.folder / "a.nii")
    assert "sform" in refusal(small.folder / "a.nii") and "qform" in refusal(small.folder / "a.nii")


def test_volumes_of_a_4d_file_are_phases(small, nifti):
    both = np.stack([small.voxels, small.voxels + 100]).transpose(3, 2, 1, 0)
    made = nib.Nifti1Image(both, nifti.affine)
    made.header.set_zooms((*nifti.header.get_zooms(), 90))
    made.header.set_xyzt_units("mm", "sec")
    nib.save(made, small.folder / "dce.nii.gz")
    assert "#1 (0 s), #2 (90 s)" in refusal(small.folder / "dce.nii.gz")
    image, notes = read(f"{small.folder / 'dce.nii.gz'}#first-post")
    assert np.array_equal(sitk.GetArrayFromImage(image), small.voxels + 100) and "phase 2 of 2" in notes
    assert same_grid(image, small.image)


@pytest.mark.parametrize("axis", [0, 3], ids=["first", "last"])
@pytest.mark.parametrize("name", ["dce.nrrd", "dce.seq.nrrd"])
def test_a_list_axis_of_nrrd_holds_phases(small, axis, name):
    both = np.stack([small.voxels, small.voxels + 100]).transpose(0, 3, 2, 1)
    steps = (np.array(small.image.GetDirection()).reshape(3, 3) * small.image.GetSpacing()).T
    nothing, kinds = [np.full(3, np.nan)], ["domain"] * 3
    header = {"space": "left-posterior-superior", "space origin": small.image.GetOrigin(), "encoding": "gzip"}
    header["kinds"] = ["list", *kinds] if axis == 0 else [*kinds, "list"]
    header["space directions"] = np.array([*nothing, *steps] if axis == 0 else [*steps, *nothing])
    header |= {f"axis {axis} index type": "numeric", f"axis {axis} index values": "0 60"}
    path = small.folder / name
    nrrd.write(str(path), both if axis == 0 else np.moveaxis(both, 0, 3), header)
    assert "#1 (0), #2 (60)" in refusal(path)
    image, _ = read(f"{path}#2")
    assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels + 100)


def test_an_itk_file_of_four_dimensions_is_read_phase_by_phase(small):
    both = sitk.JoinSeries([small.image, small.image + 100])
    for name in ("a.nrrd", "a.mha", "a.nii"):
        sitk.WriteImage(both, small.folder / name)
        image, _ = read(f"{small.folder / name}#2")
        assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels + 100)


def test_nrrd_of_another_space_is_turned_to_lps(small):
    steps = (np.array(small.image.GetDirection()).reshape(3, 3) * small.image.GetSpacing()).T * [-1, -1, 1]
    header = {"space": "right-anterior-superior", "space directions": steps, "kinds": ["domain"] * 3}
    header["space origin"] = np.array(small.image.GetOrigin()) * [-1, -1, 1]
    nrrd.write(str(small.folder / "a.nrrd"), small.voxels.transpose(2, 1, 0), header)
    image, _ = read(small.folder / "a.nrrd")
    assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels)


@pytest.mark.parametrize("suffix", [".mha", ".mhd", ".nrrd", ".nhdr"])
@pytest.mark.parametrize("packed", [True, False])
def test_what_itk_writes_is_read_the_same(small, suffix, packed):
    path = small.folder / f"a{suffix}"
    sitk.WriteImage(small.image, path, packed)
    image, notes = read(path)
    assert same_grid(image, small.image) and np.array_equal(sitk.GetArrayFromImage(image), small.voxels) and not notes


@pytest.mark.parametrize("suffix", [".mha", ".nrrd", ".nii.gz"])
def test_one_flipped_bit_of_packed_voxels_is_noticed(small, suffix):
    path = small.folder / f"a{suffix}"
    sitk.WriteImage(small.image, path, True)
    content = bytearray(path.read_bytes())
    for place in (len(content) // 2, len(content) * 3 // 5, len(content) * 4 // 5):
        spoiled = bytearray(content)
        spoiled[place] ^= 0x10
        path.write_bytes(spoiled)
        assert "cut short" in refusal(path) or "damaged" in refusal(path)


def head_of(small, suffix) -> bytes:
    path = small.folder / f"whole{suffix}"
    sitk.WriteImage(small.image, path, False)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("suffix", "old", "new", "word"),
    [
        (".mha", b"NDims = 3", b"NDims = -2", "dimension"),
        (".mha", b"NDims = 3", b"NDims = 127", "dimension"),
        (".mha", b"DimSize = 24 20 10", b"DimSize = 24 20 500", "cut short"),
        (".mha", b"DimSize = 24 20 10", b"DimSize = 99999 99999 9999", "GiB"),
        (".mha", b"ElementDataFile = LOCAL", b"ElementDataFile = ../secret.raw", "beside it"),
        (".mha", b"ElementDataFile = LOCAL", b"ElementDataFile = LIST", "beside it"),
        (".mha", b"ElementSpacing", b"ElementUnknown", "spacing"),
        (".nrrd", b"dimension: 3", b"dimension: 16", "dimension"),
        (".nrrd", b"sizes: 24 20 10", b"sizes: 24 20 0", "sizes"),
        (".nrrd", b"sizes: 24 20 10", b"sizes: 24 20 1e9", "sizes"),
        (".nrrd", b"encoding: raw", b"data file: /etc/passwd\nencoding: raw", "beside it"),
        (".nrrd", b"encoding: raw", b"byte skip: 100\nencoding: raw", "skips"),
        (".nrrd", b"encoding: raw", b"x" * 3000 + b": 1\nencoding: raw", "damaged"),
        (".nrrd", b"space: left-posterior-superior", b"space: scanner-xyz", "space"),
    ],
)
def test_a_hostile_header_is_refused_before_anything_is_read(small, suffix, old, new, word):
    content = head_of(small, suffix)
    assert old in content
    (small.folder / f"bad{suffix}").write_bytes(content.replace(old, new, 1))
    assert word in refusal(small.folder / f"bad{suffix}")


def test_a_pipe_is_refused_at_once(small):
    os.mkfifo(small.folder / "pipe.nrrd")
    assert "ordinary file" in refusal(small.folder / "pipe.nrrd")
    content = head_of(small, ".mha").replace(b"ElementDataFile = LOCAL", b"ElementDataFile = pipe.nrrd")
    (small.folder / "a.mhd").write_bytes(content)
    assert "ordinary file" in refusal(small.folder / "a.mhd")


def test_what_unpacks_to_more_than_the_header_says_is_refused_early(small, nifti):
    content = bytes(bytes_of(nifti)) + bytes(64 << 20)
    (small.folder / "bomb.nii.gz").write_bytes(gzip.compress(content, 1))
    assert "more in bomb.nii.gz" in refusal(small.folder / "bomb.nii.gz")


def test_the_limit_of_the_size_is_an_option(small, monkeypatch):
    head_of(small, ".nrrd")
    monkeypatch.setenv(LARGEST, "0.000001")
    assert "--largest-gib" in refusal(small.folder / "whole.nrrd")
    monkeypatch.setenv(LARGEST, "some")
    assert "above 0 GiB" in refusal(small.folder / "whole.nrrd")


def test_the_limit_can_be_given_to_any_command(small):
    head_of(small, ".nrrd")
    command = ["shell", "--largest-gib", "0.000001", "--image", "whole.nrrd", "--modality", "MR", "--tumor", "x.nrrd"]
    done = subprocess.run(
        [sys.executable, "-m", "NACResponseLib", *command, "--output", "out"],
        cwd=small.folder, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 2 and "GiB" in done.stderr and done.stderr.count("\n") == 1


def test_nan_is_background_far_from_the_tumour_and_an_error_near_it(small):
    voxels = small.voxels.astype(np.float32)
    voxels[:, 0] = np.nan
    mask = small.tumour.astype(np.uint8)
    for array, name in ((voxels, "i.nrrd"), (mask, "m.nrrd")):
        made = sitk.GetImageFromArray(array)
        made.CopyInformation(small.image)
        made.SetSpacing((2.0, 2.0, 3.0))
        sitk.WriteImage(made, small.folder / name)
    case = load_case("A", {"MRI": small.folder / "i.nrrd"}, {"MRI": small.folder / "m.nrrd"})
    assert np.isfinite(sitk.GetArrayFromImage(case.images["MRI"])).all() and "NaN" in " ".join(case.warnings)
    voxels[4, 10, 12] = np.nan
    made = sitk.GetImageFromArray(voxels)
    made.CopyInformation(sitk.ReadImage(small.folder / "i.nrrd"))
    sitk.WriteImage(made, small.folder / "i.nrrd")
    with pytest.raises(InputError, match="within 6 mm"):
        load_case("A", {"MRI": small.folder / "i.nrrd"}, {"MRI": small.folder / "m.nrrd"})


def test_windowed_mr_is_reported_and_ct_without_air_is_refused(small):
    eight = sitk.Cast(sitk.RescaleIntensity(small.image, 0, 255), sitk.sitkUInt8)
    sitk.WriteImage(eight, small.folder / "i.nrrd")
    made = sitk.GetImageFromArray(small.tumour.astype(np.uint8))
    made.CopyInformation(small.image)
    sitk.WriteImage(made, small.folder / "m.nrrd")
    case = load_case("A", {"MRI": small.folder / "i.nrrd"}, {"MRI": small.folder / "m.nrrd"})
    assert "256 grey levels" in " ".join(case.warnings)
    with pytest.raises(InputError, match="Hounsfield"):
        load_case("A", {"CT": small.folder / "i.nrrd"}, {"CT": small.folder / "m.nrrd"})
