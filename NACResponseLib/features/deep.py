"""A case's deep features: the global average of the last stage of one of MedicalNet's networks, by image and region.

``extract_deep`` does one case. For many, make one ``DeepExtractor``; ``case_patches`` needs no torch and may run in
other processes, so that a GPU is not kept waiting.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy.regions import Regions
from ..case import Case
from ..errors import InputError
from ..hashing import sha256_of_files
from ..protocol import Protocol
from .deltas import delta_values, with_parents
from .inference import choose_device, run_in_batches
from .medicalnet import PATCH_SIZE, backbone_of, load_backbone, require_torch
from .names import deep_names, deep_sources
from .patches import ORIENTATION, region_patch
from .preparation import CasePreparation
from .weights import find_weights

Place = tuple[str, str]
"""Image (or delta of images) and region."""


@dataclass(frozen=True)
class CasePatches:
    """What a network sees of a case.

    Attributes:
        places: image and region of each patch, in the protocol's order.
        voxels: (patches, 64, 64, 64), axes z, y, x.
    """

    places: tuple[Place, ...]
    voxels: NDArray[np.float32]


@dataclass(frozen=True)
class DeepFeatures:
    """A case's deep features.

    Attributes:
        values: by name, ``{image}_{region}_{index:04d}``, in the protocol's order.
        metadata: of the table, the same for every case extracted alike: what each column is, and how it was computed.
        warnings: in words.
    """

    values: dict[str, float]
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def place_of(name: str, protocol: Protocol) -> Place | None:
    """Image or delta, and region, of a deep feature's name; None if it is none of the protocol's."""
    match = re.fullmatch(r"(.+)_([^_]+)_\d{4}", name)
    if match is None or match[1] not in deep_sources(protocol) or match[2] not in protocol.regions_of(match[1]):
        return None
    return match[1], match[2]


def case_patches(preparation: CasePreparation, wanted: Collection[str] | None = None) -> CasePatches:
    """The patches that the wanted deep features come from, or all of the protocol.

    Raises:
        InputError: a missing image or contour, a region without voxels or contrast.
    """
    protocol = preparation.protocol
    needed = None if wanted is None else {place_of(name, protocol) for name in with_parents(wanted, protocol)}
    places = tuple(
        (image, region)
        for image, spec in protocol.images.items()
        for region in (protocol.regions_of(image) if spec.dimension == 3 else ())
        if needed is None or (image, region) in needed
    )
    patches = [region_patch(preparation.image(image), region, protocol.deep) for image, region in places]
    return CasePatches(places, np.stack(patches) if patches else np.empty((0, *[PATCH_SIZE] * 3), np.float32))


class DeepExtractor:
    """A network with its weights on a device, for one case or many.

    On a processor each case is one pass, so a case's values do not depend on the others. On a GPU cases share passes,
    which may change the last bits.

    Args:
        depth: 10, 18, 34 or 50.
        weights: MedicalNet's file; the installed one if None.
        device: ``auto``, ``cpu`` or ``cuda``.
        half: 16-bit floats; only on a GPU.
        sha256: that the weights file must have, where a trained model depends on it.

    Raises:
        InputError: no such depth or device, no weights (the command to install them is named), an unusable file.
    """

    def __init__(
        self,
        depth: int,
        weights: Path | None = None,
        device: str = "auto",
        half: bool = False,
        sha256: str | None = None,
    ) -> None:
        require_torch()
        import torch

        self.backbone = backbone_of(depth)
        self.device, self.half = choose_device(device), half
        if half and self.device == "cpu":
            raise InputError("a GPU for half precision", "the processor", "leave half precision out")
        path, self.weights_sha256 = _checked_weights(depth, weights, sha256)
        try:
            network = load_backbone(depth, path, self.device)
        except torch.cuda.OutOfMemoryError:
            raise InputError("GPU memory for the network", "too little", "give --device cpu") from None
        self.network = network.half() if half else network

    def features(
        self, cases: Sequence[CasePatches], protocol: Protocol, wanted: Collection[str] | None = None
    ) -> list[DeepFeatures]:
        """The features of each case, of its patches or of the wanted names among them.

        Raises:
            InputError: a feature that is no finite number, or not even one patch fits the GPU's memory.
        """
        together = [cases] if self.device == "cuda" else [[case] for case in cases]
        needed = None if wanted is None else set(wanted)
        return [found for group in together for found in self._group(group, protocol, needed)]

    def _group(
        self, cases: Sequence[CasePatches], protocol: Protocol, needed: set[str] | None
    ) -> Sequence[DeepFeatures]:
        voxels = np.concatenate([case.voxels for case in cases])
        if not len(voxels):
            return [DeepFeatures({}, self.metadata(protocol)) for _ in cases]
        values, warnings = run_in_batches(self.network, voxels, self.device, self.half)
        ends = np.cumsum([len(case.places) for case in cases])
        rows = np.split(values, ends[:-1])
        metadata = self.metadata(protocol)
        return [
            DeepFeatures(self._named(case.places, part, protocol, needed), metadata, warnings)
            for case, part in zip(cases, rows, strict=True)
        ]

    def _named(
        self, places: Sequence[Place], rows: NDArray[np.float32], protocol: Protocol, needed: set[str] | None
    ) -> dict[str, float]:
        found = {
            f"{image}_{region}_{index:04d}": float(value)
            for (image, region), row in zip(places, rows, strict=True)
            for index, value in enumerate(row)
        }
        broken = [name for name, value in found.items() if not np.isfinite(value)]
        if broken:
            raise InputError("finite deep features", f"{len(broken)} others, {broken[0]} first", "check the image")
        if protocol.deltas:
            found.update(delta_values(found, deep_names(protocol, self.backbone.depth), protocol))
        return found if needed is None else {name: value for name, value in found.items() if name in needed}

    def metadata(self, protocol: Protocol) -> dict[str, Any]:
        """Of the feature table: how each value was computed, and image and region of each group of columns."""
        import torch

        backbone, last = self.backbone, self.backbone.channels - 1
        return {
            "feature_set": backbone.feature_set,
            "backbone": {
                "name": f"MedicalNet {backbone.label}",
                "depth": backbone.depth,
                "features": "global average of the last residual stage",
            },
            "weights_sha256": self.weights_sha256,
            "protocol": protocol.name,
            "preprocessing": {modality: asdict(steps) for modality, steps in protocol.preprocessing.items()},
            "shell_mm": protocol.margin_mm,
            "patch": {"size": [PATCH_SIZE] * 3, "orientation": ORIENTATION, **asdict(protocol.deep)},
            "columns": {
                f"{name}_{region}_0000 to {name}_{region}_{last:04d}": _source_of(name, protocol) | {"region": region}
                for name in deep_sources(protocol)
                for region in protocol.regions_of(name)
            },
            "computed": {
                "device": self.device,
                "precision": "half" if self.half else "single",
                "torch": torch.__version__,
            },
        }


def _source_of(name: str, protocol: Protocol) -> dict[str, str]:
    """What an image, or a delta, is."""
    if name in protocol.deltas:
        return asdict(protocol.deltas[name])
    spec = protocol.images[name]
    return {"image": name, "modality": spec.modality, "contour": spec.contour}


def extract_deep(
    case: Case,
    protocol: Protocol,
    depth: int,
    weights: Path | None = None,
    device: str = "auto",
    wanted: Collection[str] | None = None,
    regions: Mapping[str, Regions] | None = None,
    preparation: CasePreparation | None = None,
    weights_sha256: str | None = None,
) -> DeepFeatures:
    """A case's deep features.

    Args:
        case: with every image and contour that the wanted features come from.
        protocol: the images, the regions, and how they are prepared.
        depth: of the network, 10, 18, 34 or 50.
        weights: MedicalNet's file; the installed one if None.
        device: ``auto``, ``cpu`` or ``cuda``.
        wanted: names of the features needed; all of the protocol if None. Images that none needs are not asked for.
        regions: by contour, where they are known already.
        preparation: of the same case and protocol, where its images serve other features too; in place of ``regions``.
        weights_sha256: that the weights file must have, where a trained model depends on it.

    Raises:
        InputError: what ``DeepExtractor`` and ``case_patches`` refuse, or a wanted name that is no deep feature.
    """
    if wanted is not None:
        _check_names(wanted, protocol, depth)
    extractor = DeepExtractor(depth, weights, device, sha256=weights_sha256)
    patches = case_patches(preparation or CasePreparation(case, protocol, regions), wanted)
    return extractor.features([patches], protocol, wanted)[0]


def _checked_weights(depth: int, weights: Path | None, sha256: str | None) -> tuple[Path, str]:
    """The weights' file and its SHA-256, which is that of its installation and the one required."""
    installed = find_weights(depth) if weights is None else None
    path = installed.path if installed else Path(weights or "")
    if not path.is_file():
        raise InputError("a weights file", f"no file {path}", "check the path")
    found = sha256_of_files([path])
    if installed and found != installed.sha256:
        raise InputError(
            f"{path.name} as it was installed", "a changed file", f"run 'nacresponse weights install {depth}' again"
        )
    if sha256 and found != sha256:
        label = backbone_of(depth).label
        raise InputError(
            f"the weights of {label} that the model was trained with (sha256 {sha256[:12]}...)",
            f"sha256 {found[:12]}... in {path.name}",
            f"run 'nacresponse weights install {depth}', or with --from FILE",
        )
    return path, found


def _check_names(wanted: Collection[str], protocol: Protocol, depth: int) -> None:
    channels = backbone_of(depth).channels
    for name in wanted:
        if place_of(name, protocol) is None or int(name[-4:]) >= channels:
            raise InputError(
                f"a feature of {backbone_of(depth).label} under protocol {protocol.name}",
                f"'{name}'",
                "write {image}_{region}_{index} with four digits",
            )
