"""One mask out of a label map or of Slicer's ``.seg.nrrd``, whose segments may overlap in several layers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..errors import InputError, unknown_name
from .geometry import mask_image


@dataclass(frozen=True)
class Segment:
    """A segment of a ``.seg.nrrd``: voxels of ``layer`` that hold ``label``."""

    name: str
    identifier: str
    label: int
    layer: int


def segments_of(image: sitk.Image) -> tuple[Segment, ...]:
    """The segments a ``.seg.nrrd`` declares in its header; none for any other image."""
    keys = (re.fullmatch(r"(Segment\d+_)Name", key) for key in image.GetMetaDataKeys())
    return tuple(_segment(image, key.group(1)) for key in keys if key)


def _segment(image: sitk.Image, prefix: str) -> Segment:
    def entry(key: str, default: str) -> str:
        return image.GetMetaData(prefix + key) if image.HasMetaDataKey(prefix + key) else default

    name, label, layer = entry("Name", ""), entry("LabelValue", "1"), entry("Layer", "0")
    layers = image.GetNumberOfComponentsPerPixel()
    if not (label.isdecimal() and layer.isdecimal() and int(layer) < layers):
        found = f"label '{label}' in layer '{layer}' of {layers} for '{name}'"
        raise InputError("segments with a label and a layer that exist", found, "save the segmentation again in Slicer")
    return Segment(name, entry("ID", ""), int(label), int(layer))


def pick_segment(
    image: sitk.Image, segments: tuple[Segment, ...], wanted: str | None, preferred: str | None, file_name: str
) -> sitk.Image:
    """The mask of one segment, by name or identifier; the preferred or only one where none is asked for.

    Raises:
        InputError: no such segment, or several and no choice; those there are listed.
    """
    names = [segment.name for segment in segments]
    matches = [s for s in segments if wanted in (s.name, s.identifier)]
    if wanted is None:
        matches = [s for s in segments if preferred in (s.name, s.identifier)] or list(segments)
        if len(matches) > 1:
            raise InputError(
                f"the segment to take from {file_name}", f"{', '.join(names)}", f"add '::{names[0]}' to the file"
            )
    elif not matches:
        raise unknown_name(f"a segment of {file_name}", wanted, names)
    elif len(matches) > 1:
        raise InputError(f"one segment '{wanted}'", f"{len(matches)} in {file_name}", "rename them in Slicer")
    chosen = matches[0]
    layers = np.atleast_1d(sitk.GetArrayViewFromImage(image))
    voxels = layers[..., chosen.layer] if image.GetNumberOfComponentsPerPixel() > 1 else layers
    return mask_image(voxels == chosen.label, image)


def _are_labels(values: np.ndarray) -> bool:
    finite = not np.issubdtype(values.dtype, np.floating) or bool(np.isfinite(values).all())
    return finite and values.min() >= 0 and bool(np.all(np.mod(values, 1) == 0))


def pick_label(image: sitk.Image, wanted: str | None, file_name: str) -> sitk.Image:
    """The mask of one label of a label map; of its only label where none is asked for.

    Raises:
        InputError: values that are no labels, no such label, or several and no choice.
    """
    values = sitk.GetArrayViewFromImage(image)
    if image.GetNumberOfComponentsPerPixel() > 1 or not _are_labels(values):
        raise InputError("a label map (whole numbers, 0 outside)", f"other values in {file_name}", "give the contour")
    labels = [int(label) for label in np.unique(values) if label != 0]
    if wanted is not None:
        if wanted not in map(str, labels):
            raise unknown_name(f"a label of {file_name}", wanted, map(str, labels))
        return mask_image(values == int(wanted), image)
    if len(labels) > 1:
        shown = ", ".join(map(str, labels[:8])) + (", ..." if len(labels) > 8 else "")
        raise InputError(f"one label in {file_name}", f"{shown}", f"choose one by adding '::{labels[0]}' to the file")
    return mask_image(values != 0, image)
