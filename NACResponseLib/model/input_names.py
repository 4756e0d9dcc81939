"""Whether what a bundle asks of a case exists: its contour, and each input by name."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ..clinical import ClinicalRecord
from ..errors import unknown_name
from ..features.names import deep_names, handcrafted_names
from ..protocol import Protocol
from .bundle_parts import ImageNeeds

_SUGGESTED = 5


def check_names(inputs: Sequence[str], needs: ImageNeeds, protocol: Protocol, where: str) -> None:
    """Checks the contour and the inputs: clinical variables, tumour volume, or the protocol's features.

    Args:
        protocol: the bundle's.

    Raises:
        InputError: a name that does not exist; the nearest is suggested.
    """
    if needs.contour is not None and needs.contour not in protocol.contours:
        raise unknown_name(f"a contour of protocol {protocol.name} in {where}", needs.contour, protocol.contours)
    known = list(ClinicalRecord().values())
    if needs.protocol is not None:
        known += handcrafted_names(protocol)
    if needs.protocol is not None and needs.depth is not None:
        known += deep_names(protocol, needs.depth)
    existing = set(known)
    for name in inputs:
        if name not in existing:
            near = get_close_matches(name, known, n=_SUGGESTED, cutoff=0)
            raise unknown_name(f"an input in {where}, for example", name, near)
