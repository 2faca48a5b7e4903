"""ResNets and their plain siblings: stem, stages of blocks, average pooling, one linear layer.

He et al. 2015, "Deep Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385.
Names are torchvision's: ``conv1``, ``bn1``, ``relu``, ``maxpool``, ``layer1`` …, ``avgpool``, ``fc``.
The same class makes the CIFAR nets of §4.2 and networks whose stages are of different kinds.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.architectures.blocks import (
    ACTIVATIONS,
    BasicBlock,
    Bottleneck,
    GroupedBottleneck,
    PlainBlock,
    PreActivationBlock,
    VGGBlock,
    linear_head,
    map_norm,
)
from core.architectures.initialise import initialise_convolutions, zero_branches
from core.architectures.spec import BlockKind, NetSpec, StageSpec, StemSpec

RESIDUAL_BLOCKS: dict[BlockKind, type[BasicBlock] | type[Bottleneck] | type[PreActivationBlock]] = {
    "basic": BasicBlock,
    "bottleneck": Bottleneck,
    "grouped-bottleneck": GroupedBottleneck,
    "pre-activation": PreActivationBlock,
}


class ResNet(nn.Module):
    """The network of a spec with maps as input. In: (B, C, H, W); out: scores (B, classes)."""

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        norm, activation = map_norm(spec.norm), ACTIVATIONS[spec.activation]
        channels = spec.input_size[0]
        self.stages = len(spec.stages)
        self.has_stem = spec.stem is not None
        if spec.stem is not None:
            self.conv1 = _stem_convolution(channels, spec.stem, bias=spec.norm == "none")
            self.bn1 = norm(spec.stem.width)
            self.relu = activation()
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if spec.stem.pool else nn.Identity()
            channels = spec.stem.width
        for place, stage in enumerate(spec.stages, start=1):
            setattr(self, f"layer{place}", _stage(channels, stage, spec))
            channels = stage.out_width
        # Pre-activation blocks end in a bare addition, so the last one is followed by what the next would
        # start with.
        self.ends_bare = spec.stages[-1].block == "pre-activation"
        if self.ends_bare:
            self.bn_last, self.relu_last = norm(channels), activation()
        self.avgpool = nn.AdaptiveAvgPool2d((spec.head.pool, spec.head.pool))
        self.fc = linear_head(channels * spec.head.pool**2, spec.head, activation)
        initialise_convolutions(self)
        if spec.zero_init:
            zero_branches(self)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → scores (B, classes)."""
        if self.has_stem:
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for place in range(1, self.stages + 1):
            x = getattr(self, f"layer{place}")(x)
        if self.ends_bare:
            x = self.relu_last(self.bn_last(x))
        x = self.avgpool(x)  # (B, C, pool, pool)
        x = torch.flatten(x, 1)
        return self.fc(x)  # type: ignore[no-any-return]


def _stem_convolution(channels: int, stem: StemSpec, *, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(channels, stem.width, stem.kernel, stem.stride, padding=stem.kernel // 2, bias=bias)


def _stage(channels: int, stage: StageSpec, spec: NetSpec) -> nn.Module:
    norm, activation = map_norm(spec.norm), ACTIVATIONS[spec.activation]
    if stage.block == "vgg":
        pool = stage.stride == 2
        return VGGBlock(channels, stage.width, stage.count, pool=pool, norm=norm, activation=activation)
    blocks: list[nn.Module] = []
    for place in range(stage.count):
        stride = stage.stride if place == 0 else 1
        if stage.block == "plain":
            blocks.append(PlainBlock(channels, stage.width, stride, norm=norm, activation=activation))
        else:
            blocks.append(
                RESIDUAL_BLOCKS[stage.block](
                    channels,
                    stage.width,
                    stride,
                    norm=norm,
                    activation=activation,
                    rule=spec.shortcut if stage.skip else "none",
                    residual_scale=spec.residual_scale,
                )
            )
        channels = stage.out_width
    return nn.Sequential(*blocks)
