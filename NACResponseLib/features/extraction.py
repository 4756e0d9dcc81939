"""A case's handcrafted features under a protocol; every image is prepared once for all its regions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import SimpleITK as sitk

from ..anatomy.regions import Regions
from ..case import Case
from ..imaging.geometry import bounding_box, subgrid
from ..protocol import Protocol
from .deltas import delta_values, with_parents
from .handcrafted import family_features, intensity_features, region_mask, shape_features
from .names import FeatureName, handcrafted_names, intensity_of, region_prefixes, shape_of
from .preparation import CasePreparation, PreparedImage, empty_region


def extract_features(
    case: Case,
    protocol: Protocol,
    wanted: Collection[str] | None = None,
    regions: Mapping[str, Regions] | None = None,
    preparation: CasePreparation | None = None,
) -> dict[str, float]:
    """Handcrafted features by name, in the protocol's order.

    Args:
        case: with every image and contour that the wanted features come from.
        protocol: what to extract, and how images are prepared.
        wanted: names of the features needed; all of the protocol if None. What none of them needs is not computed; of
            deltas, the features before and after are.
        regions: by contour, where they are known already.
        preparation: of the same case and protocol, where its images serve other features too; in place of ``regions``.

    Raises:
        InputError: a missing image or contour, a region without voxels, a feature that is not defined.

    Example:
        >>> import NACResponseLib as nac
        >>> protocol = nac.load_protocol("protocol.yaml")
        >>> case = nac.load_case("P0", {"CT": "CT_0.mha"}, {"CT": "tumor_0.nii.gz"}, protocol=protocol)
        >>> features = nac.extract_features(case, protocol, ["CT_Intra_firstorder_Mean"])
        >>> 20 < features["CT_Intra_firstorder_Mean"] < 60
        True
    """
    order = handcrafted_names(protocol)
    asked = set(order if wanted is None else wanted)
    needed = with_parents(asked, protocol)
    prepared = preparation or CasePreparation(case, protocol, regions)
    found: dict[str, float] = {}
    for contour in protocol.contours:
        images = [name for name in protocol.images_of(contour) if _any(needed, name, protocol, intensity_of(protocol))]
        if not images and not _any(needed, contour, protocol, shape_of(protocol, contour)):
            continue
        found.update(_shape(prepared.regions(contour), protocol, needed))
        for name in images:
            found.update(_intensity(prepared.image(name), name, needed, protocol))
    found.update(delta_values(found, asked, protocol))
    return {name: found[name] for name in order if name in asked}


def _any(needed: set[str], name: str, protocol: Protocol, features: tuple[FeatureName, ...]) -> bool:
    return any(prefix + feature.key in needed for prefix in region_prefixes(protocol, name) for feature in features)


def _shape(areas: Regions, protocol: Protocol, needed: set[str]) -> Iterator[tuple[str, float]]:
    spacing = protocol.steps_of(areas.image_name).spacing_mm
    features = shape_of(protocol, areas.contour)
    for region in protocol.regions_of(areas.contour):
        prefix = f"{areas.contour}_{region}_"
        if any(f"{prefix}{feature.key}" in needed for feature in features):
            drawn = _occupied(areas.mask(region), region, areas.contour)
            grid = subgrid(drawn, spacing, bounding_box(drawn))
            mask = _occupied(region_mask(drawn, grid), region, areas.contour)
            yield from ((prefix + name, value) for name, value in shape_features(mask).items())


def _intensity(prepared: PreparedImage, name: str, needed: set[str], protocol: Protocol) -> Iterator[tuple[str, float]]:
    for region, mask in prepared.masks.items():
        prefix = f"{name}_{region}_"
        if any(f"{prefix}{feature.key}" in needed for feature in intensity_of(protocol)):
            local = _occupied(region_mask(mask, prepared.image), region, prepared.contour)
            values = intensity_features(prepared.image, local, prepared.steps)
            for family in protocol.families:
                values |= family_features(family, prepared.image, local)
            yield from ((prefix + key, value) for key, value in values.items())


def _occupied(mask: sitk.Image, region: str, contour: str) -> sitk.Image:
    if not sitk.GetArrayViewFromImage(mask).any():
        raise empty_region(region, contour)
    return mask
