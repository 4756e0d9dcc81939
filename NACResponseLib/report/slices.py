"""Slices through the tumour in the three anatomical planes, whatever grid the images were acquired on.

Every plane is resampled straight from the image in patient space (LPS, millimetres), so oblique grids, sagittal
acquisitions, thick slices and masks on another grid come out upright and undistorted. Radiological convention: the
patient's right is at the left of axial and coronal slices; anterior is at the left of sagittal ones. An image of a
single plane (an ultrasound frame, a mammogram) is shown as taken: where its edges lie in the patient is not known.

A panel is drawn by the template in panel units: ``PANEL`` by ``PANEL``, origin at the top left corner.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import InputError
from ..imaging.geometry import bounding_box, corners, crop, mask_array, spacing_zyx
from ..imaging.planar import is_plane
from .planes import LETTERS, PLANES, Plane, image_plane

PANEL = 400
CT_WINDOW = (-160.0, 240.0)  # Hounsfield units: soft tissue, level 40, width 400
_PIXELS = 352
_SMALLEST_FIELD_MM, _SMALLEST_PLANAR_MM = 50.0, 20.0


@dataclass(frozen=True)
class View:
    """An image to show with what was contoured on it.

    Attributes:
        image_name: as the protocol names it (``MRI_CET1``).
        image: scalar, 3D; a 2D one is a single slice.
        tumor: mask, non-zero inside; on any grid, of a 2D image on its own.
        shell: peritumoral mask, or None where none was made; on any grid.
        modality: decides the grey window.
        time: name of its time point; empty where there is only one.
    """

    image_name: str
    image: sitk.Image
    tumor: sitk.Image
    shell: sitk.Image | None
    modality: str
    time: str = ""

    @property
    def planar(self) -> bool:
        """Whether the image is of a single plane."""
        return is_plane(self.image)


@dataclass(frozen=True)
class Panel:
    """A square slice, ready to draw.

    Attributes:
        pixels: (rows, columns), unsigned 8-bit, after the grey window.
        side_mm: length of the panel's edge.
        tumor, shell: outlines as SVG path data in panel units; empty where the slice holds none.
        box: x, y and edge length of the zoomed field, in panel units; None on the zoomed panel itself.
        bar_mm: length of the scale bar.
    """

    plane: Plane
    pixels: NDArray[np.uint8]
    side_mm: float
    tumor: str
    shell: str
    box: tuple[float, float, float] | None
    bar_mm: int

    @property
    def bar(self) -> float:
        """Length of the scale bar in panel units."""
        return self.bar_mm * PANEL / self.side_mm

    @property
    def data_uri(self) -> str:
        """The pixels as a PNG data URI."""
        from PIL import Image

        stream = BytesIO()
        Image.fromarray(self.pixels).save(stream, "PNG")
        return "data:image/png;base64," + b64encode(stream.getvalue()).decode("ascii")


@dataclass(frozen=True)
class PlanePair:
    """One plane through the tumour: zoomed to it, and the whole slice. ``position`` says where (``S 12.5 mm``), if the
    image has others."""

    plane: Plane
    position: str
    zoom: Panel
    whole: Panel


@dataclass(frozen=True)
class _Field:
    """A square in patient space: its centre (LPS, mm) and edge length (mm)."""

    centre: NDArray[np.float64]
    side_mm: float


def plane_pairs(view: View) -> tuple[PlanePair, ...]:
    """The axial, coronal and sagittal plane through the tumour; the image's own plane where it has no other.

    The planes cross in one tumour voxel: the one whose three grid planes hold most tumour.

    Raises:
        InputError: an empty tumour mask, or a tumour outside the image.
    """
    if view.planar:
        view = _laid_flat(view)
    planes = (image_plane(view.image),) if view.planar else PLANES
    focus = tumor_focus(view.tumor)
    low, high = _extent(view)
    smallest = _SMALLEST_PLANAR_MM if view.planar else _SMALLEST_FIELD_MM
    zoom_side = max(smallest, 1.25 * float((high - low).max()))
    first, last = _bounds(view.image)
    if not (np.all(focus >= first) and np.all(focus <= last)):
        raise InputError(f"a tumour inside the image {view.image_name}", "one outside it", "check the contour")
    whole = _Field((first + last) / 2, float((last - first).max()))
    zoom = _Field((low + high) / 2, min(zoom_side, whole.side_mm))
    zooms = [_Field(_onto(plane, zoom.centre, focus), zoom.side_mm) for plane in planes]
    wholes = [_Field(_onto(plane, whole.centre, focus), whole.side_mm) for plane in planes]
    boxes = [_box(*fields) for fields in zip(planes, zooms, wholes, strict=True)]
    enlarged = _panels(view, planes, zooms, [None] * len(planes))
    rows = zip(planes, enlarged, _panels(view, planes, wholes, boxes), strict=True)
    return tuple(PlanePair(plane, _position(plane, focus), *panels) for plane, *panels in rows)


def _laid_flat(view: View) -> View:
    """A 2D image with its rows and columns along the axes, wherever it was taken, so that its field is its own size."""
    image, tumor = sitk.Image(view.image), sitk.Image(view.tumor)
    image.SetDirection(np.eye(3).ravel().tolist())
    tumor.CopyInformation(image)
    return replace(view, image=image, tumor=tumor)


def tumor_focus(tumor: sitk.Image) -> NDArray[np.float64]:
    """Centre (LPS, mm) of the tumour voxel whose three grid planes together hold the largest tumour area.

    Raises:
        InputError: the mask is empty.
    """
    if not mask_array(tumor).any():
        raise InputError("a contour with voxels", "an empty mask", "contour the tumour")
    tumor = crop(tumor, bounding_box(tumor))
    inside, spacing = mask_array(tumor), spacing_zyx(tumor)
    area = sum(
        inside.sum(axis=tuple(other for other in range(3) if other != axis), keepdims=True)
        * (spacing.prod() / spacing[axis])
        for axis in range(3)
    )
    index = np.unravel_index(int(np.argmax(np.where(inside, area, -1))), inside.shape)
    return np.array(tumor.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]]))


def grey_window(modality: str, values: NDArray[np.floating]) -> tuple[float, float]:
    """The values shown black and white.

    Soft tissue in CT; in others from the first percentile of the values to the 99.5th of the body among them.
    """
    if modality == "CT":
        return CT_WINDOW
    low, bright = np.percentile(values, (1, 99))
    body = values[values > low + 0.1 * (bright - low)]
    high = float(np.percentile(body if body.size else values, 99.5))
    return float(low), max(high, float(low) + 1e-6)


def _bounds(image: sitk.Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest patient coordinates (LPS, mm) of an image's voxels, their outer halves with them."""
    centres = corners(image)
    half = np.abs(np.array(image.GetDirection()).reshape(3, 3)) @ np.array(image.GetSpacing()) / 2
    return centres.min(axis=0) - half, centres.max(axis=0) + half


