"""What the user says of the examination: its date and side, and who drew the contours."""

from .parameterNode import NACResponseParameterNode

SIDES = ("left", "right", "bilateral")


def words(parameterNode: NACResponseParameterNode) -> list[str]:
    """For ``nacresponse score``; what is left empty is taken from DICOM where the images come from there."""
    given = {
        "--exam-date": parameterNode.studyDate,
        "--laterality": parameterNode.laterality,
        "--reader": parameterNode.reader,
    }
    return [word for option, text in given.items() if text.strip() for word in (option, text.strip())]
