"""A case's handcrafted features under a protocol; every image is prepared once for all its regions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import SimpleITK as sitk

from ..anatomy.body import body_mask
from ..anatomy.regions import Regions, find_regions
from ..case import Case
from ..config import Protocol
from ..errors import InputError
from ..imaging.geometry import bounding_box, isotropic_grid, mask_onto, same_grid
from ..imaging.preprocessing import prepare
from .handcrafted import intensity_features, region_mask, shape_features
from .names import INTENSITY, SHAPE, handcrafted_names


def extract_features(
    case: Case,
    protocol: Protocol,
    wanted: Collection[str] | None = None,
    regions: Mapping[str, Regions] | None = None,
) -> dict[str, float]:
    """Handcrafted features by name, in the protocol's order.

    Args:
        case: with every image and contour that the wanted features come from.
        protocol: what to extract, and how images are prepared.
        wanted: names of the features needed; all of the protocol if None. What none of them needs is not computed.
        regions: by contour, where they are known already.

    Raises:
        InputError: a missing image or contour, a region without voxels, a feature that is not defined.
    """
    order = handcrafted_names(protocol)
    needed = set(order if wanted is None else wanted)
    found: dict[str, float] = {}
    for contour in protocol.contours:
        images = [name for name in protocol.images_of(contour) if _any(needed, f"{name}_", protocol, INTENSITY)]
        if not images and not _any(needed, f"{contour}_", protocol, SHAPE):
            continue
        first = reference_image(case, protocol, contour)
        known = (regions or {}).get(contour)
        areas = known or find_regions(case, contour, first, protocol.images[first].modality, protocol.margin_mm)
        found.update(_shape(areas, protocol, needed))
        for name in images:
            found.update(_intensity(case, areas, name, protocol, needed))
    return {name: found[name] for name in order if name in needed}


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


def _any(needed: set[str], prefix: str, protocol: Protocol, features: tuple) -> bool:
    return any(f"{prefix}{r}_{f.key}" in needed for r in protocol.regions for f in features)


def _shape(areas: Regions, protocol: Protocol, needed: set[str]) -> Iterator[tuple[str, float]]:
    modality = protocol.images[areas.image_name].modality
    grid = isotropic_grid(areas.tumor, protocol.preprocessing[modality].spacing_mm)
    for region in protocol.regions:
        prefix = f"{areas.contour}_{region}_"
        if any(f"{prefix}{feature.key}" in needed for feature in SHAPE):
            mask = _occupied(region_mask(areas.mask(region), grid), region, areas.contour)
            yield from ((prefix + name, value) for name, value in shape_features(mask).items())


def _intensity(
    case: Case, areas: Regions, name: str, protocol: Protocol, needed: set[str]
) -> Iterator[tuple[str, float]]:
    if name not in case.images:
        raise InputError(f"image {name} of protocol {protocol.name}", "none", f"give --image {name}=FILE")
    image = case.images[name]
    steps = protocol.preprocessing[protocol.images[name].modality]
    shared = same_grid(image, areas.tumor)
    masks = {r: areas.mask(r) if shared else mask_onto(areas.mask(r), image, r)[0] for r in protocol.regions}
    box = bounding_box(sitk.Or(*masks.values()) if len(masks) > 1 else next(iter(masks.values())))
    own_body = areas.body if name == areas.image_name else body_mask(image, protocol.images[name].modality)
    prepared = prepare(image, own_body, steps, box)
    for region, mask in masks.items():
        prefix = f"{name}_{region}_"
        if any(f"{prefix}{feature.key}" in needed for feature in INTENSITY):
            local = _occupied(region_mask(mask, prepared), region, areas.contour)
            yield from ((prefix + k, value) for k, value in intensity_features(prepared, local, steps).items())


def _occupied(mask: sitk.Image, region: str, contour: str) -> sitk.Image:
    if not sitk.GetArrayViewFromImage(mask).any():
        raise InputError(
            f"voxels in region {region} of contour {contour}", "none", "check the contour and the given masks"
        )
    return mask
