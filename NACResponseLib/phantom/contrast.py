"""What each tissue looks like: signal of the MRI contrasts in arbitrary units (air 0), CT in Hounsfield units.

Beside them stand what an image is computed from: diffusivities in 10^-6 mm2/s, echogenicity in dB, attenuation of
ultrasound in dB/mm there and back at about 10 MHz, and of X-rays in 1/mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .implicit import Array, Index


class Signal(NamedTuple):
    """Mean signal of a tissue and the deviation of its texture."""

    mean: float
    texture: float = 0.0


Table = Mapping[str, Signal]
"""A signal by tissue."""

_ALL = slice(None)
_TISSUES = (
    "air", "skin", "fat", "gland", "septum", "vein", "muscle", "cartilage", "cortex", "marrow", "lung",
    "mediastinum", "blood", "liver", "table", "tumour", "rim", "necrosis", "oedema", "implant",
)  # fmt: skip


def _contrast(means: tuple[float, ...], fat: float, gland: float, tumour: float) -> Table:
    textures = {"fat": fat, "gland": gland, "tumour": tumour, "rim": tumour / 2}
    return {tissue: Signal(mean, textures.get(tissue, 0.0)) for tissue, mean in zip(_TISSUES, means, strict=True)}


CONTRASTS: dict[str, Table] = {
    # air skin fat gland septum vein muscle cartilage cortex marrow lung med. blood liver table tum. rim necr. oed. gel
    "cet1_fs": _contrast(
        (0, 190, 45, 110, 90, 300, 105, 70, 15, 60, 10, 60, 330, 190, 0, 340, 420, 75, 60, 70), 3, 14, 75
    ),
    "cet1": _contrast(
        (0, 170, 290, 140, 180, 330, 135, 90, 20, 210, 10, 240, 330, 190, 0, 330, 390, 90, 240, 95), 6, 14, 70
    ),
    "t2": _contrast(
        (0, 100, 250, 170, 150, 60, 60, 90, 15, 150, 10, 200, 30, 70, 0, 190, 170, 360, 330, 330), 6, 20, 45
    ),
    "t2_fs": _contrast((0, 90, 45, 150, 80, 90, 60, 60, 10, 50, 10, 60, 40, 70, 0, 200, 180, 390, 340, 300), 3, 22, 50),
    "ct": _contrast(
        (-1000, 25, -105, 35, 0, 140, 60, 110, 800, 220, -840, -60, 180, 110, 80, 100, 130, 22, -20, 95), 4, 6, 22
    ),
    # T1 with fat suppression before the contrast agent: what "cet1_fs" rises from.
    "t1_fs": _contrast((0, 110, 45, 85, 65, 85, 90, 60, 15, 50, 10, 55, 85, 120, 0, 115, 115, 70, 58, 65), 3, 8, 12),
    # Diffusivity, 10^-6 mm2/s: low where cells are dense, high in fluid; fat hardly diffuses.
    "diffusivity": _contrast(
        (0, 1200, 150, 1850, 1000, 1700, 1500, 1400, 300, 500, 0, 900, 1700, 1200, 0, 1000, 950, 2200, 1900, 300),
        30,
        120,
        110,
    ),
    # Echogenicity, dB below bone; the gel between skin and probe is the air of this table.
    "echo": _contrast(
        (-80, -14, -31, -20, -16, -60, -28, -34, -4, -30, -10, -28, -60, -24, -80, -43, -38, -56, -25, -75),
        1.5,
        2.0,
        2.5,
    ),
    "sound_loss": _contrast(
        (0, 1.4, 0.9, 1.1, 1.2, 0.4, 1.1, 1.6, 8, 5, 8, 0.9, 0.4, 0.9, 0, 1.6, 1.6, 0.5, 1.0, 0.7), 0, 0, 0
    ),
    # X-rays of 20 keV (Johns and Yaffe, Phys Med Biol 1987: fat 0.456, fibrous 0.802, carcinoma 0.844 per cm); zero
    # for what does not lie in the compressed breast.
    "xray_loss": _contrast(
        (0, 0.08, 0.0456, 0.0802, 0.0802, 0.08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0844, 0.0844, 0.0844, 0.06, 0.1),
        0.0,
        0.004,
        0.003,
    ),
    "breast": _contrast((0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0), 0, 0, 0),
}


class Canvas:
    """Samples of one or more contrasts, painted tissue by tissue.

    Args:
        tables: what the tissues look like, by contrast.
        count: number of samples; air at first.
    """

    def __init__(self, tables: Mapping[str, Table], count: int) -> None:
        self.tables = tables
        self.values = {name: np.full(count, float(table["air"].mean)) for name, table in tables.items()}

    def paint(self, tissue: str, share: Array, where: Index | slice = _ALL, texture: Array | float = 0.0) -> None:
        """Covers a ``share`` (0 to 1) of the samples ``where`` with a tissue; ``texture`` has unit deviation."""
        for name, values in self.values.items():
            signal = self.tables[name][tissue]
            values[where] += share * (signal.mean + signal.texture * texture - values[where])
