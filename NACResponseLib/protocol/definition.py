"""A protocol: the images of a case, the regions in them, and what is made of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..errors import InputError
from ..plain_data import CheckedFields, limits, unknown
from ..registry import feature_family
from .parts import DeepPatches, Delta, ImageSpec, Preprocessing

REGIONS = ("Intra", "Peri")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,63}")
_TAKEN = ("patient_id", "tumor_", "scanner_")  # how columns of a cohort's table begin


@dataclass(frozen=True)
class Protocol(CheckedFields):
    """What to extract from a case.

    Attributes:
        images: by image name, in the order of the feature table.
        preprocessing: by modality, or by the name that an image gives in ``prepared_as``.
        regions: of ``Intra`` and ``Peri``, for modalities not in ``modality_regions``.
        margin_mm: width of the peritumoral shell.
        deep: how patches for deep features are made.
        modality_regions: regions of the images of some modalities.
        deltas: changes between time points, by the name that their features begin with.
        leave_out: handcrafted features of any region that are not wanted, as ``shape_VoxelVolume``.
        families: of users' packages, computed beside the library's grey-value features (``registry.FeatureFamily``).
    """

    name: str
    description: str
    source: str
    images: Mapping[str, ImageSpec]
    preprocessing: Mapping[str, Preprocessing]
    regions: tuple[str, ...] = REGIONS
    margin_mm: float = field(default=5.0, metadata=limits(0.5, 50))
    deep: DeepPatches = field(default_factory=DeepPatches)
    modality_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deltas: Mapping[str, Delta] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def mistakes(self) -> Iterator[InputError]:
        for regions in (self.regions, *self.modality_regions.values()):
            yield from unknown("a region", regions, REGIONS)
            if not regions or len(set(regions)) < len(regions):
                yield InputError("regions, each once", f"{list(regions)}", "correct the protocol")
        if not re.fullmatch(r"\w[\w .-]{0,63}", self.name):
            yield InputError("a protocol's name of letters, digits and spaces", f"'{self.name[:40]}'", "rename it")
        for kind, names in (("image", self.images), ("contour", self.contours), ("delta", self.deltas)):
            yield from _wrong_names(f"{kind} of protocol {self.name}", names)
        for name, spec in self.images.items():
            yield from self._wrong_image(name, spec)
        for name, delta in self.deltas.items():
            yield from self._wrong_delta(name, delta)
        for family in self.families:
            if not re.fullmatch("[a-z]{1,32}", family) or self.families.count(family) > 1:
                yield InputError("families by names of small letters, each once", f"'{family}'", "rename it")
            else:
                feature_family(family)

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

    def _wrong_image(self, name: str, spec: ImageSpec) -> Iterator[InputError]:
        where = f"image {name} of protocol {self.name}"
        first = self.spec_of(spec.contour)
        if (spec.dimension, spec.time) != (first.dimension, first.time):
            yield InputError(
                f"images of contour {spec.contour} of one dimension and time point", f"another in {where}",
                "give the others a contour of their own",
            )  # fmt: skip
        yield from unknown("a modality with preprocessing", [spec.preparation], self.preprocessing)
        if "Peri" in self.regions_of(name) and not spec.shows_anatomy:
            yield InputError(
                f"regions of {where} that its anatomy allows ([Intra])",
                "Peri, which is clipped at skin and chest wall",
                f"write regions: {{{spec.modality}: [Intra], ...}}",
            )
        steps = self.preprocessing.get(spec.preparation)
        if steps and steps.bias_field and not (spec.shows_anatomy and spec.modality == "MR"):
            yield InputError(f"bias_field for MR in 3D only, not for {where}", "true", "write bias_field: false")

    def _wrong_delta(self, name: str, delta: Delta) -> Iterator[InputError]:
        where = f"delta {name} of protocol {self.name}"
        if name in self.images or name in self.contours:
            yield InputError(f"a name of its own for {where}", "an image's or contour's", "rename it")
        both = (delta.before, delta.after)
        images, contours = (all(one in known for one in both) for known in (self.images, self.contours))
        if not images and not contours:
            yield InputError(f"two images or two contours in {where}", " and ".join(both), "correct the protocol")
            return
        before, after = (self.images[one] if images else self.spec_of(one) for one in both)
        if before.time == after.time or before.dimension != after.dimension:
            yield InputError(f"two time points and one dimension in {where}", " and ".join(both), "correct it")


def _wrong_names(kind: str, names: Iterable[str]) -> Iterator[InputError]:
    """Names become parts of features' names, columns of tables and files: none may be taken for another."""
    seen: set[str] = set()
    for name in names:
        lowered = name.lower()
        expected = ""
        if not _NAME.fullmatch(name):
            expected = f"a name of the {kind} of letters, digits and '_', 64 at most"
        elif lowered.startswith(_TAKEN) or set(name.split("_")) & set(REGIONS):
            taken = f"no column of a cohort's table and has no part {' or '.join(REGIONS)}"
            expected = f"a name of the {kind} that is {taken}"
        elif lowered in seen:
            expected = f"names of every {kind} that differ in more than capitals"
        if expected:
            yield InputError(expected, f"'{name[:40]}'", "rename it")
        seen.add(lowered)
