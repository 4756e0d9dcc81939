"""Protocols: what is extracted from a patient's images, read from YAML with every key checked."""

from .definition import REGIONS, Protocol
from .parts import DeepPatches, Delta, ImageSpec, Preprocessing
from .reading import load_protocol, protocol_from, protocol_plain, protocol_sha256

__all__ = [
    "REGIONS",
    "DeepPatches",
    "Delta",
    "ImageSpec",
    "Preprocessing",
    "Protocol",
    "load_protocol",
    "protocol_from",
    "protocol_plain",
    "protocol_sha256",
]
