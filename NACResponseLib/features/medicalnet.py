"""MedicalNet's 3D ResNets as feature extractors (Chen, Ma and Zheng, Med3D, arXiv:1904.00625).

The published networks differ from an ordinary ResNet: the stem has stride 2 and pooling, and stages 3 and 4 keep their
resolution and dilate instead (2 and 4). The same weights in an undilated network give other features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, unknown_name
from .weight_file import check_tensors, read_tensors

if TYPE_CHECKING:
    import torch

PATCH_SIZE = 64
_PLANES = (64, 128, 256, 512)
_DILATED = {"layer3": 2, "layer4": 4}


@dataclass(frozen=True)
class Backbone:
    """A published network.

    Attributes:
        block: ``basic`` (two 3x3x3 convolutions) or ``bottleneck``.
        layers: residual blocks of the four stages.
        shortcut: where a stage changes the number of channels: ``A`` pads with zeros, ``B`` convolves.
        channels: of the last stage, the number of features.
    """

    depth: int
    block: str
    layers: tuple[int, int, int, int]
    shortcut: str
    channels: int

    @property
    def label(self) -> str:
        """``ResNet-34``."""
        return f"ResNet-{self.depth}"

    @property
    def feature_set(self) -> str:
        """``resnet34``, the name of its feature table."""
        return f"resnet{self.depth}"


BACKBONES: Mapping[int, Backbone] = {
    backbone.depth: backbone
    for backbone in (
        Backbone(10, "basic", (1, 1, 1, 1), "B", 512),
        Backbone(18, "basic", (2, 2, 2, 2), "A", 512),
        Backbone(34, "basic", (3, 4, 6, 3), "A", 512),
        Backbone(50, "bottleneck", (3, 4, 6, 3), "B", 2048),
    )
}


def backbone_of(depth: int) -> Backbone:
    """The published network of a depth.

    Raises:
        InputError: there is none.
    """
    if depth not in tuple(BACKBONES):  # whatever a file's metadata may hold
        raise unknown_name("a MedicalNet depth", str(depth), map(str, BACKBONES))
    return BACKBONES[depth]


def expected_tensors(depth: int) -> dict[str, tuple[int, ...]]:
    """Shape by name of every tensor that a weights file of this depth holds, batch norm's counters left out."""
    state = topology(depth).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items() if tensor.ndim}


def load_backbone(depth: int, weights: Path, device: str = "cpu") -> torch.nn.Module:
    """The network with a file's weights, for inference.

    Batch norm is folded into the convolutions, and the last stage takes fewer products (``dilated``): features change
    by about 1e-7 relative.

    Args:
        depth: 10, 18, 34 or 50.
        weights: MedicalNet's file of this depth.
        device: as torch names it.

    Returns:
        Maps patches (N, 1, 64, 64, 64), axes z, y, x, to the global average of the last residual stage, (N, channels).

    Raises:
        InputError: no such depth, torch or MONAI absent, or a file that does not hold this network's weights.
    """
    backbone = backbone_of(depth)
    require_torch()
    import torch

    network: Any = topology(depth)
    tensors = read_tensors(weights)
    check_tensors(tensors, expected_tensors(depth), backbone.label, weights.name)
    network.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False, assign=True)
    del tensors  # so that each is freed as soon as its folded form is there
    _fold_batch_norm(network)
    _pair_convolutions(network)
    return network.requires_grad_(False).to(device=device, memory_format=torch.channels_last_3d)


def require_torch() -> None:
    """Raises:
    InputError: torch or MONAI is not installed.
    """
    from importlib.util import find_spec

    for package in ("torch", "monai"):
        if find_spec(package) is None:
            raise InputError(
                "the packages torch and monai for deep features",
                f"no {package}",
                "pip install '.[deep]' in the copy of the repository",
            )


def topology(depth: int) -> torch.nn.Module:
    """MONAI's network with MedicalNet's strides and dilations, without values: its tensors have shapes only.

    Raises:
        InputError: no such depth, or torch or MONAI absent.
    """
    backbone = backbone_of(depth)
    require_torch()
    import torch
    from monai.networks.nets.resnet import ResNet

    with torch.device("meta"):
        network = ResNet(
            block=backbone.block,
            layers=list(backbone.layers),
            block_inplanes=list(_PLANES),
            n_input_channels=1,
            conv1_t_stride=2,
            shortcut_type=backbone.shortcut,
            feed_forward=False,
            bias_downsample=False,
        )
    for stage, dilation in _DILATED.items():
        _dilate(getattr(network, stage), dilation)
    return network.eval()


def _dilate(stage: torch.nn.Module, dilation: int) -> None:
    import torch

    for module in stage.modules():
        if isinstance(module, torch.nn.Conv3d):
            module.stride = (1, 1, 1)
            if module.kernel_size == (3, 3, 3):
                module.dilation = module.padding = (dilation,) * 3
    blocks: Any = stage.children()
    for block in blocks:
        if isinstance(block.downsample, partial):  # type A: zeros for the new channels
            block.downsample = partial(block.downsample.func, **{**block.downsample.keywords, "stride": 1})


def _fold_batch_norm(network: torch.nn.Module) -> None:
    """Every convolution takes over the batch norm that follows it."""
    import torch

    for module in list(network.modules()):
        for number in (1, 2, 3):
            convolution: Any = getattr(module, f"conv{number}", None)
            if convolution is not None:
                _fold(convolution, getattr(module, f"bn{number}"))
                setattr(module, f"bn{number}", torch.nn.Identity())
        if isinstance(shortcut := getattr(module, "downsample", None), torch.nn.Sequential):
            _fold(*shortcut)
            shortcut[1] = torch.nn.Identity()


def _pair_convolutions(network: torch.nn.Module) -> None:
    """The last stage's dilated convolutions, in their faster form."""
    from .dilated import DILATION, PairedConvolution

    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            convolution: Any = child
            if getattr(convolution, "dilation", None) == (DILATION,) * 3:
                setattr(module, name, PairedConvolution(convolution.weight, convolution.bias))


def _fold(convolution: Any, norm: Any) -> None:
    """A ``Conv3d`` without bias and the ``BatchNorm3d`` after it, in one convolution."""
    import torch

    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    shift = norm.bias.double() - norm.running_mean.double() * scale
    weight = convolution.weight.detach() * scale.float()[:, None, None, None, None]
    convolution.weight = torch.nn.Parameter(weight, requires_grad=False)
    convolution.bias = torch.nn.Parameter(shift.float(), requires_grad=False)
