"""Protocols: what is extracted from a patient's images, read from YAML with every key checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .config import find_resource
from .errors import InputError, unknown_name
from .hashing import sha256_of
from .plain_data import build, mapping, read_yaml

REGIONS = ("Intra", "Peri")
MODALITIES = ("MR", "CT", "US", "MG", "PT")
WITH_ANATOMY = ("MR", "CT")
"""Modalities whose 3D images show skin and chest wall, so that a shell can be clipped there."""
NORMALIZATIONS = ("zscore", "none")
OUTSIDE = ("constant", "unmasked")
CHANGES = ("difference", "relative")


@dataclass(frozen=True)
class Preprocessing:
    """How the images of one modality are prepared before features are computed.

    Attributes:
        spacing_mm: isotropic voxel size after resampling; of 2D images the pixel's, in their plane.
        bias_field: N4 correction (Tustison et al., IEEE TMI 2010); of MR in 3D.
        zscore: zero mean and unit deviation, over the body where the modality shows one (MR, CT), else over all voxels
            above the image's lowest value.
        bin_count: number of grey levels of a region (fixed bin number), or
        bin_width: width of a grey level in the image's own unit (fixed bin size).
    """

    spacing_mm: float
    bias_field: bool = False
    zscore: bool = False
    bin_count: int | None = None
    bin_width: float | None = None

    @property
    def needs_body(self) -> bool:
        """Whether a step looks at the whole body."""
        return self.bias_field or self.zscore

    def __post_init__(self) -> None:
        if (self.bin_count is None) == (self.bin_width is None):
            raise InputError("either bin_count or bin_width", "both or neither", "keep one of them in the protocol")
        for name, value, low, high in (
            ("spacing_mm", self.spacing_mm, 0.01, 10),
            ("bin_count", self.bin_count, 2, 4096),
            ("bin_width", self.bin_width, 1e-6, 1e6),
        ):
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} between {low:g} and {high:g}", f"{value}", "correct the protocol")


@dataclass(frozen=True)
class ImageSpec:
    """An image of the protocol.

    Attributes:
        modality: as DICOM names it, of ``MODALITIES``.
        contour: the one that serves it; images of a contour have its dimension and time point.
        dimension: 3, or 2 for a single plane (an ultrasound frame, a mammogram).
        time: name of its time point (``pre``, ``post``).
        prepared_as: name of its preprocessing where it is not its modality's: a map of quantities (ADC) keeps its
            units.
    """

    modality: str
    contour: str
    dimension: int = 3
    time: str = "pre"
    prepared_as: str = ""

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise unknown_name("a modality", self.modality, MODALITIES)
        if self.dimension not in (2, 3):
            raise InputError("an image of dimension 2 or 3", f"{self.dimension}", "correct the protocol")

    @property
    def preparation(self) -> str:
        """Name of its preprocessing."""
        return self.prepared_as or self.modality

    @property
    def shows_anatomy(self) -> bool:
        """Whether body, skin and chest wall can be found on it."""
        return self.dimension == 3 and self.modality in WITH_ANATOMY


@dataclass(frozen=True)
class Delta:
    """A change between two time points: the features of two images (grey values) or of two contours (shape).

    Attributes:
        before, after: names of two images or of two contours, of different time points.
        change: ``difference``, after less before; or ``relative``, the same by the size of before, missing where
            that is 0.
    """

    before: str
    after: str
    change: str = "difference"

    def __post_init__(self) -> None:
        if self.change not in CHANGES:
            raise unknown_name("a change of deltas", self.change, CHANGES)


@dataclass(frozen=True)
class DeepPatches:
    """How a region of a prepared image becomes the patch that a deep network sees.

    Attributes:
        margin_mm: left around the region's box, on each side.
        normalization: ``zscore`` (zero mean and unit deviation over the voxels that the network sees) or ``none``.
        outside: of the region, ``constant`` (zero, after normalization: only the region is seen) or ``unmasked`` (the
            image goes on, so that the box alone tells the tumour from its shell). Beyond the image's border it is
            zero in both.
    """

    margin_mm: float = 2.0
    normalization: str = "zscore"
    outside: str = "constant"

    def __post_init__(self) -> None:
        if not 0 <= self.margin_mm <= 50:
            raise InputError("a margin_mm of deep between 0 and 50", f"{self.margin_mm}", "correct the protocol")
        for value, known, what in (
            (self.normalization, NORMALIZATIONS, "a normalization of deep patches"),
            (self.outside, OUTSIDE, "what stands outside the region in deep patches"),
        ):
            if value not in known:
                raise unknown_name(what, str(value), known)


@dataclass(frozen=True)
class Protocol:
    """What to extract from a case.

    Attributes:
        images: by image name, in the order of the feature table.
        preprocessing: by modality, or by the name that an image gives in ``prepared_as``.
        regions: of ``Intra`` and ``Peri``, for modalities not in ``modality_regions``.
        margin_mm: width of the peritumoral shell.
        deep: how patches for deep features are made.
        modality_regions: regions of the images of some modalities.
        deltas: changes between time points, by the name that their features begin with.
    """

    name: str
    description: str
    source: str
    images: Mapping[str, ImageSpec]
    preprocessing: Mapping[str, Preprocessing]
    regions: tuple[str, ...] = REGIONS
    margin_mm: float = 5.0
    deep: DeepPatches = DeepPatches()
    modality_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deltas: Mapping[str, Delta] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for regions in (self.regions, *self.modality_regions.values()):
            for region in regions:
                if region not in REGIONS:
                    raise unknown_name("a region", region, REGIONS)
            if not regions or len(set(regions)) < len(regions):
                raise InputError("regions, each once", f"{list(regions)}", "correct the protocol")
        if not 0.5 <= self.margin_mm <= 50:
            raise InputError("margin_mm between 0.5 and 50", f"{self.margin_mm}", "correct the protocol")
        for name, spec in self.images.items():
            self._check_image(name, spec)
        for name, delta in self.deltas.items():
            self._check_delta(name, delta)

    @property
    def contours(self) -> tuple[str, ...]:
        """Contour names in order of first use."""
        return tuple(dict.fromkeys(spec.contour for spec in self.images.values()))

    @property
    def planar(self) -> tuple[str, ...]:
        """Names of the images and contours of dimension 2."""
        flat = {name: spec for name, spec in self.images.items() if spec.dimension == 2}
        return tuple(dict.fromkeys([*flat, *(spec.contour for spec in flat.values())]))

    @property
    def volume_contour(self) -> str | None:
        """The contour that the tumour's volume is measured in: ``MRI``, else the first, of the 3D contours of the
        first image's time point; None where there is none."""
        first = next(iter(self.images.values()))
        solid = [c for c in self.contours if self.spec_of(c).dimension == 3 and self.spec_of(c).time == first.time]
        return "MRI" if "MRI" in solid else next(iter(solid), None)

    def steps_of(self, image: str) -> Preprocessing:
        """How an image is prepared."""
        return self.preprocessing[self.images[image].preparation]

    def images_of(self, contour: str) -> tuple[str, ...]:
        """The images that a contour serves, in order."""
        return tuple(name for name, spec in self.images.items() if spec.contour == contour)

    def spec_of(self, contour: str) -> ImageSpec:
        """The first image of a contour, whose dimension and time point are the contour's."""
        return self.images[self.images_of(contour)[0]]

    def regions_of(self, name: str) -> tuple[str, ...]:
        """The regions of an image, a contour or a delta."""
        if name in self.deltas:
            after = self.regions_of(self.deltas[name].after)
            return tuple(region for region in self.regions_of(self.deltas[name].before) if region in after)
        spec = self.images[name] if name in self.images else self.spec_of(name)
        return self.modality_regions.get(spec.modality, self.regions)

    def _check_image(self, name: str, spec: ImageSpec) -> None:
        where = f"image {name} of protocol {self.name}"
        first = self.spec_of(spec.contour)
        if (spec.dimension, spec.time) != (first.dimension, first.time):
            raise InputError(
                f"images of contour {spec.contour} of one dimension and time point", f"another in {where}",
                "give the others a contour of their own",
            )  # fmt: skip
        if spec.preparation not in self.preprocessing:
            raise unknown_name("a modality with preprocessing", spec.preparation, self.preprocessing)
        if "Peri" in self.regions_of(name) and not spec.shows_anatomy:
            raise InputError(
                f"regions of {where} that its anatomy allows ([Intra])",
                "Peri, which is clipped at skin and chest wall",
                f"write regions: {{{spec.modality}: [Intra], ...}}",
            )
        if self.preprocessing[spec.preparation].bias_field and not (spec.shows_anatomy and spec.modality == "MR"):
            raise InputError(f"bias_field for MR in 3D only, not for {where}", "true", "write bias_field: false")

    def _check_delta(self, name: str, delta: Delta) -> None:
        where = f"delta {name} of protocol {self.name}"
        if name in self.images or name in self.contours:
            raise InputError(f"a name of its own for {where}", "an image's or contour's", "rename it")
        both = (delta.before, delta.after)
        images, contours = (all(one in known for one in both) for known in (self.images, self.contours))
        if not images and not contours:
            raise InputError(f"two images or two contours in {where}", " and ".join(both), "correct the protocol")
        before, after = (self.images[one] if images else self.spec_of(one) for one in both)
        if before.time == after.time or before.dimension != after.dimension:
            raise InputError(f"two time points and one dimension in {where}", " and ".join(both), "correct it")


