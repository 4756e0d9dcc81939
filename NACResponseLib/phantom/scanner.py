"""What a scanner does to the signal: gain, contrast, coil shading, noise, rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .acquisition import Grid
from .implicit import Array, RandomField

_REFERENCE = 100.0  # the signal that contrast leaves unchanged
_COIL_LENGTH_MM = 220.0
_SHADING_KNOTS_MM = 90.0
_CT_RANGE = (-1024, 3071)


@dataclass(frozen=True)
class Scanner:
    """A scanner.

    Attributes:
        modality: ``MR`` or ``CT``.
        noise: deviation of the noise, in the contrast's unit before gain.
        gain: factor on the MRI signal.
        contrast: exponent of the MRI signal relative to 100; above 1 bright tissue becomes brighter still.
        offset_hu: added to CT.
        shading: deviation of the logarithm of the coil's random sensitivity.
        coil: how fast the sensitivity falls off from the front to the back; 1 is a factor e over 220 mm.
        grain: correlation length of CT noise in voxels (a smoother kernel has more).
    """

    modality: str
    noise: float
    gain: float = 1.0
    contrast: float = 1.0
    offset_hu: float = 0.0
    shading: float = 0.0
    coil: float = 0.0
    grain: float = 0.0


SCANNERS = {
    "MR-A": Scanner("MR", noise=7.0, gain=1.0, contrast=1.0, shading=0.08, coil=0.5),
    "MR-B": Scanner("MR", noise=4.5, gain=2.0, contrast=0.85, shading=0.13, coil=0.8),
    "MR-C": Scanner("MR", noise=10.0, gain=0.6, contrast=1.12, shading=0.06, coil=0.3),
    "CT-A": Scanner("CT", noise=9.0, offset_hu=0.0, grain=0.7),
    "CT-B": Scanner("CT", noise=14.0, offset_hu=4.0, grain=0.4),
}


def mr_image(
    signal: Array,
    grid: Grid,
    scanner: Scanner,
    seed: tuple[int, ...],
    noise: float,
    shading: float,
    coil: tuple[int, ...] | None = None,
) -> Array:
    """Signal (n,) in the order of ``grid.chunks`` as the scanner records it, with Rician noise.

    Rician noise is the modulus of a complex signal with Gaussian noise in both parts (Gudbjartsson and Patz,
    Magn Reson Med 1995).

    Args:
        noise, shading: factors on the scanner's own.
        coil: seed of the coil's sensitivity; ``seed`` by default.
    """
    recorded = _REFERENCE * (np.maximum(signal, 0) / _REFERENCE) ** scanner.contrast
    if shading:
        field = RandomField((*(coil or seed), 1), _SHADING_KNOTS_MM)
        for part, points in grid.chunks():
            fall = -scanner.coil * points[1] / _COIL_LENGTH_MM
            recorded[part] *= np.exp(shading * (fall + scanner.shading * field(points)))
    rng = np.random.default_rng((*seed, 2))
    deviation = noise * scanner.noise
    real = recorded + deviation * rng.standard_normal(grid.count)
    imaginary = deviation * rng.standard_normal(grid.count)
    return scanner.gain * np.hypot(real, imaginary)


def ct_image(signal: Array, grid: Grid, scanner: Scanner, seed: tuple[int, ...], noise: float) -> Array:
    """Hounsfield units (n,) as the scanner records them, with Gaussian noise of the kernel's grain."""
    recorded = signal + scanner.offset_hu
    if noise:
        rough = np.random.default_rng((*seed, 2)).standard_normal(grid.size[::-1])
        smooth = ndimage.gaussian_filter(rough, (0, scanner.grain, scanner.grain), mode="wrap")
        recorded += (noise * scanner.noise / smooth.std() * smooth).ravel()
    return np.clip(recorded, *_CT_RANGE)


def digitize(values: Array) -> NDArray[np.int16]:
    """Rounded to 16 bits, as images are stored."""
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)
