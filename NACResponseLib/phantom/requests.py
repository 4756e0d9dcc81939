"""What a protocol asks for, and which look a phantom gives each of its images.

The protocol says of an image its modality, contour, dimension and time point; what an MR image shows follows from
its name alone. The name is read as words between underscores, the last word that says something counts:

================================ =========================================================================
word                             look
================================ =========================================================================
``ADC``                          apparent diffusion coefficient, 10^-6 mm2/s
``T2``, ``T2W``, ``T2FS``        T2 with fat suppression
``T1``, ``T1W``, ``NATIVE``      T1 before the contrast agent; also ``PRE`` as the last word of several
``POST3``, ``PHASE3``, ``DCE3``  T1 with fat suppression, third phase after the contrast agent
anything else                    the next phase: the first, or the one after the last before it of its contour
================================ =========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import InputError

MAX_PHASES = 20
_MAKEABLE = {("MR", 3), ("CT", 3), ("US", 2), ("MG", 2)}
_MADE = "MR or CT of dimension 3, US or MG of dimension 2"


@dataclass(frozen=True)
class ImageRequest:
    """An image that a protocol asks for: modality as DICOM names it, contour, dimension (3 or 2) and time point."""

    modality: str
    contour: str
    dimension: int = 3
    time: str = "pre"


@dataclass(frozen=True)
class Look:
    """What an image shows.

    Attributes:
        contrast: ``t1`` (with its phase), ``t2_fs``, ``adc``, ``ct``, ``us`` or ``mg``.
        phase: of ``t1``: 0 before the contrast agent, k the k-th phase after it.
    """

    contrast: str
    phase: int = 0


def looks(wanted: Mapping[str, ImageRequest]) -> dict[str, Look]:
    """The look of each image, by the rule of this module.

    Args:
        wanted: by image name, in the protocol's order.

    Raises:
        InputError: an image that phantoms cannot make, or images of two modalities under one contour.
    """
    found: dict[str, Look] = {}
    phases: dict[str, int] = {}
    first: dict[str, str] = {}
    for name, image in wanted.items():
        if (image.modality, image.dimension) not in _MAKEABLE:
            asked = f"{image.modality} of dimension {image.dimension} for {name}"
            raise InputError(f"images that phantoms can make ({_MADE})", asked, "leave it out of the protocol")
        if first.setdefault(image.contour, image.modality) != image.modality:
            both = f"{first[image.contour]} and {image.modality} under {image.contour}"
            raise InputError("one modality under a contour", both, "give each modality a contour of its own")
        look = _mr_look(name, phases.get(image.contour, 0)) if image.modality == "MR" else Look(image.modality.lower())
        if look.phase > MAX_PHASES:
            raise InputError(f"at most {MAX_PHASES} phases", f"{name}", "rename the image or leave it out")
        if look.contrast == "t1":
            phases[image.contour] = max(phases.get(image.contour, 0), look.phase)
        found[name] = look
    return found


def _mr_look(name: str, last_phase: int) -> Look:
    words = name.upper().split("_")
    for place, word in reversed(list(enumerate(words))):
        phase = re.fullmatch(r"(?:POST|PHASE|DCE)(\d+)", word)
        if phase:
            return Look("t1", int(phase.group(1)))
        if word == "ADC":
            return Look("adc")
        if re.fullmatch(r"T2W?(FS)?", word):
            return Look("t2_fs")
        if word in ("T1", "T1W", "NATIVE") or (word == "PRE" and 0 < place == len(words) - 1):
            return Look("t1", 0)
    return Look("t1", last_phase + 1)


def progress_of(wanted: Mapping[str, ImageRequest]) -> dict[str, float]:
    """How far the treatment has gone at each time point, 0 to 1, in the protocol's order.

    ``pre`` is before it and ``post`` after it; others lie evenly between, in their order.
    """
    times = dict.fromkeys(image.time for image in wanted.values())
    between = [time for time in times if time not in ("pre", "post")]
    known = {"pre": 0.0, "post": 1.0}
    return {time: known[time] if time in known else (between.index(time) + 1) / (len(between) + 1) for time in times}
