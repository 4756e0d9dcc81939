"""The image after contrast less the one before it: what enhances is bright, fat is dark."""

import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from .contours import beforeContrast, enhancedImage, imageOf
from .parameterNode import NACResponseParameterNode
from .patientChecks import imageWord, missingForSubtraction
from .sceneBridge import LPS_RAS, imageGrid, volumeFromImage, volumeImage
from .slots import keep, kept

SUBTRACTION = "subtraction_{}"  # of a contour; kept as an image, so that a second one replaces it


def subtract(parameterNode: NACResponseParameterNode, contour: str) -> slicer.vtkMRMLScalarVolumeNode:
    """A volume of the difference, on the grid of the image after contrast; the one made before is replaced.

    Raises:
        ValueError: a phase is missing.
    """
    missing = missingForSubtraction(parameterNode, contour)
    if missing:
        raise ValueError(" ".join(missing))
    enhanced = enhancedImage(parameterNode, contour)
    assert enhanced is not None, "nothing is missing"
    post = sitk.Cast(volumeImage(imageOf(parameterNode, enhanced)), sitk.sitkFloat32)
    before = sitk.Cast(volumeImage(beforeContrast(parameterNode, contour)), sitk.sitkFloat32)
    difference = post - imageGrid(post).resample(before, sitk.sitkLinear, 0.0)
    name = SUBTRACTION.format(contour)
    node = kept(parameterNode, "image", name)
    if node is None:
        title = _("{image} less before contrast").format(image=imageWord(enhanced))
        node = volumeFromImage(difference, title)
        keep(parameterNode, "image", name, node)
        return node
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(LPS_RAS @ imageGrid(difference).matrix))
    slicer.util.updateVolumeFromArray(node, sitk.GetArrayViewFromImage(difference))
    return node
