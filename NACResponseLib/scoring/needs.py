"""What a bundle needs of a patient, so that it can be asked for before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from ..clinical import ClinicalRecord
from ..learning.radiomics.variables import VOLUME
from ..protocol import Protocol, load_protocol
from .bundle import Bundle
from .bundle_parts import BundleInput


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
    protocol = load_protocol(bundle.images.protocol or "jang2025")
    known = ClinicalRecord().values()
    features = [item.name for item in bundle.inputs if item.name not in known]
    images = {name for name in protocol.images if any(_comes_from_image(one, name, protocol) for one in features)}
    contours = {protocol.images[name].contour for name in images}
    for contour in protocol.contours:
        if any(_is_shape_of(one, contour, protocol) for one in features) and contour not in contours:
            contours.add(contour)
            images.add(protocol.images_of(contour)[0])
    if bundle.images.contour is not None and any(item.name == VOLUME for item in bundle.inputs):
        contours.add(bundle.images.contour)
    return Needs(
        tuple(name for name in protocol.images if name in images),
        tuple(name for name in protocol.contours if name in contours),
        tuple(item for item in bundle.inputs if item.name in known and item.name != VOLUME),
    )


def _is_shape_of(feature: str, contour: str, protocol: Protocol) -> bool:
    return feature.startswith(tuple(f"{contour}_{region}_shape_" for region in protocol.regions))


def _comes_from_image(feature: str, image: str, protocol: Protocol) -> bool:
    """Whether a feature is of an image's voxels; a contour may bear the image's name."""
    ours = feature.startswith(tuple(f"{image}_{region}_" for region in protocol.regions))
    return ours and not any(_is_shape_of(feature, contour, protocol) for contour in protocol.contours)
