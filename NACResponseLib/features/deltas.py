"""Delta features: what changed in a patient between two time points.

A delta of two images has the grey-value features of both, a delta of two contours their shape; a delta of two 3D images
has their deep features too. ``{delta}_{rest}`` comes of ``{before}_{rest}`` and ``{after}_{rest}``; a patient who lacks
either has none.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping

from ..protocol import Delta, Protocol
from .names import region_prefixes


def with_parents(names: Collection[str], protocol: Protocol) -> set[str]:
    """The names, and what the deltas among them are made of."""
    return set(names) | {one for _, before, after, _ in _deltas(names, protocol) for one in (before, after)}


def delta_values(values: Mapping[str, float], names: Iterable[str], protocol: Protocol) -> Iterator[tuple[str, float]]:
    """The deltas among the names, of which both features are there.

    Args:
        values: features by name.
        names: of deltas, and others, which are passed over.
    """
    for name, before, after, delta in _deltas(names, protocol):
        if before in values and after in values:
            yield name, changed(values[before], values[after], delta)


def changed(before: float, after: float, delta: Delta) -> float:
    """After less before; where the change is relative, by the size of before, and NaN where that is 0."""
    difference = after - before
    if delta.change == "difference":
        return difference
    return difference / abs(before) if before else math.nan


def _deltas(names: Iterable[str], protocol: Protocol) -> Iterator[tuple[str, str, str, Delta]]:
    """The delta features among the names: each with the features before and after, and the delta it belongs to."""
    starts = {name: region_prefixes(protocol, name) for name in protocol.deltas}
    for name in names if starts else ():
        found = next((delta for delta, prefixes in starts.items() if name.startswith(prefixes)), None)
        if found is not None:
            delta, rest = protocol.deltas[found], name[len(found) :]
            yield name, delta.before + rest, delta.after + rest, delta
