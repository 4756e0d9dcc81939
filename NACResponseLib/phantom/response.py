"""How a patient of a study responds: one latent variable behind the outcomes and behind what later images show.

With L the log-odds of pCR by the law of ``patient``, the latent response is r = L + e, e standard logistic. Then

    pcr is 1 where r > 0, so with the probability that ``patient`` states;
    rcb_class is 0 where r > 0, I above -0.8, II above -3.5, else III (cumulative logits);
    apcr, of patients with positive nodes, is drawn with logit P = 0.5 + 0.9 r - 0.5 (nodal_status - 1);
    the tumour keeps the share 1 / (1 + exp(0.6 + 0.7 r + u)) of its volume, u normal with deviation 0.8.

The share is at least what leaves a ball of 4 mm radius, for a reader contours the tumour's bed where nothing enhances.
Tumours that shrink enhance less and their diffusivity rises. The numbers are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .patient import Patient
from .tumour import Tumour

RCB_LIMITS = (-3.5, -0.8, 0.0)
APCR = {"intercept": 0.5, "latent_response": 0.9, "nodal_status": -0.5}
SHRINKING = {"intercept": 0.6, "latent_response": 0.7, "deviation": 0.8}
SMALLEST_RADIUS_MM = 4.0
T_LIMITS_MM = (20.0, 50.0)
_ADC_MEAN, _ADC_SPREAD, _ADC_RANGE = 1000.0, 110.0, (750.0, 1300.0)
_ADC_RISE = 500.0
_MIN_ACTIVITY = 0.35
_SCANNERS = {"US": {"US-A": 0.5, "US-B": 0.5}, "MG": {"MG-A": 0.6, "MG-B": 0.4}}


@dataclass(frozen=True)
class Response:
    """What becomes of a patient.

    Attributes:
        latent: r of the law; above 0 is a pathological complete response.
        pcr, rcb_class: 0 or 1; 0 to 3.
        apcr: 0 or 1; None where no node was positive.
        apcr_probability: by the law; None likewise.
        residual_share: of the tumour's volume that images show after treatment.
        tumor_adc: mean diffusivity of the tumour before treatment, 10^-6 mm2/s.
        scanners: of ``US`` and ``MG``.
    """

    latent: float
    pcr: int
    rcb_class: int
    apcr: int | None
    apcr_probability: float | None
    residual_share: float
    tumor_adc: float
    scanners: dict[str, str]

    def tumour(self, before: Tumour, progress: float) -> Tumour:
        """The tumour when the treatment has gone so far (0 to 1): smaller about its centre, with less oedema."""
        share = self.share(progress)
        first, second, third = (radius * share ** (1 / 3) for radius in before.radii_mm)
        return replace(before, radii_mm=(first, second, third), oedema=before.oedema * share)

    def share(self, progress: float) -> float:
        """Of its volume that the tumour has then."""
        return float(self.residual_share**progress)

    def activity(self, progress: float) -> float:
        """By which the tumour's enhancement is multiplied then."""
        return _MIN_ACTIVITY + (1 - _MIN_ACTIVITY) * self.share(progress)

    def adc(self, progress: float) -> float:
        """The tumour's mean diffusivity then, 10^-6 mm2/s."""
        return self.tumor_adc + _ADC_RISE * (1 - self.share(progress))


def draw_response(patient: Patient, seed: tuple[int, int]) -> Response:
    """The response of a patient whose ``pcr`` was drawn already; the latent response agrees with it.

    Args:
        seed: of the cohort, and the patient's number.
    """
    rng = np.random.default_rng((*seed, 97))
    probability, complete = patient.probability, bool(patient.outcome["pcr"])
    # Given that e lies above -L (probability P) or below, its distribution function is uniform on that part.
    level = 1 - probability + probability * rng.random() if complete else (1 - probability) * rng.random()
    latent = _logit(probability) + _logit(float(np.clip(level, 1e-9, 1 - 1e-9)))
    lot, offset, adc = rng.random(), rng.standard_normal(), rng.standard_normal()
    axilla = apcr_probability(latent, patient.clinical["nodal_status"])
    return Response(
        latent=latent,
        pcr=int(complete),
        rcb_class=0 if complete else 3 - int(np.searchsorted(RCB_LIMITS[:2], latent)),
        apcr=None if axilla is None else int(lot < axilla),
        apcr_probability=axilla,
        residual_share=_residual_share(latent, SHRINKING["deviation"] * offset, patient.tumour.volume_mm3),
        tumor_adc=float(np.clip(_ADC_MEAN + _ADC_SPREAD * adc, *_ADC_RANGE)),
        scanners={name: str(rng.choice(list(shares), p=list(shares.values()))) for name, shares in _SCANNERS.items()},
    )


def apcr_probability(latent: float, nodal_status: float) -> float | None:
    """Of an axillary complete response, by the law; None where no node was positive."""
    if nodal_status == 0:
        return None
    logit = APCR["intercept"] + APCR["latent_response"] * latent + APCR["nodal_status"] * (nodal_status - 1)
    return 1 / (1 + math.exp(-logit))


def tumor_stage(size_mm: float) -> int:
    """Clinical T from the longest diameter: T1 to 20 mm, T2 to 50 mm, T3 above (AJCC, 8th edition)."""
    return 1 + int(np.searchsorted(T_LIMITS_MM, size_mm))


def response_law_in_words() -> str:
    """The law as text, from the numbers that are used."""
    third, second, _ = RCB_LIMITS
    base, slope, nodes = APCR.values()
    start, steepness, spread = SHRINKING.values()
    return f"""latent_response = logit P + e, with e from the standard logistic distribution; then
pcr is 1 where latent_response > 0, so with the probability P;
rcb_class is 0 where latent_response > 0, 1 where it is above {second:g}, 2 above {third:g}, else 3;
apcr is 1 with a probability whose logit is
          {base:g} {slope:+g} latent_response {nodes:+g} (nodal_status - 1),
and empty where nodal_status is 0, for no axillary disease was there to respond;
residual_share, of the tumour's volume after treatment, is
          1 / (1 + exp({start:g} {steepness:+g} latent_response + u)),
u normal with deviation {spread:g}, but never less than leaves a ball of {SMALLEST_RADIUS_MM:g} mm radius,
for a tumour's bed is contoured in complete response too."""


def _residual_share(latent: float, offset: float, volume_mm3: float) -> float:
    share = 1 / (1 + math.exp(SHRINKING["intercept"] + SHRINKING["latent_response"] * latent + offset))
    return min(max(share, 4 / 3 * math.pi * SMALLEST_RADIUS_MM**3 / volume_mm3), 1.0)


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))
