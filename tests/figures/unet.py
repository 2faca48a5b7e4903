"""A small U-Net: two skips that lead over several stages."""

from __future__ import annotations

import torch
from torch import nn


class Step(nn.Module):
    """Two 3×3 convolutions."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps of ``out`` channels and the same size."""
        return self.relu2(self.conv2(self.relu1(self.conv1(x))))


def steps(channels: int, out: int) -> nn.Sequential:
    """Two steps."""
    return nn.Sequential(Step(channels, out), Step(out, out))


class UNet(nn.Module):
    """Three scales down, two up; each scale on the way up reads that of the way down."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([steps(3, 16), steps(16, 32), steps(32, 64)])
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList([nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)])
        self.merge = nn.ModuleList([steps(64, 32), steps(32, 16)])
        self.out = nn.Conv2d(16, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps of two channels."""
        high = self.down[0](x)
        middle = self.down[1](self.pool(high))
        low = self.down[2](self.pool(middle))
        middle = self.merge[0](torch.cat([middle, self.up[0](low)], 1))
        return self.out(self.merge[1](torch.cat([high, self.up[1](middle)], 1)))
