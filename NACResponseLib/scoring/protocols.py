"""Which protocol a bundle's features follow: one that ships, or the user's own, whose definition the bundle carries."""

from __future__ import annotations

import re
from typing import Any

from ..config import named_files
from ..errors import InputError, unknown_name
from ..plain_data import mapping
from ..protocol import Protocol, load_protocol, protocol_from, protocol_sha256

USUAL_PROTOCOL = "jang2025"
"""Whose contours a bundle without image features names."""
_MOST = 100
_NAME = r"[A-Za-z0-9][A-Za-z0-9_]{0,63}"


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


def own_protocol(data: Any, where: str) -> Protocol:
    """The definition of a protocol that came with a table or a bundle, checked as what others wrote.

    Args:
        data: plain data (``protocol.protocol_plain``).

    Raises:
        InputError: it is unsound (``protocol.protocol_from``), far too large, or has names that could not be part of a
            feature's or a file's name.
    """
    entries = mapping(data, where)
    if any(len(entry) > _MOST for entry in entries.values() if isinstance(entry, (dict, list))):
        raise InputError(f"at most {_MOST} images, regions and deltas in {where}", "more", "do not use it")
    protocol = protocol_from(entries, where)
    for name in (*protocol.images, *protocol.contours, *protocol.deltas):
        if not re.fullmatch(_NAME, name):
            raise InputError(f"names of letters, digits and '_' in {where}", f"'{name[:40]}'", "rename it")
    return protocol
