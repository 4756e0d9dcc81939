"""What a bundle needs of a patient follows from its inputs."""

from dataclasses import replace

import pytest

from NACResponseLib.model.bundle_parts import ImageNeeds
from NACResponseLib.scoring.needs import needs_of


def with_inputs(bundle, *names, contour=None):
    first = bundle.inputs[0]
    inputs = tuple(replace(first, name=name, kind="continuous", prevalence=None) for name in names)
    return replace(bundle, inputs=inputs, images=ImageNeeds(protocol="jang2025", contour=contour))


def test_a_clinical_model_with_volume_needs_one_contour_and_no_image(shipped):
    needs = needs_of(shipped)
    assert (needs.images, needs.contours) == ((), ("MRI",))
    assert {item.name: item.missing_allowed for item in needs.clinical} == {"age": False, "HR": True, "HER2": True}


@pytest.mark.parametrize(
    ("names", "images", "contours"),
    [
        (("age",), (), ()),
        (("MRI_T2_Peri_glcm_Contrast", "age"), ("MRI_T2",), ("MRI",)),
        (("MRI_T2_Intra_0271", "MRI_CET1_Peri_0003"), ("MRI_CET1", "MRI_T2"), ("MRI",)),
        (("CT_Peri_firstorder_Mean",), ("CT",), ("CT",)),
        (("CT_Intra_shape_Sphericity",), ("CT",), ("CT",)),
        (("MRI_Peri_shape_Sphericity",), ("MRI_CET1",), ("MRI",)),
        (("MRI_Peri_shape_Sphericity", "MRI_T2_Intra_0001"), ("MRI_T2",), ("MRI",)),
        (("MRI_T2_Peri_glcm_Contrast", "CT_Intra_0001"), ("MRI_T2", "CT"), ("MRI", "CT")),
    ],
)
def test_features_need_their_images_and_contours_and_no_others(shipped, names, images, contours):
    needs = needs_of(with_inputs(shipped, *names, contour="MRI"))
    assert (needs.images, needs.contours) == (images, contours)
    assert [item.name for item in needs.clinical] == [name for name in names if name == "age"]


def test_the_volume_is_measured_in_its_contour_and_not_asked_for(shipped):
    needs = needs_of(with_inputs(shipped, "CT_Peri_firstorder_Mean", "tumor_volume_mm3", contour="MRI"))
    assert (needs.images, needs.contours, needs.clinical) == (("CT",), ("MRI", "CT"), ())
