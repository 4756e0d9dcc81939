"""What a protocol is made of: images, their preparation, changes between time points, patches for deep features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..plain_data import CheckedFields, build, limits, one_of, read_by

MODALITIES = ("MR", "CT", "US", "MG", "PT")
WITH_ANATOMY = ("MR", "CT")
"""Modalities whose 3D images show skin and chest wall, so that a shell can be clipped there."""
NORMALIZATIONS = ("zscore", "none")
OUTSIDE = ("constant", "unmasked")
CHANGES = ("difference", "relative")
OVER = ("body", "image")
NATIVE = "native"


def _spacing(data: Any, where: str) -> float | None:
    return None if data == NATIVE else build(float | None, data, where)


@dataclass(frozen=True)
class Preprocessing(CheckedFields):
    """How the images of one modality are prepared before features are computed.

    Attributes:
        spacing_mm: isotropic voxel size after resampling; of 2D images the pixel's, in their plane. None (``native`` in
            YAML): voxels as they were acquired, so that textures depend on the scanner's.
        bias_field: N4 correction (Tustison et al., IEEE TMI 2010); of MR in 3D.
        zscore: zero mean and unit deviation.
        zscore_over: ``body``, where the modality shows one (MR, CT), else all voxels above the image's lowest value; or
            ``image``, every voxel, as pyradiomics normalizes.
        scale: what the z-score is multiplied by.
        bin_count: number of grey levels of a region (fixed bin number), or
        bin_width: width of a grey level in the image's own unit (fixed bin size).
    """

    spacing_mm: float | None = field(metadata=limits(0.01, 10) | read_by(_spacing))
    bias_field: bool = False
    zscore: bool = False
    zscore_over: str = field(default="body", metadata=one_of("what a z-score is taken over", OVER))
    scale: float = field(default=1.0, metadata=limits(1e-3, 1e6))
    bin_count: int | None = field(default=None, metadata=limits(2, 4096))
    bin_width: float | None = field(default=None, metadata=limits(1e-6, 1e6))

    @property
    def needs_body(self) -> bool:
        """Whether a step looks at the whole body."""
        return self.bias_field or (self.zscore and self.zscore_over == "body")

    def mistakes(self) -> Iterator[InputError]:
        if (self.zscore_over, self.scale) != ("body", 1.0) and not self.zscore:
            yield InputError("zscore: true where zscore_over or scale is given", "none", "correct the protocol")
        if (self.bin_count is None) == (self.bin_width is None):
            yield InputError("either bin_count or bin_width", "both or neither", "keep one of them in the protocol")


@dataclass(frozen=True)
class ImageSpec(CheckedFields):
    """An image of the protocol.

    Attributes:
        modality: as DICOM names it, of ``MODALITIES``.
        contour: the one that serves it; images of a contour have its dimension and time point.
        dimension: 3, or 2 for a single plane (an ultrasound frame, a mammogram).
        time: name of its time point (``pre``, ``post``).
        prepared_as: name of its preprocessing where it is not its modality's: a map of quantities (ADC) keeps its
            units.
    """

    modality: str = field(metadata=one_of("a modality", MODALITIES))
    contour: str
    dimension: int = field(default=3, metadata=limits(2, 3))
    time: str = "pre"
    prepared_as: str = ""

    @property
    def preparation(self) -> str:
        """Name of its preprocessing."""
        return self.prepared_as or self.modality

    @property
    def shows_anatomy(self) -> bool:
        """Whether body, skin and chest wall can be found on it."""
        return self.dimension == 3 and self.modality in WITH_ANATOMY


@dataclass(frozen=True)
class Delta(CheckedFields):
    """A change between two time points: the features of two images (grey values) or of two contours (shape).

    Attributes:
        before, after: names of two images or of two contours, of different time points.
        change: ``difference``, after less before; or ``relative``, the same by the size of before, missing where
            that is 0.
    """

    before: str
    after: str
    change: str = field(default="difference", metadata=one_of("a change of deltas", CHANGES))


@dataclass(frozen=True)
class DeepPatches(CheckedFields):
    """How a region of a prepared image becomes the patch that a deep network sees.

    Attributes:
        margin_mm: left around the region's box, on each side.
        normalization: ``zscore`` (zero mean and unit deviation over the voxels that the network sees) or ``none``.
        outside: of the region, ``constant`` (zero, after normalization: only the region is seen) or ``unmasked`` (the
            image goes on, so that the box alone tells the tumour from its shell). Beyond the image's border it is
            zero in both.
    """

    margin_mm: float = field(default=2.0, metadata=limits(0, 50))
    normalization: str = field(default="zscore", metadata=one_of("a normalization of deep patches", NORMALIZATIONS))
    outside: str = field(default="constant", metadata=one_of("what stands outside the region in deep patches", OUTSIDE))
