"""Diffusion maps against the exponential they invert, and against the propagation of errors."""

import numpy as np
import pytest

from NACResponseLib.phantom import SCANNERS
from NACResponseLib.phantom.contrast import CONTRASTS
from NACResponseLib.phantom.diffusion import HIGHEST_ADC, adc_map, diffusivity_table


def test_without_noise_the_map_is_the_true_diffusivity() -> None:
    true = np.linspace(100, 3000, 50)
    np.testing.assert_allclose(adc_map(np.full(50, 200.0), true, SCANNERS["MR-A"], (1,), noise=0), true)


@pytest.mark.parametrize("true", [800.0, 1000.0, 1500.0])
def test_mean_and_deviation_are_those_of_the_propagation_of_errors(true: float) -> None:
    signal, count, noise = 200.0, 40_000, SCANNERS["MR-B"].noise / 2  # of four averages
    found = adc_map(np.full(count, signal), np.full(count, true), SCANNERS["MR-B"], (3,))
    weighted = signal * np.exp(-800e-6 * true)
    expected = 1e6 / 800 * np.hypot(noise / signal, noise / weighted)
    assert found.mean() == pytest.approx(true, rel=0.01)
    assert found.std() == pytest.approx(expected, rel=0.03)


def test_where_the_signal_is_lost_the_map_is_empty() -> None:
    found = adc_map(np.zeros(20_000), np.zeros(20_000), SCANNERS["MR-C"], (1,))
    assert (found == 0).mean() > 0.999  # beyond four deviations lies exp(-8) of Rayleigh's distribution
    assert found.max() <= HIGHEST_ADC


def test_a_tumour_diffuses_less_than_gland_and_its_necrosis_more() -> None:
    for adc in (750.0, 1000.0, 1300.0):
        table = diffusivity_table(adc)
        assert 700 <= table["rim"].mean < table["tumour"].mean + 1e-9 == adc + 1e-9
        assert table["tumour"].mean < table["gland"].mean < table["necrosis"].mean
    assert diffusivity_table(1000.0) == CONTRASTS["diffusivity"]
