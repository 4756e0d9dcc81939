"""A case's images as features see them: every image is prepared once, whatever is computed on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import SimpleITK as sitk

from ..anatomy.body import find_body
from ..anatomy.regions import Regions, find_regions, find_tumor
from ..case import Case
from ..errors import InputError, unknown_name
from ..imaging.geometry import bounding_box, joined, mask_onto, same_grid
from ..imaging.planar import is_plane
from ..imaging.preprocessing import above_lowest, prepare
from ..protocol import Preprocessing, Protocol


@dataclass(frozen=True)
class PreparedImage:
    """An image ready for features, about its regions.

    Attributes:
        image: after the protocol's preprocessing, 64-bit floats, cubic voxels (of a 2D one, square
            pixels of a single slice); it covers the regions' box.
        masks: by region, 0 or 1, on the grid of the image as it was read.
        steps: the preprocessing.
        contour: that the regions belong to.
    """

    image: sitk.Image
    masks: Mapping[str, sitk.Image]
    steps: Preprocessing
    contour: str


class CasePreparation:
    """Regions and prepared images of a case under a protocol, each made when first asked for and then kept.

    Args:
        regions: by contour, where they are known already.
        around_mm: how far about the tumour the anatomy is drawn; in the whole image if None.
    """

    def __init__(
        self,
        case: Case,
        protocol: Protocol,
        regions: Mapping[str, Regions] | None = None,
        around_mm: float | None = None,
    ) -> None:
        self.case, self.protocol, self.around_mm = case, protocol, around_mm
        self._regions = dict(regions or {})
        self._images: dict[str, PreparedImage] = {}

    def regions(self, contour: str) -> Regions:
        """The regions of a contour, on the first of the protocol's images that the case has.

        Raises:
            InputError: no such contour or none of its images, or a tumour that cannot be used.
        """
        if contour not in self._regions:
            self._regions[contour] = contour_regions(self.case, self.protocol, contour, around_mm=self.around_mm)
        return self._regions[contour]

    def image(self, name: str) -> PreparedImage:
        """An image of the protocol, prepared.

        Raises:
            InputError: the case or the protocol does not have it, or it cannot be prepared.
        """
        if name not in self._images:
            self._images[name] = self._prepared(name)
        return self._images[name]

    def _prepared(self, name: str) -> PreparedImage:
        protocol = self.protocol
        if name not in protocol.images:
            raise unknown_name(f"an image of protocol {protocol.name}", name, protocol.images)
        if name not in self.case.images:
            raise InputError(f"image {name} of protocol {protocol.name}", "none", f"give --image {name}=FILE")
        spec, image = protocol.images[name], self.case.images[name]
        _check_dimension(name, image, spec.dimension)
        areas, steps = self.regions(spec.contour), protocol.steps_of(name)
        shared = same_grid(image, areas.tumor)
        asked = {region: areas.mask(region) for region in protocol.regions_of(name)}
        masks = asked if shared else {region: mask_onto(mask, image, region)[0] for region, mask in asked.items()}
        seen = protocol.deep.margin_mm if protocol.deep.outside == "unmasked" else 0.0
        boxes = [bounding_box(mask, seen) for mask in masks.values() if sitk.GetArrayViewFromImage(mask).any()]
        if not boxes:
            raise empty_region(next(iter(masks)), spec.contour)
        inside = self._inside(name, areas) if steps.needs_body else None
        return PreparedImage(prepare(image, inside, steps, joined(boxes)), masks, steps, spec.contour)

    def _inside(self, name: str, areas: Regions) -> sitk.Image:
        """The voxels whose values standardize an image: the body, or what is not as dark as the darkest."""
        image, spec = self.case.images[name], self.protocol.images[name]
        if not spec.shows_anatomy:
            return above_lowest(image)
        if name == areas.image_name and areas.anatomy is not None:
            return areas.anatomy.outline.mask(image)
        return find_body(image, spec.modality).mask(image)


def contour_regions(
    case: Case, protocol: Protocol, contour: str, margin_mm: float | None = None, around_mm: float | None = None
) -> Regions:
    """The regions of a contour that the protocol asks for: with a shell, or the tumour alone.

    They are made on the first of the protocol's images that the case has.

    Args:
        margin_mm: width of the shell, where it is not the protocol's.
        around_mm: how far about the tumour the anatomy is drawn; in the whole image if None.

    Raises:
        InputError: no such contour or none of its images, or a tumour that cannot be used.
    """
    first = reference_image(case, protocol, contour)
    modality = protocol.images[first].modality
    _check_dimension(first, case.images[first], protocol.images[first].dimension)
    if not any("Peri" in protocol.regions_of(name) for name in protocol.images_of(contour)):
        return find_tumor(case, contour, first, modality)
    margin = protocol.margin_mm if margin_mm is None else margin_mm
    return find_regions(case, contour, first, modality, margin, around_mm=around_mm)


def reference_image(case: Case, protocol: Protocol, contour: str) -> str:
    """The image a contour's regions are made on: the first of the protocol's that the case has.

    Raises:
        InputError: the case has none of them.
    """
    names = protocol.images_of(contour)
    for name in names:
        if name in case.images:
            return name
    raise InputError(f"image {' or '.join(names)} for contour {contour}", "none", f"give --image {names[0]}=FILE")


def _check_dimension(name: str, image: sitk.Image, dimension: int) -> None:
    found = 2 if is_plane(image) else 3
    if found != dimension:
        raise InputError(f"image {name} in {dimension}D", f"a {found}D one", "give another image")


def empty_region(region: str, contour: str) -> InputError:
    """The error for a region that no voxel of an image belongs to."""
    return InputError(
        f"voxels in region {region} of contour {contour}", "none", "check the contour and the given masks"
    )
