"""Which protocol a bundle's features follow, and whether what the bundle asks of a case exists there.

A protocol ships, or it is the user's own, whose definition the bundle carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ..config import named_files
from ..errors import InputError, unknown_name
from ..features.names import deep_names, handcrafted_names
from ..protocol import Protocol, load_protocol, protocol_from, protocol_sha256
from ..variables import Variables, shipped_variables
from .bundle_parts import ImageNeeds


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


def check_protocol(metadata: Mapping[str, Any], where: str) -> Protocol:
    """The protocol that features were extracted by: the one that ships under their name, or their own definition.

    Args:
        metadata: of their table (``protocol``, ``protocol_sha256`` and, in newer ones, ``protocol_definition``).

    Raises:
        InputError: an unknown protocol without a definition, another under a shipped one's name, or a definition that
            is unsound or not the one that the features were extracted by.
    """
    name, sha256 = str(metadata.get("protocol")), metadata.get("protocol_sha256")
    if "protocol_definition" in metadata:
        protocol = protocol_from(metadata["protocol_definition"], f"the protocol of {where}")
        if (protocol.name, protocol_sha256(protocol)) != (name, sha256):
            raise InputError(f"the protocol {name} in {where}", "the definition of another", "extract them again")
        return protocol
    shipped = shipped_protocol(name)
    if sha256 != protocol_sha256(shipped):
        raise InputError(
            f"features of the protocol {shipped.name} as it ships",
            f"another of that name in {where}",
            "extract them again with --protocol " + shipped.name,
        )
    return shipped


def check_columns(metadata: Mapping[str, Any], columns: Sequence[str], where: str) -> None:
    """Whether a table holds features of its protocol and network: a model of others could score nobody.

    Args:
        metadata: of the table.

    Raises:
        InputError: they are not, or it does not say of which protocol or network.
    """
    protocol = check_protocol(metadata, where)
    depth, weights = metadata.get("depth"), metadata.get("weights_sha256")
    numbered = next((name for name in columns if _NUMBERED.fullmatch(name)), None)
    for lacking in ("depth", "weights_sha256") if numbered is not None or depth is not None else ():
        if metadata.get(lacking) is None:
            remedy = "make the table again with 'nacresponse extract'"
            raise InputError(f"{lacking} of the network in the metadata of {where}", "none", remedy)
    needs = ImageNeeds(protocol.name, protocol.volume_contour, depth=depth, weights_sha256=weights)
    check_names(columns, needs, protocol, where)


_NUMBERED = re.compile(r".+_\d{4}")
_SUGGESTED = 5


def check_names(
    inputs: Sequence[str], needs: ImageNeeds, protocol: Protocol, where: str, variables: Variables | None = None
) -> None:
    """Checks the contour and the inputs: clinical variables, tumour volume, or the protocol's features. Features of
    another program may have any name.

    Args:
        protocol: the bundle's.
        variables: the clinical ones that are known; those that ship if None.

    Raises:
        InputError: a name that does not exist; the nearest is suggested.
    """
    if needs.contour is not None and needs.contour not in protocol.contours:
        raise unknown_name(f"a contour of protocol {protocol.name} in {where}", needs.contour, protocol.contours)
    if needs.imported is not None:
        return
    known = list(shipped_variables() if variables is None else variables)
    if needs.protocol is not None:
        known += handcrafted_names(protocol)
    if needs.protocol is not None and needs.depth is not None:
        known += deep_names(protocol, needs.depth)
    existing = set(known)
    for name in inputs:
        if name not in existing:
            near = get_close_matches(name, known, n=_SUGGESTED, cutoff=0)
            raise unknown_name(f"an input in {where}, for example", name, near)
