"""Maps of the apparent diffusion coefficient, computed as a scanner computes them: from two noisy images.

    S(b) = S(0) exp(-b D),  ADC = ln(S(0) / S(b)) / b,  b = 800 s/mm2  (Le Bihan et al., Radiology 1986)

The map is in 10^-6 mm2/s, as scanners store it, and 0 where S(0) is lost in noise. Not modelled: distortion, perfusion,
kurtosis.
"""

from __future__ import annotations

import numpy as np

from .contrast import CONTRASTS, Signal, Table
from .implicit import Array
from .scanner import Scanner

B_VALUE = 800.0
HIGHEST_ADC = 3500.0
_LOST = 4.0  # deviations of the noise
_AVERAGES = 4  # of each image, which halve the noise
_TUMOUR, _RIM = "tumour", "rim"


def diffusivity_table(tumour_adc: float) -> Table:
    """Diffusivities by tissue, with the tumour's own (10^-6 mm2/s)."""
    table = dict(CONTRASTS["diffusivity"])
    table[_RIM] = Signal(tumour_adc + table[_RIM].mean - table[_TUMOUR].mean, table[_RIM].texture)
    table[_TUMOUR] = Signal(tumour_adc, table[_TUMOUR].texture)
    return table


def adc_map(without: Array, diffusivity: Array, scanner: Scanner, seed: tuple[int, ...], noise: float = 1.0) -> Array:
    """The map (n,) of a scanner.

    Args:
        without: signal without diffusion weighting, of the fat-suppressed T2, shape (n,).
        diffusivity: true, 10^-6 mm2/s, shape (n,).
        noise: factor on the scanner's; 0 gives the true diffusivity wherever there is signal.
    """
    rng = np.random.default_rng((*seed, 2))
    deviation = noise * scanner.noise / np.sqrt(_AVERAGES)

    def recorded(signal: Array) -> Array:
        real, imaginary = deviation * rng.standard_normal((2, len(signal)))
        return np.hypot(np.maximum(signal, 0) + real, imaginary)

    plain = recorded(without)
    weighted = recorded(without * np.exp(-B_VALUE * 1e-6 * diffusivity))
    seen = plain > max(_LOST * deviation, 1e-6)
    ratio = np.where(seen, plain, 1.0) / np.where(seen, np.maximum(weighted, 1e-6), 1.0)
    return np.clip(1e6 * np.log(ratio) / B_VALUE, 0, HIGHEST_ADC)
