"""Protocols from YAML and as plain data, every key checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config import DEFAULT_PROTOCOL, find_resource
from ..errors import InputError
from ..hashing import sha256_of
from ..plain_data import build, mapping, plain_of, read_yaml, unknown, without
from .definition import Protocol
from .parts import NATIVE

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
    if isinstance(entries.get("regions"), Mapping):
        entries["modality_regions"] = entries.pop("regions")
    protocol: Protocol = build(Protocol, entries, where)
    for error in unknown("a modality with preprocessing", protocol.modality_regions, protocol.preprocessing):
        raise error
    if not protocol.images:
        raise InputError(f"images in {where}", "none", "add images: ...")
    return protocol


def protocol_plain(protocol: Protocol) -> dict[str, Any]:
    """Plain data, of which ``protocol_from`` makes the same protocol; keys that say nothing new are left out."""
    plain = without(plain_of(protocol), modality_regions={}, deltas={}, leave_out=[], families=[])
    for name, image in plain["images"].items():
        plain["images"][name] = without(image, dimension=3, time="pre", prepared_as="")
    for name, steps in plain["preprocessing"].items():
        spacing = NATIVE if steps["spacing_mm"] is None else steps["spacing_mm"]
        plain["preprocessing"][name] = without(steps | {"spacing_mm": spacing}, zscore_over="body", scale=1.0)
    return plain


def protocol_sha256(protocol: Protocol) -> str:
    """SHA-256 of what a protocol asks for; its name and description do not count, the order of its images does."""
    asked = protocol_plain(protocol)
    for text in ("name", "description", "source"):
        del asked[text]
    return sha256_of(json.dumps(asked).encode())
