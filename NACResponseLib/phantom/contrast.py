"""What each tissue looks like: signal of the MRI contrasts in arbitrary units (air 0), CT in Hounsfield units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .implicit import Array, Index


class Signal(NamedTuple):
    """Mean signal of a tissue and the deviation of its texture."""

    mean: float
    texture: float = 0.0


_ALL = slice(None)
_TISSUES = (
    "air", "skin", "fat", "gland", "septum", "vein", "muscle", "cartilage", "cortex", "marrow", "lung",
    "mediastinum", "blood", "liver", "table", "tumour", "rim", "necrosis", "oedema",
)  # fmt: skip


def _contrast(means: tuple[float, ...], fat: float, gland: float, tumour: float) -> dict[str, Signal]:
    textures = {"fat": fat, "gland": gland, "tumour": tumour, "rim": tumour / 2}
    return {tissue: Signal(mean, textures.get(tissue, 0.0)) for tissue, mean in zip(_TISSUES, means, strict=True)}


CONTRASTS = {
    # air skin fat gland septum vein muscle cartilage cortex marrow lung med. blood liver table tum. rim necr. oedema
    "cet1_fs": _contrast((0, 190, 45, 110, 90, 300, 105, 70, 15, 60, 10, 60, 330, 190, 0, 340, 420, 75, 60), 3, 14, 75),
    "cet1": _contrast(
        (0, 170, 290, 140, 180, 330, 135, 90, 20, 210, 10, 240, 330, 190, 0, 330, 390, 90, 240), 6, 14, 70
    ),
    "t2": _contrast((0, 100, 250, 170, 150, 60, 60, 90, 15, 150, 10, 200, 30, 70, 0, 190, 170, 360, 330), 6, 20, 45),
    "t2_fs": _contrast((0, 90, 45, 150, 80, 90, 60, 60, 10, 50, 10, 60, 40, 70, 0, 200, 180, 390, 340), 3, 22, 50),
    "ct": _contrast(
        (-1000, 25, -105, 35, 0, 140, 60, 110, 800, 220, -840, -60, 180, 110, 80, 100, 130, 22, -20), 4, 6, 22
    ),
}


class Canvas:
    """Samples of one or more contrasts, painted tissue by tissue.

    Args:
        contrasts: names of ``CONTRASTS``.
        count: number of samples; air at first.
    """

    def __init__(self, contrasts: tuple[str, ...], count: int) -> None:
        self.values = {name: np.full(count, float(CONTRASTS[name]["air"].mean)) for name in contrasts}

    def paint(self, tissue: str, share: Array, where: Index | slice = _ALL, texture: Array | float = 0.0) -> None:
        """Covers a ``share`` (0 to 1) of the samples ``where`` with a tissue; ``texture`` has unit deviation."""
        for name, values in self.values.items():
            signal = CONTRASTS[name][tissue]
            values[where] += share * (signal.mean + signal.texture * texture - values[where])
