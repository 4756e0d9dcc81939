"""What a bundle needs of a patient, so that it can be asked for before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput
from ..model.columns import VOLUME
from ..protocol import REGIONS, Protocol

_SHAPES = ("shape_", "shape2D_")


@dataclass(frozen=True)
class Needs:
    """Attributes:
    images: by name, in the protocol's order. Where only the shape of a contour is needed, the first image that it
        serves; another that it serves does as well.
    contours: by name, in the protocol's order.
    clinical: the clinical inputs; ``missing_allowed`` tells which may stay unknown. The tumour's volume is not among
        them: it is measured in the contour.
    """

    images: tuple[str, ...]
    contours: tuple[str, ...]
    clinical: tuple[BundleInput, ...]


def needs_of(bundle: Bundle) -> Needs:
    """What the bundle's inputs are made from."""
    protocol, known = bundle.protocol, bundle.variables
    images: set[str] = set()
    contours: set[str] = set()
    for item in bundle.inputs:
        if item.name not in known:
            of_shape, names = _made_from(item.name, protocol)
            (contours if of_shape else images).update(names)
    shapes, contours = contours, {protocol.images[name].contour for name in images}
    for contour in protocol.contours:
        if contour in shapes - contours:
            contours.add(contour)
            images.add(protocol.images_of(contour)[0])
    if bundle.images.contour is not None and any(item.name == VOLUME for item in bundle.inputs):
        contours.add(bundle.images.contour)
    return Needs(
        tuple(name for name in protocol.images if name in images),
        tuple(name for name in protocol.contours if name in contours),
        tuple(item for item in bundle.inputs if item.name in known and item.name != VOLUME),
    )


def _made_from(feature: str, protocol: Protocol) -> tuple[bool, tuple[str, ...]]:
    """Whether a feature is of shape, and the contours, else the images, that it is made from: two of a delta. A contour
    may bear an image's name."""
    names = sorted({*protocol.images, *protocol.contours, *protocol.deltas}, key=len, reverse=True)
    prefixes = ((name, f"{name}_{region}_") for name in names for region in REGIONS)
    name, prefix = next((pair for pair in prefixes if feature.startswith(pair[1])), ("", ""))
    of_shape = feature.removeprefix(prefix).startswith(_SHAPES)
    if name in protocol.deltas:
        return of_shape, (protocol.deltas[name].before, protocol.deltas[name].after)
    return of_shape, (name,) if name else ()
