"""How large a contoured tumour is, as the score measures it."""

from .contours import contourSegment, drawnOn, imageOf
from .parameterNode import NACResponseParameterNode
from .patientChecks import missingForShell
from .sceneBridge import segmentImage, volumeGrid
from .segments import digest

_last: dict[tuple[object, ...], tuple[float, float]] = {}  # measuring a ragged contour takes a second


def tumorSize(parameterNode: NACResponseParameterNode, contour: str) -> tuple[float, float]:
    """Longest diameter in mm and volume in mm³ of a contour on its image's grid.

    Raises:
        ValueError: no image or contour, or one of less than eight voxels.
    """
    from NACResponseLib.anatomy.tumour import measure_tumour

    missing = missingForShell(parameterNode, contour)
    if missing:
        raise ValueError(" ".join(missing))
    node, segmentId = contourSegment(parameterNode, contour)
    image = drawnOn(parameterNode, contour)
    assert node is not None and image is not None, "nothing is missing"
    grid = volumeGrid(imageOf(parameterNode, image))
    parent = node.GetParentTransformNode()
    moved = parent.GetTransformToWorldMTime() if parent is not None else 0
    state = (contour, digest(node, segmentId), moved, tuple(grid.size), grid.matrix.tobytes())
    if state not in _last:
        measures = measure_tumour(segmentImage(node, segmentId, grid), contour)
        _last.clear()
        _last[state] = (measures.longest_diameter_mm, measures.volume_mm3)
    return _last[state]
