"""The outcomes a model can be trained for, each with its positive class named."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import unknown_name


@dataclass(frozen=True)
class Endpoint:
    """An outcome; ``positive_class`` is coded 1."""

    name: str
    positive_class: str
    negative_class: str


ENDPOINTS = {
    endpoint.name: endpoint for endpoint in (Endpoint("pcr", "pathological complete response", "residual disease"),)
}


def endpoint_named(name: str) -> Endpoint:
    """The endpoint of that name.

    Raises:
        InputError: unknown name; the nearest is suggested.
    """
    if name not in ENDPOINTS:
        raise unknown_name("an endpoint", name, ENDPOINTS)
    return ENDPOINTS[name]
