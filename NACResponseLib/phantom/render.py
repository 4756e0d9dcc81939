"""From formulas to an image with its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, unknown_name
from .acquisition import KINDS, Acquisition, Grid
from .anatomy import Anatomy
from .contrast import CONTRASTS, Canvas, Table
from .implicit import Array
from .scanner import SCANNERS, ct_image, digitize, mr_image
from .tissue import paint
from .truth import truth_masks
from .tumour import Tumour

if TYPE_CHECKING:
    import SimpleITK as sitk


@dataclass(frozen=True)
class Phantom:
    """An image of a known patient.

    Attributes:
        image: scalar, signed 16-bit; MRI in arbitrary units, CT in Hounsfield units; patient space LPS, mm.
        anatomy, tumour, grid: what it shows, and where it was sampled.
        margin_mm: of the shell.
    """

    image: sitk.Image
    anatomy: Anatomy
    tumour: Tumour | None
    grid: Grid
    margin_mm: float = 5.0

    @cached_property
    def truth(self) -> dict[str, sitk.Image]:
        """Masks on the image's grid by name, as ``truth.truth_masks`` makes them."""
        return truth_masks(self.anatomy, self.tumour, self.grid, self.margin_mm)


def make_phantom(
    anatomy: Anatomy, tumour: Tumour | None, acquisition: Acquisition, seed: int = 0, margin_mm: float = 5.0
) -> Phantom:
    """Images an anatomy with a tumour.

    Args:
        seed: of the noise and the coil's shading.
        margin_mm: width of the true shell.

    Raises:
        InputError: an anatomy in another posture than the acquisition's, or a scanner of another modality.
    """
    grid = acquisition.grid(anatomy)
    signal = sample(anatomy, tumour, grid, (acquisition.kind,))[acquisition.kind]
    return Phantom(record(signal, grid, acquisition, (seed,)), anatomy, tumour, grid, margin_mm)


def sample(anatomy: Anatomy, tumour: Tumour | None, grid: Grid, kinds: tuple[str, ...]) -> dict[str, Array]:
    """The signal of one or more kinds on one grid, free of noise; shape (n,) in the order of ``grid.chunks``."""
    contrasts = {kind: KINDS[kind].contrast for kind in kinds}
    for kind in kinds:
        if KINDS[kind].posture != anatomy.posture:
            expected = f"a {KINDS[kind].posture} anatomy for {kind}"
            raise InputError(expected, f"a {anatomy.posture} one", "change the anatomy's posture")
    tables = {contrast: CONTRASTS[contrast] for contrast in contrasts.values()}
    signals = sample_tables(anatomy, tumour, grid, tables)
    return {kind: signals[contrast] for kind, contrast in contrasts.items()}


def sample_tables(anatomy: Anatomy, tumour: Tumour | None, grid: Grid, tables: Mapping[str, Table]) -> dict[str, Array]:
    """The same for any tables of signals by tissue (``contrast.Table``); shape (n,) by the tables' names."""
    signals = {name: np.empty(grid.count) for name in tables}
    offsets = grid.offsets_mm()
    for part, points in grid.chunks():
        canvas = Canvas(tables, len(offsets) * points.shape[1])
        samples = np.concatenate([points + offset[:, None] for offset in offsets], axis=1)
        paint(canvas, anatomy, tumour, samples, grid.width_mm)
        for name, values in canvas.values.items():
            signals[name][part] = values.reshape(len(offsets), -1).mean(axis=0)
    return signals


def record(
    signal: Array, grid: Grid, acquisition: Acquisition, seed: tuple[int, ...], coil: tuple[int, ...] | None = None
) -> sitk.Image:
    """The image that the acquisition's scanner records of a signal.

    Args:
        seed: of the noise, and of the coil's sensitivity unless ``coil`` is given.
        coil: seed of the sensitivity, where several images were made with one coil in one place.
    """
    name = acquisition.scanner or KINDS[acquisition.kind].scanner
    if name not in SCANNERS:
        raise unknown_name("a scanner", name, SCANNERS)
    scanner = SCANNERS[name]
    modality = "CT" if KINDS[acquisition.kind].contrast == "ct" else "MR"
    if scanner.modality != modality:
        raise InputError(f"a {modality} scanner for {acquisition.kind}", f"'{name}'", "choose another scanner")
    if modality == "CT":
        values = ct_image(signal, grid, scanner, seed, acquisition.noise)
    else:
        values = mr_image(signal, grid, scanner, seed, acquisition.noise, acquisition.shading, coil)
    return grid.image(digitize(values))
