"""The last stage's convolution, exact and in fewer products. Needs torch: import it only where torch is at hand.

A 3x3x3 kernel of dilation 4 on a grid of 8 reaches, along each axis, only the one voxel 4 away: the voxels fall into
pairs, and a pair (x0, x1) under the taps (w0, w1, w2) becomes (w1 x0 + w2 x1, w0 x0 + w1 x1), a Toeplitz product. With

    m0 = w1 (x0 + x1),  m1 = (w2 - w1) x1,  m2 = (w0 - w1) x0

it is (m0 + m1, m0 + m2): three products in place of four (Winograd, Arithmetic Complexity of Computations, 1980), so 27
in place of 64 in three dimensions, each a matrix of channels applied to 64 voxels of every patch.
"""

from __future__ import annotations

import torch

DILATION, GRID = 4, 8
_AXES = 3


class PairedConvolution(torch.nn.Module):
    """Takes the place of a ``Conv3d`` with kernel 3, stride 1, dilation and padding 4, on 8 x 8 x 8 voxels.

    Args:
        weight: (out, in, 3, 3, 3).
        bias: (out,).
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        taps = weight.flatten(2).permute(2, 1, 0).reshape(3, 3, 3, weight.shape[1], weight.shape[0])
        for axis in range(_AXES):
            before, centre, after = taps.unbind(axis)
            taps = torch.stack([centre, after - centre, before - centre], axis)
        self.weight = torch.nn.Parameter(taps.flatten(0, 2), requires_grad=False)
        self.bias = torch.nn.Parameter(bias, requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, in, 8, 8, 8) to (n, out, 8, 8, 8).

        Raises:
            ValueError: another grid.
        """
        if x.shape[2:] != (GRID,) * 3:
            raise ValueError(
                f"the last stage takes {GRID} x {GRID} x {GRID} voxels, that is patches of 64, not {x.shape}"
            )
        n, channels = x.shape[:2]
        pairs = x.permute(0, 2, 3, 4, 1).reshape(n, *(2, DILATION) * 3, channels).permute(1, 3, 5, 0, 2, 4, 6, 7)
        for axis in range(_AXES):
            first, second = pairs.unbind(axis)
            pairs = torch.stack([first + second, second, first], axis)
        products = torch.bmm(pairs.reshape(27, n * DILATION**3, channels), self.weight)
        sums = products.view(3, 3, 3, n, *(DILATION,) * 3, -1)
        for axis in range(_AXES):
            both, first, second = sums.unbind(axis)
            sums = torch.stack([both + first, both + second], axis)
        grid = sums.permute(3, 0, 4, 1, 5, 2, 6, 7).reshape(n, GRID, GRID, GRID, -1) + self.bias
        return grid.permute(0, 4, 1, 2, 3)
