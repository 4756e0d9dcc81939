"""What hospitals and other programs hand over is read right, or refused in one line that names the reason."""

import re

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import corners, mask_array, mask_onto
from NACResponseLib.imaging.io import load_case

from .hospital.file_kinds import ct_kinds, file_kinds
from .hospital.kinds import CHEST, contour_kinds, mr, phase_and_frame_kinds, series_kinds, tumour

OF_CT = ("ct_scout", "ct_tilt", "ct_offset_units")
KINDS = (
    "plain", "legacy_slicer", "seg_two_segments", "seg_empty_frames_omitted", "rtstruct", "contour_three_slices",
    "phases_one_uid", "dce_4d", "enhanced_shuffled", "enhanced_missing", "enhanced_rescaled", "no_pixel_spacing",
    "slopes_differ", "signs_differ", "flipped_halfway", "duplicates", "emptied_files", *OF_CT, "forms_disagree",
    "nan_background", "flipped_byte", "long_field", "many_dimensions",
)  # fmt: skip


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The folder with all kinds, and what is right for each by name."""
    out = tmp_path_factory.mktemp("inputs")
    image, mask = mr(), tumour()
    makers = [contour_kinds, phase_and_frame_kinds, series_kinds, file_kinds, *([ct_kinds] if CHEST.exists() else [])]
    return out, {made["kind"]: made for maker in makers for made in maker(out, image, mask)}


def read(out, kind, part=""):
    name, contour = ("CT", "CT") if kind["modality"] == "CT" else ("MRI_CET1", "MRI")
    case = load_case("T1", {name: f"{out / kind['image']}{part}"}, {contour: f"{out / kind['contour']}"})
    return case.images[name], case.contours[contour], " ".join(case.warnings)


def grid(truth) -> sitk.Image:
    image = sitk.Image(truth["size"], sitk.sitkUInt8)
    image.SetSpacing(truth["spacing"])
    image.SetOrigin(truth["origin"])
    image.SetDirection(truth["direction"])
    return image


def check(image, mask, truth, kind) -> None:
    inside = mask_array(mask_onto(mask, image, "the contour")[0])
    volume = mask_array(mask).sum() * np.prod(mask.GetSpacing())
    mean = sitk.GetArrayFromImage(image)[inside].mean()
    assert mean == pytest.approx(truth["mean_in_tumour"], abs=kind.get("mean_tolerance", 0), rel=1e-3)
    assert volume == pytest.approx(truth["tumour_volume_mm3"], abs=kind.get("volume_tolerance_mm3", 0), rel=1e-4)
    if "size" in truth:
        apart = np.linalg.norm(corners(grid(truth))[:, None] - corners(image)[None], axis=2)
        assert apart.min(axis=1).max() < 0.01


@pytest.mark.parametrize("name", KINDS)
def test_an_input_is_read_right_or_refused(inputs, name):
    out, kinds = inputs
    if name not in kinds:
        pytest.skip("the chest CT does not ship")
    kind = kinds[name]
    if kind["values"] is not None and not (kind.get("warn_words") and kind["refuse_words"]):
        image, mask, warned = read(out, kind)
        check(image, mask, kind["values"], kind)
        assert not kind["refuse_words"] or warned or name in ("slopes_differ", "signs_differ")
        return
    with pytest.raises(InputError) as caught:
        read(out, kind)
    message = re.sub(re.escape(kind["image"]), "", str(caught.value), flags=re.IGNORECASE)
    assert any(word.lower() in message.lower() for word in kind["refuse_words"]) and "\n" not in message
    for phase, truth in kind.get("choices", {}).items():
        image, mask, _ = read(out, kind, phase.replace("phase ", "#"))
        check(image, mask, truth, kind)
