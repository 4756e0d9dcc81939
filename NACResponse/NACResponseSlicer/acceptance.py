"""Who accepted a contour with its shell, and when; it holds as long as neither is changed."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from .contours import contourSegment
from .parameterNode import NACResponseParameterNode
from .segments import digest, findSegment, role
from .slots import keep, kept


@dataclass(frozen=True)
class Acceptance:
    """``by``: a name; ``at``: local time, YYYY-MM-DD HH:MM; ``state``: of what was accepted."""

    by: str
    at: str
    state: str

    def inWords(self) -> str:
        """For the report."""
        return f"{self.by}, {self.at}"


def accept(parameterNode: NACResponseParameterNode, contour: str, by: str, now: datetime | None = None) -> Acceptance:
    """Records in the scene that somebody accepts the contour and its shell as they are.

    Raises:
        ValueError: no name.
    """
    if not by.strip():
        raise ValueError("a name is needed")
    made = Acceptance(" ".join(by.split()), f"{now or datetime.now():%Y-%m-%d %H:%M}", _state(parameterNode, contour))
    keep(parameterNode, "accepted", contour, json.dumps(asdict(made), ensure_ascii=False))
    return made


def acceptance(parameterNode: NACResponseParameterNode, contour: str) -> Acceptance | None:
    """What was recorded last, whether or not it still holds."""
    text = kept(parameterNode, "accepted", contour)
    try:
        return Acceptance(**json.loads(text)) if text else None
    except (ValueError, TypeError):  # written by somebody else
        return None


def holds(parameterNode: NACResponseParameterNode, contour: str) -> bool:
    """Whether contour and shell are still what was accepted."""
    found = acceptance(parameterNode, contour)
    return found is not None and found.state == _state(parameterNode, contour)


def _state(parameterNode: NACResponseParameterNode, contour: str) -> str:
    node, segmentId = contourSegment(parameterNode, contour)
    if node is None or not segmentId:
        return ""
    shell = findSegment(node, role("Shell", contour))
    return digest(node, segmentId) + (digest(node, shell) if shell else "")
