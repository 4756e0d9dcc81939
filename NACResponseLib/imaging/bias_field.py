"""N4 bias field correction on a sample of voxels: ITK's algorithm and values at a small part of its time.

Tustison et al., N4ITK: Improved N3 Bias Correction, IEEE TMI 29:1310 (2010). The histogram of the image's logarithm is
sharpened; what that takes off each voxel is smoothed by a cubic B-spline (Lee, Wolberg and Shin, IEEE TVCG 3:228, 1997)
and added to the field, until the field settles, on one after the other of ever finer lattices. Here the spline's
weights at the sample are computed once for each lattice and not in every iteration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = NDArray[np.float64]

LEVELS, ITERATIONS, THRESHOLD = 3, 50, 0.001
BINS, NOISE, WIDTH = 200, 0.01, 0.15
"""Of the histogram; of the Wiener filter; and full width at half maximum of the Gaussian it is sharpened by. ITK's."""
_ORDER = 3


@dataclass(frozen=True)
class BiasField:
    """The logarithm of a bias field, as a sum of cubic B-splines.

    Attributes:
        lattices: control points (z, y, x) of each level; they span the image from its first voxel to its last.
    """

    lattices: tuple[Array, ...]

    def planes(self, shape: tuple[int, ...]) -> Iterator[NDArray[np.float32]]:
        """The field's logarithm plane by plane (y, x), on a grid of so many voxels (z, y, x) over the same image."""
        levels = []
        for lattice in self.lattices:
            along_z, along_y, along_x = (_along(n, lattice.shape[0] - _ORDER).astype(np.float32) for n in shape)
            levels.append((along_z, along_y @ lattice.astype(np.float32), along_x.T))
        for k in range(shape[0]):
            rows = [np.tensordot(along_z[k], along_y, axes=1) for along_z, along_y, _ in levels]
            yield np.concatenate(rows, axis=1) @ np.concatenate([along_x for _, _, along_x in levels])


def fit_bias_field(values: NDArray[np.floating], sample: NDArray[np.bool_]) -> BiasField:
    """The bias field of an image, from some of its voxels.

    Args:
        values: (z, y, x).
        sample: the voxels to use; the values there are above zero.
    """
    logarithms = np.log(values[sample].astype(np.float64))
    places = np.argwhere(sample) / np.maximum(np.array(sample.shape) - 1, 1)
    field, lattices = np.zeros_like(logarithms), []
    for level in range(LEVELS):
        spline = _Spline(places, 2**level)
        lattice = np.zeros(spline.weights.shape[1])
        for _ in range(ITERATIONS):
            rest = logarithms - field
            update = spline.fitted(rest - _sharpened(rest))
            lattice += update
            step = spline.weights @ update
            field += step
            ratio = np.exp(step)
            if ratio.std(ddof=1) <= THRESHOLD * ratio.mean():
                break
        lattices.append(lattice.reshape([2**level + _ORDER] * 3))
    return BiasField(tuple(lattices))


class _Spline:
    """A cubic B-spline over the unit cube, seen from scattered places.

    Attributes:
        weights: (places, control points).
    """

    weights: csr_matrix

    def __init__(self, places: Array, spans: int) -> None:
        from scipy.sparse import csr_matrix

        count, side = len(places), spans + _ORDER
        axes = [_weights(spans * places[:, axis], spans) for axis in range(3)]
        offsets = np.arange(_ORDER + 1)
        z, y, x = (first[:, None] + offsets for first, _ in axes)
        columns = (z[:, :, None, None] * side + y[:, None, :, None]) * side + x[:, None, None, :]
        parts = [part for _, part in axes]
        share = np.einsum("ni,nj,nk->nijk", *parts).reshape(count, -1)
        rows = np.arange(count + 1) * share.shape[1]

        def matrix(entries: Array) -> csr_matrix:
            return csr_matrix((entries.ravel(), columns.ravel(), rows), (count, side**3))

        squares = share**2
        self.weights = matrix(share)
        self._spread = matrix(share * squares / squares.sum(axis=1, keepdims=True)).T.tocsr()
        self._reach = np.asarray(matrix(squares).sum(axis=0)).ravel()

    def fitted(self, values: Array) -> Array:
        """The control points that approximate values at the places (Lee et al., equation 5)."""
        reached = self._reach > 0
        return np.divide(self._spread @ values, self._reach, out=np.zeros(len(reached)), where=reached)


def _weights(at: Array, spans: int) -> tuple[NDArray[np.int64], Array]:
    """Of places between 0 and ``spans``: the first of four control points, and the weight of each."""
    first = np.minimum(at.astype(np.int64), spans - 1)
    t = at - first
    pieces = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    return first, np.stack(pieces, axis=1) / 6


def _along(count: int, spans: int) -> Array:
    """Weights (voxels, control points) of ``count`` voxels along an axis."""
    first, part = _weights(np.linspace(0, spans, count), spans)
    along = np.zeros((count, spans + _ORDER))
    np.put_along_axis(along, first[:, None] + np.arange(_ORDER + 1), part, axis=1)
    return along


def _sharpened(values: Array) -> Array:
    """The values expected without blur: their histogram is deconvolved by a Gaussian (Sled et al., 1998)."""
    low, high = values.min(), values.max()
    if not high > low:
        return values
    width = (high - low) / (BINS - 1)
    at = (values - low) / width
    lower = np.minimum(at.astype(np.int64), BINS - 2)
    upper_share = at - lower
    counts = np.bincount(lower, 1 - upper_share, BINS) + np.bincount(lower + 1, upper_share, BINS)
    size = 2 ** (int(np.ceil(np.log2(BINS))) + 1)
    first = (size - BINS) // 2
    padded = np.zeros(size)
    padded[first : first + BINS] = counts
    distance = np.minimum(np.arange(size), size - np.arange(size)) * width / WIDTH
    gauss = 2 * np.sqrt(np.log(2) / np.pi) * width / WIDTH * np.exp(-4 * np.log(2) * distance**2)
    blur = np.fft.fft(gauss)
    wiener = np.conj(blur) / (np.conj(blur) * blur + NOISE)
    sharp = np.maximum(np.fft.ifft(np.fft.fft(padded) * wiener.real).real, 0)
    centres = low + (np.arange(size) - first) * width
    moment, mass = (np.fft.ifft(np.fft.fft(part) * blur).real for part in (sharp * centres, sharp))
    expected = np.divide(moment, mass, out=np.zeros(size), where=mass != 0)[first : first + BINS]
    return np.interp(at, np.arange(BINS), expected)
