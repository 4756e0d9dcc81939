"""Protocols from YAML and as plain data, every key checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..config import DEFAULT_PROTOCOL, find_resource
from ..errors import InputError, unknown_name
from ..hashing import sha256_of
from ..plain_data import build, in_short, mapping, read_yaml
from .definition import Protocol
from .parts import NATIVE, DeepPatches, Delta, ImageSpec, Preprocessing

_MOST = 100  # images, deltas, kinds of preprocessing


def load_protocol(name: str | Path = DEFAULT_PROTOCOL) -> Protocol:
    """A shipped protocol by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key.

    Example:
        >>> import NACResponseLib as nac
        >>> list(nac.load_protocol("jang2025").images)
        ['MRI_CET1', 'MRI_T2', 'CT']
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
    if any(len(entry) > _MOST for entry in entries.values() if isinstance(entry, (dict, list))):
        raise InputError(f"at most {_MOST} images, regions and deltas in {where}", "more", "use fewer")
    for key, kind in (("images", ImageSpec), ("preprocessing", Preprocessing), ("deltas", Delta)):
        if key in entries or key != "deltas":
            entries[key] = {
                name: build(kind, _plain_item(item), f"{where}, {key} {name}")
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


def _plain_item(item: Any) -> Any:
    """An image, a preprocessing or a delta; spacing that is the image's own has no number."""
    if isinstance(item, dict) and item.get("spacing_mm") == NATIVE:
        return item | {"spacing_mm": None}
    return item


def _regions(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, (list, tuple)):
        raise InputError(f"a list in {where}", in_short(data), "write [Intra] or [Intra, Peri]")
    return tuple(map(str, data))


def protocol_plain(protocol: Protocol) -> dict[str, Any]:
    """Plain data, of which ``protocol_from`` makes the same protocol; keys that say nothing new are left out."""
    plain = json.loads(json.dumps(asdict(protocol)))
    for key in ("modality_regions", "deltas", "leave_out", "families"):
        if not plain[key]:
            del plain[key]
    for image in plain["images"].values():
        for key, usual in (("dimension", 3), ("time", "pre"), ("prepared_as", "")):
            if image[key] == usual:
                del image[key]
    for steps in plain["preprocessing"].values():
        steps["spacing_mm"] = NATIVE if steps["spacing_mm"] is None else steps["spacing_mm"]
        for key, default in {"zscore_over": "body", "scale": 1.0}.items():
            if steps[key] == default:
                del steps[key]
    return plain


def protocol_sha256(protocol: Protocol) -> str:
    """SHA-256 of what a protocol asks for; its name and description do not count, the order of its images does."""
    asked = protocol_plain(protocol)
    for text in ("name", "description", "source"):
        del asked[text]
    return sha256_of(json.dumps(asked).encode())
