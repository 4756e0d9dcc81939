"""What the tests of the anatomy share: the sample patient's image, and what is found in it once."""

import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.survey import Survey, survey
from NACResponseLib.config import resources
from NACResponseLib.imaging.io import read_image


@pytest.fixture(scope="session")
def sample_breast() -> sitk.Image:
    return read_image(resources() / "SampleData" / "nact06" / "MRI_CET1.nii.gz")


@pytest.fixture(scope="session")
def sample_survey(sample_breast: sitk.Image) -> Survey:
    return survey(sample_breast, "MR")
