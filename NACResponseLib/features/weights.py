"""Where MedicalNet's weights live on this computer, and how they get there.

They are not part of the program: each user installs them, from the hub or from a file, and they are kept in a folder
of the user's, ``NACRESPONSE_WEIGHTS`` if that is set. Beside each file lies a record of its source and SHA-256.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..config import user_folder
from ..errors import InputError
from ..hashing import sha256_of_files
from .medicalnet import BACKBONES, backbone_of, expected_tensors
from .weight_file import check_tensors, read_tensors

VARIABLE = "NACRESPONSE_WEIGHTS"
_ACCOUNT = "TencentMedicalNet"
_OFFLINE = "download the file on another computer and give it with --from FILE"


@dataclass(frozen=True)
class InstalledWeights:
    """A weights file in its place.

    Attributes:
        source: the hub's repository and file, or the name of the user's file.
        sha256: of the file when it was checked and installed; ``size`` in bytes.
    """

    depth: int
    path: Path
    source: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Offer:
    """A file that the hub has: repository, name, bytes (None if the hub does not say)."""

    repository: str
    name: str
    size: int | None


class Hub(Protocol):
    """What installing needs of a model hub."""

    def files(self, repository: str) -> dict[str, int | None]:
        """Size in bytes by file name."""

    def download(self, repository: str, name: str, folder: Path) -> Path:
        """Fetches a file into a folder and returns where it lies."""


def weights_folder() -> Path:
    """The folder of weights: ``NACRESPONSE_WEIGHTS``, or one in the user's data folder of this system."""
    return user_folder("weights", VARIABLE)


def installed_weights() -> tuple[InstalledWeights, ...]:
    """All that is installed, by depth; an incomplete record counts as none."""
    found = (_recorded(depth) for depth in BACKBONES)
    return tuple(weights for weights in found if weights is not None)


def find_weights(depth: int) -> InstalledWeights:
    """The installed weights of a depth.

    Raises:
        InputError: no such depth, or not installed; the command to run is named.
    """
    label = backbone_of(depth).label
    weights = _recorded(depth)
    if weights is None:
        raise InputError(
            f"MedicalNet's weights of {label}",
            f"none in {weights_folder()}",
            f"run 'nacresponse weights install {depth}', without internet with --from FILE",
        )
    return weights


def install_from_file(depth: int, file: Path, source: str | None = None) -> InstalledWeights:
    """Checks a weights file and puts a copy in its place, whole or not at all.

    Args:
        depth: that the file shall be of.
        file: as MedicalNet published it.
        source: where it came from; the file's name if None.

    Raises:
        InputError: no such depth, a file that does not hold its weights, or a folder that cannot be written.
    """
    backbone = backbone_of(depth)
    with _in_place(depth) as partial:
        if file.is_file():
            shutil.copyfile(file, partial)
        checked = partial if file.is_file() else file
        check_tensors(read_tensors(checked), expected_tensors(depth), backbone.label, file.name)
        record = {"source": source or file.name, "sha256": sha256_of_files([partial]), "size": partial.stat().st_size}
        partial.with_suffix(".json").write_text(json.dumps({"depth": depth, **record}, indent=1), encoding="utf-8")
    return find_weights(depth)


def install_from_hub(depth: int, say: Callable[[str], None], hub: Hub | None = None) -> InstalledWeights:
    """Downloads the published file of a depth, checks it and puts it in its place.

    Args:
        say: gets the file's size and source before the download begins.
        hub: where from; Hugging Face if None.

    Raises:
        InputError: no such depth, hub or file not to be had, or a file that does not hold the weights.
    """
    label = backbone_of(depth).label
    hub = hub or HuggingFace()
    offer = _offered(depth, hub)
    size = "size unknown" if offer.size is None else f"{offer.size / 1e6:,.0f} MB"
    say(f"MedicalNet {label}: {offer.name}, {size}, from {offer.repository} on Hugging Face")
    with tempfile.TemporaryDirectory() as folder:
        file = hub.download(offer.repository, offer.name, Path(folder))
        return install_from_file(depth, file, f"{offer.repository}/{offer.name}")


class HuggingFace:
    """The hub that MedicalNet is published on."""

    def files(self, repository: str) -> dict[str, int | None]:
        """Size in bytes by file name.

        Raises:
            InputError: no connection, or no such repository.
        """
        with _hub_errors(repository):
            from huggingface_hub import HfApi

            info = HfApi().model_info(repository, files_metadata=True)
        return {file.rfilename: file.size for file in info.siblings or ()}

    def download(self, repository: str, name: str, folder: Path) -> Path:
        """Fetches a file into a folder.

        Raises:
            InputError: it could not be had.
        """
        with _hub_errors(repository):
            from huggingface_hub import hf_hub_download

            return Path(hf_hub_download(repository, name, local_dir=folder))


@contextmanager
def _hub_errors(repository: str) -> Iterator[None]:
    try:
        from huggingface_hub import errors
    except ImportError:
        raise InputError(
            "the package huggingface_hub",
            "none",
            "pip install '.[deep]' in the copy of the repository, or give --from FILE",
        ) from None
    failures: tuple[type[Exception], ...] = (OSError, errors.HfHubHTTPError, *_client_errors())
    try:
        yield
    except failures as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise InputError(f"{repository} on Hugging Face", reason, _OFFLINE) from None


def _client_errors() -> tuple[type[Exception], ...]:
    """What the hub's HTTP client raises for a connection that fails; the client differs between its releases."""
    from importlib import import_module
    from importlib.util import find_spec

    names = {"httpx2": "HTTPError", "httpx": "HTTPError", "requests": "RequestException"}
    return tuple(getattr(import_module(client), name) for client, name in names.items() if find_spec(client))


def _offered(depth: int, hub: Hub) -> Offer:
    """The published file: trained on 23 data sets, else on fewer."""
    repository = f"{_ACCOUNT}/MedicalNet-Resnet{depth}"
    files = hub.files(repository)
    for name in (f"resnet_{depth}_23dataset.pth", f"resnet_{depth}.pth"):
        if name in files:
            return Offer(repository, name, files[name])
    raise InputError(f"resnet_{depth}_23dataset.pth in {repository}", ", ".join(files) or "no file", _OFFLINE)


def _place(depth: int) -> Path:
    return weights_folder() / f"resnet_{depth}.pth"


def _recorded(depth: int) -> InstalledWeights | None:
    path = _place(depth)
    record = path.with_suffix(".json")
    if not path.is_file() or not record.is_file():
        return None
    try:
        entries = json.loads(record.read_text(encoding="utf-8"))
        source, sha256, size = str(entries["source"]), str(entries["sha256"]), int(entries["size"])
    except (ValueError, KeyError, TypeError):
        return None
    return InstalledWeights(depth, path, source, sha256, size)


@contextmanager
def _in_place(depth: int) -> Iterator[Path]:
    """A file to write, moved to its place with its record if all went well; an earlier one stays until then."""
    place = _place(depth)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".installing.", dir=place.parent) as folder:
            partial = Path(folder) / place.name
            yield partial
            partial.replace(place)
            partial.with_suffix(".json").replace(place.with_suffix(".json"))
    except OSError as error:
        raise InputError(
            "a folder for weights that can be written", f"{place.parent}: {error.strerror}", f"set {VARIABLE}"
        ) from None
