"""Which images and contours the chosen model asks for: what the patient's tab is built from.

They follow from the model's protocol and are kept in the parameter node as text, so that a saved scene tells what its
nodes are before any model is read. Without a model they are the usual ones: CE-T1 and T2 with one contour, CT with its
own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .parameterNode import NACResponseParameterNode
from .slots import kept

STANDARD: dict[str, dict[str, Any]] = {
    "MRI_CET1": {"modality": "MR", "contour": "MRI", "dimension": 3, "time": "pre", "shell": True},
    "MRI_T2": {"modality": "MR", "contour": "MRI", "dimension": 3, "time": "pre", "shell": True},
    "CT": {"modality": "CT", "contour": "CT", "dimension": 3, "time": "pre", "shell": True},
}
HELPERS = ("pre_contrast", "later_phase")  # images that only help to contour
_BEFORE = ("PRE", "NATIVE")  # last word of an image before contrast, as in NACResponseLib.phantom.requests


@dataclass(frozen=True)
class Image:
    """An image of the study: ``modality`` as DICOM names it, its contour, 2 or 3 dimensions, its time point."""

    name: str
    modality: str
    contour: str
    dimension: int
    time: str
    shell: bool

    @property
    def beforeContrast(self) -> bool:
        """Whether its name says that it was acquired before contrast."""
        return self.name.upper().rpartition("_")[2] in _BEFORE and self.modality == "MR"


@dataclass(frozen=True)
class Contour:
    """A contour of the study.

    Attributes:
        images: that it serves.
        modality, dimension, time: of these.
        shell: whether a peritumoral shell about it is of use.
    """

    name: str
    images: tuple[str, ...]
    modality: str
    dimension: int
    time: str
    shell: bool


@dataclass(frozen=True)
class Study:
    """Images and contours by name, in the protocol's order."""

    images: Mapping[str, Image]

    @property
    def contours(self) -> dict[str, Contour]:
        """The contours of the images."""
        found: dict[str, list[Image]] = {}
        for image in self.images.values():
            found.setdefault(image.contour, []).append(image)
        return {
            name: Contour(
                name, tuple(one.name for one in its), its[0].modality, its[0].dimension, its[0].time, its[0].shell
            )
            for name, its in found.items()
        }

    @property
    def severalTimes(self) -> bool:
        """Whether the images are of more than one time point."""
        return len({image.time for image in self.images.values()}) > 1


def studyText(model: Mapping[str, Any]) -> str:
    """The parameter's text for a model: an entry of ``nacresponse models list --json``; empty for the usual images."""
    every = model.get("protocol_images") or STANDARD
    wanted = {
        name: spec
        for name, spec in every.items()
        if name in model.get("images", ()) or spec["contour"] in model.get("contours", (spec["contour"],))
    }
    return "" if not wanted or wanted == STANDARD else json.dumps(wanted)


def studyOf(parameterNode: NACResponseParameterNode) -> Study:
    """The images and contours of the chosen model, and of the usual ones those that are there anyway."""
    wanted = _read(parameterNode.study)
    used = {spec["contour"] for spec in wanted.values()}
    for name, spec in STANDARD.items():
        contour = spec["contour"]
        there = (kept(parameterNode, "image", name), kept(parameterNode, "segmentation", contour))
        if contour not in used and there != (None, None):
            wanted[name] = spec
    return _study(json.dumps(wanted))


def contourNamed(parameterNode: NACResponseParameterNode, name: str) -> Contour:
    """A contour of the study, or a usual one.

    Raises:
        ValueError: another name.
    """
    known = studyOf(parameterNode).contours
    if name in known:
        return known[name]
    usual = _study(json.dumps(STANDARD)).contours
    if name not in usual:
        raise ValueError(f"there is no contour {name!r}: choose one of {', '.join({**known, **usual})}")
    return usual[name]


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
        _study(json.dumps(found))
    except (ValueError, TypeError):  # written by somebody else
        found = {}
    return dict(found) or dict(STANDARD)


@lru_cache(maxsize=64)
def _study(text: str) -> Study:
    return Study({name: Image(name=name, **spec) for name, spec in json.loads(text).items()})
