"""How the contrast agent comes and goes: the T1 signal of each tissue at each phase.

A tissue's signal is that before the agent plus its enhancement, which follows

    e(t) = (1 - exp(-t / uptake)) exp(-t / washout),

scaled so that the first phase, 90 s after the agent, is the contrast ``cet1_fs``. Phase k is at 90 k seconds. Tumours
enhance fast and wash out, their rim most; gland and fat rise slowly and keep it (Kuhl et al., Radiology 1999, types
III and I). The curves' numbers are ours.
"""

from __future__ import annotations

import math

from .contrast import CONTRASTS, Signal, Table

PHASE_SECONDS = 90.0
_PERSISTENT = (240.0, math.inf)
_CURVES = {
    "tumour": (45.0, 700.0), "rim": (35.0, 400.0), "necrosis": (400.0, math.inf), "vein": (20.0, 500.0),
    "blood": (15.0, 450.0), "liver": (90.0, 900.0), "mediastinum": (90.0, 900.0),
}  # fmt: skip
"""Uptake and washout in seconds; other tissues are persistent."""
_LESION = ("tumour", "rim")


def enhancement(tissue: str, phase: int) -> float:
    """Enhancement of a tissue at a phase (0 before the agent), relative to that at the first phase."""
    uptake, washout = _CURVES.get(tissue, _PERSISTENT)

    def curve(seconds: float) -> float:
        return -math.expm1(-seconds / uptake) * math.exp(-seconds / washout)

    return curve(phase * PHASE_SECONDS) / curve(PHASE_SECONDS)


def phase_table(phase: int, activity: float = 1.0) -> Table:
    """Signals by tissue at a phase; the tumour's enhancement is multiplied by ``activity``."""
    table = {}
    for tissue, before in CONTRASTS["t1_fs"].items():
        share = enhancement(tissue, phase) * (activity if tissue in _LESION else 1.0)
        first = CONTRASTS["cet1_fs"][tissue]
        table[tissue] = Signal(*(low + share * (high - low) for low, high in zip(before, first, strict=True)))
    return table
