"""Which protocol a bundle's features follow: one that ships, or the user's own, whose definition the bundle carries."""

from __future__ import annotations

from ..config import named_files
from ..errors import unknown_name
from ..protocol import Protocol, load_protocol, protocol_sha256

USUAL_PROTOCOL = "jang2025"
"""Whose contours a bundle without image features names."""


def shipped_protocol(name: str) -> Protocol:
    """A shipped protocol by its name alone: what others wrote opens no file of this machine.

    Raises:
        InputError: unknown name; the nearest is suggested.
    """
    known = named_files("Protocols", ".yaml")
    if name not in known:
        raise unknown_name("a protocol", name, known)
    return load_protocol(name)


def ships(protocol: Protocol) -> bool:
    """Whether the same protocol ships under its name."""
    known = protocol.name in named_files("Protocols", ".yaml")
    return known and protocol_sha256(load_protocol(protocol.name)) == protocol_sha256(protocol)