def _extent(view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest patient coordinates (LPS, mm) of tumour and shell."""
    points = []
    for mask in (view.tumor, view.shell):
        if mask is None:
            continue
        index = np.argwhere(mask_array(mask))[:, ::-1]
        direction = np.array(mask.GetDirection()).reshape(3, 3)
        points.append(np.array(mask.GetOrigin()) + (index * mask.GetSpacing()) @ direction.T)
    every = np.concatenate(points)
    return every.min(axis=0), every.max(axis=0)


def _onto(plane: Plane, centre: NDArray[np.float64], focus: NDArray[np.float64]) -> NDArray[np.float64]:
    """The centre moved along the plane's normal until the plane passes through the focus."""
    return centre + plane.normal * np.dot(focus - centre, plane.normal)


def _position(plane: Plane, focus: NDArray[np.float64]) -> str:
    if not plane.anatomical:
        return ""
    axis = int(np.argmax(np.abs(plane.normal)))
    return f"{LETTERS[axis][int(focus[axis] > 0)]} {abs(focus[axis]):.1f} mm"


def _box(plane: Plane, inner: _Field, outer: _Field) -> tuple[float, float, float]:
    """Where the inner field lies in the outer one, in panel units of the outer."""
    scale = PANEL / outer.side_mm
    offset = inner.centre - outer.centre
    corner = (outer.side_mm - inner.side_mm) / 2
    x, y = (float(np.dot(offset, direction)) + corner for direction in (plane.right, plane.down))
    return x * scale, y * scale, inner.side_mm * scale


def _panels(
    view: View,
    planes: Sequence[Plane],
    fields: Sequence[_Field],
    boxes: Sequence[tuple[float, float, float] | None],
) -> Iterator[Panel]:
    """The planes of one field, in one grey window: near the coil the zoomed part would be white in the body's."""
    greys = [_sample(view.image, plane, field, np.nan) for plane, field in zip(planes, fields, strict=True)]
    values = np.stack(greys)
    low, high = grey_window(view.modality, values[np.isfinite(values)])
    for plane, field, grey, box in zip(planes, fields, greys, boxes, strict=True):
        shown = np.clip((np.nan_to_num(grey, nan=low) - low) / (high - low), 0, 1)
        tumor = _sample_mask(view.tumor, plane, field)
        # The sum, not the larger: between tumour and shell both fall to one half, and no line belongs there.
        outer = None if view.shell is None else tumor + _sample_mask(view.shell, plane, field)
        yield Panel(
            plane,
            np.rint(255 * shown).astype(np.uint8),
            field.side_mm,
            _outline(tumor),
            "" if outer is None else _outline(outer),
            box,
            next((length for length in (100, 50, 20, 10) if length <= field.side_mm / 3), 5),
        )


def _sample_mask(mask: sitk.Image, plane: Plane, field: _Field) -> NDArray[np.float32]:
    """A mask's share of inside, 0 to 1, on a square of a plane."""
    return _sample(sitk.Cast(mask != 0, sitk.sitkUInt8), plane, field, 0.0)


def _sample(image: sitk.Image, plane: Plane, field: _Field, outside: float) -> NDArray[np.float32]:
    """An image on a square of a plane, (rows, columns), by linear interpolation."""
    step = field.side_mm / _PIXELS
    axes = [np.array(plane.right, float), np.array(plane.down, float), plane.normal]
    first = field.centre - (field.side_mm - step) / 2 * (axes[0] + axes[1])
    sampled = sitk.Resample(
        image,
        (_PIXELS, _PIXELS, 1),
        sitk.Transform(),
        sitk.sitkLinear,
        first.tolist(),
        (step, step, 1.0),
        np.column_stack(axes).ravel().tolist(),
        outside,
        sitk.sitkFloat32,
    )
    return sitk.GetArrayFromImage(sampled)[0]


def _outline(share: NDArray[np.float32]) -> str:
    """SVG path data, in panel units, of the line where a mask's share is one half."""
    from contourpy import contour_generator

    parts = []
    for line in contour_generator(z=share).lines(0.5):
        points = (np.asarray(line) + 0.5) * (PANEL / _PIXELS)
        closed = bool(np.array_equal(points[0], points[-1]))
        drawn = points[:-1] if closed else points
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) + ("Z" if closed else ""))
    return "".join(parts)