def load_protocol(name: str | Path = "jang2025") -> Protocol:
    """A shipped protocol by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key.
    """
    path = find_resource("protocol", name, "Protocols", ".yaml")
    return protocol_from(read_yaml(path), str(path.name))


def protocol_from(data: Any, where: str) -> Protocol:
    """Checks plain data (from YAML, a table's metadata or a bundle) and makes the protocol of it.

    ``regions`` may be a list for all images, or lists by modality.

    Raises:
        InputError: an unknown or missing key, or a value that cannot be.
    """
    entries = dict(mapping(data, where))
    for key, kind in (("images", ImageSpec), ("preprocessing", Preprocessing), ("deltas", Delta)):
        if key in entries or key != "deltas":
            entries[key] = {
                name: build(kind, item, f"{where}, {key} {name}")
                for name, item in mapping(entries.get(key), f"{where}, {key}").items()
            }
    entries["deep"] = build(DeepPatches, entries.get("deep", {}), f"{where}, deep")
    if isinstance(entries.get("regions"), Mapping):
        entries["modality_regions"] = entries.pop("regions")
    entries["modality_regions"] = {
        modality: _regions(regions, f"{where}, regions of {modality}")
        for modality, regions in mapping(entries.get("modality_regions", {}), f"{where}, regions").items()
    }
    protocol = build(Protocol, entries, where)
    for modality in protocol.modality_regions:
        if modality not in protocol.preprocessing:
            raise unknown_name("a modality with preprocessing", modality, protocol.preprocessing)
    if not protocol.images:
        raise InputError(f"images in {where}", "none", "add images: ...")
    return protocol


def _regions(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, (list, tuple)):
        raise InputError(f"a list in {where}", f"'{data}'", "write [Intra] or [Intra, Peri]")
    return tuple(map(str, data))


def protocol_plain(protocol: Protocol) -> dict[str, Any]:
    """Plain data, of which ``protocol_from`` makes the same protocol; keys that say nothing new are left out."""
    plain = json.loads(json.dumps(asdict(protocol)))
    for key in ("modality_regions", "deltas"):
        if not plain[key]:
            del plain[key]
    for image in plain["images"].values():
        for key, usual in (("dimension", 3), ("time", "pre"), ("prepared_as", "")):
            if image[key] == usual:
                del image[key]
    return plain


def protocol_sha256(protocol: Protocol) -> str:
    """SHA-256 of what a protocol asks for; its name and description do not count, the order of its images does."""
    asked = protocol_plain(protocol)
    for text in ("name", "description", "source"):
        del asked[text]
    return sha256_of(json.dumps(asked).encode())
