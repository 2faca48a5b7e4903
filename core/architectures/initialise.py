"""How our own networks' weights start."""

from __future__ import annotations

import torch
from torch import nn

from core.architectures.blocks import BasicBlock, Bottleneck, PreActivationBlock


def initialise_convolutions(module: nn.Module) -> None:
    """Kaiming normal by fan-out in all convolutions, biases zero (He et al. 2015, arXiv:1502.01852)."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def initialise_classifier(module: nn.Module) -> None:
    """Normal with standard deviation 0.01 in all linear layers, biases zero, as VGG's authors did."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, 0.0, 0.01)
            nn.init.zeros_(part.bias)


@torch.no_grad()
def zero_branches(module: nn.Module) -> None:
    """Makes every residual branch put out zeros, so that each block starts as its shortcut."""
    for part in module.modules():
        if isinstance(part, BasicBlock | Bottleneck | PreActivationBlock):
            part.zero_branch()
