"""The sample patient's contour, corrected from the mask that was derived from enhancement."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.config import resources
from NACResponseLib.imaging.geometry import mask_array, spacing_zyx
from Testing.reference.sample_contour import corrected_contour

SAMPLE = resources() / "SampleData" / "nact06"


@pytest.mark.slow
def test_the_corrected_contour_is_made_from_the_derived_mask_as_its_readme_says() -> None:
    image = sitk.ReadImage(str(SAMPLE / "MRI_CET1.nii.gz"), sitk.sitkFloat32)
    derived, shipped = (sitk.ReadImage(str(SAMPLE / f"tumor_MRI{end}.nii.gz")) for end in ("", "_corrected"))
    mask = mask_array(shipped)
    assert (mask == mask_array(corrected_contour(image, derived))).all()
    depth = ndimage.distance_transform_edt(mask_array(body_mask(image, "MR")), sampling=spacing_zyx(image))
    assert depth[mask].min() >= 4
    assert ndimage.label(mask)[1] <= 2 < 50 < ndimage.label(mask_array(derived), np.ones((3, 3, 3)))[1]
