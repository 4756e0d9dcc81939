"""Where the shipped resources lie, and protocols read from YAML with every key checked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import InputError, unknown_name
from .hashing import sha256_of
from .plain_data import build, mapping, read_yaml

REGIONS = ("Intra", "Peri")
NORMALIZATIONS = ("zscore", "none")
OUTSIDE = ("constant", "unmasked")


def resources() -> Path:
    """The folder ``Resources``: beside the library in a source checkout or a Slicer package, inside it after pip."""
    package = Path(__file__).resolve().parent
    candidates = (package / "Resources", package.parent / "Resources")
    for folder in candidates:
        if (folder / "Protocols").is_dir():
            return folder
    raise InputError(
        "the folder Resources with the installed program", f"none in {package}", "install NACResponse again"
    )


def user_folder(kind: str, variable: str) -> Path:
    """A folder of the user's for what was installed: an environment variable's, else in this system's data folder.

    Args:
        kind: its name, ``weights`` or ``models``; it may not exist yet.
        variable: that names another folder.
    """
    if os.environ.get(variable):
        return Path(os.environ[variable]).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "nacresponse" / kind


def find_resource(kind: str, name: str | Path, folder: str, suffix: str, own: Path | None = None) -> Path:
    """A shipped or installed file by its name, or the user's own by its path.

    Args:
        kind: what it is, for the error ("protocol").
        name: ``jang2025``, or a path that ends in ``suffix``.
        folder: below ``Resources``.
        suffix: of the file's name (".yaml").
        own: folder of what the user installed; a shipped name comes first.

    Raises:
        InputError: no such name or file; the nearest name is suggested.
    """
    path = Path(name)
    if path.suffix == suffix:
        if not path.is_file():
            raise InputError(f"a {kind} file", f"no file {path}", "check the path")
        return path
    known = named_files(folder, suffix, own)
    if str(name) not in known:
        raise unknown_name(f"a {kind}", str(name), known)
    return known[str(name)]


def named_files(folder: str, suffix: str, own: Path | None = None) -> dict[str, Path]:
    """The shipped files of a folder below ``Resources`` by name, then those of the user's folder with other names."""
    shipped = {file.stem: file for file in sorted((resources() / folder).glob(f"*{suffix}"))}
    installed = {file.stem: file for file in sorted(own.glob(f"*{suffix}"))} if own else {}
    return shipped | {name: file for name, file in installed.items() if name not in shipped}


@dataclass(frozen=True)
class Preprocessing:
    """How the images of one modality are prepared before features are computed.

    Attributes:
        bias_field: N4 correction (Tustison et al., IEEE TMI 2010).
        zscore: zero mean and unit deviation over the body.
        spacing_mm: isotropic voxel size after resampling.
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
            ("spacing_mm", self.spacing_mm, 0.1, 10),
            ("bin_count", self.bin_count, 2, 4096),
            ("bin_width", self.bin_width, 1e-6, 1e6),
        ):
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} between {low:g} and {high:g}", f"{value}", "correct the protocol")


@dataclass(frozen=True)
class ImageSpec:
    """An image of the protocol: its modality (``MR``, ``CT``) and the contour that serves it."""

    modality: str
    contour: str


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
        regions: of ``Intra`` and ``Peri``.
        margin_mm: width of the peritumoral shell.
        preprocessing: by modality.
        deep: how patches for deep features are made.
    """

    name: str
    description: str
    source: str
    images: Mapping[str, ImageSpec]
    preprocessing: Mapping[str, Preprocessing]
    regions: tuple[str, ...] = REGIONS
    margin_mm: float = 5.0
    deep: DeepPatches = DeepPatches()

    def __post_init__(self) -> None:
        for region in self.regions:
            if region not in REGIONS:
                raise unknown_name("a region", region, REGIONS)
        if not self.regions or len(set(self.regions)) < len(self.regions):
            raise InputError("regions, each once", f"{list(self.regions)}", "correct the protocol")
        if not 0.5 <= self.margin_mm <= 50:
            raise InputError("margin_mm between 0.5 and 50", f"{self.margin_mm}", "correct the protocol")

    @property
    def contours(self) -> tuple[str, ...]:
        """Contour names in order of first use."""
        return tuple(dict.fromkeys(spec.contour for spec in self.images.values()))

    def images_of(self, contour: str) -> tuple[str, ...]:
        """The images that a contour serves, in order."""
        return tuple(name for name, spec in self.images.items() if spec.contour == contour)


def load_protocol(name: str | Path = "jang2025") -> Protocol:
    """A shipped protocol by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key.
    """
    path = find_resource("protocol", name, "Protocols", ".yaml")
    return protocol_from(read_yaml(path), str(path.name))


def protocol_from(data: Any, where: str) -> Protocol:
    """Checks plain data (from YAML, or from a bundle's JSON) and makes the protocol of it."""
    entries = dict(mapping(data, where))
    entries["images"] = {
        name: build(ImageSpec, spec, f"{where}, image {name}")
        for name, spec in mapping(entries.get("images"), f"{where}, images").items()
    }
    entries["preprocessing"] = {
        name: build(Preprocessing, steps, f"{where}, preprocessing {name}")
        for name, steps in mapping(entries.get("preprocessing"), f"{where}, preprocessing").items()
    }
    entries["deep"] = build(DeepPatches, entries.get("deep", {}), f"{where}, deep")
    protocol = build(Protocol, entries, where)
    for spec in protocol.images.values():
        if spec.modality not in protocol.preprocessing:
            raise unknown_name("a modality with preprocessing", spec.modality, protocol.preprocessing)
    return protocol


def protocol_sha256(protocol: Protocol) -> str:
    """SHA-256 of what a protocol asks for; its name and description do not count, the order of its images does."""
    asked = asdict(protocol)
    for text in ("name", "description", "source"):
        del asked[text]
    return sha256_of(json.dumps(asked).encode())
