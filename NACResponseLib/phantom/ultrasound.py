"""A B-mode frame: simple physics of sound in a plane through the tumour, not the simulation of a device.

The plane holds the tumour's centre and the skin's normal in front of it; a linear probe of 50 mm touches the skin, with
gel where the skin falls away. Along each line of sight

    amplitude = 10^((echo - loss + gain) / 20),

where ``echo`` is the tissue's echogenicity in dB, ``loss`` its attenuation summed from the probe and ``gain`` the loss
of an average breast, as a sonographer sets it: what absorbs more casts a shadow. Multiplied by complex Gaussian
scatterers and blurred by the pulse this gives fully developed speckle, whose amplitude follows Rayleigh's distribution
(Wagner et al., IEEE Trans Sonics Ultrason 1983), and the logarithm of it is shown over 60 dB or so in 8 bits.

Not modelled: refraction, reverberation, beam steering, pressure of the probe, movement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import unknown_name
from .acquisition import Grid
from .anatomy import Anatomy, Side
from .contrast import CONTRASTS
from .implicit import Array
from .render import sample_tables
from .tumour import Tumour

PIXEL_MM = 0.2
WIDTH_MM = 50.0
_BELOW_MM = 14.0  # shown beyond the tumour
_DEPTHS_MM = (35.0, 95.0)  # that the frame may have, in steps of 5
_MEAN_LOSS = 1.05  # dB/mm there and back, which the gain makes up for
_SEARCH_MM, _SEARCH_STEP_MM = 120.0, 0.25


@dataclass(frozen=True)
class Probe:
    """A probe with its settings.

    Attributes:
        range_db: from white to black.
        gain_db: added to every echo.
        axial_mm, lateral_mm: deviations of the pulse, along and across the beam.
        noise_db: of the electronics, below white.
    """

    range_db: float
    gain_db: float
    axial_mm: float
    lateral_mm: float
    noise_db: float


PROBES = {
    "US-A": Probe(range_db=60.0, gain_db=2.0, axial_mm=0.14, lateral_mm=0.26, noise_db=-62.0),
    "US-B": Probe(range_db=66.0, gain_db=5.0, axial_mm=0.18, lateral_mm=0.34, noise_db=-58.0),
}


def frame_grid(anatomy: Anatomy, tumour: Tumour, side: Side) -> Grid:
    """The pixels of the frame in the patient: i across the beam towards the other breast, j along it, one slice."""
    centre = np.array(tumour.centre_mm)
    beam = _inward(anatomy, centre)
    lateral = np.cross([0.0, 0.0, 1.0 if side == "left" else -1.0], beam)
    lateral /= np.linalg.norm(lateral)
    count = round(WIDTH_MM / PIXEL_MM)
    across = (np.arange(count) - (count - 1) / 2) * PIXEL_MM
    away = _to_skin(anatomy, centre[:, None] + lateral[:, None] * across, beam)
    deepest = away + tumour.bounding_radius_mm + _BELOW_MM
    depth = float(np.clip(5 * np.ceil(deepest / 5), *_DEPTHS_MM))
    origin = centre - beam * (away - PIXEL_MM / 2) + lateral * across[0]
    direction = np.stack([lateral, beam, np.cross(lateral, beam)], axis=1)
    return Grid((count, round(depth / PIXEL_MM), 1), (PIXEL_MM, PIXEL_MM, 1.0), tuple(origin), direction)


def _inward(anatomy: Anatomy, centre: Array) -> Array:
    """The skin's inward normal straight in front of a point."""
    line = centre[:, None] - np.array([[0.0], [1.0], [0.0]]) * np.arange(0, _SEARCH_MM, _SEARCH_STEP_MM)
    surface = line[:, int(np.argmax(anatomy.depth(line) < 0))]
    steps = np.concatenate([np.eye(3), -np.eye(3)], axis=1)
    depth = anatomy.depth(surface[:, None] + steps)
    slope = depth[:3] - depth[3:]
    return np.asarray(slope / np.linalg.norm(slope))


def _to_skin(anatomy: Anatomy, points: Array, beam: Array) -> float:
    """How far back along the beam the probe lies: where the first of its elements touches the skin."""
    steps = np.arange(0, _SEARCH_MM, _SEARCH_STEP_MM)
    rays = points[:, ::5, None] - beam[:, None, None] * steps
    inside = anatomy.depth(rays.reshape(3, -1)).reshape(rays.shape[1:]) > 0
    leaving = np.where(inside.all(axis=1), 0, np.argmin(inside, axis=1))
    return float(steps[leaving.max()])


def sonogram(
    anatomy: Anatomy, tumour: Tumour | None, grid: Grid, scanner: str, seed: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The frame's pixels (n,) in the order of ``grid.chunks``, 0 to 255.

    Raises:
        InputError: an unknown probe.
    """
    if scanner not in PROBES:
        raise unknown_name("a probe", scanner, PROBES)
    tables = {name: CONTRASTS[name] for name in ("echo", "sound_loss")}
    width, depth, _ = grid.size
    tissue = {
        name: values.reshape(depth, width) for name, values in sample_tables(anatomy, tumour, grid, tables).items()
    }
    return b_mode(tissue["echo"], tissue["sound_loss"], grid.spacing_mm[1], PROBES[scanner], seed).ravel()


def b_mode(echo: Array, loss: Array, pixel_mm: float, probe: Probe, seed: tuple[int, ...]) -> NDArray[np.uint8]:
    """Grey values of a plane of tissue, of shape (depth, width).

    Args:
        echo: echogenicity, dB.
        loss: attenuation there and back, dB/mm.
    """
    level = echo - np.cumsum(loss - _MEAN_LOSS, axis=0) * pixel_mm + probe.gain_db
    amplitude = 10 ** (level / 20) * speckle(echo.shape, pixel_mm, probe, (*seed, 2))
    noise = 10 ** (probe.noise_db / 20) * _complex_normal(echo.shape, (*seed, 3))
    shown = 20 * np.log10(np.maximum(np.abs(amplitude + noise), 1e-9))
    return np.rint(255 * np.clip(1 + shown / probe.range_db, 0, 1)).astype(np.uint8)


def speckle(shape: tuple[int, ...], pixel_mm: float, probe: Probe, seed: tuple[int, ...]) -> NDArray[np.complex128]:
    """What the probe receives of uniform scatterers: complex, of mean power 1; its modulus is Rayleigh's."""
    blur = (probe.axial_mm / pixel_mm, probe.lateral_mm / pixel_mm)
    raw = _complex_normal(shape, seed)
    received = ndimage.gaussian_filter(raw.real, blur) + 1j * ndimage.gaussian_filter(raw.imag, blur)
    return np.asarray(received / np.sqrt(np.mean(np.abs(received) ** 2)))


def _complex_normal(shape: tuple[int, ...], seed: tuple[int, ...]) -> NDArray[np.complex128]:
    real, imaginary = np.random.default_rng(seed).standard_normal((2, *shape)) / np.sqrt(2)
    return np.asarray(real + 1j * imaginary)
